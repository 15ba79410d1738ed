"""Puts the security headers on every answer: a strict content security policy for each host, and what goes with it.

No page here may run a script or a style that stands in the page itself, load anything from another host, or be
framed, except the panel, which the origins of its own site may frame. CORS is answered for the launcher only, since
nothing else is fetched by a page of another origin.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.requests import Proxies
from kernel.config import Config

HSTS = b"max-age=31536000"


class Host(StrEnum):
    """The hosts that the gateway answers for, apart from those that are composed in."""

    API = "api"
    CONSOLE = "console"
    WIDGET = "widget"
    CONTENT = "content"
    COMMUNITY = "community"


def policy(
    *,
    connect: Iterable[str] = (),
    scripts: bool = False,
    calculates: bool = False,
    ancestors: Iterable[str] = (),
    pictures: Iterable[str] = (),
) -> str:
    """Writes a content security policy; everything that is not named is forbidden.

    A page that `calculates` runs a script of ours, here and in a worker, which asks nobody for anything.
    """
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'"] if scripts or calculates else ["'none'"],
        "worker-src": ["'self'"] if calculates else [],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", *pictures],
        "font-src": ["'self'"],
        "media-src": ["'self'", "data:"],
        "connect-src": ["'self'", *connect] if scripts else ["'none'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": list(ancestors) or ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items() if values)


def socket_origin(origin: str) -> str:
    """Writes an origin as the origin of its WebSockets."""
    return "ws" + origin.removeprefix("http")


class Security:
    """Wraps the application of a host and adds the headers that the application did not set itself."""

    def __init__(self, app: ASGIApp, *, host: Host, config: Config, proxies: Proxies) -> None:
        """Takes the application, the host that it answers for, the origins, and who tells of TLS."""
        self._app = app
        self._proxies = proxies
        self._headers = tuple((name.encode(), value.encode()) for name, value in _headers(host, config).items())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on and completes the headers of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                given = {name for name, _ in headers}
                headers.extend(each for each in self._headers if each[0] not in given)
                if self._proxies.scheme(scope) == "https":
                    headers.append((b"strict-transport-security", HSTS))
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, complete)


def _headers(host: Host, config: Config) -> dict[str, str]:
    headers = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if host in (Host.CONSOLE, Host.WIDGET):
        origin = config.origin(host.value)
        # Not every browser lets 'self' stand for the WebSockets of an origin.
        headers["content-security-policy"] = policy(
            scripts=True, connect=[socket_origin(origin)], pictures=["blob:", config.origin(Host.CONTENT.value)]
        )
    elif host is Host.CONTENT:
        headers["content-security-policy"] = policy() + "; sandbox"
    else:
        headers["content-security-policy"] = policy()
    if host is Host.WIDGET:
        # The panel opens no window and is opened by none, but stands in pages of other origins.
        headers["cross-origin-opener-policy"] = "unsafe-none"
    return headers
