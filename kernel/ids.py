"""Makes and reads the ids of records: a three-letter prefix, `_`, and a UUID in 26 characters of base32hex.

Ids are UUIDv7 (RFC 9562), so that rows written together lie together; where an id must tell neither time nor order
(answers, contacts, receipts) it is a UUIDv4.
"""

from __future__ import annotations

import base64
import os
import time
from functools import lru_cache
from uuid import UUID

# A UUID like every other, but made, compared and hashed by compiled code.
from asyncpg.pgproto.pgproto import UUID as FastUUID

from kernel.errors import InvalidArgument

_LENGTH = 26
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
# Ids are written and read several times for every message, so that it is done by numbers: ten bits are two digits.
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_RANDOM = (1 << 76) - 1 & ~(3 << 62)
_VERSION_7 = 7 << 76 | 2 << 62
_SHIFTS = tuple(range(120, -1, -10))


class _Random:
    """The system's random bytes, fetched for many ids at once: to ask for those of one takes longer than its id."""

    SIZE, AT_ONCE = 10, 100

    def __init__(self) -> None:
        self._left: list[bytes] = []
        # Two processes that went on with the same bytes would make the same ids.
        os.register_at_fork(after_in_child=self._left.clear)

    def take(self) -> bytes:
        try:
            # Of several threads, each gets others.
            return self._left.pop()
        except IndexError:
            many = os.urandom(self.SIZE * self.AT_ONCE)
            self._left.extend(many[at : at + self.SIZE] for at in range(self.SIZE, len(many), self.SIZE))
            return many[: self.SIZE]


_random = _Random()


def _uuid(number: int) -> UUID:
    made: UUID = FastUUID(number.to_bytes(16, "big"))
    return made


def new_uuid() -> UUID:
    """Makes a UUIDv7: 48 bits of milliseconds, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    number = int.from_bytes(_random.take(), "big")
    return _uuid(milliseconds << 80 | number & _RANDOM | _VERSION_7)


def random_uuid() -> UUID:
    """Makes a UUIDv4, which tells neither time nor order."""
    value = int.from_bytes(os.urandom(16), "big")
    value = (value & ~(0xF << 76)) | (0x4 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return _uuid(value)


def from_fresh(prefix: str, value: UUID) -> str:
    """Writes a UUID that was made just now as an id of the given kind: nobody is likely to ask for it again."""
    number = value.int << 2
    return f"{prefix}_{''.join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])}"


# A page names the same few people and things again and again, and the next page as well. Each takes some 300 bytes.
@lru_cache(maxsize=2048)
def from_uuid(prefix: str, value: UUID) -> str:
    """Writes a UUID as an id of the given kind."""
    return from_fresh(prefix, value)


@lru_cache(maxsize=2048)
def to_uuid(text: str, prefix: str) -> UUID:
    """Reads an id of the given kind; raises InvalidArgument for anything else."""
    head, _, tail = text.partition("_")
    # A number may also be written with a sign, blanks, capitals and the digits of other scripts; an id may not.
    if head != prefix or len(tail) != _LENGTH or not (tail.isascii() and tail.isalnum() and tail == tail.lower()):
        raise _malformed()
    try:
        number = int(tail, 32)
    except ValueError:
        raise _malformed() from None
    # 26 digits are two bits more than a UUID; they are zero, as in every base32 of sixteen bytes.
    if number & 3:
        raise _malformed()
    return _uuid(number >> 2)


def _malformed() -> InvalidArgument:
    return InvalidArgument("ID_MALFORMED", "The id is not one of this kind.")


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
    return from_fresh(prefix, new_uuid())


def random_id(prefix: str) -> str:
    """Makes an id that tells neither time nor order."""
    return from_fresh(prefix, random_uuid())
