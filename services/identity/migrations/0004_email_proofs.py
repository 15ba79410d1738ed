"""Creates the proofs of e-mail addresses, and where an address was proved.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates the tables and forces row security on them."""
    op.execute(
        """
        CREATE TABLE identity.email_proofs (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            email text NOT NULL,
            language text NOT NULL,
            visitor_id uuid,
            conversation_id uuid,
            site_id uuid,
            tries integer NOT NULL,
            secret_hash bytea,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            finish_time timestamptz,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, secret_hash)
        )
        """
    )
    op.execute("CREATE INDEX email_proofs_visitor ON identity.email_proofs (tenant_id, visitor_id)")
    op.execute(
        """
        CREATE TABLE identity.proved_addresses (
            tenant_id uuid NOT NULL,
            email_hash bytea NOT NULL,
            visitor_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            site_id uuid NOT NULL,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, email_hash, conversation_id)
        )
        """
    )
    op.execute("CREATE INDEX proved_addresses_visitor ON identity.proved_addresses (tenant_id, visitor_id)")
    protect(op, "identity", "email_proofs", service="identity")
    protect(op, "identity", "proved_addresses", service="identity")
