"""Serves choices."""

from __future__ import annotations

from typing import cast

from parley.privacy.v1 import choice_pb2, choice_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.privacy.actions import choices
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.choices import CLICK, Choice, Effective, effective
from services.privacy.servicer.times import Context, stamp


def choice_message(choice: Choice) -> choice_pb2.Choice:
    """Writes a choice."""
    return choice_pb2.Choice(
        id=choice.id,
        visitor_id=choice.visitor_id,
        kind=cast("choice_pb2.ChoiceKind.ValueType", choice.kind),
        decision=cast("choice_pb2.ChoiceDecision.ValueType", choice.decision),
        source=cast("choice_pb2.ChoiceSource.ValueType", choice.source),
        notice_id=choice.notice_id,
        notice_hash=choice.notice_hash,
        create_time=stamp(choice.create_time),
    )


def effective_message(held: Effective) -> choice_pb2.EffectiveChoice:
    """Writes what holds for one kind of choice."""
    return choice_pb2.EffectiveChoice(
        kind=cast("choice_pb2.ChoiceKind.ValueType", held.kind),
        allowed=held.allowed,
        decision=cast("choice_pb2.ChoiceDecision.ValueType", held.decision),
        source=cast("choice_pb2.ChoiceSource.ValueType", held.source),
    )


class ChoiceServicer(choice_pb2_grpc.ChoiceServiceServicer):
    """Serves `parley.privacy.v1.ChoiceService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def RecordChoice(
        self, request: choice_pb2.RecordChoiceRequest, context: Context
    ) -> choice_pb2.RecordChoiceResponse:
        """Records a choice."""
        recorded = await choices.record_choice(
            current_actor(),
            self._wiring,
            self._said(request, ""),
            request.request_id,
            request,
            signal=request.global_privacy_control,
        )
        return choice_pb2.RecordChoiceResponse(choice=choice_message(recorded))

    async def RecordVisitorChoice(
        self, request: choice_pb2.RecordVisitorChoiceRequest, context: Context
    ) -> choice_pb2.RecordVisitorChoiceResponse:
        """Records a choice that another process passes on."""
        recorded = await choices.record_choice(
            current_actor(),
            self._wiring,
            self._said(request, request.visitor_id),
            "",
            request,
            signal=request.global_privacy_control,
        )
        (held,) = effective([recorded], signal=request.global_privacy_control, kinds=[recorded.kind])
        return choice_pb2.RecordVisitorChoiceResponse(choice=effective_message(held))

    async def GetChoices(
        self, request: choice_pb2.GetChoicesRequest, context: Context
    ) -> choice_pb2.GetChoicesResponse:
        """Returns what holds."""
        found = await choices.get_choices(
            current_actor(), self._wiring, request.visitor_id, signal=request.global_privacy_control
        )
        return choice_pb2.GetChoicesResponse(choices=[effective_message(each) for each in found])

    async def ListChoices(
        self, request: choice_pb2.ListChoicesRequest, context: Context
    ) -> choice_pb2.ListChoicesResponse:
        """Lists choices."""
        found, following = await choices.list_choices(
            current_actor(), self._wiring, request.visitor_id, request.page_size, request.page_token
        )
        return choice_pb2.ListChoicesResponse(
            choices=[choice_message(choice) for choice in found], next_page_token=following
        )

    def _said(
        self, request: choice_pb2.RecordChoiceRequest | choice_pb2.RecordVisitorChoiceRequest, visitor_id: str
    ) -> Choice:
        return Choice(
            id=ids.new_id("cho"),
            visitor_id=visitor_id,
            kind=request.kind,
            decision=request.decision,
            source=CLICK,
            notice_id=request.notice_id,
            notice_hash="",
            create_time=self._wiring.clock.now(),
        )
