"""Serves the browser log."""

from __future__ import annotations

from typing import cast

from parley.privacy.v1 import browser_log_pb2, browser_log_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.privacy.actions import browser_log
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.browser_log import Entry, hour_of, plain_address
from services.privacy.servicer.times import Context, stamp


class BrowserLogServicer(browser_log_pb2_grpc.BrowserLogServiceServicer):
    """Serves `parley.privacy.v1.BrowserLogService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def RecordBrowser(
        self, request: browser_log_pb2.RecordBrowserRequest, context: Context
    ) -> browser_log_pb2.RecordBrowserResponse:
        """Notes a browser."""
        entry = Entry(
            id=ids.random_id("brw"),
            site_id=request.site_id,
            network_address=plain_address(request.network_address),
            family=request.family,
            major_version=request.major_version,
            hour_time=hour_of(self._wiring.clock.now()),
        )
        await browser_log.record_browser(current_actor(), self._wiring, entry)
        return browser_log_pb2.RecordBrowserResponse()

    async def ListBrowserLog(
        self, request: browser_log_pb2.ListBrowserLogRequest, context: Context
    ) -> browser_log_pb2.ListBrowserLogResponse:
        """Lists the log."""
        found, following = await browser_log.list_browser_log(
            current_actor(), self._wiring, request.site_id, request.page_size, request.page_token
        )
        return browser_log_pb2.ListBrowserLogResponse(
            entries=[
                browser_log_pb2.BrowserLogEntry(
                    id=each.id,
                    site_id=each.site_id,
                    network_address=each.network_address,
                    family=cast("browser_log_pb2.BrowserFamily.ValueType", each.family),
                    major_version=each.major_version,
                    hour_time=stamp(each.hour_time),
                    is_shortened=each.is_shortened,
                )
                for each in found
            ],
            next_page_token=following,
        )

    async def ListBrowserCounts(
        self, request: browser_log_pb2.ListBrowserCountsRequest, context: Context
    ) -> browser_log_pb2.ListBrowserCountsResponse:
        """Lists the counts."""
        found, following = await browser_log.list_browser_counts(
            current_actor(), self._wiring, request.site_id, request.page_size, request.page_token
        )
        return browser_log_pb2.ListBrowserCountsResponse(
            counts=[
                browser_log_pb2.BrowserCount(
                    site_id=each.site_id,
                    day=each.day.isoformat(),
                    counted_family=cast("browser_log_pb2.BrowserFamily.ValueType", each.family),
                    count=each.count,
                )
                for each in found
            ],
            next_page_token=following,
        )
