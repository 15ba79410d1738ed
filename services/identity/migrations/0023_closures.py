"""Creates requests to close tenants, and lets a tenant be closed.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Creates the table and forces row security on it."""
    op.execute(
        """
        CREATE TABLE identity.closures (
            tenant_id uuid NOT NULL REFERENCES identity.tenants,
            id uuid NOT NULL,
            requested_by uuid NOT NULL,
            create_time timestamptz NOT NULL,
            due_time timestamptz NOT NULL,
            cancel_time timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    # One at a time, whoever asks at once.
    op.execute("CREATE UNIQUE INDEX closures_open ON identity.closures (tenant_id) WHERE cancel_time IS NULL")
    protect(op, "identity", "closures", service="identity")
    op.execute("ALTER TABLE identity.tenants ADD COLUMN close_time timestamptz")
