"""Creates the codes on receipts, by which a visitor reaches a conversation without a cookie.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates the table with row security forced, and the index by which all credentials of a visitor are found."""
    op.execute(
        """
        CREATE TABLE identity.receipt_codes (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            visitor_id uuid NOT NULL,
            conversation_id uuid NOT NULL,
            site_id uuid NOT NULL,
            code_hash bytea NOT NULL,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, code_hash),
            FOREIGN KEY (tenant_id, site_id) REFERENCES identity.sites (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX receipt_codes_conversation ON identity.receipt_codes (tenant_id, conversation_id)")
    op.execute("CREATE INDEX receipt_codes_visitor ON identity.receipt_codes (tenant_id, visitor_id)")
    op.execute("CREATE INDEX visitor_credentials_visitor ON identity.visitor_credentials (tenant_id, visitor_id)")
    protect(op, "identity", "receipt_codes", service="identity")
