"""Creates the record of who chose to be remembered on a site.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Creates the tables and forces row security on them."""
    op.execute(
        """
        CREATE TABLE identity.recognitions (
            tenant_id uuid NOT NULL,
            visitor_id uuid NOT NULL,
            site_id uuid NOT NULL,
            notice_id uuid NOT NULL,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, visitor_id, site_id),
            FOREIGN KEY (tenant_id, site_id) REFERENCES identity.sites (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    protect(op, "identity", "recognitions", service="identity")
