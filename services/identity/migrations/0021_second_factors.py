"""Creates second factors, recovery codes, and sign-ins that wait for a code.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import protect

revision = "0021"
down_revision = "0020"

_OF_STAFF = "FOREIGN KEY (tenant_id, staff_id) REFERENCES identity.staff (tenant_id, id) ON DELETE CASCADE"


def upgrade() -> None:
    """Creates the tables and forces row security on them."""
    op.execute(
        f"""
        CREATE TABLE identity.second_factors (
            tenant_id uuid NOT NULL,
            staff_id uuid NOT NULL,
            sealed_secret bytea NOT NULL,
            last_step bigint NOT NULL,
            create_time timestamptz NOT NULL,
            confirm_time timestamptz,
            PRIMARY KEY (tenant_id, staff_id),
            {_OF_STAFF}
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE identity.recovery_codes (
            tenant_id uuid NOT NULL,
            staff_id uuid NOT NULL,
            code_hash bytea NOT NULL,
            use_time timestamptz,
            PRIMARY KEY (tenant_id, staff_id, code_hash),
            {_OF_STAFF}
        )
        """
    )
    op.execute(
        f"""
        CREATE TABLE identity.sign_in_challenges (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            staff_id uuid NOT NULL,
            secret_hash bytea NOT NULL,
            sealed_secret bytea,
            device text NOT NULL,
            tries integer NOT NULL,
            create_time timestamptz NOT NULL,
            expire_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id),
            UNIQUE (tenant_id, secret_hash),
            {_OF_STAFF}
        )
        """
    )
    for table in ("second_factors", "recovery_codes", "sign_in_challenges"):
        protect(op, "identity", table, service="identity")
