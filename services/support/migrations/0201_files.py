"""Keeps the files of tickets with the deployment's files, where each is examined before anybody reads it.

What came with mails stood in the database itself until now, unexamined; no release ever kept any of it.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.files.removals import follow_records
from kernel.storage.schema import protect

revision = "0201"
down_revision = "0200"

_TABLES = (
    """
    CREATE TABLE support.files (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        entry_id uuid,
        staff_id uuid,
        filename text NOT NULL,
        media_type text NOT NULL,
        size bigint NOT NULL,
        state integer NOT NULL,
        reason text NOT NULL,
        width integer NOT NULL,
        height integer NOT NULL,
        file_key text NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.waiting_files (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        filename text NOT NULL,
        media_type text NOT NULL,
        size bigint NOT NULL,
        file_key text NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id)
    )
    """,
)


def upgrade() -> None:
    """Creates the tables; a file's bytes go with its row."""
    for statement in _TABLES:
        op.execute(statement)
    op.execute("CREATE INDEX files_ticket ON support.files (tenant_id, ticket_id, create_time, id)")
    op.execute("CREATE INDEX files_entry ON support.files (tenant_id, entry_id) WHERE entry_id IS NOT NULL")
    # How much a company has is summed up from the index alone.
    op.execute("CREATE INDEX files_size ON support.files (tenant_id) INCLUDE (size)")
    op.execute("CREATE INDEX waiting_files_time ON support.waiting_files (tenant_id, create_time) INCLUDE (size)")
    for name in ("files", "waiting_files"):
        protect(op, "support", name, service="support")
        follow_records(op, "support", name)
    op.execute("DROP TABLE support.mail_files")
