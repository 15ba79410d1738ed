"""Calls anything by its descriptor, whatever its arity, and keeps every byte of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from parley.chat.v1 import frame_pb2
from parley.live.v1 import live_pb2
from parley.options.v1 import access_pb2

from kernel.errors import STATUS_TRAILER
from kernel.rpc.channels import is_let_in
from tests.platform import Platform

#: How long a stream that was let in may be quiet before that counts as its answer.
QUIET_SECONDS = 0.25
#: How long a download may take to begin, and whatever is to be refused to be so; both always happen.
CERTAIN_SECONDS = 10.0
Metadata = Sequence[tuple[str, str | bytes]]


@dataclass(frozen=True, slots=True)
class Reply:
    """All that a caller gets: the code, the text, all metadata, and the first response's bytes."""

    code: str
    text: str
    metadata: tuple[tuple[str, str | bytes], ...]
    body: bytes

    @property
    def reason(self) -> str:
        """The stable reason of a refusal, or an empty text."""
        info = error_details_pb2.ErrorInfo()
        for key, value in self.metadata:
            if key == STATUS_TRAILER and isinstance(value, bytes):
                for detail in status_pb2.Status.FromString(value).details:
                    if detail.Is(info.DESCRIPTOR):
                        detail.Unpack(info)
        return str(info.reason)

    @property
    def fields(self) -> list[str]:
        """The fields that a refusal names."""
        bad = error_details_pb2.BadRequest()
        for key, value in self.metadata:
            if key == STATUS_TRAILER and isinstance(value, bytes):
                for detail in status_pb2.Status.FromString(value).details:
                    if detail.Is(bad.DESCRIPTOR):
                        detail.Unpack(bad)
        return [str(each.field) for each in bad.field_violations]

    def holds(self, text: str) -> bool:
        """Says whether a text stands anywhere in the answer."""
        raw = text.encode()
        return any(
            raw in (part if isinstance(part, bytes) else part.encode())
            for part in (self.text, self.body, *(each for pair in self.metadata for each in pair))
        )


def bearer(token: str) -> Metadata:
    """Returns the metadata that carries a token."""
    return (("authorization", f"Bearer {token}"),)


