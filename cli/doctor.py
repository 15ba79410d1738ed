"""`parley doctor`: looks at a deployment and says what is not as it should be, and how to mend it. It changes nothing.

It needs the owner's address of the database, and the settings with which the deployment runs. It reads names, counts
and times, and nothing that anybody said.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from cli.archive import ArchiveError
from cli.deployment import KEY_FILE, Say, on_this_machine
from cli.finding import Finding
from cli.folders import MIGRATIONS
from cli.neighbours import about_parts, about_redis
from cli.sealed.checking import AHEAD, DAILY, newest
from cli.sealed.taking import first_place
from cli.tls import about_tls
from kernel.config import Config
from kernel.jobs import DEAD, READY
from kernel.storage.connecting import OutOfReach, owner_connection
from kernel.storage.database import plain_url, runtime_role
from kernel.storage.migrate import WrongKey, check_key
from kernel.storage.replicas import PLACE, REPLAYED, standing

#: The release of PostgreSQL that the schema needs.
POSTGRESQL = 18
CLOCKS_APART = timedelta(seconds=5)
QUEUE_LAG = timedelta(minutes=10)
DISK_FREE = 0.1
#: The shortest key that nobody finds by trying.
KEY_LENGTH = 32
#: What begins as our settings do, and is read by others than `Config`.
_OF_OTHERS = frozenset({"PARLEY_PART", "PARLEY_IMAGE", "PARLEY_DOMAIN"})
#: How long a replica may take until it has what the primary had.
REPLICA_LAG = timedelta(seconds=5)
_REPLICA_PAUSE = timedelta(milliseconds=100)

_ROLES = """
    SELECT r.rolname, r.rolsuper OR r.rolbypassrls OR EXISTS (
      SELECT FROM pg_roles s WHERE (s.rolsuper OR s.rolbypassrls) AND s.oid <> r.oid
        AND pg_has_role(r.oid, s.oid, 'MEMBER')
    ) AS too_strong
    FROM pg_roles r WHERE r.rolname = ANY ($1)
"""
_UNPROTECTED = """
    SELECT c.oid::regclass::text AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    ORDER BY 1
"""

_REPLICAS = {
    "foreign": ("belongs to another database.", "Name physical replicas of this one in PARLEY_DATABASE_REPLICAS."),
    "promoted": ("follows nobody: it was made a primary.", "Make it a replica again, or take it out of the setting."),
    "parted": (
        "has not come to the timeline of its primary.",
        "After a change of primary wait for its next restart point (checkpoint_timeout), or make it anew.",
    ),
    "behind": (
        f"is more than {REPLICA_LAG.total_seconds():.0f} s behind, so that the primary is read in its place.",
        "Look at its load, its disk and the line to it, and for a query that holds up its replay.",
    ),
}

_CLOCK_AHEAD = (
    "A clock was ahead, and none is taken until then: set it, and move that backup and its record out of both places."
)

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def examine(config: Config, say: Say, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[Finding]:
    """Looks at everything and says what it found; returns it as well."""
    config = on_this_machine(config)
    findings = [
        *about_settings(config, os.environ),
        *about_tls(config, now()),
        *asyncio.run(_about_neighbours(config)),
        *about_backups(config, now()),
        *about_disks(config),
    ]
    if config.database_url:
        findings = [*asyncio.run(_about_database(config, now)), *findings]
    else:
        say("Not looked at: the database. Nothing runs in the data folder; else set PARLEY_DATABASE_URL, as its owner.")
    for each in findings:
        say(f"{each.about}: {each.found} {each.mend}")
    if not findings:
        say("Everything that was looked at is as it should be.")
    return findings


async def _about_neighbours(config: Config) -> list[Finding]:
    return [*await about_redis(config), *await about_parts(config)]


async def _about_database(config: Config, now: Callable[[], datetime]) -> list[Finding]:
    try:
        connection: Connection = await owner_connection(config.database_url, command_timeout=30)
    except (OutOfReach, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = str(error) if isinstance(error, OutOfReach) else f"it does not work ({type(error).__name__})."
        return [Finding("database", f"Nothing of it was looked at: {said}", "Then ask again.")]
    try:
        return [
            *about_version(connection.get_server_version().major),
            *about_clocks(now(), await connection.fetchval("SELECT clock_timestamp()")),
            *about_migrations(await _revisions(connection), MIGRATIONS),
            *await about_roles(connection),
            *await about_key(config),
            *await about_queues(connection, now()),
            *await about_replicas(connection, [_as_owner(each, config) for each in config.database_replicas]),
            *await about_slots(connection),
        ]
    except (TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # Whoever looks at what is broken finds what nobody thought of.
        return [
            Finding(
                "database",
                f"It cannot be looked at to the end ({type(error).__name__}).",
                "See that PARLEY_DATABASE_URL names its owner, that nobody holds its tables, and what its log says.",
            )
        ]
    finally:
        await connection.close()


def about_version(major: int) -> list[Finding]:
    """Looks at the server's release."""
    if major >= POSTGRESQL:
        return []
    return [Finding("version", f"PostgreSQL is {major}.", f"Upgrade it to {POSTGRESQL} or later: the schema needs it.")]


