"""Keeps in which language a link is mailed, and the public keys with which sites' back ends sign.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0062"
down_revision = "0061"


def upgrade() -> None:
    """Adds a column whose constant default writes no row, and a table whose rows go with their site."""
    op.execute("ALTER TABLE identity.entry_links ADD COLUMN language text NOT NULL DEFAULT ''")
    op.execute(
        """
        CREATE TABLE identity.identity_keys (
            tenant_id uuid NOT NULL,
            site_id uuid NOT NULL,
            public_key text NOT NULL,
            create_time timestamptz NOT NULL,
            previous_key text,
            previous_expire_time timestamptz,
            PRIMARY KEY (tenant_id, site_id),
            FOREIGN KEY (tenant_id, site_id) REFERENCES identity.sites (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    protect(op, "identity", "identity_keys", service="identity")
