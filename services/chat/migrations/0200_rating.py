"""Keeps how a visitor rated a chat beside the chat.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0200"
down_revision = "0080"


def upgrade() -> None:
    """Adds the columns, whose constant default writes no row."""
    op.execute("ALTER TABLE chat.conversations ADD COLUMN rating integer NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE chat.conversations ADD COLUMN rate_time timestamptz")