def about_clocks(ours: datetime, theirs: datetime) -> list[Finding]:
    """Compares this machine's clock with the database's: tokens, leases and periods are judged by both."""
    if abs(ours - theirs) <= CLOCKS_APART:
        return []
    apart = abs((ours - theirs).total_seconds())
    return [
        Finding(
            "clocks", f"This machine and the database are {apart:.0f} s apart.", "Run a time service (NTP) on both."
        )
    ]


async def _revisions(connection: Connection) -> dict[str, str]:
    there = await connection.fetch(
        "SELECT schemaname FROM pg_tables WHERE tablename = 'migration' AND schemaname = ANY ($1)", list(MIGRATIONS)
    )
    return {
        row["schemaname"]: await connection.fetchval(f"SELECT version_num FROM {row['schemaname']}.migration")  # noqa: S608 - A name of ours.
        for row in there
    }


def about_migrations(there: Mapping[str, str], known: Mapping[str, Path]) -> list[Finding]:
    """Compares how far each schema is with what this release expects."""
    findings = []
    for service, folder in known.items():
        script = ScriptDirectory(str(folder), version_locations=[str(folder)])
        revision = there.get(service, "")
        if revision == script.get_current_head():
            continue
        if revision and revision not in {each.revision for each in script.walk_revisions()}:
            findings.append(
                Finding(
                    "migrations",
                    f"The schema {service} is at {revision}, of a later release than this one.",
                    "Run that release or a later one here.",
                )
            )
        else:
            findings.append(
                Finding(
                    "migrations",
                    f"The schema {service} is at {revision or 'nothing'}, and this release expects more.",
                    "Run `parley migrate` with this release.",
                )
            )
    return findings


async def about_roles(connection: Connection) -> list[Finding]:
    """Looks whether row security holds: for each service's role, and on every table of tenants."""
    roles = [runtime_role(service) for service in MIGRATIONS]
    rows = await connection.fetch(_ROLES, roles)
    findings = [
        Finding(
            "roles",
            f"The role {row['rolname']} can pass by row security.",
            f"Take it away: ALTER ROLE {row['rolname']} NOSUPERUSER NOBYPASSRLS, and revoke what it is a member of.",
        )
        for row in rows
        if row["too_strong"]
    ]
    findings += [
        Finding("roles", f"The role {role} is missing.", "Run `parley migrate` with this deployment's key.")
        for role in sorted(set(roles) - {row["rolname"] for row in rows})
    ]
    findings += [
        Finding(
            "row security",
            f"The table {row['name']} is not protected from its owner and its service.",
            f"ALTER TABLE {row['name']} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; find out who did it.",
        )
        for row in await connection.fetch(_UNPROTECTED, list(MIGRATIONS))
    ]
    return findings


