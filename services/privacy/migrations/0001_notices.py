"""Creates notices.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import create_kernel_tables, protect

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Creates the table; its rows are added and never changed, which the role's grants say too."""
    op.execute(
        """
        CREATE TABLE privacy.notices (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            site_id uuid NOT NULL,
            version integer NOT NULL,
            language text NOT NULL,
            text text NOT NULL,
            content_hash text NOT NULL,
            policy_url text NOT NULL,
            effective_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, site_id, version)
        )
        """
    )
    protect(op, "privacy", "notices", service="privacy", grants="SELECT, INSERT")
    create_kernel_tables(op, "privacy", "privacy")
