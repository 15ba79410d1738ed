"""Serves what is held about a person, as an answer and as an archive."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.options.v1 import access_pb2
from parley.privacy.v1 import held_pb2, held_pb2_grpc

from kernel.rpc.gates import current_actor
from services.privacy.actions import held
from services.privacy.actions.archives import CONTENT_TYPE
from services.privacy.actions.held import FILENAME, HeldKind
from services.privacy.actions.wiring import Wiring
from services.privacy.servicer.ledger import entry_messages
from services.privacy.servicer.requests import request_message
from services.privacy.servicer.times import Context, stamp


def _kind(kind: HeldKind) -> held_pb2.HeldKind:
    return held_pb2.HeldKind(
        record=kind.record,
        field=kind.field,
        meaning=kind.meaning,
        category=kind.rule.category,
        purposes=[access_pb2.Purpose.ValueType(each) for each in kind.rule.purposes],
        retention=kind.rule.retention,
        erasure=kind.rule.erasure,
        correctable=kind.rule.correctable,
        hidden=kind.rule.secret,
        count=kind.count,
        days=kind.days,
    )


class HeldServicer(held_pb2_grpc.HeldServiceServicer):
    """Serves `parley.privacy.v1.HeldService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetHeld(self, request: held_pb2.GetHeldRequest, context: Context) -> held_pb2.GetHeldResponse:
        """Returns a page of what is held about the caller."""
        holding = await held.get_held(current_actor(), self._wiring, request.page_size, request.page_token)
        now = self._wiring.clock.now()
        return held_pb2.GetHeldResponse(
            records=holding.records,
            kinds=[_kind(each) for each in holding.kinds],
            next_page_token=holding.following,
            seen=entry_messages(holding.seen),
            requests=[request_message(each, now, brief=True) for each in holding.requests],
            expire_time=stamp(holding.expire_time) if holding.expire_time else None,
        )

    async def DownloadCopy(
        self, request: held_pb2.DownloadCopyRequest, context: Context
    ) -> AsyncIterator[held_pb2.DownloadCopyResponse]:
        """Hands out a copy of everything."""
        first = held_pb2.DownloadCopyResponse(content_type=CONTENT_TYPE, filename=FILENAME)
        async for piece in held.download_copy(current_actor(), self._wiring, request.privacy_request_id):
            first.data = piece
            yield first
            first = held_pb2.DownloadCopyResponse()
