"""`parley restore`: a backup becomes a deployment in a new folder, checked table by table, with the journal replayed.

Nothing is restored without a journal that is younger than the backup, unless that is asked for in so many words. Until
all is done the new folder bears another name, so that nobody starts half a restore.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import obstore
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from cli.archive import Archive, ArchiveError, alone, fingerprint, is_taken, open_archive, signing_key
from cli.backup import DATABASE, FILES, JOURNAL, KIND
from cli.deployment import KEY_FILE, Say, read_key
from cli.dumps import Contents, backup_url, load, measure, snapshot
from cli.folders import MIGRATIONS
from cli.replay import Replayed, ReplayFailed, replay
from cli.sealed.opening import opened
from cli.services import METADATA
from kernel.config import CannotStart, Config
from kernel.embedded import EngineError, engines_from
from kernel.errors import ParleyError
from kernel.files import open_store
from kernel.journal import BackedUp, JournalDamaged, Reading, journal_folders, read
from kernel.storage.connecting import owner_connection
from kernel.storage.database import driver_url
from kernel.storage.migrate import WrongKey, check_key, make_roles, migrate

_CHUNK = 256 * 1024
_OF_THE_DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the operator asked for."""

    #: A folder, or a sealed file: its path or the address at which an object store has it.
    archive: Path | str
    folder: Path
    journals: Sequence[Path] = ()
    key_file: Path | None = None
    #: The private key that opens a sealed archive.
    backup_key: Path | None = None
    #: True accepts that whoever was erased since the backup is there again.
    without_journal: bool = False


def restore(config: Config, request: Request, say: Say) -> Replayed:
    """Restores a backup; raises ArchiveError where there is nothing new afterwards, and says what is left otherwise."""
    folder = request.folder.absolute()
    if is_taken(folder):
        raise ArchiveError(f"{folder} is there already and holds something. Nothing was changed; name a new folder.")
    key = read_key(request.key_file) if request.key_file is not None else config.secret_key
    if not key:
        raise ArchiveError(
            "The backup does not hold the deployment's key. Give it with --key FILE (it was kept as `secret-key` in "
            "the data folder), or as PARLEY_SECRET_KEY. Nothing was changed."
        )
    with opened(request.archive, request.backup_key, folder.with_name(f"{folder.name}.archive"), say) as source:
        return _from_archive(config, request, source, key, say)


def _from_archive(config: Config, request: Request, source: Path, key: str, say: Say) -> Replayed:
    folder = request.folder.absolute()
    say(f"Checking {request.archive}")
    archive = open_archive(source, KIND)
    if archive.signer != fingerprint(signing_key(key, "backup").public_key()):
        raise ArchiveError(
            "This backup is of a deployment with another key, or somebody else signed it. Nothing was changed; give "
            "the key of the deployment that was backed up."
        )
    archive.check_files()
    check_release(archive)
    reading = _journal_of(archive, request, key)
    part = folder.with_name(f"{folder.name}.part")
    with alone(part, f"A deployment in {folder}"):
        done = _into(replace(config, data_dir=part, secret_key=key), request, archive, reading, say)
    say(f"Restored into {folder}, as of {_moment(archive):%-d %B %Y %H:%M} UTC.")
    return done


def _into(config: Config, request: Request, archive: Archive, reading: Reading, say: Say) -> Replayed:
    """Makes the deployment in the folder of the settings, and then gives that its name."""
    part, folder, key = config.data_dir, request.folder.absolute(), config.secret_key
    try:
        if request.key_file is not None:
            (part / KEY_FILE).touch(mode=0o600)
            (part / KEY_FILE).write_text(key)
        say("Starting the engines")
        with engines_from(config) as engines:
            config = replace(config, database_url=engines.database_url, redis_url=engines.redis_url)
            done = asyncio.run(_fill(config, archive, reading, request, say))
        if folder.exists():
            folder.rmdir()
        part.rename(folder)
    except KeyboardInterrupt:
        if _is_elsewhere(config):
            say("Stopped. The database may hold a part of the backup: start no service on it, drop it.")
        raise
    except (OSError, CannotStart, EngineError, ParleyError, SQLAlchemyError, *_OF_THE_DRIVER) as error:
        raise ArchiveError(
            f"The restore stopped: {_cause(error)}. {folder} was not made; the archive is as it was."
        ) from error
    return done


def _moment(archive: Archive) -> datetime:
    return datetime.fromisoformat(archive.manifest["time"])


def check_release(archive: Archive) -> None:
    """Raises ArchiveError for an archive of a later release than this one."""
    revisions: dict[str, str] = archive.manifest["revisions"]
    for service, revision in revisions.items():
        known = MIGRATIONS.get(service)
        script = None if known is None else ScriptDirectory(str(known), version_locations=[str(known)])
        if script is None or revision not in {each.revision for each in script.walk_revisions()}:
            raise ArchiveError(
                f"This backup was made by a later release than this one: it holds {service} at {revision}. "
                "Nothing was changed; restore it with that release."
            )


