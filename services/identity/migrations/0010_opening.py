"""Creates hours, and the rules by which a site offers a chat.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0010"
down_revision = "0050"


def upgrade() -> None:
    """Creates the tables and forces row security on them."""
    op.execute(
        """
        CREATE TABLE identity.hours (
            tenant_id uuid NOT NULL REFERENCES identity.tenants,
            site_id uuid NOT NULL,
            zone text NOT NULL,
            country text NOT NULL,
            part text NOT NULL,
            days jsonb NOT NULL,
            special_days jsonb NOT NULL,
            revision integer NOT NULL,
            PRIMARY KEY (tenant_id, site_id)
        )
        """
    )
    protect(op, "identity", "hours", service="identity")
    op.execute(
        """
        CREATE TABLE identity.chat_invitations (
            tenant_id uuid NOT NULL,
            site_id uuid NOT NULL,
            rules jsonb NOT NULL,
            revision integer NOT NULL,
            PRIMARY KEY (tenant_id, site_id),
            FOREIGN KEY (tenant_id, site_id) REFERENCES identity.sites (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    protect(op, "identity", "chat_invitations", service="identity")
