"""The bare gateway: many WebSockets on one gRPC stream, what is published by Redis back onto them."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc.aio
from parley.live.v1 import live_pb2, live_pb2_grpc
from websockets.speedups import apply_mask

from bench.bare import redis
from bench.frames import accepted

CHANNEL = b"bench:bare"


class Socket(asyncio.Protocol):
    """One WebSocket."""

    __slots__ = ("_gateway", "_number", "_rest", "_upgraded", "transport")

    def __init__(self, gateway: Gateway) -> None:
        """Takes what it speaks to."""
        self._gateway = gateway
        self._number = 0
        self._rest = b""
        self._upgraded = False
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Gets a number."""
        self.transport = transport
        self._number = self._gateway.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gives the number back."""
        self._gateway.leave(self._number)

    def data_received(self, data: bytes) -> None:
        """Reads frames and passes them on."""
        if self._rest:
            data = self._rest + data
        if not self._upgraded:
            head, found, rest = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = data
                return
            self._upgrade(head)
            data = rest
        position, size = 0, len(data)
        while size - position >= 6:
            length, start = data[position + 1] & 0x7F, position + 2
            if length == 126:
                length, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            end = start + 4 + length
            if end > size:
                break
            if data[position] == 0x82:
                self._gateway.up(self._number, apply_mask(data[start + 4 : end], data[start : start + 4]))
            elif data[position] == 0x88:
                self.transport.close()
            position = end
        self._rest = data[position:]

    def _upgrade(self, head: bytes) -> None:
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
        }
        self._upgraded = True
        self.transport.write(
            f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Protocol: parley.v1.proto\r\n"
            f"Sec-WebSocket-Accept: {accepted(headers['sec-websocket-key'])}\r\n\r\n".encode()
        )


class Gateway:
    """The sockets, the stream, and what comes from Redis."""

    def __init__(self) -> None:
        """Knows nobody yet."""
        self._sockets: dict[int, Socket] = {}
        self._next = 1
        self._tail = live_pb2.LiveRequest()
        self._wake: asyncio.Future[None] | None = None

    def enter(self, socket: Socket) -> int:
        """Gives a socket its number."""
        number, self._next = self._next, self._next + 1
        self._sockets[number] = socket
        return number

    def leave(self, number: int) -> None:
        """Forgets a socket."""
        del self._sockets[number]
        self._tail.envelopes.add(channel=number, close=live_pb2.Close())
        self._stir()

    def up(self, number: int, frame: bytes) -> None:
        """Sends what a socket says, together with what else is waiting."""
        self._tail.envelopes.add(channel=number, frame=frame)
        self._stir()

    def _stir(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def published(self, payload: bytes) -> None:
        """Writes what Redis has passed on."""
        self.down(live_pb2.LiveResponse.FromString(payload))

    def down(self, response: live_pb2.LiveResponse) -> None:
        """Writes what came for sockets, all that is for one of them at once."""
        out: dict[int, list[bytes]] = {}
        for envelope in response.envelopes:
            frame = envelope.frame
            size = len(frame)
            head = bytes((0x82, size)) if size < 126 else b"\x82\x7e" + size.to_bytes(2, "big")
            out.setdefault(envelope.channel, []).extend((head, frame))
        for number, parts in out.items():
            socket = self._sockets.get(number)
            if socket is not None:
                socket.transport.write(b"".join(parts))

    async def write(self, call: Any) -> None:
        """Keeps sending what waits."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._tail.envelopes:
                self._wake = loop.create_future()
                await self._wake
                self._wake = None
                continue
            request, self._tail = self._tail, live_pb2.LiveRequest()
            await call.write(request)


async def run(port: int, service: str, redis_url: str) -> None:
    """Serves until the stream ends."""
    gateway = Gateway()
    # What comes back on the stream are answers, and what comes from Redis are messages: both are for sockets.
    await redis.connect(redis_url, gateway.published, CHANNEL)
    async with grpc.aio.insecure_channel(service) as channel:
        call: Any = live_pb2_grpc.LiveServiceStub(channel).Live(wait_for_ready=True)
        writing = asyncio.create_task(gateway.write(call))
        server = await asyncio.get_running_loop().create_server(lambda: Socket(gateway), "127.0.0.1", port)
        try:
            while (response := await call.read()) is not grpc.aio.EOF:
                gateway.down(response)
        finally:
            server.close()
            writing.cancel()
