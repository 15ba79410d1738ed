"""By when a ticket must be looked at, answered and resolved: a pure function of what happened, a promise and hours.

Each metric is a clock of its own. It counts open minutes only, and stands still while the requester is to answer.
Nothing is remembered between two reckonings, so that no clock can drift away from the history that it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from parley.support.v1 import record_pb2

from kernel.errors import NotFound
from kernel.hours import Hours
from services.support.domain.tickets import Happened

TRIAGE, FIRST = record_pb2.METRIC_TRIAGE, record_pb2.METRIC_FIRST_RESPONSE
NEXT, RESOLUTION = record_pb2.METRIC_NEXT_RESPONSE, record_pb2.METRIC_RESOLUTION
METRICS = (TRIAGE, FIRST, NEXT, RESOLUTION)
#: What, of all that happens, moves a clock.
MOVING = frozenset({"OPENED", "STATE_CHANGED", "ANSWERED", "REPLIED", "PRIORITY_CHANGED", "MOVED", "MERGED", "UNDONE"})
_FAR = datetime.max.replace(tzinfo=UTC)
_OVER, _PAUSED = frozenset({"RESOLVED", "CLOSED"}), "WAITING_ON_REQUESTER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a tenant promises for a queue and a priority, or for any; 0 minutes promise nothing."""

    id: UUID
    queue_id: UUID | None
    priority: int
    triage_minutes: int
    first_response_minutes: int
    next_response_minutes: int
    resolution_minutes: int
    warn_minutes: int
    #: By which its minutes are counted; None for the opening hours of the ticket's site.
    calendar_id: UUID | None = None

    def budget(self, metric: int) -> timedelta:
        """Returns how much open time a metric has."""
        minutes: dict[int, int] = {
            TRIAGE: self.triage_minutes,
            FIRST: self.first_response_minutes,
            NEXT: self.next_response_minutes,
            RESOLUTION: self.resolution_minutes,
        }
        return timedelta(minutes=minutes[metric])


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One promise about one ticket, as it stands at a moment."""

    metric: int
    due_time: datetime | None = None
    left_seconds: int | None = None
    is_paused: bool = False
    is_breached: bool = False
    is_warned: bool = False
    stop_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which a clock runs; without an end it still does."""

    start: datetime
    end: datetime | None


def no_such_level() -> NotFound:
    """Returns the one answer to a promise that does not exist."""
    return NotFound("LEVEL_NOT_FOUND", "There is no such promise.")


def level_for(levels: Sequence[Level], queue_id: UUID, priority: int) -> Level | None:
    """Returns the promise that holds: the most exact one, the queue's before the priority's; None for none."""
    fitting = [each for each in levels if each.queue_id in (None, queue_id) and each.priority in (0, priority)]
    return max(fitting, key=lambda each: (each.queue_id is not None, each.priority != 0), default=None)


def stretches(metric: int, happened: Sequence[Happened]) -> tuple[list[Stretch], datetime | None]:
    """Returns when a metric's clock ran, by what happened in its order, and when it was met, if it was."""
    runs: list[Stretch] = []
    since: datetime | None = None
    met: datetime | None = None
    state, is_owed = "TRIAGE", False
    for each in happened:
        if each.kind == "OPENED":
            is_owed = metric != NEXT
        elif each.kind in ("STATE_CHANGED", "UNDONE") and each.to_value:
            state = each.to_value
        elif each.kind == "REPLIED" and metric == NEXT and not is_owed:
            # Every reply that is owed an answer begins a promise of its own.
            runs, met, is_owed = [], None, True
        was_owed = is_owed
        if (metric == TRIAGE and state != "TRIAGE") or (
            metric in (FIRST, NEXT) and (each.kind == "ANSWERED" or state in _OVER)
        ):
            is_owed = False
        elif metric == RESOLUTION:
            is_owed = bool(runs or since or each.kind == "OPENED" or met) and state not in _OVER
        if was_owed and not is_owed:
            met = each.time
        elif is_owed and metric == RESOLUTION:
            met = None
        goes = is_owed and (metric == TRIAGE or state != _PAUSED)
        if goes and since is None:
            since = each.time
        elif not goes and since is not None:
            runs.append(Stretch(since, each.time))
            since = None
    if since is not None:
        runs.append(Stretch(since, None))
    return runs, met


def reckon(metric: int, happened: Sequence[Happened], level: Level, hours: Hours, now: datetime) -> Clock | None:
    """Returns a metric's clock at a moment; None where nothing is promised, or nothing is owed yet."""
    budget = level.budget(metric)
    runs, met = stretches(metric, happened)
    if not budget or (not runs and met is None):
        return None
    used = timedelta()
    for each in runs:
        if each.end is None:
            left = budget - used
            due = hours.after(each.start, max(left, timedelta()))
            return Clock(metric=metric, due_time=due, is_breached=due is not None and due <= now)
        used += hours.open_between(each.start, each.end)
    left_seconds = int((budget - used).total_seconds())
    is_breached = used > budget
    if met is not None:
        return Clock(metric=metric, stop_time=met, left_seconds=left_seconds, is_breached=is_breached)
    return Clock(metric=metric, left_seconds=left_seconds, is_paused=True, is_breached=is_breached)


def reckon_all(happened: Sequence[Happened], level: Level | None, hours: Hours, now: datetime) -> list[Clock]:
    """Returns all clocks of a ticket at a moment."""
    if level is None:
        return []
    found = (reckon(metric, happened, level, hours, now) for metric in METRICS)
    return [each for each in found if each is not None]


def nearest(clocks: Sequence[Clock]) -> Clock | None:
    """Returns the clock whose deadline comes first."""
    running = [each for each in clocks if each.due_time is not None]
    return min(running, key=lambda each: (each.due_time or _FAR, each.metric), default=None)
