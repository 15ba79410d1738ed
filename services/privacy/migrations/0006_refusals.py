"""Creates the tallies of those who were refused for their age.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Creates the table, which has no place for anybody."""
    op.execute(
        """
        CREATE TABLE privacy.refusals (
            tenant_id uuid NOT NULL,
            site_id uuid NOT NULL,
            day date NOT NULL,
            count bigint NOT NULL,
            PRIMARY KEY (tenant_id, day, site_id)
        )
        """
    )
    protect(op, "privacy", "refusals", service="privacy")
