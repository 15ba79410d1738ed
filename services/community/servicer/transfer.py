"""Serves `parley.community.v1.TransferService`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.community.v1 import transfer_pb2, transfer_pb2_grpc

from kernel.errors import InvalidArgument
from kernel.rpc.gates import current_actor
from services.community.actions import transfer
from services.community.actions.wiring import Wiring
from services.community.servicer.times import Context


class TransferServicer(transfer_pb2_grpc.TransferServiceServicer):
    """The RPCs of moving a whole community."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ExportCommunity(
        self, request: transfer_pb2.ExportCommunityRequest, context: Context
    ) -> AsyncIterator[transfer_pb2.ExportCommunityResponse]:
        """Hands the community out."""
        first = True
        async for piece in transfer.export_community(current_actor(), self._wiring):
            if first:
                yield transfer_pb2.ExportCommunityResponse(
                    data=piece, content_type="application/x-ndjson", filename="community.ndjson"
                )
            elif piece:
                yield transfer_pb2.ExportCommunityResponse(data=piece)
            first = False

    async def ImportCommunity(
        self, request_iterator: AsyncIterator[transfer_pb2.ImportCommunityRequest], context: Context
    ) -> transfer_pb2.ImportCommunityResponse:
        """Takes a community in."""
        first = await anext(request_iterator, None)
        if first is None:
            raise InvalidArgument("FILE_EMPTY", "The file is empty. Nothing was taken in.")
        begun, data = transfer_pb2.ImportCommunityRequest(), first.data
        begun.CopyFrom(first)
        begun.ClearField("data")

        async def pieces() -> AsyncIterator[bytes]:
            yield data
            async for piece in request_iterator:
                yield piece.data

        counts = await transfer.import_community(current_actor(), self._wiring, pieces(), first.request_id, begun)
        return transfer_pb2.ImportCommunityResponse(
            spaces=counts.get("space", 0),
            topics=counts.get("topic", 0),
            posts=counts.get("post", 0),
            members=counts.get("member", 0),
        )
