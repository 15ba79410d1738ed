"""Lets an archive be sent while it is being written, so that it never stands anywhere as a whole."""

from __future__ import annotations

import io
import re
from typing import Any

_UNSAFE = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


class Sink(io.RawIOBase):
    """A file that cannot be gone back in: what was written is taken away and sent."""

    def __init__(self) -> None:
        """Starts empty."""
        super().__init__()
        self._ready = bytearray()

    def writable(self) -> bool:
        """It is written to, and nothing else."""
        return True

    def write(self, data: Any) -> int:
        """Takes bytes."""
        self._ready += data
        return len(data)

    def take(self, at_least: int = 1) -> bytes:
        """Returns what is ready, or nothing where that is less than is asked for."""
        if len(self._ready) < at_least:
            return b""
        ready = bytes(self._ready)
        self._ready.clear()
        return ready


def name_of(file_id: str, filename: str) -> str:
    """Returns under which name a file stands in an archive: two may have one name, and some hold what paths do not."""
    return f"files/{file_id[-8:]} {_UNSAFE.sub('_', filename)}"
