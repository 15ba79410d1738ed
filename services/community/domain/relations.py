"""How members keep one another at a distance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.errors import FailedPrecondition, PermissionDenied
from services.community.domain.posts import Author

NONE, IGNORED, BLOCKED = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What a member made of another."""

    id: str
    member: Author
    kind: int
    create_time: datetime


def own_relation() -> FailedPrecondition:
    """Returns what is said to whoever would ignore themselves."""
    return FailedPrecondition("OWN_ACCOUNT", "Nobody ignores or blocks themselves. Nothing was changed.")


def kept_away() -> PermissionDenied:
    """Returns what is said to whoever reaches for somebody who wants nothing of them."""
    return PermissionDenied("KEPT_AWAY", "This member takes nothing from you. Nothing was sent.")
