"""What migrations call: schemas, roles, and row security on every table.

Every helper takes alembic's `op` and issues plain DDL, so that a migration reads as what it does. Nothing here is called by
a running service.
"""

from __future__ import annotations

from alembic.operations import Operations

from kernel.storage.database import runtime_role

OWNER = "parley_owner"
SEARCH = "parley_search"
BACKUP = "parley_backup"


def protect(op: Operations, schema: str, table: str, *, service: str, grants: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Forces row security on a tenant's table and lets the service's role in."""
    name = f"{schema}.{table}"
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {name} USING (tenant_id = (SELECT app.require_tenant())) "
        "WITH CHECK (tenant_id = (SELECT app.require_tenant()))"
    )
    op.execute(f"GRANT {grants} ON {name} TO {runtime_role(service)}")
    op.execute(f"GRANT SELECT ON {name} TO {BACKUP}")


def share(op: Operations, schema: str, table: str, *, service: str, grants: str) -> None:
    """Lets the service's role into a table that belongs to no tenant; row security is forced and says so."""
    name = f"{schema}.{table}"
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY no_tenant ON {name} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT {grants} ON {name} TO {runtime_role(service)}")
    op.execute(f"GRANT SELECT ON {name} TO {BACKUP}")


def create_kernel_tables(op: Operations, schema: str, service: str) -> None:
    """Creates, in a service's schema, the tables that the kernel keeps for every service."""
    op.execute(
        f"""
        CREATE TABLE {schema}.idempotency (
            tenant_id uuid NOT NULL,
            method text NOT NULL,
            request_id text NOT NULL,
            request_mac bytea NOT NULL,
            resource_id text NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, method, request_id)
        )
        """
    )
    protect(op, schema, "idempotency", service=service)
    op.execute(
        f"""
        CREATE TABLE {schema}.access (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            record_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            staff_id uuid NOT NULL,
            staff_name text NOT NULL,
            purpose integer NOT NULL,
            first_time timestamptz NOT NULL,
            last_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute(f"CREATE INDEX access_record ON {schema}.access (tenant_id, record_id, staff_id, purpose, last_time)")
    protect(op, schema, "access", service=service)
