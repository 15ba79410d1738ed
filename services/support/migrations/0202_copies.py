"""Lets others hear of a ticket's answers, and says out of which topic of the community a ticket came.

Who wrote a reply in place of the requester is a person of their own now, who can be forgotten alone; the address that
stood for that was never written.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0202"
down_revision = "0201"


def upgrade() -> None:
    """Creates the table, which goes with its ticket and with the person."""
    op.execute(
        """
        CREATE TABLE support.copies (
            tenant_id uuid NOT NULL,
            ticket_id uuid NOT NULL,
            requester_id uuid NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, ticket_id, requester_id),
            FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant_id, requester_id) REFERENCES support.requesters (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX copies_requester ON support.copies (tenant_id, requester_id, ticket_id)")
    protect(op, "support", "copies", service="support")
    op.execute("ALTER TABLE support.tickets ADD COLUMN topic_id uuid")
    op.execute("ALTER TABLE support.entries ADD COLUMN author_id uuid, DROP COLUMN author_email")
