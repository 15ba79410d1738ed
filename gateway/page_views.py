"""Counts how often the pages of the house's own site are read, and tells the privacy service from time to time.

A path and a number are all there is: no query, no address, no browser, no moment. A browser that sends `Sec-GPC: 1` is
not counted, and neither is what a browser loads before anybody looks at it.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass

import grpc
from parley.privacy.v1 import page_view_pb2, page_view_pb2_grpc
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.requests import text_header
from gateway.sessions import ChannelSource, Sessions
from gateway.site_keys import SiteKeys
from kernel.errors import ParleyError
from kernel.telemetry import logs

FLUSH_SECONDS = 10.0
#: As many paths are told at once, and kept until then.
PATHS_AT_ONCE = 200
_PATH = re.compile(r"/[A-Za-z0-9/._~-]{0,199}")
_CALL_SECONDS = 5.0

_log = logs.get("gateway")


@dataclass(frozen=True, slots=True)
class HousePages:
    """The house's own site, composed into the gateway: an application, and the public key of the site that it is."""

    app: ASGIApp
    site_key: str


class PageViews:
    """The counts since they were last told."""

    def __init__(self, channels: ChannelSource, sessions: Sessions, site_keys: SiteKeys) -> None:
        """Takes the way to the privacy service, and who knows which site a key is of."""
        self._stub = page_view_pb2_grpc.PageViewServiceStub(channels.of("privacy"))
        self._sessions = sessions
        self._site_keys = site_keys
        self._counted: dict[str, Counter[str]] = {}

    def around(self, pages: HousePages) -> ASGIApp:
        """Returns the application of the house's site, with its pages counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["method"] != "GET" or _is_not_counted(scope):
                await pages.app(scope, receive, send)
                return

            async def watch(message: Message) -> None:
                if message["type"] == "http.response.start" and _is_page(message):
                    self.count(pages.site_key, scope["path"])
                await send(message)

            await pages.app(scope, receive, watch)

        return counted

    def count(self, site_key: str, path: str) -> None:
        """Counts a page; a path that could hold more than the name of a page is not counted."""
        counted = self._counted.setdefault(site_key, Counter())
        if _PATH.fullmatch(path) and (path in counted or len(counted) < PATHS_AT_ONCE):
            counted[path] += 1

    async def run(self) -> None:
        """Tells the counts every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Tells what was counted; what cannot be told now is told later."""
        counted, self._counted = self._counted, {}
        for site_key, paths in counted.items():
            if not paths:
                continue
            try:
                await self._tell(site_key, paths)
            except (grpc.aio.AioRpcError, ParleyError) as error:
                _log.warning("page_views_not_told", error=type(error).__name__)
                for path, count in paths.items():
                    later = self._counted.setdefault(site_key, Counter())
                    if path in later or len(later) < PATHS_AT_ONCE:
                        later[path] += count

    async def _tell(self, site_key: str, paths: Counter[str]) -> None:
        site = await self._site_keys.find(site_key)
        if site is None:
            return
        await self._stub.RecordPageViews(
            page_view_pb2.RecordPageViewsRequest(
                site_id=site.id,
                tallies=[page_view_pb2.PageViewTally(path=path, count=count) for path, count in sorted(paths.items())],
            ),
            metadata=self._sessions.metadata(site.tenant_id),
            timeout=_CALL_SECONDS,
        )


def _is_not_counted(scope: Scope) -> bool:
    return text_header(scope, b"sec-gpc") == "1" or "prefetch" in text_header(scope, b"sec-purpose")


def _is_page(start: Message) -> bool:
    kinds = [value for name, value in start.get("headers", ()) if name == b"content-type"]
    return bool(start["status"] == 200 and kinds and kinds[0].startswith(b"text/html"))
