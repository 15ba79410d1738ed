"""The stream to one chat replica, with all the sockets that it serves.

What sockets say waits in one message, which is sent as soon as the last one is on its way: alone when little happens,
many together when much does. A stream that is lost takes its sockets with it, closed so that each client comes back
and goes on from its own cursor; which replica it then finds is not this module's business.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import grpc
import grpc.aio
from parley.live.v1 import live_pb2, live_pb2_grpc

from kernel.telemetry import logs

#: How much one message carries, well below what a service takes.
BATCH_BYTES = 512 * 1024
#: How much may wait for the replica before the sockets are held back.
HIGH_WATER, LOW_WATER = 4 * 1024 * 1024, 1024 * 1024
_ENVELOPE_BYTES = 24
#: After how long without any answer a replica gets no new sockets, where there is another one.
SILENT_SECONDS = 2.0
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.1, 2.0

_log = logs.get("gateway")


class Carried(Protocol):
    """A socket on a link."""

    def deliver(self, frame: bytes) -> bool:
        """Takes a frame to be sent; says whether the socket had nothing to send before."""

    def flush(self) -> None:
        """Sends what was delivered."""

    def closed_by_service(self, close: live_pb2.Close) -> None:
        """Hears that the service has closed the channel."""

    def link_lost(self) -> None:
        """Hears that the stream is gone."""

    def hold(self) -> None:
        """Reads no further for now."""

    def go_on(self) -> None:
        """Reads again."""


class Link:
    """The stream to one replica."""

    def __init__(
        self, address: str, channel: grpc.aio.Channel, metadata: Callable[[], tuple[tuple[str, str], ...]]
    ) -> None:
        """Takes the replica's address, a channel to it alone, and what makes the gateway known there."""
        self.address = address
        self.opened = asyncio.Event()
        self.sockets: dict[int, Carried] = {}
        self._channel = channel
        self._stub = live_pb2_grpc.LiveServiceStub(channel)
        self._metadata = metadata
        self._next_channel = 1
        self._asked_at = 0.0
        self._waiting: deque[live_pb2.LiveRequest] = deque()
        self._tail = live_pb2.LiveRequest()
        self._tail_bytes = 0
        self.backlog = 0
        self._held: set[Carried] = set()
        self._wake: asyncio.Future[None] | None = None
        self._received = False

    @property
    def ready(self) -> bool:
        """Whether sockets can be carried now."""
        return self.opened.is_set()

    @property
    def silent(self) -> bool:
        """Whether the replica owes an answer for too long: it may be frozen, which its connection does not show yet."""
        return self._asked_at > 0 and time.monotonic() - self._asked_at > SILENT_SECONDS

    # What sockets do.

    def open(self, socket: Carried, token: str, credit: int, traceparent: str) -> int:
        """Opens a channel for a socket and returns its number."""
        channel = self._next_channel
        self._next_channel += 1
        self._asked_at = self._asked_at or time.monotonic()
        self.sockets[channel] = socket
        envelope = self._tail.envelopes.add()
        envelope.channel = channel
        envelope.open.access_token = token
        envelope.open.credit = credit
        envelope.open.traceparent = traceparent
        self._added(len(token))
        return channel

    def send(self, socket: Carried, channel: int, frame: bytes) -> None:
        """Sends a frame of a socket."""
        envelope = self._tail.envelopes.add()
        envelope.channel = channel
        envelope.frame = frame
        self._added(len(frame))
        if self.backlog > HIGH_WATER:
            self._held.add(socket)
            socket.hold()

    def credit(self, channel: int, taken: int) -> None:
        """Lets the service send as many bytes more."""
        envelope = self._tail.envelopes.add()
        envelope.channel = channel
        envelope.credit = taken
        self._added(0)

    def close(self, socket: Carried, channel: int, reason: str) -> None:
        """Closes the channel of a socket that is gone."""
        self._held.discard(socket)
        if self.sockets.pop(channel, None) is not None and self.ready:
            envelope = self._tail.envelopes.add()
            envelope.channel = channel
            envelope.close.reason = reason
            self._added(len(reason))

    def _added(self, size: int) -> None:
        self._tail_bytes += size + _ENVELOPE_BYTES
        self.backlog += size + _ENVELOPE_BYTES
        if self._tail_bytes > BATCH_BYTES:
            self._waiting.append(self._tail)
            self._tail, self._tail_bytes = live_pb2.LiveRequest(), 0
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    # The stream itself.

    async def release(self) -> None:
        """Closes the channel; the link is of no use afterwards."""
        await self._channel.close()

    async def run(self) -> None:
        """Keeps the stream open until cancelled; opens it again after a growing pause when it was lost."""
        backoff = _FIRST_BACKOFF
        while True:
            self._received = False
            try:
                await self._channel.channel_ready()
                await self._carry()
            except grpc.aio.AioRpcError as error:
                _log.warning("live_stream_lost", peer=self.address, code=error.code().name)
            except Exception as error:  # noqa: BLE001  # Whatever it was, sockets need their stream again.
                _log.error("live_stream_failed", peer=self.address, exc_info=error)
            finally:
                self._lose_all()
            # Not all gateways should come back at the same moment.
            await asyncio.sleep(backoff * random.uniform(0.5, 1.0))  # noqa: S311  # It spreads, and hides nothing.
            backoff = _FIRST_BACKOFF if self._received else min(_LONGEST_BACKOFF, backoff * 2)

    async def _carry(self) -> None:
        """Opens a stream and carries envelopes both ways until it ends; raises what ended it."""
        call = self._stub.Live(metadata=self._metadata())
        both = (asyncio.create_task(self._read(call)), asyncio.create_task(self._write(call)))
        self.opened.set()
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            # A replica that is being stopped ends its streams by itself.
            _log.info("live_stream_ended", peer=self.address)
        finally:
            call.cancel()
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _read(self, call: Any) -> None:
        sockets = self.sockets
        read = call.read
        while True:
            response = await read()
            if response is grpc.aio.EOF:
                return
            self._received = True
            self._asked_at = 0.0
            written: list[Carried] = []
            for envelope in response.envelopes:
                socket = sockets.get(envelope.channel)
                if socket is None:
                    continue
                frame = envelope.frame
                if frame:
                    if socket.deliver(frame):
                        written.append(socket)
                elif envelope.HasField("close"):
                    socket.flush()
                    socket.closed_by_service(envelope.close)
            for socket in written:
                socket.flush()

    async def _write(self, call: Any) -> None:
        loop = asyncio.get_running_loop()
        write = call.write
        while True:
            if not self._waiting:
                if not self._tail_bytes:
                    self._wake = loop.create_future()
                    await self._wake
                    self._wake = None
                    continue
                self._waiting.append(self._tail)
                self._tail, self._tail_bytes = live_pb2.LiveRequest(), 0
            request = self._waiting.popleft()
            if not self._waiting and not self._tail_bytes:
                self.backlog = 0
            else:
                self.backlog -= min(self.backlog, request.ByteSize())
            await write(request)
            if self._held and self.backlog < LOW_WATER:
                held, self._held = self._held, set()
                for socket in held:
                    socket.go_on()

    def _lose_all(self) -> None:
        self.opened.clear()
        self._asked_at = 0.0
        self._waiting.clear()
        self._tail, self._tail_bytes, self.backlog = live_pb2.LiveRequest(), 0, 0
        self._held.clear()
        lost = list(self.sockets.values())
        self.sockets.clear()
        for socket in lost:
            socket.link_lost()
