"""HTTP as the server reads it, with bounds that uvicorn leaves out.

How long and how large a request's head may be, how long the rest of a body may take once its request is answered, and
how long a client may leave its answer unread. Without them a client could hold a connection for ever by sending one
byte after another, or fill the memory with headers or answers. A body that is read has its bounds in `requests`.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.live.wire import LOGGER

HEAD_SECONDS = 10.0
LARGEST_HEAD = 32 * 1024
MOST_HEADERS = 100
#: How long the rest of a body may take after the answer; who is cut off while sending never reads the refusal.
LINGER_SECONDS = 5.0
#: How long a client may read nothing of what waits for it.
STALL_SECONDS = 30.0

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class HeadTooLarge(Exception):
    """The head of a request goes beyond its bounds; the parser turns this into a refusal."""


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol, with bounds for heads, for bodies that nobody reads, and for unread answers."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Takes what uvicorn gives to a protocol."""
        super().__init__(*arguments, **named)
        # What is not HTTP is refused without a line in the log, which anybody could fill.
        self.logger = LOGGER
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = True
        self._in_body = False
        self._linger_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts to wait for a request."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the wait."""
        self._end_head()
        self._end_linger()
        self._end_stall()
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
        self._in_body = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Has the whole of a request."""
        self._in_body = False
        self._end_linger()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Goes on to the next request; a body that was answered before its end has only a moment left."""
        super().on_response_complete()
        if self._in_body and self.cycle.response_complete and not self.transport.is_closing():
            self._end_linger()
            self._linger_timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def pause_writing(self) -> None:
        """Hears that the client reads more slowly than it is written to."""
        super().pause_writing()
        if self._stall_timer is None:
            self._stall_timer = self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Hears that the client has caught up."""
        self._end_stall()
        super().resume_writing()

    def handle_websocket_upgrade(self) -> None:
        """Hands the connection over."""
        self._end_head()
        super().handle_websocket_upgrade()
        # It has read its last byte. It holds this object, and would keep both until the collector comes.
        self.parser = None  # type: ignore[assignment]  # So uvicorn does when a connection is lost.

    def _await_head(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _end_head(self) -> None:
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_linger(self) -> None:
        if self._linger_timer is not None:
            self._linger_timer.cancel()
            self._linger_timer = None

    def _end_stall(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _too_slow(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            if self._head_bytes:
                self.transport.write(_TOO_SLOW)
            self.transport.close()
