"""What a socket or an answer took is given back when it is over, and not when the collector comes to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus
from websockets.server import ServerProtocol

from gateway.live.sockets import Socket
from gateway.live.wire import Wire
from gateway.sessions import KEPT_SECONDS, Kind, Sessions
from gateway.wire_http import BoundedHttp
from kernel.config import Config
from kernel.rpc.channels import Channels
from kernel.rpc.live import Channel
from tests.gateway.backend import Backend, EchoHandler
from tests.gateway.clients import a_socket, a_welcomed_socket, closed, heard, post
from tests.gateway.conftest import Door
from tests.gone import no_collector

KINDS = (Socket, Wire, BoundedHttp, ServerProtocol, Channel, EchoHandler)


async def _leave(socket: ClientConnection, backend: Backend) -> None:
    await socket.close()


async def _vanish(socket: ClientConnection, backend: Backend) -> None:
    socket.transport.abort()


async def _be_closed(socket: ClientConnection, backend: Backend) -> None:
    backend.channels[-1].channel.close("TOKEN_REVOKED")
    assert await closed(socket) == (4403, "TOKEN_REVOKED")


@pytest.mark.parametrize("end", [_leave, _vanish, _be_closed])
async def test_a_socket_that_is_gone_leaves_nothing_for_the_collector(
    door: Door, backend: Backend, end: Callable[[ClientConnection, Backend], Awaitable[None]]
) -> None:
    async with a_welcomed_socket(door, backend.token(2)) as bystander:
        with no_collector(*KINDS) as remains:
            async with a_welcomed_socket(door, backend.token()) as socket:
                await socket.send(post("hello"))
                await heard(socket)
                assert {"Socket": 1, "Wire": 1, "Channel": 1}.items() <= remains.since.items()
                await end(socket, backend)
            await asyncio.wait_for(backend.channels.pop().gone.wait(), 10)
            # The stream knows whom it carried last, until it carries something else.
            await bystander.send(post("I am still here"))
            await heard(bystander)
            await remains.none()


async def test_a_socket_that_was_never_let_in_leaves_nothing_either(door: Door, backend: Backend) -> None:
    await door.streams_ready()
    with no_collector(*KINDS) as remains:
        async with a_socket(door) as socket:
            await socket.send(post("hello"))
            assert (await closed(socket))[0] == 4401
        await remains.none()
        with pytest.raises(InvalidStatus):
            async with a_socket(door, origin="https://elsewhere.example"):
                pass
        await remains.none()


async def test_an_answer_about_a_credential_goes_when_it_is_good_no_more(
    config: Config, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KEPT_SECONDS, Kind.SESSION, 1e-6)
    channels = Channels(config, "gateway")
    sessions = Sessions(channels, channels.tokens)
    for number in range(5):
        backend.grant(f"session-{number}")
        await sessions.exchange(Kind.SESSION, f"session-{number}")
        assert sessions.kept == 1
    await channels.close()
