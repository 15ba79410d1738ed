"""Counts a conversation's notes in its own row, so that staff who follow it hear of a new one.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Adds the column; its constant default writes no row."""
    op.execute("ALTER TABLE chat.conversations ADD COLUMN note_count integer NOT NULL DEFAULT 0")
