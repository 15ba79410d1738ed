"""Creates the grants by which platform staff come into a tenant.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Creates the tables and forces row security on them."""
    op.execute(
        """
        CREATE TABLE identity.support_grants (
            tenant_id uuid NOT NULL REFERENCES identity.tenants,
            id uuid NOT NULL,
            reason text NOT NULL,
            granted_by uuid NOT NULL,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            revoke_time timestamptz,
            use_time timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    protect(op, "identity", "support_grants", service="identity")
