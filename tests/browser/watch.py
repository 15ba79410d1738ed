"""Watches what browsers do while tests use them: whom they ask, what they complain about.

Nothing is asked of any host but ours, no policy is violated, and no script fails; a test that provokes a failure of the
network says which words it expects.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, WebError, WebSocket

#: Asking who is signed in, and signing in with a wrong password, are answered by 401, which browsers note as an error.
_SIGNED_OUT = re.compile(r"/session$")


class Watch:
    """What was seen in one browser context."""

    def __init__(self, context: BrowserContext, port: int) -> None:
        """Takes the context to watch and the port on which the hosts that may be asked listen."""
        self.requests: list[str] = []
        self._port = port
        self._strangers: list[str] = []
        self._complaints: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("page", self._opened)

    def expect(self, pattern: str) -> None:
        """Says that complaints with these words are what the test provokes."""
        self._expected.append(re.compile(pattern))

    def paths(self) -> list[str]:
        """Returns what was asked for, host and path, in order."""
        return [f"{urlsplit(url).hostname}{urlsplit(url).path}" for url in self.requests]

    def check(self) -> None:
        """Fails where a stranger was asked or something was complained about."""
        assert not self._strangers, f"asked elsewhere: {self._strangers}"
        unexpected = [each for each in self._complaints if not any(one.search(each) for one in self._expected)]
        assert not unexpected, f"the browser complains: {unexpected}"

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self._note(request.url)

    def _opened(self, page: Page) -> None:
        page.on("websocket", self._connected)

    def _connected(self, socket: WebSocket) -> None:
        self._note(socket.url)

    def _note(self, url: str) -> None:
        self.requests.append(url)
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.port != self._port or not (host == "localhost" or host.endswith(".localhost")):
            self._strangers.append(url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        place = message.location["url"]
        if "401" in message.text and _SIGNED_OUT.search(place):
            return
        self._complaints.append(f"{message.type}: {message.text} ({place})")

    def _failed(self, error: WebError) -> None:
        self._complaints.append(f"exception: {error.error}")
