"""Keeps by what kind of proof somebody was recognised for whom staff ask, and who else said that it is good.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

revision = "0071"
down_revision = "0070"


def upgrade() -> None:
    """Adds columns; what is there already was recognised by no declared kind and is confirmed by nobody."""
    op.execute(
        """
        ALTER TABLE privacy.requests
            ADD COLUMN proof_kind integer NOT NULL DEFAULT 0,
            ADD COLUMN proof_confirmer_id text NOT NULL DEFAULT '',
            ADD COLUMN proof_confirm_time timestamptz
        """
    )
    op.execute("ALTER TABLE privacy.ledger ADD COLUMN basis text NOT NULL DEFAULT ''")
