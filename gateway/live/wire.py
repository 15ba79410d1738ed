"""One WebSocket as the server hands it over: frames in by a direct call, frames out by one write for all that wait.

uvicorn's protocol puts every message into a queue and wakes a task for it. Here a socket may attach a sink, and then
whole frames go to it at once. The handshake, control frames, fragments and everything unusual stay with the
`websockets` library; only the plain case of a complete small frame is read here.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

try:
    from websockets.speedups import apply_mask
except ImportError:  # A platform without a compiled wheel is slower, not wrong.
    from websockets.utils import apply_mask

#: A line for each socket that opens would hold an address, and bury what matters.
LOGGER = logging.getLogger("gateway.wire")
LOGGER.setLevel(logging.ERROR)

EXTENSION = "parley.wire"
CLOSE_SECONDS = 5.0

FRAME_TOO_LARGE, TOO_MANY = 4413, 4429
#: How many frames that are no message (pings, pongs, pieces of one) a client may send within a second. Browsers send a
#: few; messages have a pace of their own.
MOST_LOOSE = 500
_MESSAGE_TOO_BIG = 1009

_BINARY, _TEXT = 0x82, 0x81
_MASKED = 0x80
_TWO_BYTES = 126


class Sink(Protocol):
    """What takes the frames of a socket."""

    def take(self, data: bytes, *, text: bool) -> None:
        """Takes a message."""

    def write_more(self) -> None:
        """Hears that the client has read enough for more to be written."""

    def lost(self) -> None:
        """Hears that the socket is gone."""


class _Connection(ServerProtocol):
    """The library's connection, with our own code for a frame that is too large and our own words for a refusal."""

    def reject(self, status: int, text: str) -> Response:
        """Refuses a handshake."""
        # The library's text repeats the header that was wrong.
        return super().reject(
            status, "This is no handshake that can be answered. Nothing was opened.\n" if text else ""
        )

    def fail(self, code: int, reason: str = "") -> None:
        """Fails the connection."""
        # The library's reason says how large the frame was, which is nobody's business but the sender's.
        super().fail(FRAME_TOO_LARGE if code == _MESSAGE_TOO_BIG else code)


def head(length: int, *, text: bool = False) -> bytes:
    """Returns the head of an unmasked frame from the server."""
    opcode = _TEXT if text else _BINARY
    if length < _TWO_BYTES:
        return bytes((opcode, length))
    if length < 65536:
        return bytes((opcode, _TWO_BYTES)) + length.to_bytes(2, "big")
    return bytes((opcode, 127)) + length.to_bytes(8, "big")


#: The heads of short binary frames, which are most of what is written.
_SHORT_HEADS = [head(length) for length in range(_TWO_BYTES)]


