"""One client of the live side: its first frame, its pace, and what waits to be sent to it.

A client that sends faster than its pace is read more slowly; a client that does not read is sent nothing more, then
cut. What waits for a client is bounded by the credit that the service was given, and the service is told of more only
as the client takes what it was sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import Enum
from typing import Protocol

from google.protobuf.message import DecodeError
from parley.chat.v1 import frame_pb2
from parley.live.v1 import live_pb2

from gateway import json_form
from gateway.live.link import Link
from gateway.live.wire import Wire
from gateway.problems import Problem

FIRST_FRAME_SECONDS = 10.0
#: How many bytes may be on their way to a client.
CREDIT = 256 * 1024
_CREDIT_STEP = 64 * 1024

#: The pace of one socket: a frame costs one, and one more for each KiB.
RATE, BURST = 1000.0, 2000.0

BAD_TOKEN, REVOKED, NO_FIRST_FRAME, TOO_LARGE, TOO_MANY = 4401, 4403, 4408, 4413, 4429
DRAINING, TRY_LATER, UNSUPPORTED, INVALID = 1012, 1013, 1003, 1007

#: The close code for each reason that a service may give.
CODES = {
    "CREDENTIAL_REJECTED": BAD_TOKEN,
    "TOKEN_EXPIRED": BAD_TOKEN,
    "TOKEN_OF_ANOTHER": BAD_TOKEN,
    "TOKEN_REVOKED": REVOKED,
    "TOO_MANY_CHANNELS": TOO_MANY,
    "DRAINING": DRAINING,
}


class State(Enum):
    """Where a socket stands."""

    WAITING = 0
    OPENING = 1
    OPEN = 2
    CLOSED = 3


class Reception(Protocol):
    """What lets a socket in."""

    def admit(self, socket: Socket, token: str) -> None:
        """Finds the link for a token and calls `opened`, or closes the socket."""

    def left(self, socket: Socket) -> None:
        """Hears that a socket is gone."""

    def stalled(self, socket: Socket, waits: bool) -> None:
        """Hears that a client has stopped reading, or reads again."""


class Socket:
    """One client."""

    __slots__ = (
        "_channel",
        "_deadline",
        "_first_frame",
        "_held",
        "_link",
        "_loop",
        "_out",
        "_out_bytes",
        "_pace",
        "_paced_at",
        "_reception",
        "_release",
        "_taken",
        "_wire",
        "admitted",
        "ended",
        "frames_in",
        "frames_out",
        "json",
        "owner",
        "plain",
        "stalled_at",
        "state",
        "traceparent",
    )

    def __init__(self, wire: Wire, reception: Reception, *, json: bool, traceparent: str) -> None:
        """Takes the wire, what lets it in, and whether it speaks JSON; starts to wait for the first frame."""
        self._loop = wire.loop
        self._wire = wire
        self._reception = reception
        self.json = json
        self.traceparent = traceparent
        self.state = State.WAITING
        self.owner = ""
        #: Whether it came without TLS.
        self.plain = False
        self.admitted = False
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.stalled_at = 0.0
        self.frames_in = 0
        self.frames_out = 0
        self._link: Link | None = None
        self._channel = 0
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._taken = 0
        self._pace = BURST
        self._paced_at = self._loop.time()
        self._held: deque[bytes] | None = None
        self._first_frame = b""
        self._release: asyncio.TimerHandle | None = None
        self._deadline: asyncio.TimerHandle | None = self._loop.call_later(
            FIRST_FRAME_SECONDS, self.close, NO_FIRST_FRAME, "NO_FIRST_FRAME"
        )

    # From the client.

    def take(self, data: bytes, *, text: bool) -> None:
        """Takes a message of the client."""
        if text != self.json:
            self.close(UNSUPPORTED, "WRONG_FRAME_TYPE")
            return
        if self.state is State.OPEN and self._held is None:
            self._pace -= 1 + (len(data) >> 10)
            if self._pace < 0 and not self._paced():
                self._hold_back(data)
                return
            self._pass_on(data)
        elif self.state is State.WAITING:
            self._first(data)
        elif self.state is not State.CLOSED:
            # A client may send before it is welcomed; what it says then waits its turn.
            self._hold_back(data)

    def _pass_on(self, data: bytes) -> None:
        link = self._link
        if link is None:
            return
        self.frames_in += 1
        if self.json:
            frame = frame_pb2.ClientFrame()
            try:
                json_form.load(data, frame)
            except Problem:
                self._refuse()
                return
            data = frame.SerializeToString()
        link.send(self, self._channel, data)

    def _refuse(self) -> None:
        refused = frame_pb2.ServerFrame(refused=frame_pb2.Refused(reason="FRAME_MALFORMED"))
        if self.deliver(refused.SerializeToString()):
            self.flush()

    def _paced(self) -> bool:
        """Says whether the client is within its pace, now that time has passed."""
        now = self._loop.time()
        self._pace = min(BURST, self._pace + (now - self._paced_at) * RATE)
        self._paced_at = now
        return self._pace >= 0

    def _hold_back(self, data: bytes) -> None:
        """Keeps a frame for later and reads no further; what is kept is at most what was read at once."""
        if self._held is None:
            self._held = deque()
            self._wire.pause()
            if self.state is State.OPEN:
                self._release_later()
        self._held.append(data)

    def _release_later(self) -> None:
        self._release = self._loop.call_later(max(0.01, -self._pace / RATE), self._release_held)

    def _release_held(self) -> None:
        self._release = None
        held = self._held
        while held and self.state is State.OPEN and self._paced():
            data = held.popleft()
            self._pace -= 1 + (len(data) >> 10)
            self._pass_on(data)
        if self.state is not State.OPEN:
            return
        if held:
            self._release_later()
        else:
            self._held = None
            self._wire.resume()

    def _first(self, data: bytes) -> None:
        frame = frame_pb2.ClientFrame()
        try:
            if self.json:
                json_form.load(data, frame)
            else:
                frame.ParseFromString(data)
        except (DecodeError, Problem):
            self.close(INVALID, "FRAME_MALFORMED")
            return
        if not frame.HasField("authenticate"):
            self.close(BAD_TOKEN, "CREDENTIAL_REJECTED")
            return
        self.state = State.OPENING
        self._first_frame = frame.SerializeToString()
        self._reception.admit(self, frame.authenticate.access_token)

    # From the reception.

    def opened(self, link: Link, token: str) -> None:
        """Starts to carry frames on a link."""
        if self.state is not State.OPENING:
            return
        self._cancel_deadline()
        self._link = link
        self.admitted = True
        self.state = State.OPEN
        self._channel = link.open(self, token, CREDIT, self.traceparent)
        # The service answers the first frame like every other one, by its id.
        link.send(self, self._channel, self._first_frame)
        self._first_frame = b""
        if self._held is not None:
            self._release_held()

    def close(self, code: int, reason: str = "") -> None:
        """Closes the socket with a code."""
        if self.state is not State.CLOSED:
            self._leave(reason or "CLOSED")
            self._wire.close(code, reason)

    def cut(self) -> None:
        """Ends the connection at once."""
        self._leave("SLOW_READER")
        self._wire.cut()

    def _leave(self, reason: str) -> None:
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self._cancel_deadline()
        if self._release is not None:
            self._release.cancel()
            self._release = None
        self._out.clear()
        self._held = None
        if self._link is not None:
            self._link.close(self, self._channel, reason)
            self._link = None
        self._reception.left(self)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    # From the link.

    def deliver(self, frame: bytes) -> bool:
        """Takes a frame to be sent; says whether there was none before."""
        out = self._out
        out.append(frame)
        self._out_bytes += len(frame)
        return len(out) == 1

    def flush(self) -> None:
        """Sends what was delivered, as far as the client reads."""
        if not self._out or self.state is State.CLOSED:
            return
        wire = self._wire
        if wire.write_paused:
            if not self.stalled_at:
                self.stalled_at = self._loop.time()
                self._reception.stalled(self, True)
            if self._out_bytes > 2 * CREDIT:
                # The service sends more than it was given credit for; nobody's memory should pay for that.
                self.cut()
            return
        out, self._out = self._out, []
        taken, self._out_bytes = self._out_bytes, 0
        self.frames_out += len(out)
        if self.json:
            wire.write([_as_json(frame) for frame in out], text=True)
        else:
            wire.write(out)
        self._taken += taken
        if self._taken >= _CREDIT_STEP and self._link is not None:
            self._link.credit(self._channel, self._taken)
            self._taken = 0

    def closed_by_service(self, close: live_pb2.Close) -> None:
        """Closes the socket as the service says."""
        self.close(CODES.get(close.reason, TRY_LATER), close.reason if close.reason.isascii() else "")

    def link_lost(self) -> None:
        """Closes the socket because its stream is gone; the client comes back and goes on from its cursor."""
        self._link = None
        self.close(DRAINING, "STREAM_LOST")

    def hold(self) -> None:
        """Reads no further for now."""
        self._wire.pause()

    def go_on(self) -> None:
        """Reads again, unless the client's own pace forbids it."""
        if self._held is None:
            self._wire.resume()

    # From the wire.

    def write_more(self) -> None:
        """Goes on sending after the client has read."""
        if self.stalled_at:
            self.stalled_at = 0.0
            self._reception.stalled(self, False)
        self.flush()

    def lost(self) -> None:
        """Hears that the connection is gone."""
        self._leave("GONE")
        if not self.ended.done():
            self.ended.set_result(None)


def _as_json(frame: bytes) -> bytes:
    return json_form.dump(frame_pb2.ServerFrame.FromString(frame))
