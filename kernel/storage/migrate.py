"""Brings a database to the state that the code expects: roles, the shared `app` schema, and each service's migrations.

It runs as the administrator of the database (`parley migrate`, or at the start of a small deployment), never in a
service.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import DBAPIError

from kernel.config import CannotStart
from kernel.storage.connecting import connected, owner_connection, why_not
from kernel.storage.database import (
    driver_url,
    make_engine,
    runtime_password,
    runtime_role,
    runtime_url,
)
from kernel.storage.schema import BACKUP, OWNER, SEARCH, WORKER
from kernel.storage.statistics import turn_off

_LOCK = 7_264_011  # Any number will do; every migrating process takes the same one.
#: How long a migration waits for a lock: whoever asks for the same table meanwhile waits behind it.
LOCK_SECONDS = 5.0
#: What PostgreSQL says where somebody else set the same role a moment before, and how often it is tried then.
_SET_BY_OTHERS = frozenset({"XX000", "23505", "42710"})
_ROLE_TRIES = 20
#: How PostgreSQL says that a lock was not to be had in time, or that somebody else waited for ours meanwhile.
_NOT_TO_BE_HAD = frozenset({"55P03", "40P01"})
_BUSY = """
    SELECT pid, coalesce(nullif(application_name, ''), 'a client without a name') AS name, state,
      extract(epoch FROM clock_timestamp() - xact_start)::int AS seconds
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
      AND backend_type = 'client backend'
    ORDER BY xact_start LIMIT 5
"""
#: The roles of services that may sign in to this database, and that it was migrated with.
_KNOWN = """
    SELECT coalesce(array_agg(r.rolname::text), '{}') FROM pg_roles r
    WHERE r.rolname = ANY ($1) AND r.rolcanlogin AND ($2 OR EXISTS (
      SELECT FROM pg_namespace n WHERE 'parley_' || n.nspname = r.rolname
    ))
"""
#: What holds for every connection of a service. A host that is lost says no goodbye: what it had locked is let go, and
#: the places that its connections took are free again, long before anybody's patience ends. Compiling pays for none of
#: our queries, and a driver that looks at the types of a result would switch it off on a connection that others share.
_CONNECTION_SETTINGS = {
    "jit": "off",
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "15",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

_APP_SCHEMA = (
    f"CREATE SCHEMA IF NOT EXISTS app AUTHORIZATION {OWNER}",
    "CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA app",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA app",
    """
    CREATE OR REPLACE FUNCTION app.require_tenant() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    DECLARE bound text := current_setting('app.tenant', true);
    BEGIN
      -- An unset setting reads NULL on a fresh connection and '' on a used one.
      IF bound IS NULL OR bound = '' THEN
        RAISE EXCEPTION 'no tenant is bound' USING ERRCODE = 'insufficient_privilege';
      END IF;
      RETURN bound::uuid;
    END $$
    """,
    # Takes accents away for searches. The dictionary is named, so that the result depends on nothing but the argument
    # and an index may be built on it. A function in SQL would be read anew by each statement that writes into that
    # index.
    """
    CREATE OR REPLACE FUNCTION app.fold(p_text text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    BEGIN
      RETURN app.unaccent('app.unaccent'::regdictionary, p_text);
    END $$
    """,
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA app TO PUBLIC",
)


@dataclass(frozen=True, slots=True)
class Moved:
    """How far one service's schema came; `is_later` where it is of a later release and was left as it is."""

    service: str
    before: str
    after: str
    is_later: bool = False


class WrongKey(Exception):
    """The database has roles whose passwords follow from another key; nothing was changed."""

    def __init__(self) -> None:
        """Says what it means for those that run."""
        super().__init__(
            "PARLEY_SECRET_KEY is another one than that with which this database was migrated: no service that runs "
            "could connect any more. Nothing was changed; give the key that the services have."
        )


class SchemaInUse(Exception):
    """A lock was not to be had in time. What one service needed was undone as a whole; it can be tried again."""

    def __init__(self, service: str, seconds: float, busy: Sequence[str]) -> None:
        """Takes whose schema was in use, how long was waited, and which transactions were open then, in words."""
        super().__init__(service)
        self.service = service
        self.seconds = seconds
        self.busy = tuple(busy)


class Stopped(CannotStart):
    """A migration could not be carried out. What one service needed was undone as a whole."""

    def __init__(self, service: str, why: str) -> None:
        """Takes whose schema it was, and why, in words."""
        super().__init__(
            f"{service}: {why.removesuffix('.')}. Nothing of that part was changed, what came before it is done, and "
            "the release that runs goes on. Run the same command again once the cause is gone."
        )


async def migrate(
    owner_url: str,
    secret_key: str,
    services: Mapping[str, Path],
    *,
    declared: Iterable[MetaData] = (),
    lock_seconds: float = LOCK_SECONDS,
) -> list[Moved]:
    """Creates or upgrades everything, service by service, each in a transaction; several at once take turns.

    `services` gives, for each service, the folder of its migrations. What the planner may not know of the `declared`
    tables is turned off at the end. Raises SchemaInUse where a lock is not to be had within `lock_seconds`: services
    before that one are done, and nothing of it and of those behind it. Raises WrongKey where the services that run have
    another key.
    """
    await check_key(owner_url, secret_key, tuple(services))
    moved: list[Moved] = []
    engine = make_engine(driver_url(owner_url), application="parley migrate")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_bootstrap, secret_key, tuple(services))
        for service, folder in services.items():
            async with _said(owner_url, service, lock_seconds), engine.begin() as connection:
                moved.append(await connection.run_sync(_upgrade, service, folder, lock_seconds))
    finally:
        await engine.dispose()
    await _forget_statistics(owner_url, list(declared), lock_seconds)
    return moved


