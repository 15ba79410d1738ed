"""Creates blocks: visitors with whom nobody chats for a while.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Creates the table."""
    op.execute(
        """
        CREATE TABLE chat.blocks (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            visitor_id uuid NOT NULL,
            reason integer NOT NULL,
            staff_id uuid NOT NULL,
            staff_name text NOT NULL,
            create_time timestamptz NOT NULL,
            end_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX blocks_conversation ON chat.blocks (tenant_id, conversation_id)")
    op.execute("CREATE INDEX blocks_visitor ON chat.blocks (visitor_id, tenant_id)")
    op.execute("CREATE INDEX blocks_end ON chat.blocks (tenant_id, end_time)")
    protect(op, "chat", "blocks", service="chat")