class Wire(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, with a way past its queue."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Takes what uvicorn gives to a protocol."""
        super().__init__(*arguments, **named)
        self.sink: Sink | None = None
        self.write_paused = False
        self._largest = self.config.ws_max_size
        self._loose, self._loose_since = 0, 0.0
        self._owed_pong = b""
        self.logger = LOGGER
        # The one that uvicorn has made would wait for the collector.
        self.conn.parser.close()
        self.conn = _Connection(max_size=self.config.ws_max_size, logger=LOGGER)

    def handle_connect(self, event: Request) -> None:
        """Lets the application find this object in the scope of the socket."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self

    def attach(self, sink: Sink) -> None:
        """Gives all further frames to a sink."""
        self.sink = sink
        # What is needed for the handshake only would stay in memory as long as the socket.
        del self.request, self.response, self.scope
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Reads whole plain frames at once, and leaves everything else to the library."""
        sink = self.sink
        if sink is not None and not self.conn.reader.buffer and self.conn.current_size is None:
            read = self._read_plain(data, sink)
            if read == len(data):
                return
            if read:
                data = data[read:]
        super().data_received(data)

    def _read_plain(self, data: bytes, sink: Sink) -> int:
        """Reads complete, unfragmented, masked data frames from the start; returns how many bytes they took."""
        position, size = 0, len(data)
        while size - position >= 6:
            first, second = data[position], data[position + 1]
            if (first != _BINARY and first != _TEXT) or second < _MASKED:
                break
            length, start = second - _MASKED, position + 2
            if length == _TWO_BYTES:
                length, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif length > _TWO_BYTES:
                break
            end = start + 4 + length
            if end > size or length > self._largest or self.close_sent or self.conn.state is not OPEN:
                break
            sink.take(apply_mask(data[start + 4 : end], data[start : start + 4]), text=first == _TEXT)
            position = end
        return position

    def send_receive_event_to_app(self) -> None:
        """Gives a message that the library has read to the sink, or to the queue where there is none."""
        if self.sink is None:
            super().send_receive_event_to_app()
            return
        data = b"".join(self.frames)
        self.frames = []
        if not self.close_sent:
            self.sink.take(data, text=self.curr_msg_data_type == "text")

    def handle_ping(self) -> None:
        """Answers a ping; to a client that does not read, only the last of them, and once it reads again."""
        pongs = self.conn.data_to_send()
        if self._is_flooded() or not pongs:
            return
        if self.write_paused:
            # One answer is enough for all that came before it (RFC 6455, section 5.5.3), and the rest would pile up.
            self._owed_pong = pongs[-1]
        else:
            self.transport.write(b"".join(pongs))

    def handle_pong(self, event: Frame) -> None:
        """Hears that the client is there."""
        if not self._is_flooded():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        """Takes a further piece of a message."""
        if not self._is_flooded():
            super().handle_cont(event)

    def _is_flooded(self) -> bool:
        """Counts a frame that is no message, and ends the connection of whoever sends far too many."""
        if self.transport.is_closing():
            return True
        now = self.loop.time()
        if now - self._loose_since >= 1.0:
            self._loose, self._loose_since = 0, now
        self._loose += 1
        if self._loose <= MOST_LOOSE:
            return False
        if self.write_paused or self.conn.state is not OPEN:
            self.cut()
        else:
            self.conn.send_close(TOO_MANY, "TOO_MANY_FRAMES")
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            # Nothing more is read: a polite end would go on reading the flood.
            self.transport.close()
        return True

    def write(self, frames: list[bytes], *, text: bool = False) -> None:
        """Writes messages, all at once."""
        if self.close_sent or self.conn.state is not OPEN or self.transport.is_closing():
            return
        parts: list[bytes] = []
        for frame in frames:
            size = len(frame)
            parts.append(_SHORT_HEADS[size] if size < _TWO_BYTES and not text else head(size, text=text))
            parts.append(frame)
        self.transport.write(b"".join(parts))

    def pause(self) -> None:
        """Stops reading from the client."""
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Reads from the client again."""
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    def close(self, code: int, reason: str = "") -> None:
        """Closes the socket with a code; a client that does not read is cut off, as it would not read that."""
        if self.close_sent or self.disconnected:
            return
        if self.write_paused or self.conn.state is not OPEN:
            self.cut()
            return
        self.stop_keepalive()
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.resume()
        self.close_timer = self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def cut(self) -> None:
        """Ends the connection at once, with whatever has not been sent."""
        self.transport.abort()

    def shutdown(self) -> None:
        """Closes the socket because the process ends."""
        if self.sink is None:
            super().shutdown()
        else:
            self.close(1012, "DRAINING")

    def pause_writing(self) -> None:
        """Hears that the client reads more slowly than it is written to."""
        self.write_paused = True
        super().pause_writing()

    def resume_writing(self) -> None:
        """Hears that the client has caught up."""
        self.write_paused = False
        super().resume_writing()
        if self._owed_pong and self.conn.state is OPEN:
            self.transport.write(self._owed_pong)
        self._owed_pong = b""
        if self.sink is not None:
            self.sink.write_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hears that the connection is gone."""
        super().connection_lost(exc)
        sink, self.sink = self.sink, None
        if sink is not None:
            sink.lost()
        # What holds itself would stay until the collector comes to old objects, which it does very seldom (decision
        # 0082): the parser holds the connection, and the scope this object.
        self.conn.parser.close()
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"].pop(EXTENSION, None)
