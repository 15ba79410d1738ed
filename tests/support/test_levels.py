"""What is promised: deadlines are a pure function of what happened, held against a count of minutes, one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from parley.support.v1 import level_pb2, level_pb2_grpc, record_pb2

from kernel.hours import Hours, Interval
from services.support.domain import levels
from services.support.domain.levels import Level
from services.support.domain.tickets import Happened
from tests.platform import Platform
from tests.support.desk import a_desk

_MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "UTC")
#: Moments round which clocks change, a leap day, and a plain week.
STARTS = (
    datetime(2026, 3, 28, 12, tzinfo=UTC),
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2026, 4, 4, 9, tzinfo=UTC),
    datetime(2028, 2, 28, 20, tzinfo=UTC),
    datetime(2026, 6, 1, 0, tzinfo=UTC),
)
INTERVALS = st.lists(
    st.tuples(st.integers(0, 1430), st.integers(1, 600)).map(lambda pair: (pair[0], min(1440, pair[0] + pair[1]))),
    max_size=3,
)


def is_open(week: list[list[tuple[int, int]]], zone: ZoneInfo, moment: datetime) -> bool:
    """Says whether a minute is open, by looking at the clock on the wall and at nothing else."""
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in week[local.weekday()])


@settings(max_examples=60, deadline=None)
@given(
    week=st.lists(INTERVALS, min_size=7, max_size=7),
    zone=st.sampled_from(ZONES),
    start=st.sampled_from(STARTS),
    offset=st.integers(0, 3000),
    budget=st.integers(1, 900),
    steps=st.lists(st.tuples(st.integers(1, 500), st.sampled_from(["WAITING_ON_REQUESTER", "OPEN"])), max_size=4),
)
def test_a_deadline_is_where_a_count_of_minutes_ends(
    week: list[list[tuple[int, int]]],
    zone: str,
    start: datetime,
    offset: int,
    budget: int,
    steps: list[tuple[int, str]],
) -> None:
    hours = Hours(zone=zone, week=[[Interval(*each) for each in day] for day in week])
    moment = start + offset * _MINUTE
    history, states = [_event("OPENED", moment)], {moment: "TRIAGE"}
    before, at = "TRIAGE", moment
    for minutes, state in steps:
        at += minutes * _MINUTE
        history.append(_event("STATE_CHANGED", at, before, state))
        states[at], before = state, state
    clock = levels.reckon(levels.RESOLUTION, history, _level(resolution_minutes=budget), hours, at)
    assert clock is not None
    # The oracle counts minutes: open, and not waiting for the requester.
    left, here, state = budget, moment, "TRIAGE"
    place = ZoneInfo(zone)
    while left and here < moment + timedelta(days=25):
        state = states.get(here, state)
        if here >= at and state == "WAITING_ON_REQUESTER":
            break
        if state != "WAITING_ON_REQUESTER" and is_open(week, place, here):
            left -= 1
        here += _MINUTE
    if before == "WAITING_ON_REQUESTER":
        assert clock.due_time is None
        if not left:
            assert clock.left_seconds is not None
            assert clock.left_seconds <= 0
        else:
            assert clock.left_seconds == left * 60
    elif not left:
        assert clock.due_time is not None
        assert clock.due_time <= max(here, at)
        offsets = {(moment + each * _MINUTE).astimezone(place).utcoffset() for each in range(0, 36_000, 30)}
        if here > at and len(offsets) == 1:
            assert clock.due_time == here
    elif clock.due_time is not None:
        assert clock.due_time >= here


def _event(kind: str, time: datetime, before: str = "", after: str = "") -> Happened:
    return Happened(id=UUID(int=1), ticket_id=UUID(int=2), kind=kind, time=time, from_value=before, to_value=after)


def _level(**minutes: int) -> Level:
    given: dict[str, int] = dict.fromkeys(
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
