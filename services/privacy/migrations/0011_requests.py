"""Creates people's requests about their data, with their steps and receipts.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Creates the tables."""
    op.execute(
        """
        CREATE TABLE privacy.requests (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            code_hash bytea,
            kind integer NOT NULL,
            state integer NOT NULL,
            subject_kind integer NOT NULL,
            subject_id uuid NOT NULL,
            made_by integer NOT NULL,
            officer_id text NOT NULL,
            details text NOT NULL,
            answer text NOT NULL,
            proof text NOT NULL,
            restricted boolean NOT NULL,
            deliveries jsonb,
            create_time timestamptz NOT NULL,
            due_time timestamptz NOT NULL,
            close_time timestamptz,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, code_hash)
        )
        """
    )
    op.execute("CREATE INDEX requests_due ON privacy.requests (tenant_id, due_time, id) WHERE state IN (1, 2)")
    op.execute("CREATE INDEX requests_person ON privacy.requests (tenant_id, subject_id, id)")
    protect(op, "privacy", "requests", service="privacy")
    op.execute(
        """
        CREATE TABLE privacy.request_corrections (
            tenant_id uuid NOT NULL,
            request_id uuid NOT NULL,
            field text NOT NULL,
            value text NOT NULL,
            PRIMARY KEY (tenant_id, request_id, field),
            FOREIGN KEY (tenant_id, request_id) REFERENCES privacy.requests ON DELETE CASCADE
        )
        """
    )
    protect(op, "privacy", "request_corrections", service="privacy")
    op.execute(
        """
        CREATE TABLE privacy.request_steps (
            tenant_id uuid NOT NULL,
            request_id uuid NOT NULL,
            service text NOT NULL,
            state integer NOT NULL,
            attempts integer NOT NULL,
            done_time timestamptz,
            PRIMARY KEY (tenant_id, request_id, service),
            FOREIGN KEY (tenant_id, request_id) REFERENCES privacy.requests ON DELETE CASCADE
        )
        """
    )
    protect(op, "privacy", "request_steps", service="privacy")
    op.execute(
        """
        CREATE TABLE privacy.receipt_lines (
            tenant_id uuid NOT NULL,
            request_id uuid NOT NULL,
            store text NOT NULL,
            service text NOT NULL,
            found bigint NOT NULL,
            corrected bigint NOT NULL,
            deleted bigint NOT NULL,
            emptied bigint NOT NULL,
            sealed bigint NOT NULL,
            held bigint NOT NULL,
            bytes_gone_time timestamptz,
            PRIMARY KEY (tenant_id, request_id, store),
            FOREIGN KEY (tenant_id, request_id) REFERENCES privacy.requests ON DELETE CASCADE
        )
        """
    )
    protect(op, "privacy", "receipt_lines", service="privacy")
