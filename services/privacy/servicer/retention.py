"""Serves what the end of keeping removes."""

from __future__ import annotations

from collections.abc import Iterable

from parley.privacy.v1 import retention_pb2, retention_pb2_grpc

from kernel.rpc.gates import current_actor
from services.privacy.actions import retention
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.retention import PurgedStore
from services.privacy.servicer.times import Context, stamp


def _stores(stores: Iterable[PurgedStore]) -> list[retention_pb2.PurgedStore]:
    return [retention_pb2.PurgedStore(store=each.store, records=each.records, held=each.held) for each in stores]


class RetentionServicer(retention_pb2_grpc.RetentionServiceServicer):
    """Serves `parley.privacy.v1.RetentionService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def PreviewPurge(
        self, request: retention_pb2.PreviewPurgeRequest, context: Context
    ) -> retention_pb2.PreviewPurgeResponse:
        """Counts what would go."""
        tried = {each.setting: each.days for each in request.periods}
        found = await retention.preview_purge(current_actor(), self._wiring, tried)
        return retention_pb2.PreviewPurgeResponse(stores=_stores(found))

    async def ListPurges(
        self, request: retention_pb2.ListPurgesRequest, context: Context
    ) -> retention_pb2.ListPurgesResponse:
        """Lists runs."""
        found, following = await retention.list_purges(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return retention_pb2.ListPurgesResponse(
            purges=[
                retention_pb2.Purge(
                    id=each.id, service=each.service, time=stamp(each.time), stores=_stores(each.stores)
                )
                for each in found
            ],
            next_page_token=following,
        )
