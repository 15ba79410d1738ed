"""Creates the secrets by which a site's back end says who its customers are, and whom it said.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0022"
down_revision = "0021"

_OF_SITE = "FOREIGN KEY (tenant_id, site_id) REFERENCES identity.sites (tenant_id, id) ON DELETE CASCADE"


def upgrade() -> None:
    """Creates the tables and forces row security on them."""
    op.execute(
        f"""
        CREATE TABLE identity.identity_secrets (
            tenant_id uuid NOT NULL,
            site_id uuid NOT NULL,
            sealed_secret bytea NOT NULL,
            create_time timestamptz NOT NULL,
            sealed_previous bytea,
            previous_expire_time timestamptz,
            PRIMARY KEY (tenant_id, site_id),
            {_OF_SITE}
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE identity.verified_visitors (
            tenant_id uuid NOT NULL,
            site_id uuid NOT NULL,
            external_hash bytea NOT NULL,
            visitor_id uuid NOT NULL,
            external_id text NOT NULL,
            display_name text NOT NULL,
            email text NOT NULL,
            verify_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, site_id, external_hash),
            UNIQUE (tenant_id, visitor_id),
            {_OF_SITE}
        )
        """
    )
    op.execute(
        """
        CREATE TABLE identity.identity_tokens (
            tenant_id uuid NOT NULL,
            token_hash bytea NOT NULL,
            expire_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, token_hash)
        )
        """
    )
    for table in ("identity_secrets", "verified_visitors", "identity_tokens"):
        protect(op, "identity", table, service="identity")
