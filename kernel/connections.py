"""Notes, where a deployment asks for it, to whom each of its processes connects: once for each place, in a file each.

It holds places and nothing that was said there. Whoever compares the notes with the registry of recipients, as the
tests do over a whole run, sees whether anything went to somebody whom the registry does not name.
"""

from __future__ import annotations

import ipaddress
import os
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

SUFFIX = ".connections.jsonl"


@dataclass(frozen=True, slots=True)
class Connection:
    """A place to which a process connected, and whose the registry says it is; "" where the process did not ask."""

    process: str
    host: str
    port: int
    whose: str

    @property
    def is_on_this_machine(self) -> bool:
        """Whether it leads nowhere else."""
        host = self.host.partition("%")[0]
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            # No name below `invalid` exists (RFC 6761), so that it leads nowhere at all.
            return host == "localhost" or host.endswith((".localhost", ".invalid"))
        mapped = getattr(address, "ipv4_mapped", None)
        return (mapped or address).is_loopback


class _Notes:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._turn = threading.Lock()
        self._pid, self._known = 0, set[tuple[str, int, str]]()

    def add(self, host: str, port: int, whose: str) -> None:
        with self._turn:
            if self._pid != os.getpid():
                # A process that was forked goes on in a file of its own.
                self._pid, self._known = os.getpid(), set()
            if (host, port, whose) in self._known:
                return
            self._known.add((host, port, whose))
            line = orjson.dumps(asdict(Connection(_name(), host, port, whose))) + b"\n"
            with (self._folder / f"{self._pid}{SUFFIX}").open("ab") as file:
                file.write(line)


_notes: _Notes | None = None


def note_in(folder: Path) -> None:
    """Notes from now on in a folder."""
    global _notes
    _notes = _Notes(folder)


def is_noting() -> bool:
    """Says whether anything is noted."""
    return _notes is not None


def note(host: str, port: int, whose: str) -> None:
    """Notes a place, once for each process."""
    if _notes is not None:
        _notes.add(host, port, whose)


def read(folder: Path) -> Iterator[Connection]:
    """Yields what was noted in a folder, by all processes."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        for line in path.read_bytes().splitlines():
            yield Connection(**orjson.loads(line))


def strangers(connections: Iterable[Connection], recipients: Iterable[str]) -> list[Connection]:
    """Returns the connections that left this machine and did not go to a recipient of the registry, or to ourselves."""
    known = frozenset(recipients)
    return [each for each in connections if each.whose not in known and not each.is_on_this_machine]


def _name() -> str:
    # `python -m cli serve chat` is called `cli serve chat`, without the paths that may follow.
    words = sys.orig_argv[sys.orig_argv.index("-m") + 1 :] if "-m" in sys.orig_argv else sys.argv or [""]
    return " ".join([Path(words[0]).name, *(word for word in words[1:3] if word.isalpha())])
