"""Says when somebody is there: business hours, several intervals a day, with holidays, in a time zone.

It knows no clock. What is open is worked out from the calendar of the place, and turned into moments at the very
end: a day on which the clocks change has an hour more or less, and an interval that begins in the hour that does not
exist begins when that hour would have ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from kernel.errors import InvalidArgument

MINUTES_OF_A_DAY = 24 * 60
#: How far ahead an opening is looked for. Whoever opens less often than that does not open.
_LOOKED_AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From one minute of a day to before another one; 24:00 is 1440."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hours of a place. `week` has the intervals of each day, Monday first."""

    zone: str
    week: Sequence[Sequence[Interval]]
    #: The country whose public holidays are days off, as ISO 3166-1, and its part where they differ; empty for none.
    country: str = ""
    part: str = ""
    #: Days with hours of their own; none of them means closed.
    special: Mapping[date, Sequence[Interval]] = field(default_factory=dict)

    def of_day(self, day: date) -> Sequence[Interval]:
        """Returns the intervals of a day, in the minutes of its clock."""
        if day in self.special:
            return self.special[day]
        if self.country and day in _holidays(self.country, self.part, day.year):
            return ()
        return self.week[day.weekday()]

    def is_open(self, moment: datetime) -> bool:
        """Says whether somebody is there at a moment."""
        day = moment.astimezone(ZoneInfo(self.zone)).date()
        # An interval that ends at midnight ends on the next day; the day before is looked at for nights of 25 hours.
        return any(
            start <= moment < end for each in (day - timedelta(days=1), day) for start, end in self._moments(each)
        )

    def next_opening(self, moment: datetime) -> datetime | None:
        """Returns when somebody is there next, from a moment on; the moment itself where it is open, None for never."""
        if self.is_open(moment):
            return moment
        day = moment.astimezone(ZoneInfo(self.zone)).date()
        for offset in range(_LOOKED_AHEAD.days):
            for start, _ in self._moments(day + timedelta(days=offset)):
                if start >= moment:
                    return start
        return None

    def closing(self, moment: datetime) -> datetime | None:
        """Returns when it closes that is open at a moment; None where it is closed, or never closes."""
        if not self.is_open(moment):
            return None
        end = moment
        limit = moment + timedelta(days=14)
        while end < limit:
            day = end.astimezone(ZoneInfo(self.zone)).date()
            ends = [
                until
                for each in (day - timedelta(days=1), day)
                for start, until in self._moments(each)
                if start <= end < until
            ]
            if not ends:
                return end
            end = max(ends)
        return None

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """Returns how much of a stretch of time is open: what a clock that stops overnight has counted."""
        total = timedelta()
        zone = ZoneInfo(self.zone)
        day, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date()
        reached = start
        while day <= last:
            for opens, closes in self._moments(day):
                # Where two days overlap, as on the night of 25 hours, no minute counts twice.
                begin, until = max(opens, reached), min(closes, end)
                if until > begin:
                    total += until - begin
                    reached = until
            day += timedelta(days=1)
        return total

    def after(self, start: datetime, amount: timedelta) -> datetime | None:
        """Returns the moment at which, from a start on, so much time was open; None where that never comes."""
        zone = ZoneInfo(self.zone)
        day, reached, left = start.astimezone(zone).date() - timedelta(days=1), start, amount
        if amount <= timedelta():
            return start
        closed = 0
        while closed <= _LOOKED_AHEAD.days:
            closed += 1
            for opens, closes in self._moments(day):
                begin = max(opens, reached)
                if closes <= begin:
                    continue
                if closes - begin >= left:
                    return begin + left
                left -= closes - begin
                reached, closed = closes, 0
            day += timedelta(days=1)
        return None

    def _moments(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        zone = ZoneInfo(self.zone)
        for each in sorted(self.of_day(day)):
            start, end = _moment(day, each.start, zone), _moment(day, each.end, zone)
            if start < end:
                yield start, end


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Returns when a minute of a day's clock is first reached; of one that is left out, when the clock jumps."""
    local = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    early = local.replace(tzinfo=zone, fold=0)
    offset, other = early.utcoffset(), local.replace(tzinfo=zone, fold=1).utcoffset()
    assert offset is not None
    assert other is not None
    if other > offset:
        # The clock jumps: in the gap, the first offset would name a time after the jump by what the jump leaves out.
        return _jump(local, zone)
    return (local - offset).replace(tzinfo=UTC)


def _jump(local: datetime, zone: ZoneInfo) -> datetime:
    before = local.replace(tzinfo=zone, fold=0).utcoffset()
    after = local.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None
    assert after is not None
    low, high = (local - after).replace(tzinfo=UTC), (local - before).replace(tzinfo=UTC)
    # The jump lies between the two readings of a time that does not exist; it is found to the second.
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


@lru_cache(maxsize=256)
def _holidays(country: str, part: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))


def knows_country(country: str, part: str = "") -> bool:
    """Says whether the public holidays of a country, or of a part of it, are known."""
    # Asked for by itself: to list all countries would load the calendars of all of them.
    try:
        holidays.country_holidays(country, subdiv=part or None, years=2026)
    except (NotImplementedError, ImportError, AttributeError):
        return False
    return True


def knows_zone(zone: str) -> bool:
    """Says whether there is a time zone of a name."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True


def check_hours(hours: Hours) -> None:
    """Raises InvalidArgument where a zone or a country is unknown, or a day's intervals overlap or have no length."""
    wrong: list[tuple[str, str]] = []
    if not knows_zone(hours.zone):
        wrong.append(("zone", "must be a time zone"))
    if hours.country and not knows_country(hours.country, hours.part):
        wrong.append(("country", "must be a country whose holidays are known, and a part of it"))
    days = [*((f"days[{number}]", day) for number, day in enumerate(hours.week))]
    days += [("special_days", day) for day in hours.special.values()]
    for name, day in days:
        ends = [0]
        for each in day:
            if not ends[-1] <= each.start < each.end:
                wrong.append((name, "must have intervals in their order that do not overlap"))
                break
            ends.append(each.end)
    if wrong:
        raise InvalidArgument("HOURS_INVALID", "These hours cannot be. Nothing was changed.", fields=wrong)


def always() -> Hours:
    """Returns the hours of a place that never closes: what holds as long as nobody said anything else."""
    return Hours(zone="UTC", week=[[Interval(0, MINUTES_OF_A_DAY)] for _ in range(7)])
