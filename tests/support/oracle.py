"""Counts open minutes one by one, by the clock on the wall and by nothing that the desk is made of.

`python -m tests.support.oracle 10000 [SEED]` holds so many promises against it; the suite holds some at each run.

What counts where clocks change is how far the clock on the wall has come on that day: an interval begins and ends when
the clock first comes there or beyond. What it leaves out is open for no minute, and what it says twice is as it was.
"""

from __future__ import annotations

import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

from kernel.hours import Hours, Interval
from services.support.domain import levels
from services.support.domain.levels import Level
from services.support.domain.tickets import Happened

MINUTE = timedelta(minutes=1)
DAYS, A_DAY = 12, 1440
#: Places with the moments round which a fortnight is tried: changes of the clock by an hour and by half of one, at
#: midnight as well, odd offsets, a leap day, a day that a country left out, and plain weeks.
PLACES = (
    ("Europe/Berlin", datetime(2026, 3, 27, 12, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 23, 12, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 3, 6, 12, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 10, 30, 12, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 3, 9, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 2, 9, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 10, 30, 9, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 3, 27, 9, tzinfo=UTC)),
    ("America/Asuncion", datetime(2023, 3, 25, 9, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 28, 9, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2028, 2, 27, 20, tzinfo=UTC)),
    ("UTC", datetime(2026, 6, 1, 0, tzinfo=UTC)),
)


@cache
def wall(zone: str, start: datetime) -> tuple[list[int], list[date]]:
    """Returns, for each minute from a day before a start on, its day's number and how far the clock has come on it.

    Both are one number, the day's times 1440 and the minute; beside it are the days by their numbers.
    """
    place, found, days, come = ZoneInfo(zone), [], dict[date, int](), dict[date, int]()
    # From midnight of the day before on, so that how far the clock has come is known of every day.
    first = start - timedelta(days=3)
    for at in range((DAYS + 3) * A_DAY):
        local = (first + at * MINUTE).astimezone(place)
        day = local.date()
        number = days.setdefault(day, len(days))
        come[day] = max(come.get(day, 0), local.hour * 60 + local.minute)
        found.append(number * A_DAY + come[day])
    return found[3 * A_DAY :], list(days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A promise, when it is open, and when the ticket waited for its requester."""

    zone: str
    start: datetime
    week: list[list[tuple[int, int]]]
    special: dict[date, list[tuple[int, int]]]
    opened: int
    budget: int
    moves: list[tuple[int, bool]]


def a_case(draw: random.Random) -> Case:
    """Draws a case."""
    zone, start = draw.choice(PLACES)

    def intervals() -> list[tuple[int, int]]:
        # Quarters of an hour, and odd minutes; some end at midnight.
        grain = draw.choice((1, 15))
        edges = sorted(draw.sample(range(A_DAY // grain + 1), 2 * draw.randint(1, 3)))
        return [(edges[at] * grain, edges[at + 1] * grain) for at in range(0, len(edges), 2)]

    week = [intervals() if draw.random() < 0.8 else [] for _ in range(7)]
    _, days = wall(zone, start)
    special = {day: intervals() if draw.random() < 0.5 else [] for day in days if draw.random() < 0.1}
    at, moves, waits = 0, [], False
    for _ in range(draw.randint(0, 4)):
        at += draw.randint(1, 900)
        waits = not waits if draw.random() < 0.8 else waits
        moves.append((at, waits))
    return Case(
        zone=zone,
        start=start,
        week=week,
        special=special,
        opened=draw.randint(0, 3000),
        budget=draw.randint(1, 900),
        moves=moves,
    )


def expected(case: Case) -> tuple[int | None, int | None]:
    """Returns at which minute the budget is used up, or how many minutes are left where the ticket waits.

    Neither is said where the budget is not used up within the days that are looked at.
    """
    minutes, days = wall(case.zone, case.start)
    is_open = bytearray(len(days) * A_DAY)
    for number, day in enumerate(days):
        for begin, end in case.special.get(day, case.week[day.weekday()]):
            is_open[number * A_DAY + begin : number * A_DAY + end] = b"\1" * (end - begin)
    used, since, waits = 0, case.opened, False
    for after, now_waits in case.moves:
        until = case.opened + after
        if now_waits and not waits:
            used += sum(is_open[each] for each in minutes[since:until])
        elif waits and not now_waits:
            since = until
        waits = now_waits
    left = case.budget - used
    if waits:
        return None, left
    if left <= 0:
        return since, None
    for at in range(since, len(minutes)):
        left -= is_open[minutes[at]]
        if not left:
            return at + 1, None
    return None, None


def reckoned(case: Case) -> levels.Clock | None:
    """Returns what the desk says."""

    def of(intervals: list[tuple[int, int]]) -> list[Interval]:
        return [Interval(*each) for each in intervals]

    hours = Hours(
        zone=case.zone,
        week=[of(each) for each in case.week],
        special={day: of(each) for day, each in case.special.items()},
    )
    moment = case.start + case.opened * MINUTE
    history, before = [_event("OPENED", moment)], "TRIAGE"
    for after, waits in case.moves:
        state = "WAITING_ON_REQUESTER" if waits else "OPEN"
        history.append(_event("STATE_CHANGED", moment + after * MINUTE, before, state))
        before = state
    return levels.reckon(levels.RESOLUTION, history, _level(case.budget), hours, history[-1].time)


def check(case: Case) -> bool:
    """Raises AssertionError where the desk says something else; says whether there was anything to say."""
    due, left = expected(case)
    clock = reckoned(case)
    assert clock is not None, case
    if left is not None:
        said = (clock.due_time, clock.left_seconds, clock.is_paused, clock.is_breached)
        assert said == (None, left * 60, True, left < 0), (case, clock)
    elif due is not None:
        assert clock.due_time == case.start + due * MINUTE, (case, clock, case.start + due * MINUTE)
    else:
        assert clock.due_time is None or clock.due_time > case.start + timedelta(days=DAYS), (case, clock)
    return left is not None or due is not None


def _event(kind: str, at: datetime, before: str = "", after: str = "") -> Happened:
    return Happened(id=UUID(int=1), ticket_id=UUID(int=2), kind=kind, time=at, from_value=before, to_value=after)


def _level(budget: int) -> Level:
    return Level(
        id=UUID(int=3),
        queue_id=None,
        priority=0,
        triage_minutes=0,
        first_response_minutes=0,
        next_response_minutes=0,
        resolution_minutes=budget,
        warn_minutes=0,
    )


def main() -> None:
    """Holds as many cases against the count as are asked for, and says with which seed."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(1 << 32)
    draw, begun = random.Random(seed), time.monotonic()
    sys.stdout.write(f"seed {seed}\n")
    said = sum(check(a_case(draw)) for _ in range(count))
    spent = time.monotonic() - begun
    sys.stdout.write(f"{count} cases, {said} with an end within {DAYS} days, {spent:.1f} s: all as counted\n")


if __name__ == "__main__":
    main()
