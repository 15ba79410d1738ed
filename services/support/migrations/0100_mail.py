"""Lets tickets come and go on by mail: mailboxes, what came in, by which address each is answered, and files.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import create_arrivals, protect

revision = "0100"
down_revision = "0004"

_TABLES = (
    """
    CREATE TABLE support.mailboxes (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        local_part text NOT NULL,
        queue_id uuid,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, local_part)
    )
    """,
    """
    CREATE TABLE support.ticket_mails (
        tenant_id uuid NOT NULL,
        ticket_id uuid NOT NULL,
        fingerprint bytea NOT NULL,
        last_message_id text NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, ticket_id),
        FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE support.mail_files (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        entry_id uuid NOT NULL,
        filename text NOT NULL,
        media_type text NOT NULL,
        size bigint NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, entry_id) REFERENCES support.entries (tenant_id, id) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    """Creates the tables."""
    create_arrivals(op, "support", "support")
    for statement in _TABLES:
        op.execute(statement)
        protect(op, "support", statement.split("support.", 1)[1].split(" ", 1)[0], service="support")
    op.execute("CREATE UNIQUE INDEX ticket_mails_fingerprint ON support.ticket_mails (tenant_id, fingerprint)")
    op.execute("CREATE INDEX mail_files_entry ON support.mail_files (tenant_id, entry_id, id)")
