"""`parley backup run`: tonight's backup, sealed, recorded, copied to the second place, and the old ones gone.

Nothing leaves the first place in clear. What went wrong with the second place is said, and made good by the next run.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.archive import ArchiveError, disk_errors, signing_key, size_text
from cli.backup import back_up, fill
from cli.deployment import Say, database_of, existing
from cli.sealed.chain import Record, Signed, breaks, read_chain
from cli.sealed.packing import Packer
from cli.sealed.places import RECORD, SEALED, Place, open_place
from cli.sealed.stream import Sealer, read_public_keys
from kernel.clock import Clock, SystemClock
from kernel.config import Config
from kernel.journal import KEPT

_PART = ".part"
_NAME = "%Y%m%dT%H%M%SZ"


def first_place(config: Config) -> Path:
    """Returns the folder in which a deployment's backups lie."""
    return Path(config.backup_dir).absolute() if config.backup_dir else config.data_dir.absolute() / "backups"


def run(config: Config, say: Say, *, clock: Clock | None = None) -> str:
    """Takes one backup as the settings say and returns its name; raises ArchiveError where something is not done."""
    config, clock = existing(config), clock or SystemClock()
    recipients = read_public_keys(config.backup_recipients)
    keep = timedelta(days=config.backup_keep_days)
    if not timedelta(days=1) <= keep < KEPT:
        raise ArchiveError(
            f"PARLEY_BACKUP_KEEP_DAYS must be between 1 and {KEPT.days - 1}: receipts of erasures promise that every "
            "backup is gone by then. Nothing was backed up."
        )
    if config.backup_copy and not recipients:
        raise ArchiveError(
            "PARLEY_BACKUP_COPY names a second place, and PARLEY_BACKUP_RECIPIENTS is empty: nothing goes there in "
            "clear. Make a pair of keys elsewhere with `parley backup keys`, and set its public half. Nothing was "
            "backed up."
        )
    folder = first_place(config)
    first = open_place(folder, make=True)
    with _alone(folder):
        if not recipients:
            return _in_clear(config, folder, keep, say, clock)
        second = open_place(config.backup_copy, make=True) if config.backup_copy else None
        key = signing_key(config.secret_key, "backup")
        last = _last(first, second, say)
        name = _sealed(config, folder, key, last, keep, say, clock)
        _forget(first, clock.now(), say)
        _forget_clear(folder, clock.now() - keep, say)
        if second is None:
            say("There is no second place: a backup beside what it is of is lost with it. Set PARLEY_BACKUP_COPY.")
        else:
            try:
                _copy(folder, first, second, clock.now(), say)
            except ArchiveError as error:
                raise ArchiveError(
                    f"{name} is whole in {first.name}, and not in the second place: {error} It is copied by the next "
                    "run; see to the second place before."
                ) from None
            try:
                _forget(second, clock.now(), say)
            except ArchiveError as error:
                # A store that lets the host remove nothing is well kept; then somebody else has to, in time.
                raise ArchiveError(
                    f"{name} is whole in both places, and what is kept no longer could not be removed from the second: "
                    f"{error} Let the store's own rules remove it {config.backup_keep_days} days after it came: "
                    "receipts of erasures promise that it is gone."
                ) from None
    return name


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with disk_errors(folder), (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ArchiveError(f"Another backup into {folder} is being made now. Nothing was begun.") from None
        # What an interrupted run left behind is half an archive, which is none.
        for part in folder.glob(f"*{_PART}"):
            part.unlink(missing_ok=True) if part.is_file() else shutil.rmtree(part, ignore_errors=True)
        for sealed in folder.glob(f"*{SEALED}"):
            # The record is written last; without it the backup was never said to be made.
            if not sealed.with_suffix(RECORD).exists():
                sealed.unlink()
        yield


def _last(first: Place, second: Place | None, say: Say) -> Signed | None:
    """Returns the newest record that is to be followed; a broken chain is said, and is no reason to take no backup."""
    chain, wrong = read_chain(first)
    wrong += breaks(chain)
    if second is not None and not chain:
        # After a restore onto a new machine the records go on where the second place has them.
        with suppress(ArchiveError):
            chain, _ = read_chain(second)
    for each in wrong:
        say(f"Look into it: {each}")
    return chain[-1] if chain else None


def _sealed(
    config: Config, folder: Path, key: Ed25519PrivateKey, last: Signed | None, keep: timedelta, say: Say, clock: Clock
) -> str:
    part = folder / f"sealing{_PART}"
    digest = hashlib.sha256()
    size = 0
    try:
        with disk_errors(folder), os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:

            def into(content: bytes) -> None:
                nonlocal size
                file.write(content)
                digest.update(content)
                size += len(content)

            recipients = read_public_keys(config.backup_recipients)
            with database_of(config, say) as owner_url:
                packer = Packer(Sealer(recipients, into), folder)
                name, moment = asyncio.run(fill(config, owner_url, packer, clock, say))
            file.flush()
            os.fsync(file.fileno())
        if last is not None and last.record.name >= name:
            raise ArchiveError(
                f"There is a backup of {last.record.time:%-d %B %Y %H:%M:%S} UTC already, which is not before now: "
                "wait a second, or set this machine's clock. If the clock is right now and was ahead then, move "
                f"{last.record.name}{SEALED} and {last.record.name}{RECORD} out of both places and start again. "
                "Nothing was left behind."
            )
        record = Record(
            number=1 if last is None else last.record.number + 1,
            name=name,
            time=moment,
            size=size,
            sha256=digest.hexdigest(),
            recipients=tuple(each.public_bytes_raw().hex() for each in recipients),
            keep_until=moment + keep,
            previous="" if last is None else last.sha256,
        )
        with disk_errors(folder):
            part.rename(folder / f"{name}{SEALED}")
            _write(folder / f"{name}{RECORD}", record.written(key))
    finally:
        part.unlink(missing_ok=True)
    say(f"Sealed into {folder / name}{SEALED}: {size_text(size)}, the {record.number}. of its chain.")
    return name


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f"record{_PART}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(folder: Path, first: Place, second: Place, now: datetime, say: Say) -> None:
    """Brings the second place to the state of the first, and reads back what it wrote there."""
    chain, _ = read_chain(first)
    there, records = second.names(SEALED), second.names(RECORD)
    for each in chain:
        record = each.record
        path = folder / f"{record.name}{SEALED}"
        if path.is_file() and there.get(record.name) != record.size and record.keep_until > now:
            second.put_file(path.name, path)
            if second.sha256(path.name) != record.sha256:
                raise ArchiveError(f"{path.name} reads there as something else than was written.")
            say(f"Copied to {second.name}: {record.name}")
        if record.name not in records:
            second.put(f"{record.name}{RECORD}", first.read(f"{record.name}{RECORD}"))


def _forget(place: Place, now: datetime, say: Say) -> None:
    """Removes what is kept no longer; the newest stays, so that a wrong clock cannot take everything."""
    chain, _ = read_chain(place)
    there = place.names(SEALED)
    for each in chain[:-1]:
        if each.record.name in there and each.record.keep_until <= now:
            place.delete(f"{each.record.name}{SEALED}")
            say(f"Removed from {place.name}, as it is time: {each.record.name}")


def _in_clear(config: Config, folder: Path, keep: timedelta, say: Say, clock: Clock) -> str:
    name = clock.now().strftime(_NAME)
    back_up(config, folder / name, say, clock=clock)
    _forget_clear(folder, clock.now() - keep, say)
    say("It can be read by whoever reads this disk, and has no second place. Set PARLEY_BACKUP_RECIPIENTS.")
    return name


def _forget_clear(folder: Path, edge: datetime, say: Say) -> None:
    for path in sorted(folder.glob("[0-9]*T[0-9]*Z")):
        if path.is_dir() and path.name <= edge.strftime(_NAME):
            shutil.rmtree(path, ignore_errors=True)
            say(f"Removed, as it is time: {path}")
