"""Keeps mail to the addresses for privacy and for corrections until it is read.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import create_arrivals

revision = "0110"
down_revision = "0051"


def upgrade() -> None:
    """Creates the table."""
    create_arrivals(op, "privacy", "privacy")
