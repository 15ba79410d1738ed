"""Serves live channels: many sockets of a gateway on one stream, each frame through the same gates as a call.

An interceptor runs once for a stream, so what it does for calls is done here for every frame: who sends it, whether
they may, whether it is valid, how often. A channel whose token expires, or is revoked, is closed within seconds. What
a service does with frames is its own: it gives a `Handler` for each channel.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast

import grpc.aio
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from parley.live.v1 import live_pb2, live_pb2_grpc
from parley.options.v1 import access_pb2

from kernel.errors import InvalidArgument, ParleyError, ResourceExhausted
from kernel.identity import Actor, Revocations, TokenVerifier
from kernel.privacy import reads
from kernel.privacy.rules import frame_access_of
from kernel.rpc.gates import allow, authenticate, is_valid, known_error, validate
from kernel.telemetry import metrics

SWEEP_SECONDS = 1.0
#: How much of a channel's work runs at once, and how much waits: a client that comes back follows all that it had.
TASKS_A_CHANNEL = 16
TASKS_WAITING = 256
ENVELOPES_A_MESSAGE = 512
#: How many envelopes are taken before others get their turn.
ENVELOPES_A_TURN = 64

_CHANNELS = metrics.LIVE_CHANNELS


@dataclass(slots=True)
class Bucket:
    """A token bucket: `rate` a second on average, `burst` at once."""

    rate: float
    burst: float
    _tokens: float = field(default=-1.0)
    _at: float = 0.0

    def take(self) -> float:
        """Takes one token and returns 0, or the seconds until there is one."""
        now = time.monotonic()
        full = self._tokens < 0
        self._tokens = self.burst if full else min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self.rate


class Handler(Protocol):
    """What a service does with one channel."""

    def frame(self, name: str, frame: Any) -> Coroutine[Any, Any, None] | None:
        """Handles an admitted frame at once, or returns the work that it takes; may raise ParleyError."""

    def refuse(self, frame_id: str, error: ParleyError) -> None:
        """Tells the client that a frame was not carried out, and why."""

    def credited(self) -> None:
        """Hears that the channel has room again."""

    def renewed(self) -> None:
        """Hears that the channel's token was renewed; the same person may have other rights than before."""

    def closed(self) -> None:
        """Hears that the channel is gone."""


class _Nobody:
    """Who stands where the handler of a channel stood that is gone: it hears everything and does nothing."""

    def frame(self, name: str, frame: Any) -> None:
        """Leaves a frame alone."""

    def refuse(self, frame_id: str, error: ParleyError) -> None:
        """Tells nobody."""

    def credited(self) -> None:
        """Has nothing that waits."""

    def renewed(self) -> None:
        """Follows nothing."""

    def closed(self) -> None:
        """Holds nothing."""


_NOBODY = _Nobody()


