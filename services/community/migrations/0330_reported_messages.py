"""Lets a case be about a message between two members, and keeps who read it because of that.

It only adds and loosens, with a default for each new column, so that the previous release goes on beside it: that one
sees no case about a message.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0330"
down_revision = "0300"

_STATEMENTS = (
    "ALTER TABLE community.cases ALTER COLUMN post_id DROP NOT NULL",
    "ALTER TABLE community.cases ADD COLUMN thread_id uuid",
    "ALTER TABLE community.cases ADD COLUMN message_number integer NOT NULL DEFAULT 0",
    "ALTER TABLE community.cases ADD COLUMN terms_id uuid",
    "ALTER TABLE community.statements ADD COLUMN thread_id uuid",
    "ALTER TABLE community.direct_messages ADD COLUMN state integer NOT NULL DEFAULT 1",
    """
    CREATE TABLE community.message_readings (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        case_id uuid NOT NULL,
        thread_id uuid NOT NULL,
        number integer NOT NULL,
        author_id uuid,
        staff_id uuid NOT NULL,
        by_platform boolean NOT NULL,
        purpose integer NOT NULL,
        first_time timestamptz NOT NULL,
        last_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, case_id) REFERENCES community.cases (tenant_id, id) ON DELETE CASCADE
    )
    """,
    "CREATE UNIQUE INDEX cases_open_message ON community.cases (tenant_id, thread_id, message_number) "
    "WHERE state = 1 AND thread_id IS NOT NULL",
    "CREATE INDEX message_readings_case ON community.message_readings (tenant_id, case_id)",
    "CREATE INDEX message_readings_message ON community.message_readings (tenant_id, thread_id, number)",
    "CREATE INDEX message_readings_author ON community.message_readings (author_id, tenant_id)",
)


def upgrade() -> None:
    """Adds the columns and the table."""
    for statement in _STATEMENTS:
        op.execute(statement)
    protect(op, "community", "message_readings", service="community", grants="SELECT, INSERT, UPDATE, DELETE")
