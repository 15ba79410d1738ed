"""Lets go of a ticket's revision beside what takes a change back: what was changed is compared, and not how often.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates. Nothing was released with the column.
"""

from alembic import op

revision = "0204"
down_revision = "0203"


def upgrade() -> None:
    """Drops the column."""
    op.execute("ALTER TABLE support.undos DROP COLUMN revision")
