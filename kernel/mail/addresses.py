"""Writes and reads the platform's own addresses to which people answer: each names who handles it, and holds a secret.

`reply+<token>@<mail host>`: the token says the service and the tenant, so that a mail is brought there before anything
is looked up, and 120 bits that only whoever was written to knows. It is written in small letters and figures, because
some programs change the case of what stands before the @.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from uuid import UUID

from kernel.identity.tokens import derive_key

_NUMBERS = {"chat": 1, "support": 2}
_NAMES = {number: name for name, number in _NUMBERS.items()}
_SECRET_BYTES = 15
_REPLY = re.compile(r"reply\+([a-z2-7]{52})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """To which service and tenant an answer goes; what it answers is found by the whole."""

    service: str
    tenant: UUID


def reply_local_part(service: str, tenant: UUID, record: UUID, secret_key: str) -> str:
    """Returns what stands before the @ of the address at which a record is answered: always the same one."""
    key = derive_key(secret_key, "mail reply")
    secret = hmac.new(key, tenant.bytes + record.bytes, hashlib.sha256).digest()[:_SECRET_BYTES]
    raw = bytes([_NUMBERS[service]]) + tenant.bytes + secret
    return "reply+" + base64.b32encode(raw).decode().rstrip("=").lower()


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses at which one service is answered."""

    service: str
    host: str
    secret_key: str

    def __repr__(self) -> str:
        """Leaves the key out."""
        return f"Addresses({self.service})"

    def of(self, tenant: UUID, record: UUID) -> str:
        """Returns the address at which a record is answered: always the same one."""
        return f"{reply_local_part(self.service, tenant, record, self.secret_key)}@{self.host}"


def read_reply(local_part: str) -> Reply | None:
    """Reads what stands before the @; None where it is no address for answers."""
    match = _REPLY.fullmatch(local_part.lower())
    if match is None:
        return None
    try:
        raw = base64.b32decode(match[1].upper() + "====")
    except binascii.Error:
        return None
    service = _NAMES.get(raw[0])
    return None if service is None else Reply(service=service, tenant=UUID(bytes=raw[1:17]))


def fingerprint(local_part: str) -> bytes:
    """Returns what is kept of an address for answers, by which it is found again; `local_part` may be the whole."""
    return hashlib.sha256(local_part.partition("@")[0].lower().encode()).digest()
