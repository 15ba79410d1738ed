"""Keeps of each change of a post how many files came and went with it.

It only adds, with a default for each new column, so that the previous release goes on beside it.
"""

from alembic import op

revision = "0331"
down_revision = "0330"


def upgrade() -> None:
    """Adds the columns."""
    for column in ("files_added", "files_removed"):
        op.execute(f"ALTER TABLE community.revisions ADD COLUMN {column} integer NOT NULL DEFAULT 0")
