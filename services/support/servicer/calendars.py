"""Serves `parley.support.v1.CalendarService`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from parley.support.v1 import calendar_pb2, calendar_pb2_grpc

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.hours import Hours, Interval
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context
from services.support.actions import calendars
from services.support.actions.wiring import Wiring
from services.support.domain.calendars import Calendar
from services.support.servicer.messages import an_id


class CalendarServicer(calendar_pb2_grpc.CalendarServiceServicer):
    """The RPCs of calendars."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListCalendars(
        self, request: calendar_pb2.ListCalendarsRequest, context: Context
    ) -> calendar_pb2.ListCalendarsResponse:
        """Lists calendars."""
        found = await calendars.list_calendars(current_actor(), self._wiring)
        return calendar_pb2.ListCalendarsResponse(calendars=[_message(each) for each in found])

    async def CreateCalendar(
        self, request: calendar_pb2.CreateCalendarRequest, context: Context
    ) -> calendar_pb2.CreateCalendarResponse:
        """Adds a calendar."""
        wanted = Calendar(id=ids.new_uuid(), label=request.label, hours=_hours(request))
        made = await calendars.create_calendar(current_actor(), self._wiring, wanted, request.request_id, request)
        return calendar_pb2.CreateCalendarResponse(calendar=_message(made))

    async def UpdateCalendar(
        self, request: calendar_pb2.UpdateCalendarRequest, context: Context
    ) -> calendar_pb2.UpdateCalendarResponse:
        """Replaces what a calendar says."""
        changed = await calendars.update_calendar(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.calendar_id, "cal"),
            request.label,
            _hours(request),
            request.etag,
        )
        return calendar_pb2.UpdateCalendarResponse(calendar=_message(changed))

    async def DeleteCalendar(
        self, request: calendar_pb2.DeleteCalendarRequest, context: Context
    ) -> calendar_pb2.DeleteCalendarResponse:
        """Deletes a calendar."""
        await calendars.delete_calendar(current_actor(), self._wiring, ids.to_uuid(request.calendar_id, "cal"))
        return calendar_pb2.DeleteCalendarResponse()


def _hours(said: calendar_pb2.CreateCalendarRequest | calendar_pb2.UpdateCalendarRequest) -> Hours:
    days = [_read(each.intervals) for each in said.days]
    return Hours(
        zone=said.zone,
        week=[*days, *([()] * (7 - len(days)))],
        country=said.holidays_of,
        part=said.part,
        special={_date(each.date): _read(each.intervals) for each in said.special_days},
    )


def _read(intervals: Iterable[calendar_pb2.Stretch]) -> Sequence[Interval]:
    return [Interval(each.start_minute, each.end_minute) for each in intervals]


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidArgument(
            "HOURS_INVALID",
            "These hours cannot be. Nothing was changed.",
            fields=[("special_days", "must be days of the calendar")],
        ) from None


def _written(intervals: Iterable[Interval]) -> list[calendar_pb2.Stretch]:
    return [calendar_pb2.Stretch(start_minute=each.start, end_minute=each.end) for each in intervals]


def _message(calendar: Calendar) -> calendar_pb2.Calendar:
    hours = calendar.hours
    return calendar_pb2.Calendar(
        id=an_id("cal", calendar.id),
        label=calendar.label,
        zone=hours.zone,
        days=[calendar_pb2.CalendarDay(intervals=_written(each)) for each in hours.week],
        holidays_of=hours.country,
        part=hours.part,
        special_days=[
            calendar_pb2.CalendarDate(date=day.isoformat(), intervals=_written(each))
            for day, each in sorted(hours.special.items())
        ],
        etag=str(calendar.revision),
    )
