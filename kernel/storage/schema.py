"""What migrations call: schemas, roles, and row security on every table.

Every helper takes alembic's `op` and issues plain DDL, so that a migration reads as what it does. Nothing here is
called by a running service.
"""

from __future__ import annotations

from typing import Protocol

from kernel.storage.database import runtime_role


class Ddl(Protocol):
    """What issues statements: alembic's `op`."""

    def execute(self, sqltext: str) -> object:
        """Issues a statement."""


OWNER = "parley_owner"
SEARCH = "parley_search"
BACKUP = "parley_backup"
# Owns the two functions by which a service's runners see the events and the jobs of all tenants, and nothing else.
WORKER = "parley_worker"


def protect(op: Ddl, schema: str, table: str, *, service: str, grants: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
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


def share(op: Ddl, schema: str, table: str, *, service: str, grants: str) -> None:
    """Lets the service's role into a table that belongs to no tenant; row security is forced and says so."""
    name = f"{schema}.{table}"
    op.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY no_tenant ON {name} USING (true) WITH CHECK (true)")
    op.execute(f"GRANT {grants} ON {name} TO {runtime_role(service)}")
    op.execute(f"GRANT SELECT ON {name} TO {BACKUP}")


def create_kernel_tables(op: Ddl, schema: str, service: str) -> None:
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
    _create_outbox(op, schema, service)
    _create_inbox(op, schema, service)
    _create_jobs(op, schema, service)
    _create_settings(op, schema, service)


def add_program_readers(op: Ddl, schema: str) -> None:
    """Lets the record of readings name the API key by which a program read, where no member of staff did.

    A service's migrations call this after `create_kernel_tables`, once.
    """
    op.execute(f"ALTER TABLE {schema}.access ADD COLUMN key_id uuid, ALTER COLUMN staff_id DROP NOT NULL")


def create_erasure_tables(op: Ddl, schema: str, service: str) -> None:
    """Creates, in a service's schema, what erasure needs beside: the seals that hold it up, and where bytes are left.

    A service's migrations call this after `create_kernel_tables`, once.
    """
    op.execute(
        f"""
        CREATE TABLE {schema}.seals (
            tenant_id uuid NOT NULL,
            seal_id text NOT NULL,
            kind integer NOT NULL,
            subject_id uuid NOT NULL,
            record_id uuid,
            reason integer NOT NULL,
            create_time timestamptz NOT NULL,
            erase_time timestamptz,
            erase_whole boolean NOT NULL DEFAULT false,
            PRIMARY KEY (tenant_id, seal_id)
        )
        """
    )
    op.execute(f"CREATE INDEX seals_subject ON {schema}.seals (subject_id, tenant_id)")
    op.execute(f"CREATE INDEX seals_record ON {schema}.seals (record_id, tenant_id) WHERE record_id IS NOT NULL")
    protect(op, schema, "seals", service=service)
    # Marks are only added: a row for each table that counts its erasures would make erasures wait for one another. The
    # transaction's number tells whether anybody could still see what it erased.
    op.execute(
        f"""
        CREATE TABLE {schema}.leftovers (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            table_name text NOT NULL,
            transaction bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
            time timestamptz NOT NULL
        )
        """
    )
    share(op, schema, "leftovers", service=service, grants="INSERT")


def let_seals_hold_up_all(op: Ddl, schema: str) -> None:
    """Adds, where an earlier release made the seals, whether an erasure that waits for one leaves no skeleton."""
    op.execute(f"ALTER TABLE {schema}.seals ADD COLUMN IF NOT EXISTS erase_whole boolean NOT NULL DEFAULT false")


def create_arrivals(op: Ddl, schema: str, service: str) -> None:
    """Creates, in the schema of a service that takes mail, the table of what came in and is not read yet.

    A service's migrations call this after `create_kernel_tables`, once.
    """
    op.execute(
        f"""
        CREATE TABLE {schema}.arrivals (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            local_part text NOT NULL,
            return_path text NOT NULL,
            data bytea NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute(f"CREATE INDEX arrivals_time ON {schema}.arrivals (tenant_id, create_time)")
    protect(op, schema, "arrivals", service=service)


def _create_outbox(op: Ddl, schema: str, service: str) -> None:
    op.execute(f"CREATE SEQUENCE {schema}.outbox_inserted")
    op.execute(f"CREATE SEQUENCE {schema}.outbox_position")
    op.execute(
        f"""
        CREATE TABLE {schema}.outbox (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            inserted bigint NOT NULL DEFAULT nextval('{schema}.outbox_inserted'),
            position bigint,
            domain integer NOT NULL,
            type text NOT NULL,
            schema_version integer NOT NULL,
            time timestamptz NOT NULL,
            subjects text[] NOT NULL,
            attributes jsonb NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute(f"CREATE INDEX outbox_unplaced ON {schema}.outbox (inserted) WHERE position IS NULL")
    op.execute(f"CREATE INDEX outbox_placed ON {schema}.outbox (position) WHERE position IS NOT NULL")
    op.execute(f"CREATE INDEX outbox_time ON {schema}.outbox (tenant_id, time)")
    protect(op, schema, "outbox", service=service, grants="SELECT, INSERT, DELETE")
    op.execute(f"GRANT USAGE ON SEQUENCE {schema}.outbox_inserted TO {runtime_role(service)}")
    op.execute(f"GRANT SELECT, UPDATE ON {schema}.outbox TO {WORKER}")
    op.execute(f"GRANT USAGE ON SEQUENCE {schema}.outbox_position TO {WORKER}")
    # An event gets its position when it is first listed, which is after its commit, one lister at a time. Positions
    # thus become visible in their order, however late a transaction commits; and no other transaction's age holds them
    # up, as it would if they were compared with the oldest one running (a backup runs for an hour).
    op.execute(
        f"""
        CREATE FUNCTION {schema}.list_events(p_after bigint, p_size integer) RETURNS SETOF {schema}.outbox
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          IF EXISTS (SELECT FROM {schema}.outbox WHERE position IS NULL) THEN
            PERFORM pg_advisory_xact_lock('{schema}.outbox'::regclass::integer, 1);
            UPDATE {schema}.outbox o SET position = n.position
            FROM (
              SELECT w.tenant_id, w.id, nextval('{schema}.outbox_position') AS position
              FROM (
                SELECT u.tenant_id, u.id FROM {schema}.outbox u
                WHERE u.position IS NULL ORDER BY u.inserted LIMIT 1000
              ) w
            ) n
            WHERE o.tenant_id = n.tenant_id AND o.id = n.id;
          END IF;
          RETURN QUERY
            SELECT * FROM {schema}.outbox o WHERE o.position > p_after ORDER BY o.position LIMIT p_size;
        END $$
        """  # noqa: S608 - The schema is named by the migration.
    )
    _grant_worker_function(op, f"{schema}.list_events(bigint, integer)", service)


def _create_inbox(op: Ddl, schema: str, service: str) -> None:
    op.execute(
        f"""
        CREATE TABLE {schema}.inbox_cursor (
            consumer text PRIMARY KEY,
            cursor bigint NOT NULL,
            update_time timestamptz NOT NULL
        )
        """
    )
    share(op, schema, "inbox_cursor", service=service, grants="SELECT, INSERT, UPDATE")
    op.execute(
        f"""
        CREATE TABLE {schema}.inbox (
            tenant_id uuid NOT NULL,
            consumer text NOT NULL,
            event_id uuid NOT NULL,
            event_type text NOT NULL,
            state integer NOT NULL,
            attempts integer NOT NULL,
            error text NOT NULL,
            time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, consumer, event_id)
        )
        """
    )
    protect(op, schema, "inbox", service=service)


def _create_jobs(op: Ddl, schema: str, service: str) -> None:
    op.execute(
        f"""
        CREATE TABLE {schema}.jobs (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            kind text NOT NULL,
            key text,
            arguments jsonb NOT NULL,
            state integer NOT NULL,
            due_time timestamptz NOT NULL,
            attempts integer NOT NULL,
            error text NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        ) WITH (fillfactor = 70)
        """
    )
    op.execute(f"CREATE UNIQUE INDEX jobs_key ON {schema}.jobs (tenant_id, kind, key) WHERE key IS NOT NULL")
    op.execute(f"CREATE INDEX jobs_due ON {schema}.jobs (due_time) WHERE state = 1")
    protect(op, schema, "jobs", service=service)
    op.execute(f"GRANT SELECT, UPDATE ON {schema}.jobs TO {WORKER}")
    # A claim moves the due time to the end of the lease: a runner that dies lets the job fall due again.
    op.execute(
        f"""
        CREATE FUNCTION {schema}.claim_jobs(p_now timestamptz, p_until timestamptz, p_kinds text[], p_size integer)
        RETURNS SETOF {schema}.jobs
        LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
          UPDATE {schema}.jobs j SET due_time = p_until, attempts = j.attempts + 1
          FROM (
            SELECT d.tenant_id, d.id FROM {schema}.jobs d
            WHERE d.state = 1 AND d.due_time <= p_now AND d.kind = ANY (p_kinds)
            ORDER BY d.due_time LIMIT p_size FOR UPDATE SKIP LOCKED
          ) due
          WHERE j.tenant_id = due.tenant_id AND j.id = due.id
          RETURNING j.*
        $$
        """  # noqa: S608 - The schema is named by the migration.
    )
    _grant_worker_function(op, f"{schema}.claim_jobs(timestamptz, timestamptz, text[], integer)", service)


def _create_settings(op: Ddl, schema: str, service: str) -> None:
    op.execute(
        f"""
        CREATE TABLE {schema}.settings (
            tenant_id uuid NOT NULL,
            name text NOT NULL,
            value jsonb NOT NULL,
            update_time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, name)
        )
        """
    )
    protect(op, schema, "settings", service=service)
    op.execute(
        f"""
        CREATE TABLE {schema}.setting_changes (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            name text NOT NULL,
            old_value jsonb NOT NULL,
            new_value jsonb NOT NULL,
            changed_by text NOT NULL,
            time timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, id)
        )
        """
    )
    # History is only ever added to.
    protect(op, schema, "setting_changes", service=service, grants="SELECT, INSERT")


def _grant_worker_function(op: Ddl, signature: str, service: str) -> None:
    op.execute(f"ALTER FUNCTION {signature} OWNER TO {WORKER}")
    op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {runtime_role(service)}")
