"""Creates legal holds and legal cases.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Creates the tables."""
    op.execute(
        """
        CREATE TABLE privacy.holds (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            subject_kind integer NOT NULL,
            subject_id uuid NOT NULL,
            record_id text NOT NULL,
            service text NOT NULL,
            state integer NOT NULL,
            reason text NOT NULL,
            proposer_id text NOT NULL,
            confirmer_id text NOT NULL,
            release_reason text NOT NULL,
            release_proposer_id text NOT NULL,
            release_confirmer_id text NOT NULL,
            create_time timestamptz NOT NULL,
            confirm_time timestamptz,
            release_time timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    protect(op, "privacy", "holds", service="privacy")
    op.execute(
        """
        CREATE TABLE privacy.cases (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            state integer NOT NULL,
            basis integer NOT NULL,
            authority text NOT NULL,
            reference text NOT NULL,
            silent boolean NOT NULL,
            proposer_id text NOT NULL,
            confirmer_id text NOT NULL,
            closer_id text NOT NULL,
            create_time timestamptz NOT NULL,
            confirm_time timestamptz,
            close_time timestamptz,
            disclosures integer NOT NULL,
            disclose_time timestamptz,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    protect(op, "privacy", "cases", service="privacy")
    op.execute(
        """
        CREATE TABLE privacy.case_items (
            tenant_id uuid NOT NULL,
            case_id uuid NOT NULL,
            position integer NOT NULL,
            subject_kind integer NOT NULL,
            subject_id uuid NOT NULL,
            record_id text NOT NULL,
            PRIMARY KEY (tenant_id, case_id, position),
            FOREIGN KEY (tenant_id, case_id) REFERENCES privacy.cases ON DELETE CASCADE
        )
        """
    )
    protect(op, "privacy", "case_items", service="privacy", grants="SELECT, INSERT, DELETE")
