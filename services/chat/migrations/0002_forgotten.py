"""Notes of a conversation when its visitor was forgotten.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the column; it is empty for all conversations that there are."""
    op.execute("ALTER TABLE chat.conversations ADD COLUMN erase_time timestamptz")