class Frames:
    """The gates for one type of client frame: parse, access, validate. Limits stand at the channel."""

    def __init__(self, frame_type: type[Message], oneof: str = "frame") -> None:
        """Reads who may send which member of the oneof; one without its option is refused at start."""
        self._type = frame_type
        self._oneof = oneof
        members = cast("list[FieldDescriptor]", list(frame_type.DESCRIPTOR.oneofs_by_name[oneof].fields))
        self._access: dict[str, access_pb2.Access] = {each.name: frame_access_of(each) for each in members}
        # Those who need no scope, and the purpose that they have when they may.
        self._persons = {
            name: (frozenset(access.callers) - {access_pb2.CALLER_SERVICE_ACCOUNT}, access.purpose)
            for name, access in self._access.items()
        }
        self._longest_id = _longest_id(cast("Descriptor", frame_type.DESCRIPTOR))

    def parse(self, raw: bytes) -> tuple[str, Any]:
        """Returns the member's name and the frame; raises InvalidArgument for what is no frame."""
        frame: Any = self._type()
        try:
            frame.ParseFromString(raw)
        except DecodeError:
            raise InvalidArgument(
                "FRAME_MALFORMED", "This is not a frame of the protocol. It was not carried out."
            ) from None
        name = frame.WhichOneof(self._oneof)
        if name is None:
            raise InvalidArgument("FRAME_UNKNOWN", "This kind of frame is not known here. It was not carried out.")
        return name, frame

    def admit(self, name: str, frame: Any, actor: Actor) -> Actor:
        """Returns the actor with the frame's purpose; raises where the frame may not be sent or breaks a rule."""
        callers, purpose = self._persons[name]
        if actor.purpose == purpose and actor.tenant_id and not callers.isdisjoint(actor.callers):
            # Most frames are like the one before: nothing has to be worked out again.
            admitted = actor
        else:
            admitted = allow(actor, self._access[name])
        # A frame has many members and holds one: to look at that one alone, and at the id, takes a third of the time.
        # What does not pass so is looked at as a whole, which names what is wrong.
        if len(frame.frame_id) > self._longest_id or not is_valid(getattr(frame, name)):
            validate(frame)
        return admitted

    def is_recorded(self, name: str) -> bool:
        """Says whether a frame shows a person what another person said."""
        return self._access[name].recorded


def _longest_id(frame_type: Descriptor) -> int:
    """Returns how long a frame's id may be, where that is the one rule of the frame itself; -1 where there are more."""
    ruled = [field for field in frame_type.fields if field.GetOptions().HasExtension(validate_pb2.field)]
    if (
        [field.name for field in ruled] != ["frame_id"]
        or frame_type.GetOptions().HasExtension(validate_pb2.message)
        or any(oneof.GetOptions().HasExtension(validate_pb2.oneof) for oneof in frame_type.oneofs)
    ):
        return -1
    rules = ruled[0].GetOptions().Extensions[validate_pb2.field]
    only = validate_pb2.FieldRules(string=validate_pb2.StringRules(max_len=rules.string.max_len))
    return int(rules.string.max_len) if rules == only else -1


class Channel:
    """One socket of a gateway, as a service sees it."""

    def __init__(self, stream: Stream, number: int, actor: Actor, credit: int) -> None:
        """Takes the stream that carries it, its number there, who it is, and how many bytes it takes."""
        self.actor = actor
        self.credit = credit
        self.is_open = True
        self.handler: Handler
        self._stream = stream
        self._number = number
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(TASKS_A_CHANNEL)
        self.frames = Bucket(rate=stream.frame_rate, burst=stream.frame_rate * 2)

    def has_room(self) -> bool:
        """Says whether the socket takes more now."""
        return self.credit > 0

    def send(self, frame: bytes) -> None:
        """Sends a serialized frame. It may overdraw the credit once, and `has_room` then says so."""
        if not self.is_open:
            return
        reads.check()
        self.credit -= len(frame)
        self._stream.push(self._number).frame = frame

    def close(self, reason: str) -> None:
        """Closes the channel from this side."""
        if self.is_open:
            self._stream.push(self._number).close.reason = reason
            self._stream.forget(self._number)

    def work(self, task: Coroutine[Any, Any, None], frame_id: str, *, recorded: bool = False) -> None:
        """Runs what a frame takes, a bounded number at once, in order; its error is told to the client.

        What shows a person what another person said is `recorded`, and sends nothing before it was.
        """
        if len(self._tasks) >= TASKS_WAITING:
            task.close()
            raise ResourceExhausted("CHANNEL_BUSY", "Too many things at once. Please try again.", retry_after=_SECOND)
        running = asyncio.create_task(self._guarded(task, frame_id, recorded))
        self._tasks.add(running)
        running.add_done_callback(self._tasks.discard)

    async def _guarded(self, task: Coroutine[Any, Any, None], frame_id: str, recorded: bool) -> None:
        try:
            async with self._turns:
                with reads.expected(recorded=recorded):
                    await task
        except asyncio.CancelledError:
            # One that never got its turn was never started.
            task.close()
            raise
        except Exception as raised:  # noqa: BLE001  # It is the mask of frames.
            if self.is_open:
                self.handler.refuse(frame_id, known_error(raised, self._stream.service))

    def gone(self) -> None:
        """Ends what the channel still does."""
        if self.is_open:
            self.is_open = False
            for task in tuple(self._tasks):
                task.cancel()
            self.handler.closed()
            # The two hold one another, and would stay until the collector comes to old objects (decision 0082).
            self.handler = _NOBODY


