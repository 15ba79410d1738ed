"""One WebSocket of the load generator: as little as a client can be.

It reads whole frames only as far as their first byte, looks for the ids that it waits for, and answers pings.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from bench import frames

_PONG = 0x8A
_CLOSE, _PING = 0x8, 0x9


class Client(asyncio.Protocol):
    """One end of a conversation, or somebody who watches an inbox."""

    __slots__ = (
        "_rest",
        "_upgraded",
        "close_code",
        "counts",
        "heard",
        "inbox",
        "lost_at",
        "ready",
        "refusal",
        "transport",
        "waits",
    )

    def __init__(self, heard: Callable[[Client, float], None], first: bytes, host: str, answers: int) -> None:
        """Takes what hears of a message that was waited for, the first frames, and how many answers make it ready."""
        self.heard = heard
        #: The ids of the messages that should come, in order, with the moment from which each is timed.
        self.waits: deque[tuple[bytes, float]] = deque()
        #: Hears of a frame of the inbox, where somebody wants to.
        self.inbox: Callable[[bytes], None] | None = None
        self.transport: Any = None
        self.counts = answers
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost_at = 0.0
        self.close_code = 0
        self.refusal = ""
        self._rest = frames.handshake(host) + first
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Says everything that opens the socket at once."""
        self.transport = transport
        request, self._rest = self._rest, b""
        head, _, first = request.partition(b"\r\n\r\n")
        self.transport.write(head + b"\r\n\r\n")
        self._rest = first

    def connection_lost(self, exc: Exception | None) -> None:
        """Notes when the socket ended."""
        self.lost_at = self.lost_at or time.time()
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(f"closed with {self.close_code} {self.refusal}"))

    def data_received(self, data: bytes) -> None:
        """Reads frames."""
        if not self._upgraded:
            self._upgrade(data)
            return
        if self._rest:
            data = self._rest + data
        position, size = 0, len(data)
        while size - position >= 2:
            length, start = data[position + 1], position + 2
            if length == 126:
                if size - position < 4:
                    break
                length, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif length == 127:
                if size - position < 10:
                    break
                length, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            end = start + length
            if end > size:
                break
            opcode = data[position] & 0xF
            if opcode == 2:
                self._frame(data, start, end)
            elif opcode == _PING:
                self.transport.write(frames.masked(data[start:end], _PONG))
            elif opcode == _CLOSE:
                self.close_code = int.from_bytes(data[start : start + 2], "big")
                self.lost_at = time.time()
                self.transport.close()
            position = end
        self._rest = data[position:]

    def _upgrade(self, data: bytes) -> None:
        # The answer's head comes in one piece, and nothing follows it: a server says nothing before it is asked.
        if not data.startswith(b"HTTP/1.1 101"):
            self.refusal = data.partition(b"\r\n")[0].decode("ascii", "replace")
            self.transport.close()
            return
        self._upgraded = True
        first, self._rest = self._rest, b""
        self.transport.write(first)

    def _frame(self, data: bytes, start: int, end: int) -> None:
        member = data[start]
        if member == frames.MESSAGE:
            if self.waits and data.find(self.waits[0][0], start, end) >= 0:
                self.heard(self, self.waits.popleft()[1])
        elif member == frames.INBOX:
            if self.inbox is not None:
                self.inbox(data[start:end])
        elif member in (frames.WELCOME, frames.SUBSCRIBED):
            self.counts -= 1
            if not self.counts and not self.ready.done():
                self.ready.set_result(None)
        elif member == frames.REFUSED:
            self.refusal = frames.reason_of(data[start:end])
            if not self.ready.done():
                self.transport.close()
