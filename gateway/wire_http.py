"""HTTP as the server reads it, with bounds that uvicorn leaves out: how long and how large a request's head may be.

Without them a client could hold a connection for ever by sending one header byte after another, or fill the memory with
headers. The body has its bounds in `requests`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.live.wire import LOGGER

HEAD_SECONDS = 10.0
LARGEST_HEAD = 32 * 1024
MOST_HEADERS = 100

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class HeadTooLarge(Exception):
    """The head of a request goes beyond its bounds; the parser turns this into a refusal."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol, with a time and a size for the head of each request."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Takes what uvicorn gives to a protocol."""
        super().__init__(*arguments, **named)
        # What is not HTTP is refused without a line in the log, which anybody could fill.
        self.logger = LOGGER
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts to wait for a request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the wait."""
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads on, unless the head has grown too large."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > LARGEST_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Starts to read the head of a request."""
        super().on_message_begin()
        if not self._in_head:
            self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes one header."""
        if len(self.headers) >= MOST_HEADERS or len(name) + len(value) > LARGEST_HEAD:
            raise HeadTooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Starts to serve the request."""
        self._end_head()
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection over."""
        self._end_head()
        super().handle_websocket_upgrade()

    def _await_head(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _end_head(self) -> None:
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _too_slow(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            if self._head_bytes:
                self.transport.write(_TOO_SLOW)
            self.transport.close()
