"""Keeps a small picture for each site.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0061"
down_revision = "0060"


def upgrade() -> None:
    """Creates the table; its rows go with their site."""
    op.execute(
        """
        CREATE TABLE identity.site_logos (
            tenant_id uuid NOT NULL,
            site_id uuid NOT NULL,
            image bytea NOT NULL,
            PRIMARY KEY (tenant_id, site_id),
            FOREIGN KEY (tenant_id, site_id) REFERENCES identity.sites (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    protect(op, "identity", "site_logos", service="identity")
