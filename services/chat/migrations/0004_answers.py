"""Creates answers: what visitors said to a tenant's questions before the chat.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates the table; its rows go with their conversation."""
    op.execute(
        """
        CREATE TABLE chat.answers (
            tenant_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            number integer NOT NULL,
            label text NOT NULL,
            text text NOT NULL,
            PRIMARY KEY (tenant_id, conversation_id, number),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    protect(op, "chat", "answers", service="chat")
