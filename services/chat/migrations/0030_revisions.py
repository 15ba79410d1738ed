"""Lets what was said be changed, taken back and removed: marks on messages, and the texts of before.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0030"
down_revision = "0060"


def upgrade() -> None:
    """Adds three columns with constant defaults, which writes no row, and the table of earlier texts."""
    op.execute(
        """
        ALTER TABLE chat.messages
            ADD COLUMN target_sequence bigint NOT NULL DEFAULT 0,
            ADD COLUMN revision integer NOT NULL DEFAULT 0,
            ADD COLUMN revise_time timestamptz
        """
    )
    op.execute(
        """
        CREATE TABLE chat.revisions (
            tenant_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            sequence bigint NOT NULL,
            target_sequence bigint NOT NULL,
            body text NOT NULL,
            revise_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, conversation_id, sequence),
            FOREIGN KEY (tenant_id, conversation_id) REFERENCES chat.conversations (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX revisions_time ON chat.revisions (tenant_id, revise_time)")
    protect(op, "chat", "revisions", service="chat")
