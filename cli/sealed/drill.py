"""`parley backup drill`: the newest backup is restored into a database of its own, compared, reported, and dropped.

It touches neither the deployment nor the place: it runs where the private key is, best on another machine.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.archive import ArchiveError, open_archive
from cli.backup import DATABASE, FILES, KIND
from cli.deployment import Say
from cli.dumps import Contents, backup_url, load, measure, snapshot
from cli.restore import check_release, compare
from cli.sealed.chain import read_chain
from cli.sealed.checking import known_signer
from cli.sealed.opening import opened
from cli.sealed.places import SEALED, open_place
from cli.sealed.taking import first_place
from kernel.config import Config
from kernel.embedded import Engines
from kernel.storage.migrate import make_roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilled:
    """What was restored and found equal."""

    name: str
    moment: datetime
    tables: int
    rows: int
    files: int
    seconds: float


def drill(config: Config, where: str, key_file: Path, say: Say, *, signer: str = "", name: str = "") -> Drilled:
    """Restores the newest backup of a place, or the one that is named; raises ArchiveError where it is not the same."""
    began = time.monotonic()
    place = open_place(where or config.backup_copy or str(first_place(config)))
    chain, _ = read_chain(place)
    there = place.names(SEALED)
    records = {each.record.name: each for each in chain if each.record.name in there}
    if not records or (name and name not in records):
        raise ArchiveError(f"There is no such backup in {place.name}. Nothing was tried.")
    each = records[name] if name else max(records.values(), key=lambda one: one.record.number)
    signer = signer or known_signer(config) or each.signer
    file = f"{each.record.name}{SEALED}"
    if place.sha256(file) != each.record.sha256:
        raise ArchiveError(f"{file} is not what was written into {place.name}. Take another backup today.")
    folder = Path(tempfile.mkdtemp(prefix="parley-drill-"))
    try:
        with opened(f"{str(place.name).rstrip('/')}/{file}", key_file, folder / "archive", say) as unpacked:
            archive = open_archive(unpacked, KIND)
            if archive.signer != signer:
                raise ArchiveError(f"{file} was signed by another deployment: {archive.signer}.")
            archive.check_files()
            check_release(archive)
            say("Starting a database for the drill alone")
            with Engines(folder / "engines", durable=False, valkey=False) as engines:
                url, password = engines.database_url, secrets.token_urlsafe(48)
                contents = asyncio.run(_loaded(url, password, archive.path(DATABASE), archive.manifest))
            compare(archive, contents)
            done = Drilled(
                name=each.record.name,
                moment=each.record.time,
                tables=len(contents.tables),
                rows=contents.rows,
                files=len(archive.named(FILES)),
                seconds=time.monotonic() - began,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say(
        f"{done.name} can be restored: {done.tables} tables with {done.rows} rows and {done.files} files are equal, in "
        f"{done.seconds:.0f} s. The database of the drill is dropped."
    )
    return done


async def _loaded(url: str, password: str, dump: Path, manifest: Mapping[str, Any]) -> Contents:
    services: list[str] = manifest["services"]
    await make_roles(url, password, services)
    await load(url, dump, manifest["owners"])
    async with snapshot(backup_url(url, password)) as (connection, _):
        return await measure(connection, services)