async def check_key(owner_url: str, secret_key: str, services: Sequence[str], *, anywhere: bool = False) -> None:
    """Raises WrongKey where the database was migrated with another key, which its roles then have in use.

    Roles belong to the whole server: `anywhere` asks for those of its other databases as well.
    """
    owner = await owner_connection(owner_url)
    try:
        known = await owner.fetchval(_KNOWN, [runtime_role(each) for each in services], anywhere)
    finally:
        await owner.close()
    for service in services:
        if runtime_role(service) in known:
            try:
                await (await connected(runtime_url(owner_url, secret_key, service))).close()
            except asyncpg.InvalidPasswordError:
                raise WrongKey from None
            except (OSError, TimeoutError, asyncpg.PostgresError):
                # It may be let in from elsewhere only, or not at this moment; that says nothing of the key.
                continue
            return


@asynccontextmanager
async def _said(owner_url: str, service: str, lock_seconds: float) -> AsyncIterator[None]:
    """Turns a lock that was not to be had into SchemaInUse, with what else was going on."""
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError) as error:
        state = getattr(getattr(error, "orig", error), "sqlstate", None) or ""
        if state in _NOT_TO_BE_HAD:
            raise SchemaInUse(service, lock_seconds, await _busy(owner_url)) from None
        raise Stopped(service, why_not(error) or f"PostgreSQL refuses a step ({state}), as its log says") from error


async def _busy(owner_url: str) -> list[str]:
    """Says which transactions are open, the longest first: who they are and not what they say."""
    owner = await owner_connection(owner_url)
    try:
        return [
            f"{row['name']} (process {row['pid']}, {row['state']}) has been at it for {row['seconds']} s"
            for row in await owner.fetch(_BUSY)
        ]
    finally:
        await owner.close()


async def _forget_statistics(owner_url: str, declared: Sequence[MetaData], lock_seconds: float) -> None:
    if not declared:
        return
    owner = await owner_connection(owner_url)
    try:
        async with _said(owner_url, "statistics", lock_seconds), owner.transaction():
            await owner.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await owner.execute(_lock_timeout(lock_seconds))
            await turn_off(owner, declared)
    finally:
        await owner.close()