async def attempt(
    channel: grpc.aio.Channel,
    method: MethodDescriptor,
    request: Message | bytes,
    metadata: Metadata,
    *,
    quiet_seconds: float = QUIET_SECONDS,
) -> Reply:
    """Calls an RPC of any arity with one request and returns its first answer."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    raw = request if isinstance(request, bytes) else request.SerializeToString()
    streams: Any = channel  # Bytes go in and come out, which the typed stubs do not know of.
    call: Any
    if method.client_streaming:
        # The request side stays open, as it does in life: an answer must not depend on its end.
        call = (streams.stream_stream if method.server_streaming else streams.stream_unary)(path)(
            metadata=metadata, timeout=10
        )
        writing = asyncio.ensure_future(_write(call, raw))
    else:
        call = (streams.unary_stream if method.server_streaming else streams.unary_unary)(path)(
            raw, metadata=metadata, timeout=10
        )
        writing = None
    try:
        body: Any
        if method.server_streaming:
            try:
                is_download = method.GetOptions().Extensions[access_pb2.access].download
                body = await asyncio.wait_for(call.read(), CERTAIN_SECONDS if is_download else quiet_seconds)
            except TimeoutError:
                return Reply("OK", "", (), b"")
        elif writing is not None:
            (is_written,) = await asyncio.gather(writing, return_exceptions=True)
            if is_written is True:
                await call.done_writing()
            body = await call
        else:
            body = await call
        if isinstance(body, bytes):
            return Reply("OK", "", (), body)
        return Reply((await call.code()).name, await call.details() or "", await _metadata(call), b"")
    except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
        return Reply((await call.code()).name, await call.details() or "", await _metadata(call), b"")
    finally:
        call.cancel()
        if writing is not None:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)


async def _write(call: Any, raw: bytes) -> bool:
    if not await is_let_in(call):
        return False
    await call.write(raw)
    return True


async def _metadata(call: Any) -> tuple[tuple[str, str | bytes], ...]:
    initial, trailing = tuple(await call.initial_metadata() or ()), tuple(await call.trailing_metadata() or ())
    return tuple(sorted((("initial " + key, value) for key, value in initial), key=str)) + tuple(
        sorted(((key, value) for key, value in trailing), key=str)
    )


async def offered(platform: Platform, process: str) -> frozenset[str]:
    """Returns the services that a running process says it offers."""
    channel: Any = platform.channels.of(process)
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    names: set[str] = set()
    async for answer in stub.ServerReflectionInfo(iter([request])):
        names |= {each.name for each in answer.list_services_response.service}
    return frozenset(name for name in names if name.startswith("parley."))


class LiveProbe:
    """A gateway's stream, for tests that speak on it envelope by envelope."""

    def __init__(self, call: Any) -> None:
        """Takes the running call."""
        self._call = call
        self._numbers = 0
        self._heard: dict[int, asyncio.Queue[live_pb2.DownEnvelope]] = {}

    async def open(self, token: str) -> LiveChannel:
        """Opens a channel with a token."""
        self._numbers += 1
        number = self._numbers
        self._heard[number] = asyncio.Queue()
        await self.send(live_pb2.UpEnvelope(channel=number, open=live_pb2.Open(access_token=token, credit=1 << 20)))
        return LiveChannel(self, number, self._heard[number])

    async def send(self, *envelopes: live_pb2.UpEnvelope) -> None:
        """Sends envelopes in one message."""
        await self._call.write(live_pb2.LiveRequest(envelopes=envelopes))

    async def listen(self) -> None:
        """Hands out what comes to the channels, until the stream ends."""
        while True:
            answer = await self._call.read()
            if answer is grpc.aio.EOF:
                return
            for envelope in answer.envelopes:
                self._heard[envelope.channel].put_nowait(envelope)


@dataclass(slots=True)
class LiveChannel:
    """One socket on the stream."""

    probe: LiveProbe
    number: int
    heard: asyncio.Queue[live_pb2.DownEnvelope]

    async def next(self) -> frame_pb2.ServerFrame | str:
        """Returns the next frame, or the reason with which the channel was closed."""
        async with asyncio.timeout(10):
            envelope = await self.heard.get()
        return envelope.close.reason if envelope.HasField("close") else frame_pb2.ServerFrame.FromString(envelope.frame)

    async def ask(self, frame: frame_pb2.ClientFrame | bytes, *, silent: bool = False) -> list[bytes | str]:
        """Sends a frame and returns all that is said until it is answered, and the channel has answered a ping.

        A silent frame has no answer of its own; it is dealt with in the order of the stream, before the ping.
        """
        raw = frame if isinstance(frame, bytes) else frame.SerializeToString()
        frame_id = "" if isinstance(frame, bytes) else frame.frame_id
        ping = frame_pb2.ClientFrame(frame_id="ping", ping=frame_pb2.Ping()).SerializeToString()
        await self.probe.send(
            live_pb2.UpEnvelope(channel=self.number, frame=raw), live_pb2.UpEnvelope(channel=self.number, frame=ping)
        )
        said: list[bytes | str] = []
        answered, waits_for = silent, {"ping"}
        while waits_for or not answered:
            heard = await self.next()
            if isinstance(heard, str):
                return [*said, heard]
            if heard.frame_id == "ping":
                waits_for.clear()
                continue
            answered = answered or heard.frame_id == frame_id
            said.append(heard.SerializeToString(deterministic=True))
        return said


@asynccontextmanager
async def live_stream(platform: Platform) -> AsyncIterator[LiveProbe]:
    """Opens a stream to chat, as a gateway does."""
    call = platform.live.Live(metadata=bearer(platform.channels.tokens.make()))
    probe = LiveProbe(call)
    listening = asyncio.create_task(probe.listen())
    try:
        yield probe
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        call.cancel()
