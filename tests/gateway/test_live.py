"""The live side: many sockets on one stream, and what becomes of them when the stream is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc.aio
import pytest
from google.protobuf import json_format
from parley.chat.v1 import frame_pb2
from parley.live.v1 import live_pb2, live_pb2_grpc
from websockets.asyncio.client import ClientConnection

from gateway.live import link
from gateway.live.routing import choose
from kernel.config import Config
from tests.gateway import backend as backends
from tests.gateway.backend import Backend
from tests.gateway.clients import (
    JSON,
    a_socket,
    a_welcomed_socket,
    a_welcomed_socket_somewhere,
    authenticate,
    choose_address,
    closed,
    flood_with,
    heard,
    post,
)
from tests.gateway.conftest import Door, a_door


async def test_a_frame_goes_up_and_its_answer_comes_down(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token()) as socket:
        await socket.send(post("hello", "1"))
        answer = await heard(socket)
        assert (answer.frame_id, answer.ack.client_message_id) == ("1", "message-1")
        await socket.send(post("again", "2"))
        assert (await heard(socket)).ack.sequence == 2
        [channel] = backend.channels
        assert [frame.post.body for frame in channel.received] == ["hello", "again"]
    await asyncio.wait_for(channel.gone.wait(), 10)


async def test_the_first_frame_is_answered_by_its_id_and_a_later_one_renews_the_token(
    door: Door, backend: Backend
) -> None:
    await door.streams_ready()
    async with a_socket(door) as socket:
        await socket.send(authenticate(backend.token(), "first"))
        assert (await heard(socket)).frame_id == "first"
        await socket.send(authenticate(backend.token(seconds=900), "second"))
        assert (await heard(socket)).frame_id == "second"
        await socket.send(authenticate(backend.token(2), "another person's"))
        assert await closed(socket) == (4401, "TOKEN_OF_ANOTHER")


async def test_frames_that_come_before_the_welcome_wait_their_turn(door: Door, backend: Backend) -> None:
    await door.streams_ready()
    async with a_socket(door) as socket:
        await socket.send(authenticate(backend.token()))
        for number in range(20):
            await socket.send(post("early", str(number)))
        assert (await heard(socket)).HasField("welcome")
        assert [(await heard(socket)).frame_id for _ in range(20)] == [str(number) for number in range(20)]


async def test_many_sockets_share_one_stream(door: Door, backend: Backend) -> None:
    async def talk(number: int) -> None:
        async with a_welcomed_socket(door, backend.token(number)) as socket:
            for turn in range(10):
                await socket.send(post("x", f"{number}-{turn}"))
                assert (await heard(socket)).frame_id == f"{number}-{turn}"

    await asyncio.gather(*(talk(number) for number in range(1, 31)))
    assert len(door.app.live.links) == 1


async def test_a_fragmented_message_is_one_frame(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token()) as socket:
        data = post("in pieces", "f")
        await socket.send([data[:3], data[3:7], data[7:]])
        assert (await heard(socket)).frame_id == "f"
        await (await socket.ping())
        await socket.send(post("x" * 200, "g"))
        assert (await heard(socket)).frame_id == "g"


async def test_a_socket_may_speak_json(door: Door, backend: Backend) -> None:
    await door.streams_ready()
    async with a_socket(door, subprotocol=JSON) as socket:
        await socket.send(json.dumps({"frameId": "a", "authenticate": {"accessToken": backend.token()}}))
        welcome = json.loads(await asyncio.wait_for(socket.recv(), 10))
        assert welcome["welcome"]["heartbeatMs"] == 25000
        await socket.send(
            json.dumps(
                {
                    "frameId": "b",
                    "post": {
                        "clientMessageId": "message-1",
                        "body": "Grüße",
                        "conversationId": backends.conversation_id(1),
                    },
                }
            )
        )
        answer = json_format.ParseDict(json.loads(await asyncio.wait_for(socket.recv(), 10)), frame_pb2.ServerFrame())
        assert answer.ack.client_message_id == "message-1"
        await socket.send('{"post": {"body": 7}}')
        refused = json.loads(await asyncio.wait_for(socket.recv(), 10))
        assert refused["refused"]["reason"] == "FRAME_MALFORMED"
        await socket.send('{"ping": {}}')
        assert json.loads(await asyncio.wait_for(socket.recv(), 10))["pong"]["heads"] == {"cnv": "7"}


async def _heard_pongs(socket: ClientConnection, count: int) -> int:
    return sum([(await heard(socket)).HasField("pong") for _ in range(count)])


async def test_credit_comes_back_as_the_client_reads(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token()) as socket:
        handler = backend.channels[0]
        frame = frame_pb2.ServerFrame(pong=frame_pb2.Pong(heads={"x" * 10_000: 1}))
        # The client reads meanwhile: what it leaves unread is bounded, and no credit comes for it.
        reading = asyncio.create_task(_heard_pongs(socket, 200))
        for _ in range(200):
            if not handler.channel.has_room():
                handler.room.clear()
                await asyncio.wait_for(handler.room.wait(), 10)
            handler.say(frame)
        assert await reading == 200


async def test_a_revoked_token_closes_its_socket(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token(1)) as socket, a_welcomed_socket(door, backend.token(2)):
        backend.channels[0].channel.close("TOKEN_REVOKED")
        assert await closed(socket) == (4403, "TOKEN_REVOKED")
        assert len(door.app.live.sockets) == 1


async def test_a_lost_stream_sends_its_clients_back_and_opens_again(config: Config, backend: Backend) -> None:
    second = Backend(signing_key=backend.signing_key)
    server = await backends.serve(second)
    both = replace(config, chat_addresses=(f"127.0.0.1:{backend.port}", f"127.0.0.1:{second.port}"))
    async with a_door(both) as door:
        await door.streams_ready()
        addresses = [each.address for each in door.app.live.links]
        first, other = (
            next(number for number in range(1, 200) if choose_address(number, addresses) == address)
            for address in addresses
        )
        here, there = (first, other) if addresses[0].endswith(f":{backend.port}") else (other, first)
        async with a_welcomed_socket(door, backend.token(here)) as stays:
            async with a_welcomed_socket(door, backend.token(there)) as goes:
                assert len(second.channels) == len(backend.channels) == 1
                await server.stop(None)
                assert await closed(goes) == (1012, "STREAM_LOST")
            async with a_welcomed_socket_somewhere(door, backend.token(there)):
                assert len(backend.channels) == 2
            await stays.send(post("not disturbed", "s"))
            assert (await heard(stays)).frame_id == "s"
        server = await backends.serve(second, second.port)
        await door.streams_ready()
        async with a_welcomed_socket(door, backend.token(there)):
            assert len(second.channels) == 2
    await server.stop(None)


async def test_a_frozen_replica_gets_no_new_clients_and_little_memory(
    config: Config, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(link, "HIGH_WATER", 256 * 1024)
    frozen = grpc.aio.server()
    live_pb2_grpc.add_LiveServiceServicer_to_server(Frozen(), frozen)
    port = frozen.add_insecure_port("127.0.0.1:0")
    await frozen.start()
    both = replace(config, chat_addresses=(f"127.0.0.1:{backend.port}", f"127.0.0.1:{port}"))
    async with a_door(both) as door:
        await door.streams_ready()
        addresses = [each.address for each in door.app.live.links]
        stuck = door.app.live.links[1]
        number = next(n for n in range(1, 200) if choose_address(n, addresses) == stuck.address)
        async with a_socket(door) as socket:
            await socket.send(authenticate(backend.token(number)))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(flood_with(socket, post("x" * 30_000)), 2)
            assert stuck.backlog < 1024 * 1024
            socket.transport.abort()
        # Whoever comes back finds the replica that answers.
        async with a_welcomed_socket_somewhere(door, backend.token(number)):
            assert len(backend.channels) == 1
    await frozen.stop(None)


class Frozen(live_pb2_grpc.LiveServiceServicer):
    """A replica that takes streams and never reads them."""

    async def Live(self, request_iterator: Any, context: Any) -> AsyncIterator[live_pb2.LiveResponse]:
        await asyncio.Event().wait()
        yield live_pb2.LiveResponse()


async def test_without_a_replica_a_client_is_asked_to_come_later(config: Config, backend: Backend) -> None:
    nowhere = replace(config, chat_addresses=("127.0.0.1:1",))
    async with a_door(nowhere) as door, a_socket(door) as socket:
        await socket.send(authenticate(backend.token()))
        assert await closed(socket) == (1013, "UNAVAILABLE")


async def test_a_drain_sends_all_clients_elsewhere(config: Config, backend: Backend) -> None:
    async with a_door(config) as door:
        async with (
            a_welcomed_socket(door, backend.token(1)) as first,
            a_welcomed_socket(door, backend.token(2)) as second,
        ):
            door.app.drain()
            assert await closed(first) == (1012, "DRAINING")
            assert await closed(second) == (1012, "DRAINING")
            async with a_socket(door) as late:
                assert (await closed(late))[0] == 1012
            async with door.client() as client:
                ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["status"]) == (503, "draining")


def test_a_replica_that_goes_moves_only_its_own_share() -> None:
    class At:
        def __init__(self, address: str) -> None:
            self.address = address

    three = [At(f"10.0.0.{number}:1") for number in range(3)]
    keys = [f"ten/{number}" for number in range(3000)]
    before = {key: choose(key, three) for key in keys}
    after = {key: choose(key, three[:2]) for key in keys}
    counts = [sum(chosen is at for chosen in before.values()) for at in three]
    assert all(800 < count < 1200 for count in counts)
    assert all(after[key] is before[key] for key in keys if before[key] is not three[2])
