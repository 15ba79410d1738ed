"""What the terms of a community are, and who may post under them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from kernel.errors import FailedPrecondition, InvalidArgument, NotFound

ACCEPTED, REFUSED, WITHDRAWN, WARNING_ACKNOWLEDGED = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One rule."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A version, which never changes."""

    id: str
    number: int
    clauses: Sequence[Clause]
    warning: str
    change_log: str
    is_material: bool
    content_hash: str
    warning_hash: str
    effective_time: datetime
    publish_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether a member may post, and what is missing."""

    terms_id: str = ""
    accepted: bool = False
    acknowledged: bool = False
    suspended_until: datetime | None = None

    @property
    def may_post(self) -> bool:
        """Says whether nothing is missing."""
        return bool(self.terms_id) and self.accepted and self.acknowledged and self.suspended_until is None

    def require(self) -> None:
        """Raises FailedPrecondition, naming what is missing, where the member may not post."""
        if not self.terms_id:
            raise FailedPrecondition("NO_TERMS", "This community has no terms yet, so nobody posts. Nothing was kept.")
        if self.suspended_until is not None:
            raise FailedPrecondition(
                "MEMBER_SUSPENDED", "You may read and appeal, and post again later. Nothing was posted."
            )
        if not self.accepted:
            raise FailedPrecondition(
                "TERMS_NOT_ACCEPTED", "The terms of the community have to be accepted first. Nothing was posted."
            )
        if not self.acknowledged:
            raise FailedPrecondition(
                "WARNING_NOT_ACKNOWLEDGED", "The warning has to be acknowledged first. Nothing was posted."
            )


def content_hash(clauses: Sequence[Clause], warning: str) -> str:
    """Returns the hash of a version in canonical form."""
    canonical = orjson.dumps([[[each.id, each.title, each.text] for each in clauses], warning])
    return hashlib.sha256(canonical).hexdigest()


def hash_of(text: str) -> str:
    """Returns the hash of the warning."""
    return hashlib.sha256(text.encode()).hexdigest()


def check_clauses(clauses: Sequence[Clause]) -> None:
    """Raises InvalidArgument where two rules have one id."""
    if len({each.id for each in clauses}) != len(clauses):
        raise InvalidArgument(
            "CLAUSE_ID_TWICE", "Two clauses have one id. Nothing was published.", fields=[("clauses", "unique ids")]
        )


def not_in_force() -> FailedPrecondition:
    """Returns what is said to an answer to another version than the one in force."""
    return FailedPrecondition("TERMS_NOT_IN_FORCE", "Another version is in force by now. Read it, then answer.")


def no_such_terms() -> NotFound:
    """Returns what is said where there is no such version."""
    return NotFound("TERMS_NOT_FOUND", "There is no such version of the terms.")
