"""Serves `parley.community.v1.CrossingService`."""

from __future__ import annotations

from parley.community.v1 import crossing_pb2, crossing_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import notices
from services.community.actions.wiring import Wiring
from services.community.servicer.times import Context


class CrossingServicer(crossing_pb2_grpc.CrossingServiceServicer):
    """What members are told of where else something of theirs goes on."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def TellOfTicket(
        self, request: crossing_pb2.TellOfTicketRequest, context: Context
    ) -> crossing_pb2.TellOfTicketResponse:
        """Tells of a ticket."""
        await notices.tell_of_ticket(current_actor(), self._wiring, request.topic_id)
        return crossing_pb2.TellOfTicketResponse()
