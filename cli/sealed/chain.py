"""Records of sealed backups: one small signed file beside each, which holds the hash of the one before.

A record names no person and nothing of what is in the backup, and stays when the backup goes. So whoever has the
records sees that none was left out, exchanged or put into another order, with no key at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cli.archive import ArchiveError, fingerprint
from cli.sealed.places import RECORD, SEALED, Place

KIND = "parley backup record 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of one backup without opening it."""

    number: int
    name: str
    time: datetime
    size: int
    sha256: str
    recipients: tuple[str, ...]
    keep_until: datetime
    #: The hash of the record before, empty for the first of all.
    previous: str

    def written(self, key: Ed25519PrivateKey) -> bytes:
        """Returns the file that stands beside the backup."""
        content = orjson.dumps(
            {
                "kind": KIND,
                "number": self.number,
                "name": self.name,
                "time": self.time.isoformat(),
                "size": self.size,
                "sha256": self.sha256,
                "recipients": list(self.recipients),
                "keep_until": self.keep_until.isoformat(),
                "previous": self.previous,
            }
        )
        return content + f"\n{fingerprint(key.public_key())} {key.sign(content).hex()}\n".encode()


@dataclass(frozen=True, slots=True)
class Signed:
    """A record as it was read, who signed it, and its own hash."""

    record: Record
    signer: str
    sha256: str


def read_record(content: bytes, name: str) -> Signed:
    """Reads a record; raises ArchiveError where it is none, or was changed."""
    try:
        body, line, rest = content.split(b"\n")
        signer, signature = line.decode().split()
        if rest:
            raise ValueError("something behind the end")
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer)).verify(bytes.fromhex(signature), body)
        said: dict[str, Any] = orjson.loads(body)
        if said["kind"] != KIND or said["name"] != name:
            raise ValueError("of another backup")
        record = Record(
            number=int(said["number"]),
            name=said["name"],
            time=datetime.fromisoformat(said["time"]),
            size=int(said["size"]),
            sha256=str(said["sha256"]),
            recipients=tuple(said["recipients"]),
            keep_until=datetime.fromisoformat(said["keep_until"]),
            previous=str(said["previous"]),
        )
    except (InvalidSignature, ValueError, KeyError, TypeError):
        raise ArchiveError(f"the record of {name} was changed, or is another backup's") from None
    return Signed(record, signer, hashlib.sha256(content).hexdigest())


def read_chain(place: Place) -> tuple[list[Signed], list[str]]:
    """Returns the records of a place in their order, and what is wrong with any of them in words."""
    found, wrong = [], []
    for name in sorted(place.names(RECORD)):
        try:
            found.append(read_record(place.read(f"{name}{RECORD}"), name))
        except ArchiveError as error:
            wrong.append(str(error))
    found.sort(key=lambda each: (each.record.number, each.record.name))
    return found, wrong


def breaks(chain: list[Signed], signer: str = "") -> list[str]:
    """Says where records do not follow one another, or were signed by another deployment."""
    wrong = []
    signer = signer or (chain[0].signer if chain else "")
    before: Signed | None = None
    for each in chain:
        record = each.record
        if each.signer != signer:
            wrong.append(f"the record of {record.name} was signed by another deployment")
        if before is None:
            if record.previous or record.number != 1:
                wrong.append(f"the records before {record.name}, the {_nth(record.number)}, are missing")
        elif record.number != before.record.number + 1 or record.previous != before.sha256:
            wrong.append(
                f"the record of {record.name} does not follow that of {before.record.name}: one is missing, or was "
                "exchanged"
            )
        elif record.time <= before.record.time:
            wrong.append(f"the record of {record.name} is older than the one that it follows")
        before = each
    return wrong


def lacking(place: Place, chain: list[Signed], now: datetime) -> list[str]:
    """Says which backups of a place are missing, are of another size, or stand in no record."""
    there: Mapping[str, int] = place.names(SEALED)
    wrong = []
    for each in chain:
        record = each.record
        if record.name not in there:
            if record.keep_until > now:
                wrong.append(f"{record.name} is missing; it is to be kept until {record.keep_until:%-d %B %Y}")
        elif there[record.name] != record.size:
            wrong.append(f"{record.name} has {there[record.name]} bytes instead of {record.size}")
    wrong += [f"{name} stands in no record" for name in sorted(there.keys() - {each.record.name for each in chain})]
    return wrong


def _nth(number: int) -> str:
    return f"{number}{'th' if 10 <= number % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
