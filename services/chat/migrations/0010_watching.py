"""Notes who watches a conversation, and until when.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0010"
down_revision = "0004"


def upgrade() -> None:
    """Adds the columns; nobody watches any of the conversations that there are."""
    op.execute(
        """
        ALTER TABLE chat.conversations
            ADD COLUMN watcher_id uuid,
            ADD COLUMN watch_end_time timestamptz
        """
    )
