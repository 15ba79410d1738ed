"""Writes and reads the lines of a journal's file: each carries a seal over itself and all lines before it.

The seal is an HMAC under a key derived from the deployment's secret, so that a line that was changed, removed from the
middle or put in by somebody else is found when the file is read. A line that a crash cut off is the file's last, and
was never acknowledged.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from kernel.identity.tokens import derive_key
from kernel.journal.entries import KINDS, Corrected, Entry


class LineBroken(Exception):
    """A line whose seal does not fit; the number says which, from 1."""

    def __init__(self, number: int) -> None:
        """Takes the line's number."""
        super().__init__(number)
        self.number = number


class Chain:
    """The seals of one file, in their order."""

    def __init__(self, secret_key: str, name: str) -> None:
        """Begins with the file's name, so that no file can stand in for another."""
        self._key = derive_key(secret_key, "journal")
        self._last = self._seal(name.encode())

    def _seal(self, what: bytes) -> bytes:
        return hmac.new(self._key, what, sha256).digest()

    def write(self, time: datetime, entry: Entry, sealed_value: str | None = None) -> bytes:
        """Returns an entry as the next line; a corrected value is written sealed or not at all."""
        body = {"kind": entry.kind, "time": time.isoformat()} | entry.as_json()
        if isinstance(entry, Corrected):
            body["value"] = sealed_value
        text = orjson.dumps(body)
        self._last = self._seal(self._last + text)
        return orjson.dumps({"entry": orjson.Fragment(text), "seal": self._last.hex()}) + b"\n"

    def read(self, content: bytes) -> Iterator[dict[str, Any]]:
        """Yields the entries of a file's lines; raises LineBroken where a whole line does not fit."""
        whole, _, _ = content.rpartition(b"\n")
        for number, line in enumerate(whole.split(b"\n") if whole else (), start=1):
            try:
                read = orjson.loads(line)
                text, seal = orjson.dumps(read["entry"]), bytes.fromhex(read["seal"])
            except (ValueError, KeyError, TypeError):
                raise LineBroken(number) from None
            self._last = self._seal(self._last + text)
            if not hmac.compare_digest(seal, self._last):
                raise LineBroken(number)
            yield read["entry"]


def entry_of(body: dict[str, Any]) -> tuple[datetime, Entry] | None:
    """Reads what a line holds; None for a kind that only a later release knows."""
    kind = KINDS.get(body["kind"])
    if kind is None:
        return None
    return datetime.fromisoformat(body["time"]).astimezone(UTC), kind.from_json(body)
