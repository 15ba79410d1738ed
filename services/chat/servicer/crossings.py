"""Serves `parley.chat.v1.CrossingService`."""

from __future__ import annotations

from parley.chat.v1 import crossing_pb2, crossing_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import crossings
from services.chat.actions.wiring import Wiring
from services.chat.servicer.conversations import Context


class CrossingServicer(crossing_pb2_grpc.CrossingServiceServicer):
    """What is said in a conversation of where else it goes on."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def NoteTicket(
        self, request: crossing_pb2.NoteTicketRequest, context: Context
    ) -> crossing_pb2.NoteTicketResponse:
        """Notes a ticket."""
        conversation_id = ids.to_uuid(request.conversation_id, "cnv")
        await crossings.note_ticket(current_actor(), self._wiring, conversation_id, request.ticket_reference)
        return crossing_pb2.NoteTicketResponse()
