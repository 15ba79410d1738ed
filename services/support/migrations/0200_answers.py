"""Keeps for a day what a change of tickets answered, so that a retry hears the same.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0200"
down_revision = "0100"


def upgrade() -> None:
    """Creates the table; its rows go with their tickets, and by themselves after a day."""
    op.execute(
        """
        CREATE TABLE support.change_answers (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            place integer NOT NULL,
            ticket_id uuid NOT NULL,
            refusal text NOT NULL,
            etag text NOT NULL,
            entry_id uuid,
            is_undoable boolean NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id, place),
            FOREIGN KEY (tenant_id, ticket_id) REFERENCES support.tickets (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX change_answers_ticket ON support.change_answers (tenant_id, ticket_id)")
    op.execute("CREATE INDEX change_answers_time ON support.change_answers (tenant_id, create_time)")
    protect(op, "support", "change_answers", service="support")
