"""Copies a database out and in with PostgreSQL's own programs, and measures every table of it.

Passwords go to the programs by their environment. What they say on an error is shown only as far as it names tables,
since the rest may repeat a value.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import URL

from cli.archive import CHUNK, ArchiveError, ArchiveFile
from cli.bridge import bridged
from kernel.embedded.binaries import find_client
from kernel.embedded.process import bare_environment
from kernel.storage.connecting import connected, owner_connection
from kernel.storage.database import driver_url, runtime_password
from kernel.storage.schema import BACKUP, OWNER, SEARCH, WORKER

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_READABLE = re.compile(r"(pg_(?:dump|restore): error: .*?)(?:: ERROR:.*|DETAIL:.*)?$", re.MULTILINE)
# The same row is the same text on every server, whatever its settings.
_ONE_FORM = (
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex'; "
    "SET LOCAL extra_float_digits = 1; SET LOCAL intervalstyle = 'iso_8601'"
)
_TABLES = """
    SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY ($1) ORDER BY 1
"""
_SEQUENCES = """
    SELECT schemaname || '.' || sequencename AS name, last_value FROM pg_sequences
    WHERE schemaname = ANY ($1) ORDER BY 1
"""
_OWNERS = """
    SELECT 'FUNCTION ' || p.oid::regprocedure::text AS name, r.rolname AS owner
    FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($1) AND r.rolname = ANY ($2)
    UNION ALL
    SELECT 'TABLE ' || c.oid::regclass::text, r.rolname
    FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1) AND r.rolname = ANY ($2) AND c.relkind IN ('r', 'p', 'v')
    UNION ALL
    SELECT 'SCHEMA ' || n.nspname, r.rolname FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname = ANY ($1) AND r.rolname = ANY ($2)
    ORDER BY 1
"""
_MEASURE = """
    SELECT count(*) AS rows,
      md5(coalesce(sum(('x' || substr(h, 1, 16))::bit(64)::bigint::numeric), 0)::text
        || coalesce(sum(('x' || substr(h, 17, 16))::bit(64)::bigint::numeric), 0)::text) AS checksum
    FROM (SELECT md5(parley_row::text) AS h FROM {table} parley_row) hashed
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a database held at one moment."""

    #: For each table, how many rows it has and a checksum over them, whatever their order.
    tables: Mapping[str, Mapping[str, Any]]
    sequences: Mapping[str, int | None]
    #: What belongs to one of the platform's own roles, as `FUNCTION chat.list_events(bigint,integer)`, and to which.
    owners: Mapping[str, str]
    #: How far each service's migrations had come.
    revisions: Mapping[str, str]
    extensions: Sequence[str]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(int(each["rows"]) for each in self.tables.values())


def backup_url(owner_url: str, secret_key: str) -> URL:
    """Returns the address under which the backup's own role connects: it reads every table and changes none."""
    return driver_url(owner_url).set(username=BACKUP, password=runtime_password(secret_key, "backup"))


#: How long a backup waits for a table that somebody else is changing.
_LOCK_WAIT = "10min"
_TO_HOLD = """
    SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
"""
_LOST = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, asyncpg.InterfaceError)


@asynccontextmanager
async def snapshot(url: URL) -> AsyncIterator[tuple[Connection, str]]:
    """Yields a connection in one unchanging view of the database, and the name under which others can share it."""
    try:
        connection: Connection = await connected(url, timeout=20)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ArchiveError(
            f"The database cannot be read as {BACKUP} ({type(error).__name__}). Check that it runs, and that "
            "`parley migrate` ran with this deployment's key."
        ) from None
    try:
        tables = await connection.fetchval(_TO_HOLD)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(_ONE_FORM)
            await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'")
            if tables:
                # A migration that writes a table anew shows it empty to whoever began to look before and comes to it
                # after. So nobody does: the view begins when all tables are held, and a migration waits meanwhile.
                await connection.execute(f"LOCK TABLE {tables} IN ACCESS SHARE MODE")
            yield connection, await connection.fetchval("SELECT pg_export_snapshot()")
    except asyncpg.LockNotAvailableError:
        raise ArchiveError(
            f"Somebody has held a table of the database for {_LOCK_WAIT}, as a migration does. Nothing was left "
            "behind; start again when that is over."
        ) from None
    except (asyncpg.UndefinedTableError, *_LOST) as error:
        raise ArchiveError(
            f"The database went away, or was changed, in the middle ({type(error).__name__}). Nothing was left behind; "
            "start again when it runs and no migration does."
        ) from None
    finally:
        # One that was lost has nobody to say goodbye to.
        await connection.close(timeout=5) if not connection.is_closed() else None


