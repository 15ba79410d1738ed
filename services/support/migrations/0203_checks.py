"""Keeps what the company's mail server found out about the sender of a mail.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0203"
down_revision = "0202"


def upgrade() -> None:
    """Adds the columns; what came before has nothing in them."""
    op.execute(
        """
        ALTER TABLE support.entries
            ADD COLUMN spf integer NOT NULL DEFAULT 0,
            ADD COLUMN dkim integer NOT NULL DEFAULT 0,
            ADD COLUMN dmarc integer NOT NULL DEFAULT 0
        """
    )
