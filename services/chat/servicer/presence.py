"""Serves `parley.chat.v1.PresenceService`."""

from __future__ import annotations

from typing import Any, cast

import grpc.aio
from parley.chat.v1 import presence_pb2, presence_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import operators
from services.chat.actions.wiring import Wiring
from services.chat.domain.routing import Operator, state_of

Context = grpc.aio.ServicerContext[Any, Any]


class PresenceServicer(presence_pb2_grpc.PresenceServiceServicer):
    """The RPCs about who is there."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetMyPresence(
        self, request: presence_pb2.GetMyPresenceRequest, context: Context
    ) -> presence_pb2.GetMyPresenceResponse:
        """Returns the caller's presence."""
        found = await operators.my_presence(current_actor(), self._wiring)
        return presence_pb2.GetMyPresenceResponse(operator=self._written(found))

    async def SetMyPresence(
        self, request: presence_pb2.SetMyPresenceRequest, context: Context
    ) -> presence_pb2.SetMyPresenceResponse:
        """Changes the caller's presence."""
        changed = await operators.set_my_presence(current_actor(), self._wiring, request.state)
        return presence_pb2.SetMyPresenceResponse(operator=self._written(changed))

    async def ListOperators(
        self, request: presence_pb2.ListOperatorsRequest, context: Context
    ) -> presence_pb2.ListOperatorsResponse:
        """Lists who answers."""
        page, following = await operators.list_operators(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return presence_pb2.ListOperatorsResponse(
            operators=[self._written(each) for each in page], next_page_token=following
        )

    async def UpdateOperator(
        self, request: presence_pb2.UpdateOperatorRequest, context: Context
    ) -> presence_pb2.UpdateOperatorResponse:
        """Changes what somebody is given."""
        changed = await operators.update_operator(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.staff_id, "stf"),
            request.capacity,
            request.languages,
            request.etag,
        )
        return presence_pb2.UpdateOperatorResponse(operator=self._written(changed))

    async def HandOverConversations(
        self, request: presence_pb2.HandOverConversationsRequest, context: Context
    ) -> presence_pb2.HandOverConversationsResponse:
        """Hands over what somebody answers."""
        count = await operators.hand_over(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.staff_id, "stf"),
            ids.to_uuid(request.to_staff_id, "stf") if request.to_staff_id else None,
        )
        return presence_pb2.HandOverConversationsResponse(count=count)

    def _written(self, operator: Operator) -> presence_pb2.Operator:
        state = state_of(operator, self._wiring.lease, self._wiring.clock.now())
        return _operator(operator, cast("presence_pb2.OperatorState.ValueType", state))


def _operator(operator: Operator, state: presence_pb2.OperatorState.ValueType) -> presence_pb2.Operator:
    return presence_pb2.Operator(
        staff_id=ids.from_uuid("stf", operator.staff_id),
        display_name=operator.display_name,
        chosen_state=cast("presence_pb2.OperatorState.ValueType", operator.chosen),
        state=state,
        held_count=operator.held,
        capacity=operator.capacity,
        languages=operator.languages,
        team_ids=[ids.from_uuid("tea", each) for each in operator.team_ids],
        etag=str(operator.revision),
    )
