"""Adds what erasure needs beside: seals that hold it up, and marks of the tables in which bytes are left.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import create_erasure_tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the two tables."""
    create_erasure_tables(op, "identity", "identity")
