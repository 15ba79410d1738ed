"""What a notice is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from kernel.errors import NotFound


def no_such_notice() -> NotFound:
    """Returns the one answer to a notice that does not exist or is another tenant's."""
    return NotFound("NOTICE_NOT_FOUND", "There is no such notice.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One version of what a site tells people before a chat. It never changes."""

    id: str
    site_id: str
    version: int
    language: str
    text: str
    content_hash: str
    policy_url: str
    effective_time: datetime


def content_hash(text: str, policy_url: str) -> str:
    """Returns the SHA-256 of what a notice says, in hexadecimal; every consent names it."""
    return hashlib.sha256(f"{text}\x00{policy_url}".encode()).hexdigest()
