"""What is promised: deadlines are a pure function of what happened, held against a count of minutes, one by one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from parley.support.v1 import level_pb2, level_pb2_grpc, record_pb2

from kernel.hours import Hours, Interval
from services.support.domain import levels
from services.support.domain.levels import Level
from services.support.domain.tickets import Happened
from tests.platform import Platform
from tests.support import oracle
from tests.support.desk import a_desk

_MINUTE = timedelta(minutes=1)


def test_a_deadline_is_where_a_count_of_minutes_ends() -> None:
    """Two thousand cases of the ten thousand that `python -m tests.support.oracle` tries; a failure names its seed."""
    seed = random.SystemRandom().randrange(1 << 32)
    draw = random.Random(seed)
    said = 0
    for _ in range(2000):
        try:
            said += oracle.check(oracle.a_case(draw))
        except AssertionError as error:
            error.add_note(f"seed {seed}")
            raise
    # Most have an end within the days that are looked at.
    assert said > 1500


@pytest.mark.parametrize(
    ("zone", "start", "minutes", "due"),
    [
        # The clock goes from 2:00 to 3:00: an interval from 1:00 to 4:00 has two hours.
        ("Europe/Berlin", "2026-03-28T23:30+00:00", 120, "2026-03-29T02:00+00:00"),
        ("Europe/Berlin", "2026-03-28T23:30+00:00", 121, "2026-03-29T23:01+00:00"),
        # It goes from 3:00 to 2:00: the same interval has four.
        ("Europe/Berlin", "2026-10-24T22:30+00:00", 240, "2026-10-25T03:00+00:00"),
        # By half an hour.
        ("Australia/Lord_Howe", "2026-04-04T13:30+00:00", 210, "2026-04-04T17:30+00:00"),
        # A country that left out a day.
        ("Pacific/Apia", "2011-12-30T09:30+00:00", 180, "2011-12-30T14:00+00:00"),
    ],
)
def test_a_night_on_which_the_clocks_change_has_the_hours_that_it_has(
    zone: str, start: str, minutes: int, due: str
) -> None:
    hours = Hours(zone=zone, week=[[Interval(60, 240)]] * 7)
    assert hours.after(datetime.fromisoformat(start), minutes * _MINUTE) == datetime.fromisoformat(due)


def _event(kind: str, time: datetime, before: str = "", after: str = "") -> Happened:
    return Happened(id=UUID(int=1), ticket_id=UUID(int=2), kind=kind, time=time, from_value=before, to_value=after)


def _level(**minutes: int) -> Level:
    given: dict[str, Any] = dict.fromkeys(
        ("triage_minutes", "first_response_minutes", "next_response_minutes", "resolution_minutes", "warn_minutes"), 0
    )
    return Level(id=UUID(int=3), queue_id=None, priority=0, **{**given, **minutes})


NINE_TO_FIVE = Hours(zone="Europe/Berlin", week=[[Interval(540, 1020)]] * 5 + [[], []])


def test_each_metric_has_a_clock_of_its_own() -> None:
    level = _level(triage_minutes=60, first_response_minutes=120, next_response_minutes=30, resolution_minutes=480)
    monday = datetime(2026, 6, 1, 7, tzinfo=UTC)  # 9:00 in Berlin
    history = [
        _event("OPENED", monday),
        _event("STATE_CHANGED", monday + 30 * _MINUTE, "TRIAGE", "OPEN"),
        _event("ANSWERED", monday + 90 * _MINUTE),
        _event("STATE_CHANGED", monday + 90 * _MINUTE, "OPEN", "WAITING_ON_REQUESTER"),
    ]
    found = {each.metric: each for each in levels.reckon_all(history, level, NINE_TO_FIVE, monday + 100 * _MINUTE)}
    assert found[levels.TRIAGE].stop_time == monday + 30 * _MINUTE
    assert found[levels.FIRST].stop_time == monday + 90 * _MINUTE
    assert levels.NEXT not in found
    assert found[levels.RESOLUTION].is_paused
    assert found[levels.RESOLUTION].left_seconds == (480 - 90) * 60
    replied = monday + timedelta(days=4, hours=7, minutes=45)  # Friday, 16:45: a quarter of an hour is left of the week
    history += [_event("REPLIED", replied), _event("STATE_CHANGED", replied, "WAITING_ON_REQUESTER", "OPEN")]
    found = {each.metric: each for each in levels.reckon_all(history, level, NINE_TO_FIVE, replied)}
    assert found[levels.NEXT].due_time == datetime(2026, 6, 8, 7, 15, tzinfo=UTC)
    assert not any(each.is_breached for each in found.values())


def test_the_most_exact_promise_holds() -> None:
    queue = UUID(int=9)
    anything = _level(resolution_minutes=1)
    urgent = replace(anything, id=UUID(int=4), priority=4)
    own = replace(anything, id=UUID(int=5), queue_id=queue)
    both = replace(own, id=UUID(int=6), priority=4)
    every = [anything, urgent, own, both]
    assert levels.level_for(every, queue, 4) == both
    assert levels.level_for(every, queue, 2) == own
    assert levels.level_for(every, UUID(int=8), 4) == urgent
    assert levels.level_for([urgent], queue, 2) is None


def test_a_country_that_is_closed_for_weeks_has_its_deadline_after_them() -> None:
    closed = {(datetime(2026, 12, 10, tzinfo=UTC) + timedelta(days=each)).date(): () for each in range(25)}
    hours = Hours(zone="UTC", week=[[Interval(540, 1020)]] * 7, special=closed)
    assert hours.after(datetime(2026, 12, 9, 16, 30, tzinfo=UTC), timedelta(minutes=60)) == datetime(
        2027, 1, 4, 9, 30, tzinfo=UTC
    )
    assert Hours(zone="UTC", week=[[]] * 7).after(datetime(2026, 12, 9, tzinfo=UTC), _MINUTE) is None


async def test_a_deadline_stands_in_the_list_and_stops_when_it_is_met(platform: Platform) -> None:
    desk = await a_desk(platform)
    stub = level_pb2_grpc.LevelServiceStub(platform.support)
    promise = level_pb2.SetLevelRequest(triage_minutes=60, first_response_minutes=30, resolution_minutes=600)
    await desk.call(stub.SetLevel, promise, desk.lead)
    ticket_id = await desk.submit()
    (listed,) = await desk.list(order="DUE")
    assert listed.next_metric == record_pb2.METRIC_FIRST_RESPONSE
    assert listed.next_due_time.ToDatetime() - listed.create_time.ToDatetime() == timedelta(minutes=30)
    await desk.change(ticket_id, ("ACCEPT",), ("ANSWER", "", "On it."))
    whole = (await desk.get(ticket_id)).ticket
    assert not whole.HasField("next_due_time")
    assert [each.is_paused for each in whole.clocks] == [False, False, True]
    assert all(each.HasField("stop_time") for each in whole.clocks[:2])
