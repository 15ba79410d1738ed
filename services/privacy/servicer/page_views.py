"""Serves page-view tallies."""

from __future__ import annotations

from parley.privacy.v1 import page_view_pb2, page_view_pb2_grpc

from kernel.rpc.gates import current_actor
from services.privacy.actions import page_views
from services.privacy.actions.wiring import Wiring
from services.privacy.servicer.times import Context


class PageViewServicer(page_view_pb2_grpc.PageViewServiceServicer):
    """Serves `parley.privacy.v1.PageViewService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def RecordPageViews(
        self, request: page_view_pb2.RecordPageViewsRequest, context: Context
    ) -> page_view_pb2.RecordPageViewsResponse:
        """Adds to the numbers."""
        counted = [(each.path, each.count) for each in request.tallies]
        await page_views.record_page_views(current_actor(), self._wiring, request.site_id, counted)
        return page_view_pb2.RecordPageViewsResponse()

    async def ListPageViews(
        self, request: page_view_pb2.ListPageViewsRequest, context: Context
    ) -> page_view_pb2.ListPageViewsResponse:
        """Lists the numbers."""
        found, following = await page_views.list_page_views(
            current_actor(), self._wiring, request.site_id, request.page_size, request.page_token
        )
        return page_view_pb2.ListPageViewsResponse(
            page_views=[
                page_view_pb2.PageViews(
                    site_id=each.site_id, path=each.path, day=each.day.isoformat(), count=each.count
                )
                for each in found
            ],
            next_page_token=following,
        )
