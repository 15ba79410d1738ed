"""By which hours a promise counts its time, besides those of sites."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.errors import FailedPrecondition, NotFound
from kernel.hours import Hours

MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Hours with a name."""

    id: UUID
    label: str
    hours: Hours
    revision: int = 1


class CalendarInUse(FailedPrecondition):
    """A promise counts its time by the calendar."""

    def __init__(self) -> None:
        """Says what to do first."""
        super().__init__(
            "CALENDAR_IN_USE", "A promise counts by this calendar. Nothing was changed; change that promise first."
        )


def no_such_calendar() -> NotFound:
    """Returns the one answer to a calendar that does not exist."""
    return NotFound("CALENDAR_NOT_FOUND", "There is no such calendar.")
