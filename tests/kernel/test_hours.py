"""Business hours, held against somebody who looks at the clock on the wall, across the days on which it changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.hours import Hours, Interval, always, knows_country, knows_zone

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")
MINUTE = timedelta(minutes=1)
#: Days around which clocks change somewhere: by an hour, by half of one, and by a day that was left out.
DAYS = (
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2011, 12, 30),
)


@st.composite
def intervals(draw: st.DrawFn) -> list[Interval]:
    """Up to three intervals of a day, that neither touch nor overlap."""
    edges = sorted(draw(st.lists(st.integers(0, 96), min_size=0, max_size=6, unique=True)))
    return [Interval(15 * start, 15 * end) for start, end in zip(edges[::2], edges[1::2], strict=False)]


@st.composite
def places(draw: st.DrawFn) -> Hours:
    day = draw(st.sampled_from(DAYS))
    return Hours(
        zone=draw(st.sampled_from(ZONES)),
        week=[draw(intervals()) for _ in range(7)],
        special=draw(st.dictionaries(st.sampled_from([day, day + timedelta(days=1)]), intervals(), max_size=2)),
    )


def on_the_wall(hours: Hours, minute: datetime) -> bool:
    """Says whether it is open, as somebody reads it off the clock: the day, and the minute of it."""
    local = minute.astimezone(ZoneInfo(hours.zone))
    at = local.hour * 60 + local.minute
    return any(each.start <= at < each.end for each in hours.of_day(local.date()))


def twice(hours: Hours, minute: datetime) -> bool:
    """Says whether the clock shows a minute twice, or skipped one nearby: there, the wall says less than the rule."""
    zone = ZoneInfo(hours.zone)
    offsets = {(minute + timedelta(minutes=each)).astimezone(zone).utcoffset() for each in (-61, 0, 61)}
    return len(offsets) > 1


@settings(max_examples=12, deadline=None)
@given(hours=places(), day=st.sampled_from(DAYS), start=st.integers(0, 2 * 24 * 60))
def test_hours_agree_with_the_clock_on_the_wall(hours: Hours, day: date, start: int) -> None:
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30) + start * MINUTE
    minutes = [first + each * MINUTE for each in range(0, 26 * 60, 7)]
    for minute in minutes:
        if not twice(hours, minute):
            assert hours.is_open(minute) == on_the_wall(hours, minute)


@settings(max_examples=5, deadline=None)
@given(hours=places(), day=st.sampled_from(DAYS))
def test_what_is_counted_is_what_every_minute_says(hours: Hours, day: date) -> None:
    first = datetime(day.year, day.month, day.day, 1, tzinfo=UTC) - timedelta(hours=12)
    minutes = [first + each * MINUTE for each in range(30 * 60)]
    counted = sum(hours.is_open(minute) for minute in minutes)
    assert hours.open_between(minutes[0], minutes[-1] + MINUTE) == counted * MINUTE
    opening = hours.next_opening(first)
    expected = next((minute for minute in minutes if hours.is_open(minute)), None)
    if expected is not None:
        assert opening == expected


def test_an_opening_in_the_hour_that_is_left_out_is_when_the_clock_jumps() -> None:
    night = [[Interval(150, 240)]] * 7
    hours = Hours(zone="Europe/Berlin", week=night)
    assert hours.next_opening(datetime(2026, 3, 29, tzinfo=UTC)) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert hours.open_between(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)) == timedelta(
        hours=1
    )


def test_the_night_of_25_hours_has_an_hour_more() -> None:
    hours = Hours(zone="Europe/Berlin", week=[[Interval(0, 24 * 60)]] * 7)
    day = datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert hours.open_between(day, day + timedelta(hours=25)) == timedelta(hours=25)
    assert hours.closing(day) is None


def test_a_holiday_is_closed_unless_it_has_hours_of_its_own() -> None:
    week = [[Interval(9 * 60, 12 * 60), Interval(13 * 60, 17 * 60)]] * 7
    hours = Hours(zone="Europe/Berlin", week=week, country="DE", part="BY")
    christmas = datetime(2026, 12, 25, 9, tzinfo=UTC)
    assert not hours.is_open(christmas)
    assert hours.next_opening(christmas) == datetime(2026, 12, 27, 8, tzinfo=UTC)
    assert Hours(
        zone="Europe/Berlin", week=week, country="DE", special={date(2026, 12, 25): [Interval(600, 660)]}
    ).is_open(christmas + timedelta(minutes=30))
    assert hours.closing(datetime(2026, 12, 28, 9, tzinfo=UTC)) == datetime(2026, 12, 28, 11, tzinfo=UTC)


def test_who_never_opens_has_no_next_opening() -> None:
    assert Hours(zone="UTC", week=[[]] * 7).next_opening(datetime(2026, 1, 1, tzinfo=UTC)) is None
    assert always().is_open(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("zone", "known"), [("Europe/Berlin", True), ("Europe/Nowhere", False), ("../etc", False)])
def test_a_zone_is_one_that_there_is(zone: str, known: bool) -> None:
    assert knows_zone(zone) is known


def test_a_country_is_one_whose_holidays_are_known() -> None:
    assert knows_country("DE", "BY")
    assert not knows_country("DE", "XX")
    assert not knows_country("XX")
