"""Creates links by which people choose passwords, and the record of administration; sessions say more of themselves.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0020"
down_revision = "0010"


def upgrade() -> None:
    """Creates the tables and forces row security on them; nobody who serves may change what the record says."""
    op.execute(
        """
        CREATE TABLE identity.entry_links (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            staff_id uuid,
            is_invitation boolean NOT NULL,
            secret_hash bytea NOT NULL,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            use_time timestamptz,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, secret_hash),
            FOREIGN KEY (tenant_id, staff_id) REFERENCES identity.staff (tenant_id, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX entry_links_staff ON identity.entry_links (tenant_id, staff_id)")
    protect(op, "identity", "entry_links", service="identity")
    op.execute(
        """
        CREATE TABLE identity.audit_entries (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            staff_id uuid,
            action text NOT NULL,
            target_id text NOT NULL,
            changes jsonb NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    # The purge locks the rows that it takes, for which PostgreSQL wants the right to change a column: this one is held
    # fast by row security.
    grants = "SELECT, INSERT, DELETE, UPDATE (tenant_id)"
    protect(op, "identity", "audit_entries", service="identity", grants=grants)
    op.execute("ALTER TABLE identity.sessions ADD COLUMN device text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE identity.sessions ADD COLUMN use_time timestamptz")
    op.execute("ALTER TABLE identity.sessions ADD COLUMN auth_time timestamptz")
    op.execute("CREATE INDEX sessions_staff ON identity.sessions (tenant_id, staff_id)")
    op.execute("ALTER TABLE identity.sites ADD COLUMN position integer NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE identity.sites ADD COLUMN initials text NOT NULL DEFAULT ''")
