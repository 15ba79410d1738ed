"""What comes to the platform's reviewers, above the communities, and what is said where something does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.errors import FailedPrecondition, NotFound, PermissionDenied
from services.community.domain import moderation

EXPOSED, ILLEGAL, APPEAL = 1, 2, 3
_REASONS = {moderation.EXPOSED: EXPOSED, moderation.ILLEGAL: ILLEGAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A case of some community that waits for a reviewer."""

    id: str
    tenant_id: str
    case_id: str
    reason: int
    create_time: datetime


def reason_of(kind: int) -> int:
    """Returns for which reason a kind of report comes to the reviewers; 0 where it does not."""
    return _REASONS.get(kind, 0)


def check_leaves(case: moderation.Case) -> None:
    """Raises FailedPrecondition where there is no decision of the community that could be left standing."""
    if case.state in (moderation.OPEN, moderation.APPEALED):
        raise FailedPrecondition("REVIEW_UNDECIDED", "This still waits for a decision. Nothing was changed.")


def not_above() -> PermissionDenied:
    """Returns what is said to whoever is no reviewer of the platform."""
    return PermissionDenied("PLATFORM_ONLY", "Only the platform's reviewers see this.")


def no_such_review() -> NotFound:
    """Returns what is said where nothing of this id waits."""
    return NotFound("REVIEW_NOT_FOUND", "Nothing of this id waits for a reviewer.")
