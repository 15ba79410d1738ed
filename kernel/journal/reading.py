"""Reads journals back: all files of all folders, each line checked, copies of one file counted once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from kernel.journal.entries import Corrected, Entry, LedgerHead, Restored
from kernel.journal.keys import PersonKeys
from kernel.journal.lines import Chain, LineBroken, entry_of
from kernel.journal.places import list_files


class JournalDamaged(Exception):
    """A journal that does not read as it was written; the text says where, and holds nothing of anybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """An entry, when it was made, and the file that it stands in."""

    time: datetime
    entry: Entry
    path: Path


@dataclass(slots=True)
class Reading:
    """What the journals hold, in the order of its making."""

    noted: list[Noted] = field(default_factory=list)
    #: The files that were read, by their names.
    files: dict[str, Path] = field(default_factory=dict)
    #: How many lines a crash had cut off before they were acknowledged.
    torn: int = 0

    @property
    def entries(self) -> list[Entry]:
        """The entries without their times."""
        return [each.entry for each in self.noted]

    @property
    def heads(self) -> dict[str, LedgerHead]:
        """How far each tenant's ledger had come since the last restore, by the tenant's id."""
        found: dict[str, LedgerHead] = {}
        for entry in self.entries:
            if isinstance(entry, Restored):
                found.clear()
            if isinstance(entry, LedgerHead):
                known = found.get(entry.tenant_id)
                if known is None or entry.sequence >= known.sequence:
                    found[entry.tenant_id] = entry
        return found


def read(folders: Iterable[Path], secret_key: str) -> Reading:
    """Returns what journals hold; raises JournalDamaged for a changed line, or another deployment's journal."""
    folders = list(folders)
    keys = PersonKeys(folders, secret_key)
    contents: dict[str, tuple[bytes, Path]] = {}
    for path in (path for folder in folders for path in list_files(folder)):
        content = path.read_bytes()
        known, first = contents.get(path.name, (b"", path))
        shorter, longer = sorted((known, content), key=len)
        # Of a file and its copy, one may have got a line more than the other when the machine stopped.
        if not longer.startswith(shorter[: shorter.rfind(b"\n") + 1]):
            raise JournalDamaged(f"{path} differs from {first}, which should be the same file")
        contents[path.name] = (longer, path if longer is content else first)
    reading = Reading()
    for name, (content, path) in sorted(contents.items()):
        reading.files[name] = path
        reading.torn += not content.endswith(b"\n") and bool(content)
        try:
            for body in Chain(secret_key, name).read(content):
                found = entry_of(body)
                if found is not None:
                    time, entry = found
                    if isinstance(entry, Corrected):
                        entry = replace(entry, value=keys.open(entry.subject, entry.field, entry.value))
                    reading.noted.append(Noted(time=time, entry=entry, path=path))
        except LineBroken as broken:
            raise JournalDamaged(
                f"{path}, line {broken.number}: it was changed after it was written, or another deployment wrote it"
            ) from None
    reading.noted.sort(key=lambda each: each.time)
    return reading
