"""Keeps which words a case masks in a post, so that the masks of several cases come and go one by one.

It only adds, with a default for the new column, so that the previous release goes on beside it.
"""

from alembic import op

revision = "0400"
down_revision = "0340"


def upgrade() -> None:
    """Adds the column."""
    op.execute("ALTER TABLE community.masked ADD COLUMN words text NOT NULL DEFAULT '[]'")
