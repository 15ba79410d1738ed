"""Gives API keys an end, a last use and a secret that overlaps with the one before, and records what programs read.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import add_program_readers

revision = "0040"
down_revision = "0006"


def upgrade() -> None:
    """Adds the columns; keys that there are end a year from now."""
    op.execute(
        """
        ALTER TABLE identity.api_keys
            ADD COLUMN expire_time timestamptz NOT NULL DEFAULT now() + interval '365 days',
            ADD COLUMN last_use_time timestamptz,
            ADD COLUMN old_secret_hash bytea,
            ADD COLUMN overlap_end_time timestamptz
        """
    )
    op.execute("CREATE INDEX api_keys_old_secret ON identity.api_keys (tenant_id, old_secret_hash)")
    add_program_readers(op, "identity")
