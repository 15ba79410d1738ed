"""Serves `parley.chat.v1.OfflineService`."""

from __future__ import annotations

from parley.chat.v1 import conversation_pb2, offline_pb2, offline_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import offline
from services.chat.actions.messages import conversation_message, stamp
from services.chat.actions.wiring import Wiring
from services.chat.servicer.conversations import Context, begun, origin_of


class OfflineServicer(offline_pb2_grpc.OfflineServiceServicer):
    """Messages that are left while nobody is there."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def LeaveMessage(
        self, request: offline_pb2.LeaveMessageRequest, context: Context
    ) -> offline_pb2.LeaveMessageResponse:
        """Leaves a message."""
        actor, start = current_actor(), request.start
        left, place, key = await offline.leave_message(
            actor,
            self._wiring,
            begun(actor, start, self._wiring.clock.now()),
            [(answer.number, answer.text) for answer in start.answers],
            request.body,
            request.reply_email,
            start.request_id,
            request,
            origin=origin_of(context),
        )
        kept = await self._wiring.kept_for(actor.tenant_id)
        started = conversation_pb2.StartConversationResponse(
            conversation=conversation_message(left, kept, place),
            visitor_credential=key.visitor_credential,
            access_token=key.access_token,
            access_token_expire_time=key.access_token_expire_time,
        )
        return offline_pb2.LeaveMessageResponse(started=started)

    async def GetAttendance(
        self, request: offline_pb2.GetAttendanceRequest, context: Context
    ) -> offline_pb2.GetAttendanceResponse:
        """Says whether anybody is there."""
        return offline_pb2.GetAttendanceResponse(attended=await offline.is_attended(current_actor(), self._wiring))

    async def GetLeftMessage(
        self, request: offline_pb2.GetLeftMessageRequest, context: Context
    ) -> offline_pb2.GetLeftMessageResponse:
        """Returns where the answer to a message may go."""
        found = await offline.get_left_message(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        if found is None:
            return offline_pb2.GetLeftMessageResponse()
        reply_email, create_time = found
        return offline_pb2.GetLeftMessageResponse(
            left_message=offline_pb2.LeftMessage(
                conversation_id=request.conversation_id, reply_email=reply_email, create_time=stamp(create_time)
            )
        )
