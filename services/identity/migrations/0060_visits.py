"""Counts the visits of visitors who chose to be recognised, so that a site can invite whoever comes back.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0060"
down_revision = "0024"


def upgrade() -> None:
    """Adds two columns; the visit in which the choice was made is the first."""
    op.execute("ALTER TABLE identity.recognitions ADD COLUMN visits integer NOT NULL DEFAULT 1")
    op.execute("ALTER TABLE identity.recognitions ADD COLUMN visit_time timestamptz")
