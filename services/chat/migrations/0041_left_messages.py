"""Creates what is known of messages that were left while nobody was there.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0041"
down_revision = "0020"


def upgrade() -> None:
    """Creates the table; its rows go with their conversation."""
    op.execute(
        """
        CREATE TABLE chat.left_messages (
            tenant_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            reply_email text NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, conversation_id),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    protect(op, "chat", "left_messages", service="chat")
