"""What an invitation says, and why one may be good for nothing any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.errors import FailedPrecondition, NotFound, PermissionDenied

#: For how long an invitation is good, and the pass of an age check.
GOOD, PASS_GOOD = timedelta(days=90), timedelta(hours=1)


class SurveyRefused(PermissionDenied):
    """Somebody is too young, or was a moment ago; it says neither which nor how young."""

    def __init__(self) -> None:
        """Says what was not kept."""
        super().__init__("SURVEY_REFUSED", "This survey is for people of 18 and over. Nothing you sent is kept.")


class InvitationUsed(FailedPrecondition):
    """One response to each invitation, once the time in which it may be replaced is over."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__("INVITATION_USED", "This was answered before, and can be changed no more. Nothing changed.")


class SurveyClosed(FailedPrecondition):
    """The survey takes no more answers."""

    def __init__(self) -> None:
        """Says what was not kept."""
        super().__init__("SURVEY_CLOSED", "This survey is closed. Nothing was kept.")


class PassWrong(FailedPrecondition):
    """The pass is none, is another invitation's, or is older than an hour."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__("AGE_PASS_WRONG", "The age check has run out. Nothing was kept; please give your age again.")


def no_such_invitation() -> NotFound:
    """Returns the one answer to every text that is no invitation of this tenant's, or none any more."""
    return NotFound("INVITATION_NOT_FOUND", "This invitation does not exist, or its time is over.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Who may answer what: kept nowhere, carried by whoever was invited."""

    tenant_id: str
    survey_id: str
    version_id: str
    #: What tells invitations apart; it is stored as a keyed hash once there is a response.
    nonce: str
    channel: int
    language: str
    expire_time: datetime
    site_id: str = ""
    team_id: str = ""
    tags: tuple[str, ...] = ()
    visitor_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgePass:
    """That the age check was passed for an invitation, and with which band."""

    nonce: str
    band: int
    expire_time: datetime