_SECOND = timedelta(seconds=1)


class Stream:
    """One gateway's stream and the channels on it."""

    def __init__(self, servicer: LiveServicer) -> None:
        """Takes the service's side of it."""
        self.service = servicer.service
        self.frame_rate = servicer.frame_rate
        self._servicer = servicer
        self._channels: dict[int, Channel] = {}
        self._full: deque[live_pb2.LiveResponse] = deque()
        self._tail = live_pb2.LiveResponse()
        self._in_tail = 0
        self._wake = asyncio.Event()
        self._ended = False
        self.is_finished = False
        self._gauge = _CHANNELS.labels(self.service)

    def push(self, number: int) -> live_pb2.DownEnvelope:
        """Queues an envelope for a channel and returns it, to be filled at once.

        What a socket has no credit for is not queued, so the queue is bounded by the credits.
        """
        if self._in_tail == ENVELOPES_A_MESSAGE:
            self._full.append(self._tail)
            self._tail, self._in_tail = live_pb2.LiveResponse(), 0
        envelope = self._tail.envelopes.add()
        envelope.channel = number
        if not self._in_tail:
            self._wake.set()
        self._in_tail += 1
        return envelope

    def forget(self, number: int) -> None:
        """Drops a channel."""
        channel = self._channels.pop(number, None)
        if channel is not None:
            self._gauge.dec()
            channel.gone()

    async def responses(self) -> AsyncIterator[live_pb2.LiveResponse]:
        """Yields what there is to say, as many envelopes to a message as have come together."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._in_tail:
                if self._full:
                    yield self._full.popleft()
                    continue
                tail, self._tail, self._in_tail = self._tail, live_pb2.LiveResponse(), 0
                yield tail
            if self._ended:
                return

    async def read(self, requests: AsyncIterator[live_pb2.LiveRequest]) -> None:
        """Takes what the gateway says until it says no more."""
        try:
            async for request in requests:
                for place, envelope in enumerate(request.envelopes, 1):
                    self._take(envelope)
                    if place % ENVELOPES_A_TURN == 0:
                        # Whoever waits for what was taken so far starts now, not after the last one.
                        await asyncio.sleep(0)
        finally:
            self._ended = True
            self._wake.set()

    def sweep(self) -> None:
        """Closes the channels whose token has expired or was revoked."""
        now = datetime.now(UTC)
        for channel in tuple(self._channels.values()):
            expires = channel.actor.expire_time
            if expires is not None and expires <= now:
                channel.close("TOKEN_EXPIRED")
            elif self._servicer.revocations.is_revoked(channel.actor):
                channel.close("TOKEN_REVOKED")

    def finish(self) -> None:
        """Ends the stream itself as soon as what waits was said; its gateway sends nobody here any more."""
        self.is_finished = self._ended = True
        self._wake.set()

    def end(self, reason: str = "") -> None:
        """Closes every channel; with a reason, the sockets hear it."""
        for number, channel in tuple(self._channels.items()):
            if reason:
                channel.close(reason)
            else:
                self.forget(number)

    def _take(self, envelope: live_pb2.UpEnvelope) -> None:
        number = envelope.channel
        channel = self._channels.get(number)
        raw = envelope.frame
        if raw and channel is not None:
            self._frame(channel, raw)
            return
        kind = envelope.WhichOneof("kind")
        if kind == "open":
            self._open(number, envelope.open)
        elif channel is None:
            # The channel was closed from this side while the gateway was still speaking for it.
            return
        elif kind == "frame":
            self._frame(channel, raw)
        elif kind == "credit":
            had_room = channel.has_room()
            channel.credit += envelope.credit
            if not had_room and channel.has_room():
                channel.handler.credited()
        elif kind == "close":
            self.forget(number)

    def _open(self, number: int, opened: live_pb2.Open) -> None:
        try:
            actor = authenticate(opened.access_token, self._servicer.verifier, self._servicer.revocations)
        except ParleyError as error:
            self.push(number).close.reason = error.reason
            return
        channel = Channel(self, number, actor, opened.credit)
        channel.handler = self._servicer.handler_for(channel)
        self._channels[number] = channel
        self._gauge.inc()

    def _frame(self, channel: Channel, raw: bytes) -> None:
        frame_id = ""
        try:
            name, frame = self._servicer.frames.parse(raw)
            frame_id = frame.frame_id[:64]
            wait = channel.frames.take()
            if wait:
                raise ResourceExhausted(
                    "FRAMES_LIMITED", "That is too fast. It was not carried out.", retry_after=timedelta(seconds=wait)
                )
            admitted = self._servicer.frames.admit(name, frame, channel.actor)
            if name == "authenticate":
                self._renew(channel, frame.authenticate)
                if not channel.is_open:
                    return
            else:
                channel.actor = admitted
            task = channel.handler.frame(name, frame)
            if task is not None:
                channel.work(task, frame_id, recorded=self._servicer.frames.is_recorded(name))
        except Exception as raised:  # noqa: BLE001  # It is the mask of frames.
            channel.handler.refuse(frame_id, known_error(raised, self.service))

    def _renew(self, channel: Channel, presented: live_pb2.Authenticate) -> None:
        actor = authenticate(presented.access_token, self._servicer.verifier, self._servicer.revocations)
        before = channel.actor
        if (actor.tenant_id, actor.subject_id, actor.conversation_id) != (
            before.tenant_id,
            before.subject_id,
            before.conversation_id,
        ):
            # A channel belongs to one person; another one opens a channel of their own.
            channel.close("TOKEN_OF_ANOTHER")
            return
        channel.actor = actor
        channel.handler.renewed()


class LiveServicer(live_pb2_grpc.LiveServiceServicer):
    """Serves `parley.live.v1.LiveService` for one service."""

    def __init__(
        self,
        service: str,
        frames: Frames,
        verifier: TokenVerifier,
        revocations: Revocations,
        handler_for: Callable[[Channel], Handler],
        *,
        frame_rate: float = 50.0,
    ) -> None:
        """Takes the gates for frames, the keys, what makes a handler, and how many frames a second a channel may
        send."""
        self.service = service
        self.frames = frames
        self.verifier = verifier
        self.revocations = revocations
        self.handler_for = handler_for
        self.frame_rate = frame_rate
        self._streams: set[Stream] = set()
        self._look = asyncio.Event()
        revocations.on_change(self._look.set)

    async def Live(
        self, request_iterator: AsyncIterator[live_pb2.LiveRequest], context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[live_pb2.LiveResponse]:
        """Carries one gateway's channels until its stream ends."""
        stream = Stream(self)
        self._streams.add(stream)
        reading = asyncio.create_task(stream.read(request_iterator))
        try:
            async for response in stream.responses():
                yield response
            if not stream.is_finished:
                # What ended the reading is told to the gateway, which otherwise would take it for a quiet end.
                await reading
        finally:
            reading.cancel()
            self._streams.discard(stream)
            stream.end()

    async def sweep(self) -> None:
        """Looks, every second and after every revocation, for channels that must close, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()
            for stream in tuple(self._streams):
                stream.sweep()

    def drain(self) -> None:
        """Asks every socket to come back to another replica, and ends the streams that carried them."""
        for stream in tuple(self._streams):
            stream.end("DRAINING")
            stream.finish()