async def measure(connection: Connection, services: Sequence[str]) -> Contents:
    """Says what a database holds, table by table."""
    schemas = ["app", *services]
    tables = [row["name"] for row in await connection.fetch(_TABLES, schemas)]
    measured = {name: dict(await connection.fetchrow(_MEASURE.format(table=name)) or {}) for name in tables}
    return Contents(
        tables=measured,
        sequences={row["name"]: row["last_value"] for row in await connection.fetch(_SEQUENCES, schemas)},
        owners={
            row["name"]: row["owner"]
            for row in await connection.fetch(_OWNERS, schemas, [OWNER, SEARCH, WORKER, BACKUP])
        },
        revisions={
            service: await connection.fetchval(f"SELECT version_num FROM {service}.migration")  # noqa: S608 - A name of ours.
            for service in services
            if f"{service}.migration" in measured
        },
        extensions=[
            row["extname"]
            for row in await connection.fetch(
                "SELECT extname FROM pg_extension WHERE extnamespace = 'app'::regnamespace ORDER BY 1"
            )
        ],
    )


async def dump(url: URL, snapshot_name: str, contents: Contents, services: Sequence[str], into: ArchiveFile) -> None:
    """Writes the database, as the snapshot sees it, in PostgreSQL's own archive format."""
    await _run(
        "pg_dump",
        url,
        [
            "--format=custom",
            "--no-comments",
            "--no-subscriptions",
            "--no-publications",
            f"--snapshot={snapshot_name}",
            *(f"--schema={schema}" for schema in ("app", *services)),
            *(f"--extension={extension}" for extension in contents.extensions),
        ],
        into=into,
    )


async def load(owner_url: str, dump_file: Path, owners: Mapping[str, str]) -> None:
    """Fills an empty database from a dump, all of it or nothing, and gives the platform's roles what is theirs."""
    url = driver_url(owner_url)
    await _run("pg_restore", url, ["--no-owner", "--exit-on-error", "--single-transaction", str(dump_file)])
    connection: Connection = await owner_connection(url, timeout=20)
    try:
        async with connection.transaction():
            for name, owner in owners.items():
                await connection.execute(f"ALTER {name} OWNER TO {owner}")
    finally:
        await connection.close()


def conninfo(url: URL) -> str:
    """Writes an address, without its password, as PostgreSQL's own programs read it whatever stands in it."""
    parts = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database} | dict(url.query)
    quoted = {
        name: str(value).replace("\\", "\\\\").replace("'", "\\'") for name, value in parts.items() if value is not None
    }
    return " ".join(f"{name}='{value}'" for name, value in quoted.items())


async def _run(program: str, url: URL, arguments: Sequence[str], *, into: ArchiveFile | None = None) -> None:
    async with bridged(url) as reached:
        await _run_there(program, reached, arguments, into)


async def _run_there(program: str, url: URL, arguments: Sequence[str], into: ArchiveFile | None) -> None:
    process = await asyncio.create_subprocess_exec(
        str(find_client(program)),
        "--no-password",
        f"--dbname={conninfo(url)}",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL if into is None else asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=bare_environment() | {"PGPASSWORD": url.password or "", "PGOPTIONS": "-c client_min_messages=error"},
    )
    assert process.stderr is not None
    complaint = asyncio.create_task(process.stderr.read())
    try:
        if into is not None:
            assert process.stdout is not None
            while chunk := await process.stdout.read(CHUNK):
                into.write(chunk)
        code = await process.wait()
    finally:
        if process.returncode is None:
            await end(process)
        said = (await complaint).decode(errors="replace")
    if code:
        readable = _READABLE.search(said)
        raise ArchiveError(f"{readable.group(1) if readable else f'{program} failed'} (exit code {code}).")


async def end(process: asyncio.subprocess.Process) -> None:
    """Kills a program that may be in the middle of its output, and waits until it has ended."""
    process.kill()
    if process.stdout is not None:
        # It counts as ended only when all that it wrote was read; past some size nobody reads it unasked.
        while await process.stdout.read(CHUNK):
            pass
    await process.wait()
