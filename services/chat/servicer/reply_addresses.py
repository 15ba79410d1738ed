"""Serves `parley.chat.v1.ReplyAddressService`."""

from __future__ import annotations

from parley.chat.v1 import reply_address_pb2, reply_address_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import reply_addresses
from services.chat.actions.wiring import Wiring
from services.chat.servicer.conversations import Context


class ReplyAddressServicer(reply_address_pb2_grpc.ReplyAddressServiceServicer):
    """Where answers go that a visitor is not there to read."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SetReplyAddress(
        self, request: reply_address_pb2.SetReplyAddressRequest, context: Context
    ) -> reply_address_pb2.SetReplyAddressResponse:
        """Keeps an address."""
        kept = await reply_addresses.set_reply_address(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"), request.reply_email
        )
        return reply_address_pb2.SetReplyAddressResponse(reply_email=kept)
