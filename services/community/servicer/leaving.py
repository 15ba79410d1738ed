"""Serves `parley.community.v1.LeavingService`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.community.v1 import leaving_pb2, leaving_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import copies, leaving
from services.community.actions.wiring import Wiring
from services.community.servicer.times import Context


class LeavingServicer(leaving_pb2_grpc.LeavingServiceServicer):
    """The RPCs of leaving."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def PreviewLeaving(
        self, request: leaving_pb2.PreviewLeavingRequest, context: Context
    ) -> leaving_pb2.PreviewLeavingResponse:
        """Counts what would stay and what would go."""
        posts, topics, quoted, mentioned = await leaving.preview_leaving(current_actor(), self._wiring)
        return leaving_pb2.PreviewLeavingResponse(posts=posts, topics=topics, quoted=quoted, mentioned=mentioned)

    async def Leave(self, request: leaving_pb2.LeaveRequest, context: Context) -> leaving_pb2.LeaveResponse:
        """Ends the account."""
        done = await leaving.leave(current_actor(), self._wiring, request.remains, request.password)
        return leaving_pb2.LeaveResponse(posts=done)

    async def ExportAccount(
        self, request: leaving_pb2.ExportAccountRequest, context: Context
    ) -> AsyncIterator[leaving_pb2.ExportAccountResponse]:
        """Hands out everything."""
        first, actor = True, current_actor()
        if request.with_files:
            pieces, kind, name = copies.export_archive(actor, self._wiring), "application/zip", "community-account.zip"
        else:
            pieces, kind, name = leaving.export_account(actor, self._wiring), "application/x-ndjson", copies.RECORDS
        async for piece in pieces:
            if first:
                yield leaving_pb2.ExportAccountResponse(data=piece, content_type=kind, filename=name)
            else:
                yield leaving_pb2.ExportAccountResponse(data=piece)
            first = False
