"""`parley backup`: one archive of the database, the files and the journal, all as of one moment, while all goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import obstore
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from cli.archive import ArchiveError, ArchiveFile, ArchiveWriter, signing_key, size_text
from cli.deployment import Say, database_of, existing
from cli.dumps import backup_url, dump, measure, snapshot
from kernel.clock import Clock, SystemClock
from kernel.config import SERVICES, Config
from kernel.files import open_store
from kernel.journal import KEPT, BackedUp, JournalDamaged, journal_folders, open_journal, read
from kernel.storage.database import driver_url

KIND = "parley backup 1"
DATABASE, FILES, JOURNAL = "database.dump", "files", "journal"
#: Where a backup asks the store of files for the time, for a moment.
_PROBE = "backup-clock"


class Writer(Protocol):
    """What takes an archive: a folder, or a sealed file."""

    @property
    def size(self) -> int:
        """How many bytes the files have."""
        ...

    def file(self, name: str) -> AbstractContextManager[ArchiveFile]:
        """Opens a new file of the archive."""
        ...

    def finish(self, manifest: Mapping[str, Any], key: Ed25519PrivateKey) -> None:
        """Signs the manifest; from here on the archive is one."""
        ...


def back_up(config: Config, folder: Path, say: Say, *, clock: Clock | None = None) -> None:
    """Writes a backup into a new folder and says what is in it; raises ArchiveError where there is none afterwards."""
    config = existing(config)
    clock = clock or SystemClock()
    with ArchiveWriter(folder) as archive, database_of(config, say) as owner_url:
        asyncio.run(fill(config, owner_url, archive, clock, say))
    _, copy = journal_folders(config)
    expiry = clock.now() + KEPT
    say(f"Backed up into {archive.folder}: {size_text(archive.size)}.")
    say("It does not hold the deployment's key; keep that elsewhere, for without it nothing can be restored.")
    say(f"Delete it by {expiry:%-d %B %Y}: whoever is erased from now on is in it until then.")
    if copy is None:
        say("The journal has no second place. Set PARLEY_JOURNAL_COPY_DIR to a folder on another disk: a restore")
        say("needs the journal as it is on that day, or the people who were erased since today come back.")


async def fill(config: Config, owner_url: str, archive: Writer, clock: Clock, say: Say) -> tuple[str, datetime]:
    """Writes a whole backup; returns its name and of which moment it is."""
    began = clock.now()
    backup_id = began.strftime("%Y%m%dT%H%M%SZ")
    say(f"Backing up {_place(config, owner_url)}, as it is now")
    # It stands in the journal before the snapshot, so that a journal without it is known to be older than the backup.
    journal = open_journal(config, clock)
    await journal.append(BackedUp(backup_id=backup_id))
    journal.close()
    store = open_store(config)
    url = backup_url(owner_url, config.secret_key)
    async with snapshot(url) as (connection, name):
        moment = await _moment_of(store, backup_id, began)
        contents = await measure(connection, SERVICES)
        say(f"Database: {len(contents.tables)} tables, {contents.rows} rows")
        with archive.file(DATABASE) as file:
            await dump(url, name, contents, SERVICES, file)
    count, size = await _copy_files(store, archive, moment)
    say(f"Files: {count}, {size_text(size)}")
    noted = _copy_journal(config, archive)
    say(f"Journal: {noted} entries")
    archive.finish(
        {
            "kind": KIND,
            "backup_id": backup_id,
            "time": began.isoformat(),
            "services": list(SERVICES),
            "tables": contents.tables,
            "sequences": contents.sequences,
            "owners": contents.owners,
            "revisions": contents.revisions,
            "extensions": list(contents.extensions),
        },
        signing_key(config.secret_key, "backup"),
    )
    return backup_id, began


def _place(config: Config, owner_url: str) -> str:
    url = driver_url(owner_url)
    return f"the database {url.database} on {url.host}" if config.database_url else str(config.data_dir)


async def _moment_of(store: ObjectStore, backup_id: str, ours: datetime) -> datetime:
    """Returns what time it is where files are kept, whose clock says when they came; ours, where nothing is let in."""
    name = f"{_PROBE}/{backup_id}"
    try:
        await obstore.put_async(store, name, b"")
        there: datetime = (await obstore.head_async(store, name))["last_modified"]
        await obstore.delete_async(store, name)
    except (OSError, BaseError):
        return ours
    return there


async def _copy_files(store: ObjectStore, archive: Writer, moment: datetime) -> tuple[int, int]:
    count = size = 0
    async for page in obstore.list(store, chunk_size=500):
        for each in page:
            # What came in after the snapshot belongs to no record in it, and nobody could have it erased.
            if each["last_modified"] > moment + timedelta(seconds=1) or each["path"].startswith(f"{_PROBE}/"):
                continue
            try:
                found = await obstore.get_async(store, each["path"])
            except FileNotFoundError:
                continue  # It was erased a moment ago.
            with archive.file(f"{FILES}/{each['path']}") as file:
                async for chunk in found.stream():
                    file.write(bytes(chunk))
            count, size = count + 1, size + file.size
    return count, size


def _copy_journal(config: Config, archive: Writer) -> int:
    folders: list[Any] = [folder for folder in journal_folders(config) if folder is not None]
    try:
        reading = read(folders, config.secret_key)
    except JournalDamaged as error:
        raise ArchiveError(
            f"The journal is damaged: {error}. Nothing was left behind. Put the damaged file aside, where there is a "
            "whole copy of it in the other folder, and start again."
        ) from None
    for name, path in reading.files.items():
        with archive.file(f"{JOURNAL}/{name}") as file:
            # Whole lines only; another process may be writing the next one.
            content = path.read_bytes()
            file.write(content[: content.rfind(b"\n") + 1])
    return len(reading.noted)
