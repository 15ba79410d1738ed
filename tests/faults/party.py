"""One client on one socket: a visitor in one conversation, or an operator in several. It behaves as the panel and the
console do: it resumes from its cursor, sends again what was not acknowledged, and notices a silent line by itself."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.live.v1 import live_pb2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults.history import Side

PING_SECONDS = 2.0
SILENCE_SECONDS = 6.0
CONNECT_SECONDS = 5.0
#: A token lives for five minutes; a client that stays shows a new one before.
RENEW_SECONDS = 180.0
#: What a client tries again by itself; everything else it shows to its user.
PASSING = frozenset(
    {"STORAGE_UNAVAILABLE", "UNAVAILABLE", "WRITER_BUSY", "POSTS_LIMITED", "FRAMES_LIMITED", "INTERNAL", "CHANNEL_BUSY"}
)

Listed = Callable[[str, int], Awaitable[Sequence[conversation_pb2.Message]]]


@dataclass(slots=True)
class Habits:
    """How a client misbehaves."""

    #: The share of messages after which the socket is cut before the acknowledgement can come.
    cuts: float = 0.0
    #: The share of messages that are sent twice, the second time a moment later.
    doubles: float = 0.0


@dataclass(frozen=True, slots=True)
class Manners:
    """How a client holds its line, in seconds: how often it looks at it, asks, gives it up, and comes back to it."""

    look: float = 0.02
    ping: float = PING_SECONDS
    silence: float = SILENCE_SECONDS
    back: tuple[float, float] = (0.05, 0.3)


@dataclass(slots=True)
class Line:
    """One conversation as a client holds it."""

    side: Side
    cursor: int = 0
    pending: str = ""
    sent_at: float = 0.0
    #: When it was first said, however often it was sent since.
    said_at: float = 0.0
    next_at: float = 0.0
    following: bool = False


@dataclass(slots=True)
class Party:
    """A client."""

    name: str
    #: Where gateways are, in the order in which they are tried: the next one when one is lost.
    places: Sequence[str]
    token: Callable[[], Awaitable[str]]
    listed: Listed
    lines: Mapping[str, Line]
    pause: float
    habits: Habits = field(default_factory=Habits)
    manners: Manners = Manners()
    #: Hears how long each message took from when it was said to its acknowledgement.
    took: Callable[[float], None] | None = None
    talking: bool = True
    #: The gateway of the present socket, or of the last one.
    place: str = ""
    reconnects: int = 0
    #: The longest time in which something that was said waited for its acknowledgement, in seconds.
    waited: float = 0.0
    complaints: list[str] = field(default_factory=list)
    _socket: ClientConnection | None = None
    _heard_at: float = 0.0
    _later: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Talks until cancelled."""
        places = itertools.cycle(self.places)
        while True:
            for line in self.lines.values():
                line.following = False
            with contextlib.suppress(OSError, WebSocketException, TimeoutError, asyncio.IncompleteReadError):
                await self._session(next(places))
            self._socket = None
            self.reconnects += 1
            await asyncio.sleep(random.uniform(*self.manners.back))

    @property
    def is_quiet(self) -> bool:
        """Says whether nothing waits for an answer."""
        return not any(line.pending for line in self.lines.values())

    async def _session(self, place: str) -> None:
        token = await self.token()
        async with asyncio.timeout(CONNECT_SECONDS):
            socket = await connect(
                f"ws://{place}/live",
                subprotocols=["parley.v1.proto"],  # type: ignore[list-item]  # Its own type for a text.
                ping_interval=None,
                compression=None,
                open_timeout=CONNECT_SECONDS,
                close_timeout=0.2,
            )
        async with socket:
            self._socket, self.place = socket, place
            self._heard_at = time.monotonic()
            await self._send(frame_pb2.ClientFrame(authenticate=live_pb2.Authenticate(access_token=token)))
            for conversation_id, line in self.lines.items():
                subscribe = frame_pb2.Subscribe(conversation_id=conversation_id, after_sequence=line.cursor)
                await self._send(frame_pb2.ClientFrame(frame_id=conversation_id, subscribe=subscribe))
            for line in self.lines.values():
                line.sent_at = 0.0
            ticking = asyncio.create_task(self._tick())
            try:
                async for raw in socket:
                    self._heard_at = time.monotonic()
                    await self._take(frame_pb2.ServerFrame.FromString(raw if isinstance(raw, bytes) else raw.encode()))
            finally:
                ticking.cancel()

    async def _tick(self) -> None:
        pinged = shown = time.monotonic()
        while True:
            now = time.monotonic()
            if now - self._heard_at > self.manners.silence:
                self._cut()
                return
            if now - pinged > self.manners.ping:
                pinged = now
                await self._send(frame_pb2.ClientFrame(ping=frame_pb2.Ping()))
            if now - shown > RENEW_SECONDS:
                shown = now
                token = await self.token()
                await self._send(frame_pb2.ClientFrame(authenticate=live_pb2.Authenticate(access_token=token)))
            for conversation_id, line in self.lines.items():
                if not line.following:
                    continue
                if line.pending:
                    if now - line.sent_at > SILENCE_SECONDS:
                        await self._post(conversation_id, line)
                elif self.talking and now >= line.next_at:
                    line.pending = secrets.token_urlsafe(9)
                    line.side.sent.append(line.pending)
                    line.said_at = now
                    await self._post(conversation_id, line)
            await asyncio.sleep(min(self.manners.look, self.pause / 4))

    async def _post(self, conversation_id: str, line: Line) -> None:
        line.sent_at = time.monotonic()
        frame = frame_pb2.ClientFrame(
            frame_id=line.pending,
            post=conversation_pb2.PostMessageRequest(
                conversation_id=conversation_id, client_message_id=line.pending, body="Is anybody there?"
            ),
        )
        await self._send(frame)
        if random.random() < self.habits.doubles:
            self._later_on(self._again(frame))
        if random.random() < self.habits.cuts:
            self._cut()

    async def _again(self, frame: frame_pb2.ClientFrame) -> None:
        await asyncio.sleep(random.uniform(0.0, 0.3))
        with contextlib.suppress(OSError, WebSocketException):
            await self._send(frame)

    def _later_on(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _send(self, frame: frame_pb2.ClientFrame) -> None:
        if self._socket is not None:
            await self._socket.send(frame.SerializeToString())

    def _cut(self) -> None:
        if self._socket is not None:
            self._socket.transport.abort()

    async def _take(self, frame: frame_pb2.ServerFrame) -> None:
        match frame.WhichOneof("frame"):
            case "subscribed":
                line = self.lines[frame.subscribed.conversation.id]
                line.following = True
                if line.pending and not line.sent_at:
                    await self._post(frame.subscribed.conversation.id, line)
            case "message":
                self._message(frame.message)
            case "ack":
                self._ack(frame.ack)
            case "gap":
                for message in await self.listed(frame.gap.conversation_id, frame.gap.after_sequence):
                    self._message(message)
            case "refused":
                self._refused(frame.frame_id, frame.refused.reason)

    def _message(self, message: conversation_pb2.Message) -> None:
        line = self.lines[message.conversation_id]
        if message.sequence != line.cursor + 1:
            self.complaints.append(f"{self.name}: entry {message.sequence} came after {line.cursor}")
        line.cursor = message.sequence
        line.side.delivered.append((message.sequence, message.client_message_id))

    def _ack(self, ack: frame_pb2.Ack) -> None:
        line = self.lines[ack.conversation_id]
        line.side.acked[ack.client_message_id] = ack.sequence
        if ack.client_message_id == line.pending:
            if self.took is not None:
                self.took(time.monotonic() - line.said_at)
            self._done(line)

    def _refused(self, frame_id: str, reason: str) -> None:
        if frame_id in self.lines:
            # The subscription failed; a new socket asks again.
            self._cut()
            return
        for line in self.lines.values():
            if line.pending == frame_id:
                if reason in PASSING:
                    # It is sent again after a moment, under the same id.
                    line.sent_at = time.monotonic() - SILENCE_SECONDS + random.uniform(0.2, 0.6)
                else:
                    line.side.refused.add(frame_id)
                    self.complaints.append(f"{self.name}: refused with {reason}")
                    self._done(line)

    def _done(self, line: Line) -> None:
        line.pending = ""
        self.waited = max(self.waited, time.monotonic() - line.said_at)
        line.next_at = time.monotonic() + self.pause * random.uniform(0.5, 1.5)
