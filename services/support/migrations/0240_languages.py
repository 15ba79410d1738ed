"""Lets each ticket say in which language its requester is written to.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0240"
down_revision = "0230"


def upgrade() -> None:
    """Adds the column; a ticket of before is written to in the company's own language."""
    op.execute("ALTER TABLE support.tickets ADD COLUMN language text NOT NULL DEFAULT ''")
