"""Creates the endpoints of tenants, what is on its way to them, and who was told of whom.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads; it
takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0051"
down_revision = "0072"


def upgrade() -> None:
    """Creates the tables and forces row security on them."""
    op.execute(
        """
        CREATE TABLE privacy.webhooks (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            display_name text NOT NULL,
            url text NOT NULL,
            event_types text[] NOT NULL,
            purpose integer NOT NULL,
            state integer NOT NULL,
            secret bytea NOT NULL,
            old_secret bytea,
            overlap_end_time timestamptz,
            failure_count integer NOT NULL,
            failing_since_time timestamptz,
            last_success_time timestamptz,
            rest_time timestamptz,
            revision integer NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE privacy.webhook_deliveries (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            webhook_id uuid NOT NULL,
            event_id uuid NOT NULL,
            event_type text NOT NULL,
            event_time timestamptz NOT NULL,
            sequence bigint NOT NULL,
            subject_id uuid,
            attributes jsonb NOT NULL,
            state integer NOT NULL,
            attempts integer NOT NULL,
            status integer NOT NULL,
            failure text NOT NULL,
            create_time timestamptz NOT NULL,
            next_time timestamptz,
            finish_time timestamptz,
            expire_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, webhook_id, event_id),
            FOREIGN KEY (tenant_id, webhook_id) REFERENCES privacy.webhooks ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX webhook_deliveries_state ON privacy.webhook_deliveries (tenant_id, state, id)")
    op.execute("CREATE INDEX webhook_deliveries_webhook ON privacy.webhook_deliveries (tenant_id, webhook_id, id)")
    op.execute("CREATE INDEX webhook_deliveries_expire ON privacy.webhook_deliveries (tenant_id, expire_time)")
    op.execute(
        "CREATE INDEX webhook_deliveries_subject ON privacy.webhook_deliveries (tenant_id, subject_id) "
        "WHERE subject_id IS NOT NULL"
    )
    op.execute(
        """
        CREATE TABLE privacy.webhook_tellings (
            tenant_id uuid NOT NULL,
            webhook_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            last_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, webhook_id, subject_id),
            FOREIGN KEY (tenant_id, webhook_id) REFERENCES privacy.webhooks ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX webhook_tellings_subject ON privacy.webhook_tellings (tenant_id, subject_id)")
    op.execute("CREATE INDEX webhook_tellings_time ON privacy.webhook_tellings (tenant_id, last_time)")
    op.execute(
        """
        CREATE TABLE privacy.webhook_recalls (
            tenant_id uuid NOT NULL,
            delivery_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            PRIMARY KEY (tenant_id, delivery_id),
            FOREIGN KEY (tenant_id, delivery_id) REFERENCES privacy.webhook_deliveries ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX webhook_recalls_subject ON privacy.webhook_recalls (tenant_id, subject_id)")
    for table in ("webhooks", "webhook_deliveries", "webhook_tellings", "webhook_recalls"):
        protect(op, "privacy", table, service="privacy")
