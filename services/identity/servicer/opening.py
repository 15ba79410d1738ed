"""Serves `parley.identity.v1.HoursService` and `parley.identity.v1.ChatInvitationService`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from parley.identity.v1 import chat_invitation_pb2, chat_invitation_pb2_grpc, hours_pb2, hours_pb2_grpc

from kernel.errors import InvalidArgument
from kernel.hours import Hours, Interval
from kernel.rpc.gates import current_actor
from services.identity.actions import opening
from services.identity.actions.wiring import Wiring
from services.identity.domain import ChatInvitation
from services.identity.servicer.times import Context, stamp


class HoursServicer(hours_pb2_grpc.HoursServiceServicer):
    """When somebody is there."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetHours(self, request: hours_pb2.GetHoursRequest, context: Context) -> hours_pb2.GetHoursResponse:
        """Returns the hours that hold."""
        hours, own, revision = await opening.get_hours(current_actor(), self._wiring, request.site_id)
        return hours_pb2.GetHoursResponse(hours=_hours_message(request.site_id, hours, revision), own=own)

    async def UpdateHours(
        self, request: hours_pb2.UpdateHoursRequest, context: Context
    ) -> hours_pb2.UpdateHoursResponse:
        """Sets hours."""
        sent = request.hours
        days = [_day(each.intervals) for each in sent.days]
        hours = Hours(
            zone=sent.zone,
            week=[*days, *([()] * (7 - len(days)))],
            country=sent.country,
            part=sent.part,
            special={_date(each.date): _day(each.intervals) for each in sent.special_days},
        )
        now, _, revision = await opening.update_hours(current_actor(), self._wiring, sent.site_id, hours, sent.etag)
        return hours_pb2.UpdateHoursResponse(hours=_hours_message(sent.site_id, now, revision))

    async def GetOpening(self, request: hours_pb2.GetOpeningRequest, context: Context) -> hours_pb2.GetOpeningResponse:
        """Says whether a site is open now."""
        is_open, next_time = await opening.get_opening(current_actor(), self._wiring, request.site_id)
        return hours_pb2.GetOpeningResponse(open=is_open, next_open_time=stamp(next_time))


class ChatInvitationServicer(chat_invitation_pb2_grpc.ChatInvitationServiceServicer):
    """By which rules a site offers a chat."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetChatInvitations(
        self, request: chat_invitation_pb2.GetChatInvitationsRequest, context: Context
    ) -> chat_invitation_pb2.GetChatInvitationsResponse:
        """Returns the rules of a site."""
        rules, revision = await opening.get_invitations(current_actor(), self._wiring, request.site_id)
        return chat_invitation_pb2.GetChatInvitationsResponse(
            invitations=map(invitation_message, rules), etag=str(revision)
        )

    async def UpdateChatInvitations(
        self, request: chat_invitation_pb2.UpdateChatInvitationsRequest, context: Context
    ) -> chat_invitation_pb2.UpdateChatInvitationsResponse:
        """Sets the rules of a site."""
        rules = [
            ChatInvitation(page=each.page, seconds=each.seconds, text=each.text, least_visits=each.least_visits)
            for each in request.invitations
        ]
        revision = await opening.update_invitations(current_actor(), self._wiring, request.site_id, rules, request.etag)
        return chat_invitation_pb2.UpdateChatInvitationsResponse(
            invitations=map(invitation_message, rules), etag=str(revision)
        )


def invitation_message(rule: ChatInvitation) -> chat_invitation_pb2.ChatInvitation:
    """Writes a rule."""
    return chat_invitation_pb2.ChatInvitation(
        page=rule.page, seconds=rule.seconds, text=rule.text, least_visits=rule.least_visits
    )


def _hours_message(site_id: str, hours: Hours | None, revision: int) -> hours_pb2.Hours:
    if hours is None:
        return hours_pb2.Hours(site_id=site_id, etag=str(revision))
    return hours_pb2.Hours(
        site_id=site_id,
        zone=hours.zone,
        days=[hours_pb2.OpenDay(intervals=_intervals(each)) for each in hours.week],
        country=hours.country,
        part=hours.part,
        special_days=[
            hours_pb2.SpecialDay(date=day.isoformat(), intervals=_intervals(each))
            for day, each in sorted(hours.special.items())
        ],
        etag=str(revision),
    )


def _intervals(day: Iterable[Interval]) -> list[hours_pb2.OpenInterval]:
    return [hours_pb2.OpenInterval(start_minute=each.start, end_minute=each.end) for each in day]


def _day(sent: Sequence[hours_pb2.OpenInterval]) -> tuple[Interval, ...]:
    return tuple(Interval(each.start_minute, each.end_minute) for each in sent)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidArgument(
            "HOURS_INVALID", "There is no such day. Nothing was changed.", fields=[("special_days", "must be days")]
        ) from None
