"""Keeps when a visitor last said where answers go, so that whoever answers is told of it at once.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0210"
down_revision = "0200"


def upgrade() -> None:
    """Adds the column, which writes no row."""
    op.execute("ALTER TABLE chat.conversations ADD COLUMN reply_set_time timestamptz")
