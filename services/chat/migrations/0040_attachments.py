"""Creates attachments: the files that people send in a conversation.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.files.removals import follow_records
from kernel.storage.schema import protect

revision = "0040"
down_revision = "0033"


def upgrade() -> None:
    """Creates the table; its rows go with their conversation, and the bytes with the rows."""
    op.execute(
        """
        CREATE TABLE chat.attachments (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            side integer NOT NULL,
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
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX attachments_conversation ON chat.attachments (conversation_id, tenant_id, id)")
    # How much a company has is summed up from the index alone.
    op.execute("CREATE INDEX attachments_size ON chat.attachments (tenant_id) INCLUDE (size)")
    protect(op, "chat", "attachments", service="chat")
    follow_records(op, "chat", "attachments")
