"""Promises count by calendars of their own: several of a company, each with its zone, intervals and holidays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from parley.support.v1 import calendar_pb2, calendar_pb2_grpc, level_pb2, level_pb2_grpc

from kernel.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from kernel.hours import Hours, Interval
from tests.platform import Platform
from tests.support.desk import Desk, a_desk


def a_day(*stretches: tuple[int, int]) -> calendar_pb2.CalendarDay:
    return calendar_pb2.CalendarDay(
        intervals=[calendar_pb2.Stretch(start_minute=start, end_minute=end) for start, end in stretches]
    )


def a_calendar(label: str = "Berlin", **more: Any) -> calendar_pb2.CreateCalendarRequest:
    given = {"zone": "Europe/Berlin", "days": [a_day((540, 720), (780, 1020))] * 5, "holidays_of": "DE", "part": "BY"}
    return calendar_pb2.CreateCalendarRequest(label=label, **(given | more))


class Promises:
    """A desk with its calendars and promises."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.calendars = calendar_pb2_grpc.CalendarServiceStub(desk.platform.support)
        self.levels = level_pb2_grpc.LevelServiceStub(desk.platform.support)

    async def make(self, request: calendar_pb2.CreateCalendarRequest) -> calendar_pb2.Calendar:
        made = await self.desk.call(self.calendars.CreateCalendar, request, self.desk.lead)
        return made.calendar  # type: ignore[no-any-return]

    async def promise(self, **level: Any) -> level_pb2.Level:
        return (await self.desk.call(self.levels.SetLevel, level_pb2.SetLevelRequest(**level), self.desk.lead)).level  # type: ignore[no-any-return]

    async def due(self, description: str, queue_id: str) -> datetime:
        """Returns by when a new ticket in a queue is to be resolved."""
        ticket = await self.desk.submit(description)
        await self.desk.change(ticket, ("ACCEPT",), ("MOVE", queue_id))
        (clock,) = (await self.desk.get(ticket)).ticket.clocks
        return clock.due_time.ToDatetime(tzinfo=UTC)


async def promises(platform: Platform) -> Promises:
    return Promises(await a_desk(platform))


async def test_each_queue_counts_by_the_calendar_of_its_promise(platform: Platform) -> None:
    here = await promises(platform)
    berlin = await here.make(a_calendar())
    always = await here.make(a_calendar("Nights", zone="Asia/Tokyo", days=[a_day((0, 1440))] * 7, holidays_of=""))
    office, nights = await here.desk.queue("Office"), await here.desk.queue("Nights")
    await here.promise(queue_id=office, resolution_minutes=600, calendar_id=berlin.id)
    level = await here.promise(queue_id=nights, resolution_minutes=600, calendar_id=always.id)
    assert level.calendar_id == always.id
    before = datetime.now(UTC)
    round_the_clock = await here.due("At night.", nights)
    assert before + timedelta(minutes=600) <= round_the_clock + timedelta(seconds=1)
    assert round_the_clock <= datetime.now(UTC) + timedelta(minutes=600)
    by_day = (await here.due("By day.", office)).astimezone(ZoneInfo("Europe/Berlin"))
    week = [[Interval(540, 720), Interval(780, 1020)]] * 5 + [[], []]
    hours = Hours(zone="Europe/Berlin", week=week, country="DE", part="BY")
    assert hours.open_between(before, by_day) >= timedelta(minutes=599)
    assert 540 <= by_day.hour * 60 + by_day.minute <= 1020
    # A calendar is changed: what runs is reckoned anew with the ticket's next change.
    changed = calendar_pb2.UpdateCalendarRequest(
        calendar_id=berlin.id, label="Berlin", zone="Europe/Berlin", days=[a_day((0, 1440))] * 7, etag=berlin.etag
    )
    await here.desk.call(here.calendars.UpdateCalendar, changed, here.desk.lead)
    assert await here.due("By day and night.", office) <= datetime.now(UTC) + timedelta(minutes=600)
    with pytest.raises(Aborted, match="TICKET_CHANGED"):
        await here.desk.call(here.calendars.UpdateCalendar, changed, here.desk.lead)


async def test_what_a_calendar_says_comes_back_and_is_changed_whole(platform: Platform) -> None:
    here = await promises(platform)
    eve = calendar_pb2.CalendarDate(
        date="2026-12-24", intervals=[calendar_pb2.Stretch(start_minute=540, end_minute=720)]
    )
    closed = calendar_pb2.CalendarDate(date="2026-12-31")
    made = await here.make(a_calendar(special_days=[closed, eve], request_id="once"))
    assert (await here.make(a_calendar(special_days=[closed, eve], request_id="once"))) == made
    assert list(made.special_days) == [eve, closed]
    assert [len(each.intervals) for each in made.days] == [2] * 5 + [0, 0]
    with pytest.raises(AlreadyExists, match="NAME_TAKEN"):
        await here.make(a_calendar())
    listed = await here.desk.call(here.calendars.ListCalendars, calendar_pb2.ListCalendarsRequest())
    assert list(listed.calendars) == [made]
    elsewhere = await promises(platform)
    with pytest.raises(NotFound, match="CALENDAR_NOT_FOUND"):
        await elsewhere.promise(resolution_minutes=60, calendar_id=made.id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Europe/Nowhere"},
        {"zone": ""},
        {"holidays_of": "XX"},
        {"part": "ZZ"},
        {"days": [a_day((720, 540))]},
        {"days": [a_day((540, 720), (700, 800))]},
        {"special_days": [calendar_pb2.CalendarDate(date="2026-02-30")]},
    ],
)
async def test_hours_that_cannot_be_are_refused(platform: Platform, wrong: dict[str, Any]) -> None:
    here = await promises(platform)
    with pytest.raises(InvalidArgument, match="HOURS_INVALID"):
        await here.make(a_calendar(**wrong))


async def test_a_calendar_by_which_something_is_promised_stays(platform: Platform) -> None:
    here = await promises(platform)
    made = await here.make(a_calendar())
    level = await here.promise(resolution_minutes=60, calendar_id=made.id)
    gone = calendar_pb2.DeleteCalendarRequest(calendar_id=made.id)
    with pytest.raises(FailedPrecondition, match="CALENDAR_IN_USE"):
        await here.desk.call(here.calendars.DeleteCalendar, gone, here.desk.lead)
    with pytest.raises(PermissionDenied):
        await here.desk.call(here.calendars.DeleteCalendar, gone)
    await here.promise(resolution_minutes=60)
    assert level.calendar_id == made.id
    await here.desk.call(here.calendars.DeleteCalendar, gone, here.desk.lead)
    with pytest.raises(NotFound):
        await here.desk.call(here.calendars.DeleteCalendar, gone, here.desk.lead)