async def about_key(config: Config) -> list[Finding]:
    """Looks whether the services' roles let them in with the key that they are given."""
    if not config.secret_key:
        return [
            Finding(
                "key",
                "There is none here, so that what hangs on it was not looked at.",
                "Set PARLEY_SECRET_KEY or PARLEY_SECRET_KEY_FILE as the services have it.",
            )
        ]
    try:
        await check_key(config.database_url, config.secret_key, tuple(MIGRATIONS))
    except WrongKey:
        return [
            Finding(
                "key",
                "The database was migrated with another one: services that are given this one cannot connect.",
                "Give PARLEY_SECRET_KEY as it was then; where it is lost, restore a backup made with the one there is.",
            )
        ]
    return []


def about_settings(config: Config, environ: Mapping[str, str]) -> list[Finding]:
    """Looks for variables that set nothing, for secrets that others can read, and for a key that could be guessed."""
    known = Config.variables()
    findings = [
        Finding(
            "settings",
            f"{name} is no setting, and nobody reads it.",
            f"{f'It may be meant as {near[0]}; ' if near else ''}`parley config` lists all of them.",
        )
        for name in sorted(environ)
        if name.startswith("PARLEY_") and name not in known | _OF_OTHERS
        for near in [get_close_matches(name, known, n=1)]
    ]
    for name in sorted(known & environ.keys()):
        path = Path(environ[name])
        if name.endswith("_FILE") and environ[name] and path.is_file() and path.stat().st_mode & 0o007:
            findings.append(Finding("settings", f"Everybody on this machine can read {path}.", f"chmod o= {path}"))
    if 0 < len(config.secret_key) < KEY_LENGTH:
        findings.append(
            Finding(
                "key",
                f"It has fewer than {KEY_LENGTH} characters, so that it could be guessed from a backup's signature.",
                "Begin a new deployment with one that `parley secrets` makes; this one's cannot be exchanged.",
            )
        )
    return findings


def _as_owner(url: str, config: Config) -> str:
    # What services are given has no password: they sign in as roles of their own. The owner has the same on a replica.
    replica, owner = make_url(url), make_url(config.database_url)
    if replica.password is None:
        replica = replica.set(username=owner.username, password=owner.password)
    return replica.render_as_string(hide_password=False)


async def about_replicas(connection: Connection, urls: Sequence[str]) -> list[Finding]:
    """Looks whether each replica of the database follows it, and comes as far as it is in a moment."""
    findings = []
    for number, url in enumerate(urls, 1):
        try:
            replica: Connection = await asyncpg.connect(plain_url(url), timeout=10, command_timeout=10)
            try:
                wrong = await _short_of(replica, await connection.fetchrow(PLACE))
            finally:
                await replica.close()
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            found = f"Number {number} cannot be reached ({type(error).__name__})."
            findings.append(Finding("replica", found, "See that it runs, and that PARLEY_DATABASE_REPLICAS names it."))
            continue
        if wrong:
            said, mend = _REPLICAS[wrong]
            findings.append(Finding("replica", f"Number {number} {said}", mend))
    return findings


async def about_slots(connection: Connection) -> list[Finding]:
    """Looks for slots that keep the server's log, with what was erased in it, for somebody who does not read it."""
    rows = await connection.fetch("SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY 1")
    return [
        Finding(
            "log",
            f"The slot {row['slot_name']} keeps the server's log, with what was erased in it, for nobody who is there.",
            f"Start its replica, or let it go: SELECT pg_drop_replication_slot('{row['slot_name']}').",
        )
        for row in rows
    ]


async def _short_of(replica: Connection, place: Any) -> str:
    wrong = ""
    for _ in range(int(REPLICA_LAG / _REPLICA_PAUSE)):
        wrong = standing(place, await replica.fetchrow(REPLAYED))
        if wrong != "behind":
            break
        await asyncio.sleep(_REPLICA_PAUSE.total_seconds())
    return wrong