def _journal_of(archive: Archive, request: Request, key: str) -> Reading:
    folders = [archive.folder / JOURNAL]
    for folder in request.journals:
        if not folder.is_dir():
            raise ArchiveError(f"There is no journal in {folder}: it is no folder. Nothing was changed.")
        folders.append(folder)
    try:
        reading = read(folders, key)
        given = read(request.journals, key) if request.journals else None
    except JournalDamaged as error:
        raise ArchiveError(
            f"The journal cannot be trusted: {error}. Nothing was changed; give another copy of it."
        ) from None
    mark = BackedUp(backup_id=archive.manifest["backup_id"])
    if not request.without_journal and (given is None or mark not in given.entries):
        found = (
            "No journal was given."
            if given is None
            else "The journal that was given is older than the backup, or of another deployment."
        )
        raise ArchiveError(
            f"{found} Whoever was erased since {_moment(archive):%-d %B %Y %H:%M} UTC would be there again. Nothing "
            "was changed; give the newest journal with --journal FOLDER (PARLEY_JOURNAL_COPY_DIR of the deployment "
            "that was lost), or say --without-journal if there is none left anywhere."
        )
    return reading


async def _fill(config: Config, archive: Archive, reading: Reading, request: Request, say: Say) -> Replayed:
    await _check_empty(config, archive)
    manifest = archive.manifest
    services: list[str] = manifest["services"]
    try:
        await check_key(config.database_url, config.secret_key, services, anywhere=True)
    except WrongKey:
        raise ArchiveError(
            "The server has the roles of a deployment with another key: with this one's passwords none of its services "
            "could connect any more. Nothing was changed; give another server, or drop the roles parley_… of that one "
            "where nobody needs them."
        ) from None
    say("Loading the database")
    await make_roles(config.database_url, config.secret_key, services)
    await load(config.database_url, archive.path(DATABASE), manifest["owners"])
    async with snapshot(backup_url(config.database_url, config.secret_key)) as (connection, _):
        compare(archive, await measure(connection, services))
    rows = sum(int(each["rows"]) for each in manifest["tables"].values())
    say(f"Compared {len(manifest['tables'])} tables with the backup: every one is equal ({rows} rows)")
    try:
        await migrate(config.database_url, config.secret_key, MIGRATIONS, declared=METADATA.values())
        count = await _put_files(config, archive)
        say(f"Files put back: {count}")
        _keep_journal(config, reading, request)
        last = max((each.time for each in reading.noted), default=_moment(archive))
        say(f"Replaying the journal: {len(reading.noted)} entries, the last of {last:%-d %B %Y %H:%M} UTC")
        done = await replay(config, reading, manifest["backup_id"], _moment(archive))
    except (ReplayFailed, OSError) as error:
        left = " The database holds the backup alone: start no service on it, drop it." if _is_elsewhere(config) else ""
        raise ArchiveError(f"The restore stopped: {_cause(error)}. Nothing was made to start from.{left}") from error
    for line in done.lines():
        say(f"  {line}")
    return done


def _cause(error: Exception) -> str:
    """Says what went wrong without repeating a value that a server or a service might have put into its words."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error) if isinstance(error, CannotStart | EngineError | ReplayFailed) else type(error).__name__


def _is_elsewhere(config: Config) -> bool:
    # A database in the new folder goes with the folder; a server's does not.
    return str(config.data_dir / "engines") not in str(driver_url(config.database_url).query.get("host", ""))


async def _check_empty(config: Config, archive: Archive) -> None:
    connection = await owner_connection(config.database_url, timeout=20)
    try:
        taken = await connection.fetchval(
            "SELECT string_agg(nspname, ', ' ORDER BY nspname) FROM pg_namespace WHERE nspname = ANY ($1)",
            ["app", *archive.manifest["services"]],
        )
    finally:
        await connection.close()
    if taken:
        raise ArchiveError(
            f"The database is not empty: it has {taken} already. Nothing was changed; give an empty database in "
            "PARLEY_DATABASE_URL, or none to have one made in the new folder."
        )
    async for page in obstore.list(open_store(config), chunk_size=1):
        if page:
            raise ArchiveError(
                "The object store is not empty. Nothing was changed; give an empty place in PARLEY_FILES_URL, or none."
            )


def compare(archive: Archive, contents: Contents) -> None:
    """Raises ArchiveError where a database is not, row for row, what an archive was made of."""
    expected: dict[str, dict[str, Any]] = archive.manifest["tables"]
    wrong = sorted(
        name
        for name in expected.keys() | contents.tables.keys()
        if dict(expected.get(name, {})) != dict(contents.tables.get(name, {}))
    )
    wrong += sorted(
        name for name, value in archive.manifest["sequences"].items() if contents.sequences.get(name) != value
    )
    if wrong:
        raise ArchiveError(
            f"What was loaded is not what was backed up: {', '.join(wrong)}. Do not start services on it; take another "
            "archive."
        )


async def _put_files(config: Config, archive: Archive) -> int:
    store = open_store(config)
    names = archive.named(FILES)
    for name in names:
        with archive.path(name).open("rb") as file:
            await obstore.put_async(store, name.removeprefix(f"{FILES}/"), file, chunk_size=_CHUNK)
    return len(names)


def _keep_journal(config: Config, reading: Reading, request: Request) -> None:
    """Takes the journal over, so that an older backup can be restored after this one as well."""
    for folder in journal_folders(config):
        if folder is None:
            continue
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, path in reading.files.items():
            if not (folder / name).exists():
                content = path.read_bytes()
                (folder / name).touch(mode=0o600)
                (folder / name).write_bytes(content[: content.rfind(b"\n") + 1])
        for keys in (path / "keys" for path in request.journals):
            for key in keys.glob("*.key"):
                (folder / "keys").mkdir(mode=0o700, exist_ok=True)
                if not (folder / "keys" / key.name).exists():
                    shutil.copy2(key, folder / "keys" / key.name)
