"""Makes and reads the ids of records: a three-letter prefix, `_`, and a UUID in 26 characters of base32hex.

Ids are UUIDv7 (RFC 9562), so that rows written together lie together; where an id must tell neither time nor order
(answers, contacts, receipts) it is a UUIDv4.
"""

from __future__ import annotations

import base64
import os
import time
from uuid import UUID

from kernel.errors import InvalidArgument

_LENGTH = 26


def new_uuid() -> UUID:
    """Makes a UUIDv7: 48 bits of milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def random_uuid() -> UUID:
    """Makes a UUIDv4, which tells neither time nor order."""
    value = int.from_bytes(os.urandom(16), "big")
    value = (value & ~(0xF << 76)) | (0x4 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def from_uuid(prefix: str, value: UUID) -> str:
    """Writes a UUID as an id of the given kind."""
    return f"{prefix}_{encode(value.bytes)}"


def to_uuid(text: str, prefix: str) -> UUID:
    """Reads an id of the given kind; raises InvalidArgument for anything else."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != _LENGTH:
        raise InvalidArgument("ID_MALFORMED", "The id is not one of this kind.")
    try:
        raw = decode(tail)
    except ValueError:
        raise InvalidArgument("ID_MALFORMED", "The id is not one of this kind.") from None
    return UUID(bytes=raw)


def encode(raw: bytes) -> str:
    """Writes bytes in lower-case base32hex without padding."""
    return base64.b32hexencode(raw).decode("ascii").rstrip("=").lower()


def decode(text: str) -> bytes:
    """Reads lower-case base32hex without padding; raises ValueError for any other spelling of the same bytes."""
    raw = base64.b32hexdecode(text.upper() + "=" * (-len(text) % 8))
    if encode(raw) != text:
        raise ValueError("not the one spelling of these bytes")
    return raw


def new_id(prefix: str) -> str:
    """Makes an id that sorts by time."""
    return from_uuid(prefix, new_uuid())


def random_id(prefix: str) -> str:
    """Makes an id that tells neither time nor order."""
    return from_uuid(prefix, random_uuid())