async def about_queues(connection: Connection, now: datetime) -> list[Finding]:
    """Looks for how long work has been due, and for work that was given up."""
    findings = []
    for service in await _having(connection, "jobs"):
        due: Any = await connection.fetchrow(
            f"SELECT min(due_time) FILTER (WHERE state = $1) AS oldest, "  # noqa: S608 - A name of ours.
            f"count(*) FILTER (WHERE state = $2) AS given_up FROM {service}.jobs",
            READY,
            DEAD,
        )
        if due["oldest"] is not None and now - due["oldest"] > QUEUE_LAG:
            minutes = (now - due["oldest"]).total_seconds() / 60
            findings.append(
                Finding(
                    "queue",
                    f"Work of {service} has been due for {minutes:.0f} minutes.",
                    f"See that `parley serve {service}` runs, and what its log says.",
                )
            )
        if due["given_up"]:
            findings.append(
                Finding(
                    "queue",
                    f"{service} gave up {due['given_up']} jobs.",
                    "Look at their kind and error in its table of jobs; mend the cause, then set them due again.",
                )
            )
    return findings


async def _having(connection: Connection, table: str) -> Sequence[str]:
    rows = await connection.fetch(
        "SELECT schemaname FROM pg_tables WHERE tablename = $1 AND schemaname = ANY ($2) ORDER BY 1",
        table,
        list(MIGRATIONS),
    )
    return [row["schemaname"] for row in rows]


def about_backups(config: Config, now: datetime) -> list[Finding]:
    """Looks at how old the newest backup is in each place, and whether it would survive this machine."""
    findings = []
    if not config.backup_recipients:
        findings.append(
            Finding(
                "backups",
                "They are not sealed, and so go to no second place.",
                "Run `parley backup keys` elsewhere; set PARLEY_BACKUP_RECIPIENTS and PARLEY_BACKUP_COPY.",
            )
        )
    elif not config.backup_copy:
        findings.append(
            Finding("backups", "There is no second place.", "Set PARLEY_BACKUP_COPY to a folder elsewhere or s3://….")
        )
    if not config.journal_copy_dir:
        findings.append(
            Finding("journal", "It has no second place.", "Set PARLEY_JOURNAL_COPY_DIR to a folder on another disk.")
        )
    try:
        found = newest(config)
    except ArchiveError as error:
        return [*findings, Finding("backups", str(error), "See that the place is there, and run `parley backup run`.")]
    for place, moment in found.items():
        if moment is not None and moment - now > AHEAD:
            said, mend = (
                f"The newest in {place} is of {moment:%-d %B %Y %H:%M} UTC, which is still to come.",
                _CLOCK_AHEAD,
            )
            findings.append(Finding("backups", said, mend))
            continue
        if moment is not None and now - moment <= DAILY:
            continue
        if moment is None and not config.backup_recipients and any(first_place(config).glob("[0-9]*T[0-9]*Z")):
            continue
        age = "There is none" if moment is None else f"The newest is of {moment:%-d %B %Y %H:%M} UTC"
        findings.append(Finding("backups", f"{age} in {place}.", "Run `parley backup run`, every night."))
    return findings


def about_disks(config: Config) -> list[Finding]:
    """Looks at the room that is left where the deployment writes."""
    findings = []
    seen: set[int] = set()
    for path in (config.data_dir, Path(config.journal_dir or config.data_dir), first_place(config)):
        folder = next(each for each in (path.absolute(), *path.absolute().parents) if each.is_dir())
        if any(each.exists() and not each.is_dir() for each in (path, *path.parents)) or not os.access(folder, os.W_OK):
            findings.append(
                Finding(
                    "disk",
                    f"{path} cannot be written.",
                    f"Let {folder} be a folder of whoever runs this, or name another.",
                )
            )
        device = folder.stat().st_dev
        usage = shutil.disk_usage(folder)
        if device not in seen and usage.free < usage.total * DISK_FREE:
            findings.append(
                Finding(
                    "disk",
                    f"{usage.free / usage.total:.0%} are left where {path} is.",
                    "Make room: a full disk stops erasures and sign-outs before anything else.",
                )
            )
        seen.add(device)
    key = config.data_dir / KEY_FILE
    if key.is_file() and key.stat().st_mode & 0o077:
        findings.append(Finding("key", f"Others on this machine can read {key}.", f"chmod 600 {key}"))
    return findings
