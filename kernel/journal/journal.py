"""Appends to the journal, and lets go of what no backup can be older than."""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from kernel.clock import Clock
from kernel.errors import Unavailable
from kernel.journal.entries import Corrected, Entry, Erased, LedgerHead, Minor
from kernel.journal.keys import PersonKeys
from kernel.journal.lines import Chain
from kernel.journal.places import SUFFIX, list_files, make_folder, sync_folder
from kernel.journal.reading import JournalDamaged, read
from kernel.telemetry import logs

#: How long an entry is kept: as long as the longest life of a backup.
KEPT = timedelta(days=35)
PRUNED_EVERY_SECONDS = 24 * 3600.0
_DAY = "%Y%m%d"

_log = logs.get("journal")


class JournalUnavailable(Unavailable):
    """An entry could not be written everywhere; what it was to announce is not carried out."""

    def __init__(self) -> None:
        """Says what is safe and what to do."""
        super().__init__(
            "JOURNAL_UNAVAILABLE", "This cannot be put on record right now, so nothing was changed. Please try again."
        )


class Journal:
    """One process's way to write the deployment's journal: a file of its own for each day, in every folder."""

    def __init__(self, folder: Path, *, secret_key: str, clock: Clock, copy: Path | None = None) -> None:
        """Takes the folder, and a second one that gets everything at the same moment; nothing is opened before use."""
        self.folders: tuple[Path, ...] = (folder,) if copy is None else (folder, copy)
        self._secret_key = secret_key
        self._clock = clock
        self._keys = PersonKeys(self.folders, secret_key)
        self._turn = threading.Lock()
        self._handles: list[int] = []
        self._chain: Chain | None = None
        self._day = ""

    async def append(self, *entries: Entry) -> None:
        """Returns when entries are on disk in every folder; raises JournalUnavailable where one of them takes none.

        An erasure's entry also destroys the key under which the person's corrections were sealed.
        """
        await asyncio.to_thread(self.append_now, *entries)

    def append_now(self, *entries: Entry) -> None:
        """Does what `append` does, for callers that have no loop."""
        with self._turn:
            now = self._clock.now()
            try:
                self._write(now, entries)
                for entry in entries:
                    if isinstance(entry, Erased | Minor):
                        self._keys.destroy(entry.subject)
            except OSError as error:
                # What was begun may lie in one folder and not in another, so nothing is ever added behind it.
                self._close()
                _log.error("journal cannot be written", exc_info=error)
                raise JournalUnavailable from error

    async def check(self) -> None:
        """Raises JournalUnavailable where a folder cannot be written to."""
        await asyncio.to_thread(self._check)

    async def latest_head(self, tenant_id: str) -> LedgerHead | None:
        """Returns how far a tenant's ledger had come when it was last noted; None where it never was."""
        reading = await asyncio.to_thread(read, self.folders, self._secret_key)
        return reading.heads.get(tenant_id)

    async def keep(self) -> None:
        """Prunes once a day, until cancelled."""
        while True:
            await asyncio.to_thread(self.prune)
            await asyncio.sleep(PRUNED_EVERY_SECONDS)

    def prune(self) -> None:
        """Removes files older than any backup; the last known head of each ledger is carried over first.

        A journal that does not read as it was written is left as it is, and said so in the log.
        """
        now = self._clock.now()
        # A file's entries are of its day, so that its name tells when its last one is old enough.
        edge = (now - KEPT - timedelta(days=1)).strftime(_DAY)
        with (make_folder(self.folders[0]) / ".prune").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # Another process is at it.
            old = [path for folder in self.folders for path in list_files(folder) if path.name[:8] < edge]
            try:
                whole = read(self.folders, self._secret_key) if old else None
            except JournalDamaged as error:
                _log.error("journal cannot be pruned", exc_info=error)
                return
            if whole is not None:
                carried = [noted.entry for noted in whole.noted if noted.path.name[:8] < edge]
                heads = [each for each in carried if whole.heads.get(getattr(each, "tenant_id", "")) is each]
                if heads:
                    self.append_now(*heads)
                for path in old:
                    path.unlink(missing_ok=True)
            self._keys.purge(now - KEPT - timedelta(days=1))

    def close(self) -> None:
        """Closes the files; the journal can be written to again."""
        with self._turn:
            self._close()

    def _write(self, now: datetime, entries: Sequence[Entry]) -> None:
        sealed = [
            self._keys.seal(entry.subject, entry.field, entry.value, now)
            if isinstance(entry, Corrected) and entry.value is not None
            else None
            for entry in entries
        ]
        chain = self._chain
        if chain is None or self._day != now.strftime(_DAY):
            chain = self._open(now)
        content = b"".join(chain.write(now, entry, value) for entry, value in zip(entries, sealed, strict=True))
        for handle in self._handles:
            written = 0
            while written < len(content):
                written += os.write(handle, content[written:])
            os.fsync(handle)

    def _open(self, now: datetime) -> Chain:
        self._close()
        name = f"{now.strftime(_DAY)}-{now.strftime('%H%M%S')}-{secrets.token_hex(4)}{SUFFIX}"
        for folder in self.folders:
            path = make_folder(folder) / name
            self._handles.append(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600))
            sync_folder(folder)
        self._chain, self._day = Chain(self._secret_key, name), now.strftime(_DAY)
        return self._chain

    def _close(self) -> None:
        for handle in self._handles:
            os.close(handle)
        self._handles, self._chain, self._day = [], None, ""

    def _check(self) -> None:
        try:
            for folder in self.folders:
                probe = make_folder(folder) / f".probe-{os.getpid()}"
                probe.touch(mode=0o600)
                probe.unlink(missing_ok=True)
        except OSError as error:
            _log.error("journal cannot be written", exc_info=error)
            raise JournalUnavailable from error


class JournalChoice(Protocol):
    """What decides where a journal lies; `kernel.config.Config` is one."""

    @property
    def data_dir(self) -> Path:
        """The folder for everything that the process keeps."""
        ...

    @property
    def journal_dir(self) -> str:
        """The journal's folder; empty for `journal` in the data folder."""
        ...

    @property
    def journal_copy_dir(self) -> str:
        """The folder of the second copy; empty for none."""
        ...

    @property
    def secret_key(self) -> str:
        """The deployment's key."""
        ...


def journal_folders(config: JournalChoice) -> tuple[Path, Path | None]:
    """Returns the journal's folder, and that of its second copy where there is one."""
    folder = Path(config.journal_dir) if config.journal_dir else config.data_dir / "journal"
    return folder.absolute(), Path(config.journal_copy_dir).absolute() if config.journal_copy_dir else None


def open_journal(config: JournalChoice, clock: Clock) -> Journal:
    """Returns a process's way to write the deployment's journal."""
    folder, copy = journal_folders(config)
    return Journal(folder, secret_key=config.secret_key, clock=clock, copy=copy)