def _lock_timeout(seconds: float) -> str:
    return f"SET LOCAL lock_timeout = '{max(1, round(seconds * 1000))}ms'"


async def make_roles(owner_url: str, secret_key: str, services: Sequence[str]) -> None:
    """Makes sure that the server knows the platform's roles, as a dump that is to be loaded expects."""
    engine = make_engine(driver_url(owner_url), application="parley migrate")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_make_roles, secret_key, services)
    finally:
        await engine.dispose()


def _bootstrap(connection: Connection, secret_key: str, services: tuple[str, ...]) -> None:
    _make_roles(connection, secret_key, services)
    for statement in _APP_SCHEMA:
        connection.exec_driver_sql(statement)
    for service in services:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {OWNER}")
        for role in (runtime_role(service), SEARCH, WORKER, BACKUP):
            connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {service} TO {role}")


def _make_roles(connection: Connection, secret_key: str, services: Sequence[str]) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    _ensure_role(connection, OWNER, "NOLOGIN NOSUPERUSER NOBYPASSRLS")
    _ensure_role(connection, SEARCH, "NOLOGIN NOSUPERUSER BYPASSRLS")
    _ensure_role(connection, WORKER, "NOLOGIN NOSUPERUSER BYPASSRLS")
    _ensure_role(connection, BACKUP, "LOGIN NOSUPERUSER BYPASSRLS", runtime_password(secret_key, "backup"))
    for service in services:
        _ensure_role(
            connection,
            runtime_role(service),
            "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE",
            runtime_password(secret_key, service),
        )
        for name, value in _CONNECTION_SETTINGS.items():
            _change_role(connection, f"ALTER ROLE {runtime_role(service)} SET {name} = '{value}'")


def _ensure_role(connection: Connection, name: str, attributes: str, password: str = "") -> None:
    exists = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).scalar()
    # A password is hexadecimal digits derived from the key, so it cannot break out of its quotes.
    secret = f" PASSWORD '{password}'" if password else ""
    change = f"ALTER ROLE {name} {attributes}{secret}"
    _change_role(connection, change if exists else f"CREATE ROLE {name} {attributes}{secret}", change)


def _change_role(connection: Connection, statement: str, again: str = "") -> None:
    """Carries a statement out; another one, if given, where somebody else was in between."""
    # Roles belong to the whole server: whoever migrates another of its databases at this moment sets the same ones.
    for tries_left in reversed(range(_ROLE_TRIES)):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(statement)
        except DBAPIError as error:
            if not tries_left or getattr(error.orig, "sqlstate", "") not in _SET_BY_OTHERS:
                raise
            statement = again or statement
        else:
            return


def _upgrade(connection: Connection, service: str, folder: Path, lock_seconds: float) -> Moved:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    connection.exec_driver_sql(_lock_timeout(lock_seconds))
    script = ScriptDirectory(str(folder), version_locations=[str(folder)])
    context = MigrationContext.configure(
        connection,
        opts={
            "fn": lambda revision, _: script._upgrade_revs("heads", revision),
            "version_table": "migration",
            "version_table_schema": service,
            "transaction_per_migration": False,
        },
    )
    before = context.get_current_revision() or ""
    if before and before not in {each.revision for each in script.walk_revisions()}:
        # Whoever goes back to the release before this one runs it on what a later one has added, and starts with this.
        return Moved(service, before, before, is_later=True)
    with Operations.context(context):
        context.run_migrations()
    # A service looks at its start whether this is done.
    connection.exec_driver_sql(f"GRANT SELECT ON {service}.migration TO {runtime_role(service)}")
    # A backup holds whatever there is; nobody has to think of it when a table or a sequence is added.
    for schema in ("app", service):
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {BACKUP}")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {BACKUP}")
    return Moved(service, before, script.get_current_head() or "")
