"""Says of each version of a notice what it changes and what it asks.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0002"
down_revision = "0030"


def upgrade() -> None:
    """Adds the columns; the versions that there are ask nothing, and their first ones change nothing."""
    op.execute(
        """
        ALTER TABLE privacy.notices
            ADD COLUMN material boolean NOT NULL DEFAULT false,
            ADD COLUMN change_summary text NOT NULL DEFAULT '',
            ADD COLUMN questions jsonb NOT NULL DEFAULT '[]',
            ADD COLUMN transcript_days integer
        """
    )
