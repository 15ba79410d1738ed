"""Creates the ledger, the signed ends of its chains, and what leads from a person to a pseudonym.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0010"
down_revision = "0002"


def upgrade() -> None:
    """Creates the tables. Entries are added, and let go when they have had their time; none is ever changed."""
    op.execute(
        """
        CREATE TABLE privacy.ledger (
            tenant_id uuid NOT NULL,
            sequence bigint NOT NULL,
            kind integer NOT NULL,
            time timestamptz NOT NULL,
            pseudonym uuid,
            staff_pseudonym uuid,
            record_id text NOT NULL,
            role text NOT NULL,
            purpose integer NOT NULL,
            recipient text NOT NULL,
            silent boolean NOT NULL,
            deed_id text NOT NULL,
            previous_hash bytea NOT NULL,
            entry_hash bytea NOT NULL,
            PRIMARY KEY (tenant_id, sequence),
            UNIQUE (tenant_id, deed_id)
        )
        """
    )
    op.execute("CREATE INDEX ledger_person ON privacy.ledger (tenant_id, pseudonym, sequence)")
    op.execute("CREATE INDEX ledger_record ON privacy.ledger (tenant_id, record_id, sequence)")
    op.execute("CREATE INDEX ledger_time ON privacy.ledger (tenant_id, time)")
    protect(op, "privacy", "ledger", service="privacy", grants="SELECT, INSERT, DELETE")
    op.execute(
        """
        CREATE TABLE privacy.ledger_heads (
            tenant_id uuid PRIMARY KEY,
            sequence bigint NOT NULL,
            entry_hash bytea NOT NULL,
            floor_sequence bigint NOT NULL,
            floor_hash bytea NOT NULL,
            sign_time timestamptz NOT NULL,
            signature bytea NOT NULL
        )
        """
    )
    protect(op, "privacy", "ledger_heads", service="privacy", grants="SELECT, INSERT, UPDATE")
    op.execute(
        """
        CREATE TABLE privacy.ledger_people (
            tenant_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            kind integer NOT NULL,
            pseudonym uuid NOT NULL,
            use_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, subject_id),
            UNIQUE (tenant_id, pseudonym)
        )
        """
    )
    protect(op, "privacy", "ledger_people", service="privacy")
    op.execute(
        """
        CREATE TABLE privacy.forgotten (
            tenant_id uuid NOT NULL,
            person_mac bytea NOT NULL,
            time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, person_mac)
        )
        """
    )
    protect(op, "privacy", "forgotten", service="privacy")
