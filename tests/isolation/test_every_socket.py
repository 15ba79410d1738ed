"""The same through the gateway's sockets; and no socket ends another one, whatever token it presents."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio
from parley.chat.v1 import frame_pb2
from parley.live.v1 import live_pb2
from parley.options.v1 import access_pb2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.isolation.test_every_call import Report
from tests.isolation.test_every_id import check_frame_ids, implied_frames
from tests.isolation.test_every_route import a_gateway
from tests.isolation.world import World, at_rest, fingerprint

PING = frame_pb2.ClientFrame(frame_id="ping", ping=frame_pb2.Ping()).SerializeToString()


class Socket:
    """One socket at the gateway, as the walks use channels."""

    def __init__(self, connection: ClientConnection) -> None:
        """Takes the connection."""
        self._connection = connection

    async def ask(self, frame: frame_pb2.ClientFrame, *, silent: bool = False) -> list[bytes | str]:
        """Sends a frame and returns all that is said until it is answered, and a ping behind it too."""
        await self._connection.send(frame.SerializeToString())
        await self._connection.send(PING)
        said: list[bytes | str] = []
        answered, ponged = silent, False
        while not (answered and ponged):
            heard = frame_pb2.ServerFrame.FromString(await self._next())
            if heard.frame_id == "ping":
                ponged = True
                continue
            answered = answered or heard.frame_id == frame.frame_id
            said.append(heard.SerializeToString(deterministic=True))
        return said

    async def _next(self) -> bytes:
        async with asyncio.timeout(10):
            raw = await self._connection.recv()
        assert isinstance(raw, bytes)
        return raw


class Sockets:
    """Opens sockets at a gateway."""

    def __init__(self, port: int, opened: contextlib.AsyncExitStack) -> None:
        """Takes the gateway's port, and what closes the sockets in the end."""
        self._port = port
        self._opened = opened

    async def connection(self, token: str) -> ClientConnection:
        """Opens a socket and presents a token."""
        connection = await self._opened.enter_async_context(
            connect(
                f"ws://127.0.0.1:{self._port}/live",
                subprotocols=[Subprotocol("parley.v1.proto")],
                compression=None,
            )
        )
        hello = frame_pb2.ClientFrame(frame_id="hello", authenticate=live_pb2.Authenticate(access_token=token))
        await connection.send(hello.SerializeToString())
        return connection

    async def open(self, token: str) -> Socket:
        """Opens a socket that is welcomed."""
        while True:
            connection = await self.connection(token)
            try:
                async with asyncio.timeout(10):
                    raw = await connection.recv()
            except ConnectionClosed as closed:
                # The gateway's stream to the service opens a moment after the gateway itself.
                if closed.rcvd is None or closed.rcvd.code != 1013:
                    raise
                continue
            assert isinstance(raw, bytes)
            assert frame_pb2.ServerFrame.FromString(raw).HasField("welcome")
            return Socket(connection)


@pytest_asyncio.fixture(scope="module")
async def sockets(world: World) -> AsyncIterator[Sockets]:
    """Sockets at a gateway of these tests."""
    async with a_gateway(world) as server, contextlib.AsyncExitStack() as opened:
        yield Sockets(server.port, opened)


async def test_another_tenants_id_answers_as_a_missing_one_on_a_socket(world: World, sockets: Sockets) -> None:
    before = await at_rest(world.owner_url, world.b.id)
    report = Report()
    await check_frame_ids(world, report, sockets)
    assert not report.wrong, "\n".join(report.wrong)
    assert await fingerprint(world.owner_url, world.b.id) == before
    assert len(report.cases) >= implied_frames()


async def test_a_token_that_is_too_long_ends_its_own_socket_only(world: World, sockets: Sockets) -> None:
    neighbour = await sockets.open(world.token(access_pb2.CALLER_VISITOR, world.a))
    actor = world.actor(access_pb2.CALLER_SERVICE_ACCOUNT, world.a)
    long = world.signer.issue(replace(actor, scopes=frozenset(f"scope.{each}" for each in range(500))))[0]
    assert len(long) > 4096
    stranger = await sockets.connection(long)
    try:
        async with asyncio.timeout(10):
            heard: bytes | str | int | None = await stranger.recv()
    except ConnectionClosed as closed:
        heard = closed.rcvd.code if closed.rcvd else None
    assert heard == 4401
    assert await neighbour.ask(frame_pb2.ClientFrame(frame_id="x", ping=frame_pb2.Ping()))
