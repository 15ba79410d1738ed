"""Keeps that purges ran, and how much they removed.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0040"
down_revision = "0006"


def upgrade() -> None:
    """Creates the table; its rows are added, and go after a year."""
    op.execute(
        """
        CREATE TABLE privacy.purges (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            service text NOT NULL,
            time timestamptz NOT NULL,
            stores jsonb NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute("CREATE INDEX purges_time ON privacy.purges (tenant_id, time, id)")
    # A purge locks the rows that it takes, and for that PostgreSQL wants the right to change one column; it is the key.
    protect(op, "privacy", "purges", service="privacy", grants="SELECT, INSERT, UPDATE (id), DELETE")
