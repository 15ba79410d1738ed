"""Creates tenants, sites, staff, teams, sessions, keys and credentials.

Rules for every migration: it runs under the previous release, so it adds and never changes what the old code reads;
it takes no lock for long; it protects every table that it creates.
"""

from alembic import op

from kernel.storage.schema import SEARCH, create_kernel_tables, protect, share

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE identity.tenants (
    tenant_id uuid PRIMARY KEY,
    slug text NOT NULL UNIQUE,
    display_name text NOT NULL,
    regime text NOT NULL,
    create_time timestamptz NOT NULL
);
CREATE TABLE identity.sites (
    tenant_id uuid NOT NULL REFERENCES identity.tenants,
    id uuid NOT NULL,
    display_name text NOT NULL,
    allowed_origins text[] NOT NULL,
    language text NOT NULL,
    greeting text NOT NULL,
    colour text NOT NULL,
    seen_time timestamptz,
    seen_origin text NOT NULL,
    revision integer NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE identity.teams (
    tenant_id uuid NOT NULL REFERENCES identity.tenants,
    id uuid NOT NULL,
    display_name text NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, display_name)
);
CREATE TABLE identity.staff (
    tenant_id uuid NOT NULL REFERENCES identity.tenants,
    id uuid NOT NULL,
    email text NOT NULL,
    display_name text NOT NULL,
    roles integer[] NOT NULL,
    state integer NOT NULL,
    password_hash text NOT NULL,
    revision integer NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
);
CREATE TABLE identity.staff_teams (
    tenant_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    team_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, staff_id, team_id),
    FOREIGN KEY (tenant_id, staff_id) REFERENCES identity.staff (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, team_id) REFERENCES identity.teams (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE identity.sessions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    staff_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    create_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    revoke_time timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, secret_hash),
    FOREIGN KEY (tenant_id, staff_id) REFERENCES identity.staff (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE identity.api_keys (
    tenant_id uuid NOT NULL REFERENCES identity.tenants,
    id uuid NOT NULL,
    display_name text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    create_time timestamptz NOT NULL,
    revoke_time timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, secret_hash)
);
CREATE TABLE identity.visitor_credentials (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    site_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    create_time timestamptz NOT NULL,
    expire_time timestamptz NOT NULL,
    revoke_time timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, secret_hash),
    FOREIGN KEY (tenant_id, site_id) REFERENCES identity.sites (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE identity.signing_keys (
    id uuid PRIMARY KEY,
    public_key bytea NOT NULL,
    sealed_private_key bytea NOT NULL,
    create_time timestamptz NOT NULL
)
"""


def upgrade() -> None:
    """Creates the tables, forces row security on them, and the one function that finds a tenant before one is bound."""
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    for table in (
        "tenants",
        "sites",
        "teams",
        "staff",
        "staff_teams",
        "sessions",
        "api_keys",
        "visitor_credentials",
    ):
        protect(op, "identity", table, service="identity")
    # Signing keys belong to the deployment, not to a tenant.
    share(op, "identity", "signing_keys", service="identity", grants="SELECT, INSERT, DELETE")
    # Somebody who signs in names the tenant by its short name; the function gives its id and nothing else.
    op.execute(
        """
        CREATE FUNCTION identity.find_tenant(wanted text) RETURNS uuid
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS 'SELECT tenant_id FROM identity.tenants WHERE slug = wanted'
        """
    )
    op.execute(f"GRANT SELECT ON identity.tenants TO {SEARCH}")
    op.execute(f"ALTER FUNCTION identity.find_tenant(text) OWNER TO {SEARCH}")
    op.execute("REVOKE ALL ON FUNCTION identity.find_tenant(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION identity.find_tenant(text) TO parley_identity")
    create_kernel_tables(op, "identity", "identity")
