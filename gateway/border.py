"""The way from the help desk into the community: whether there is one, and the page at the border.

Every link from the policy's ground leads to `/community/<tenant>` on the widget's host, and from there to the page that
says what changes; no link leads past it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from parley.community.v1 import terms_pb2, terms_pb2_grpc
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from gateway import problems
from gateway.limits import Limit, Limiter
from gateway.pages import NOT_FOUND, Pages
from gateway.problems import Problem
from gateway.requests import Proxies, header
from gateway.sessions import ChannelSource
from kernel.errors import ParleyError

if TYPE_CHECKING:
    # The privacy centre owns one of these, so that it is read first.
    from gateway.privacy.upstream import Upstream

_KEPT_SECONDS, _KEPT = 60.0, 5_000
_PATH = "/community/"


class Border:
    """Knows which tenants have a community, and is the ASGI application of `/community/`."""

    def __init__(
        self,
        *,
        channels: ChannelSource,
        upstream: Upstream,
        limiter: Limiter,
        proxies: Proxies,
        pages: Pages,
        origin: str,
    ) -> None:
        """Takes what it asks, and the origin of the communities."""
        self._terms: Any = terms_pb2_grpc.TermsServiceStub(channels.of("community"))
        self._upstream = upstream
        self._limiter = limiter
        self._proxies = proxies
        self._pages = pages
        self._origin = origin
        self._kept: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    async def way_of(self, tenant_id: str) -> str:
        """Returns the path that leads to the community of a tenant by its id."""
        return await self.way((await self._upstream.tenant(tenant_id)).slug)

    async def way(self, slug: str) -> str:
        """Returns the path that leads to a tenant's community; empty where there is none, or where it is away."""
        return f"{_PATH}{slug}" if await self._has(slug) else ""

    async def _has(self, slug: str) -> bool:
        until, kept = self._kept.get(slug, (0.0, False))
        if time.monotonic() < until:
            return kept
        try:
            tenant = await self._upstream.tenant_of_slug(slug)
            if tenant is None:
                return False
            token = await self._upstream.anonymous(tenant)
            read = await self._upstream.call(self._terms.GetCurrentTerms, terms_pb2.GetCurrentTermsRequest(), token)
        except Problem:
            # The page that asks is whole without the community.
            return False
        # Without terms nobody can post, and there is nothing to cross into.
        found = bool(read.HasField("terms"))
        self._kept[slug] = (time.monotonic() + _KEPT_SECONDS, found)
        self._kept.move_to_end(slug)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leads to the page at the border; asked for JSON, says whether there is one."""
        try:
            response = await self._answer(scope)
        except (Problem, ParleyError) as error:
            response = problems.from_error(error).response()
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response:
        await self._limiter.take(Limit.REQUEST, self._proxies.address(scope))
        if scope["method"] not in ("GET", "HEAD"):
            raise problems.method_not_allowed(["GET"])
        slug = scope["path"].removeprefix(_PATH)
        there = await self._has(slug)
        if header(scope, b"accept").startswith(b"application/json"):
            return JSONResponse({"there": there})
        if not there:
            return self._pages.notice(NOT_FOUND)
        return RedirectResponse(f"{self._origin}/c/{slug}/in", status_code=303)
