"""What a tenant's privacy policy is, and which of its languages somebody reads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.errors import InvalidArgument, NotFound


def no_such_policy() -> NotFound:
    """Returns the one answer to a policy that does not exist or is another tenant's."""
    return NotFound("POLICY_NOT_FOUND", "There is no such policy.")


def not_one_language() -> InvalidArgument:
    """Returns the answer to those who compare policies in two languages."""
    return InvalidArgument(
        "POLICIES_UNRELATED",
        "These policies are in two languages, so there is nothing to compare.",
        fields=[("to_policy_id", "must be in the same language")],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of a tenant's privacy policy in one language. It never changes."""

    id: str
    language: str
    version: int
    text: str
    content_hash: str
    material: bool
    change_summary: str
    effective_time: datetime


def content_hash(text: str) -> str:
    """Returns the SHA-256 of a policy's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def best_language(wanted: str, there: Sequence[str]) -> str | None:
    """Returns the language in which somebody reads: theirs, a near one, or the first; None where there is none."""
    plain = wanted.lower()
    near = [each for each in there if each.lower() == plain]
    near += [each for each in there if plain and each.lower().split("-")[0] == plain.split("-")[0]]
    return next(iter(near or there), None)
