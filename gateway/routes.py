"""Finds the handler of a request on one host: exact paths, a few prefixes, and what answers to everything else.

A handler returns a response or raises a Problem. Browsers that navigate get a page; everything else gets a problem
document.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import pages, problems
from gateway.pages import Notice, Pages
from gateway.problems import Problem
from gateway.requests import Disconnected, text_header
from kernel.errors import ParleyError
from kernel.telemetry import logs

Handler = Callable[[Scope, Receive], Awaitable[Response]]

_log = logs.get("gateway")


@dataclass(frozen=True, kw_only=True)
class Routes:
    """What one host answers to."""

    #: Exact paths, with the handler of each method.
    exact: Mapping[str, Mapping[str, Handler]] = field(default_factory=dict)
    #: Prefixes that end with a slash, with the application below each.
    below: Mapping[str, ASGIApp] = field(default_factory=dict)
    #: WebSockets by path.
    sockets: Mapping[str, ASGIApp] = field(default_factory=dict)
    #: What answers to a browser's navigation to any other path, where the host has pages of its own.
    page: Handler | None = None


class HostApp:
    """The ASGI application of one host."""

    def __init__(self, routes: Routes, rendered: Pages) -> None:
        """Takes the routes, and the pages for what is not among them."""
        self._routes = routes
        self._pages = rendered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request or a socket."""
        path: str = scope["path"]
        if scope["type"] == "websocket":
            socket = self._routes.sockets.get(path, _refuse_socket)
            await socket(scope, receive, send)
            return
        for prefix, app in self._routes.below.items():
            if path.startswith(prefix):
                await app(scope, receive, send)
                return
        try:
            response = await self._respond(scope, receive)
        except Disconnected:
            return
        except (Problem, ParleyError) as error:
            response = self._refuse(scope, problems.from_error(error))
        await response(scope, receive, send)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        handlers = self._routes.exact.get(scope["path"])
        if handlers is not None:
            if method not in handlers:
                raise problems.method_not_allowed(sorted(handlers))
            return await handlers[method](scope, receive)
        last = scope["path"].rsplit("/", 1)[-1]
        if self._routes.page is not None and method == "GET" and "." not in last:
            return await self._routes.page(scope, receive)
        raise problems.not_found()

    def _refuse(self, scope: Scope, problem: Problem) -> Response:
        return refuse(scope, problem, self._pages)


def refuse(scope: Scope, problem: Problem, rendered: Pages) -> Response:
    """Returns a problem as a page where a browser navigates, and as a document everywhere else."""
    if "location" in problem.headers or scope["method"] != "GET" or "text/html" not in text_header(scope, b"accept"):
        return problem.response()
    notice = _NOTICES.get(problem.status)
    if notice is None:
        notice = pages.ERROR if problem.status >= 500 else pages.NOT_FOUND
        notice = Notice(
            status=problem.status,
            title=notice.title if problem.status >= 500 else "This cannot be shown",
            happened=problem.detail,
            safe=notice.safe,
            advice=notice.advice,
        )
    return rendered.notice(notice)


_NOTICES = {404: pages.NOT_FOUND, 410: pages.EXPIRED, 500: pages.ERROR, 503: pages.MAINTENANCE}


async def _refuse_socket(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.close", "code": 1008})


class Shield:
    """The outermost application: whatever fails inside leaves as a fixed text, and the process goes on."""

    def __init__(self, app: ASGIApp, rendered: Pages) -> None:
        """Takes the application and the pages."""
        self._app = app
        self._pages = rendered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        started = False

        async def watch(message: dict[str, object]) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch if scope["type"] == "http" else send)  # type: ignore[arg-type]
        except Exception as error:  # noqa: BLE001  # The last line of defence; what it was stands in the log.
            _log.error("request_failed", error=type(error).__name__)
            if scope["type"] == "http" and not started:
                response = refuse(scope, problems.from_error(error), self._pages)
                await response(scope, receive, send)
