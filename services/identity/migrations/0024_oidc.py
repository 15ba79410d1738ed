"""Creates tenants' OpenID providers, sign-ins that are under way there, and whose account is whose.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Creates the tables and forces row security on them."""
    op.execute(
        """
        CREATE TABLE identity.oidc_providers (
            tenant_id uuid NOT NULL REFERENCES identity.tenants,
            issuer text NOT NULL,
            client_id text NOT NULL,
            sealed_secret bytea NOT NULL,
            update_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE identity.oidc_flows (
            tenant_id uuid NOT NULL,
            flow_hash bytea NOT NULL,
            sealed bytea NOT NULL,
            issuer text NOT NULL,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, flow_hash)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE identity.oidc_links (
            tenant_id uuid NOT NULL,
            subject_hash bytea NOT NULL,
            staff_id uuid NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, subject_hash),
            FOREIGN KEY (tenant_id, staff_id) REFERENCES identity.staff (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    for table in ("oidc_providers", "oidc_flows", "oidc_links"):
        protect(op, "identity", table, service="identity")
