"""Serves `/assets` and the few small files that every host has."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from gateway import problems
from gateway.assets import Assets
from gateway.pages import Pages
from gateway.requests import text_header
from gateway.routes import refuse


class Static:
    """The ASGI application of `/assets` on one host."""

    def __init__(self, assets: Assets, pages: Pages, *, shared: bool) -> None:
        """Takes the files; `shared` where pages of other origins may load them."""
        self._assets = assets
        self._pages = pages
        self._shared = shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        response: Response
        asset = self._assets.find(scope["path"].removeprefix("/"))
        if scope["method"] not in ("GET", "HEAD"):
            response = problems.method_not_allowed(["GET"]).response()
        elif asset is None:
            response = refuse(scope, problems.not_found(), self._pages)
        else:
            response = self._assets.hashed(
                asset, if_none_match=text_header(scope, b"if-none-match"), shared=self._shared
            )
        await response(scope, receive, send)

    async def robots(self, scope: Scope, receive: Receive) -> Response:
        """Answers `GET /robots.txt`: nothing on these hosts is for search engines."""
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    async def robots_of_communities(self, scope: Scope, receive: Receive) -> Response:
        """Answers `GET /robots.txt` where communities stand: what may not be found says so itself."""
        return PlainTextResponse("User-agent: *\nDisallow:\n")
