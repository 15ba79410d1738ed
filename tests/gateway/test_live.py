"""The live side: many sockets on one stream, each at its own pace, and none at another's cost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc.aio
import pytest
from google.protobuf import json_format
from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.live.v1 import live_pb2, live_pb2_grpc
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from gateway.live import endpoint, link, sockets
from gateway.live.routing import choose, weight
from kernel.config import Config
from tests.gateway import backend as backends
from tests.gateway.backend import Backend
from tests.gateway.conftest import Door, a_door

PROTO, JSON = "parley.v1.proto", "parley.v1.json"


def authenticate(token: str, frame_id: str = "auth") -> bytes:
    """Returns the first frame of a socket."""
    frame = frame_pb2.ClientFrame(frame_id=frame_id, authenticate=live_pb2.Authenticate(access_token=token))
    return frame.SerializeToString()


def post(text: str, frame_id: str = "p") -> bytes:
    """Returns a frame that says something."""
    request = conversation_pb2.PostMessageRequest(
        conversation_id=backends.conversation_id(1), client_message_id=f"message-{frame_id}", body=text
    )
    return frame_pb2.ClientFrame(frame_id=frame_id, post=request).SerializeToString()


@asynccontextmanager
async def a_socket(
    door: Door, *, subprotocol: str = PROTO, origin: str | None = None, **options: Any
) -> AsyncIterator[ClientConnection]:
    """Opens a socket."""
    async with connect(
        f"ws://127.0.0.1:{door.port}/live",
        subprotocols=[subprotocol],  # type: ignore[list-item]  # The library's name for a text.
        origin=origin,  # type: ignore[arg-type]  # The library's name for a text.
        compression=None,
        **options,
    ) as socket:
        yield socket


@asynccontextmanager
async def a_welcomed_socket(door: Door, token: str, **options: Any) -> AsyncIterator[ClientConnection]:
    """Opens a socket, presents a token and hears the welcome."""
    await door.streams_ready()
    async with a_socket(door, **options) as socket:
        await socket.send(authenticate(token))
        assert (await heard(socket)).HasField("welcome")
        yield socket


async def heard(socket: ClientConnection) -> frame_pb2.ServerFrame:
    """Returns the next frame of the server."""
    data = await asyncio.wait_for(socket.recv(), 10)
    assert isinstance(data, bytes)
    return frame_pb2.ServerFrame.FromString(data)


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """Returns the code and the reason with which the server closes a socket."""
    await asyncio.wait_for(socket.wait_closed(), 20)
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


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


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (b"\xff\xfe garbage", 1007),
        (b"", 4401),
        (post("no token"), 4401),
        (authenticate("not.a.token"), 4401),
        (authenticate(""), 4401),
    ],
)
async def test_a_first_frame_without_a_good_token_closes(door: Door, first: bytes, code: int) -> None:
    await door.streams_ready()
    async with a_socket(door) as socket:
        await socket.send(first)
        assert (await closed(socket))[0] == code


async def test_an_expired_token_closes(door: Door, backend: Backend) -> None:
    await door.streams_ready()
    async with a_socket(door) as socket:
        await socket.send(authenticate(backend.token(seconds=-5)))
        assert await closed(socket) == (4401, "CREDENTIAL_REJECTED")


async def test_an_internal_token_opens_nothing(door: Door) -> None:
    await door.streams_ready()
    internal = door.app._sessions.metadata()[0][1].removeprefix("Bearer ")
    async with a_socket(door) as socket:
        await socket.send(authenticate(internal))
        assert (await closed(socket))[0] == 4401


async def test_a_socket_that_says_nothing_is_closed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "FIRST_FRAME_SECONDS", 0.2)
    async with a_socket(door) as socket:
        assert await closed(socket) == (4408, "NO_FIRST_FRAME")
    assert not door.app.live.sockets


async def test_a_frame_of_the_wrong_kind_closes(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token()) as socket:
        await socket.send("text on a socket for bytes")
        assert (await closed(socket))[0] == 1003


async def test_a_garbage_frame_is_refused_by_the_service_and_the_socket_stays(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token()) as socket:
        await socket.send(b"\xff\xff\xff")
        assert (await heard(socket)).refused.reason == "FRAME_MALFORMED"
        await socket.send(post("still here", "s"))
        assert (await heard(socket)).frame_id == "s"


async def test_invalid_utf8_on_a_json_socket_closes_or_is_refused(door: Door) -> None:
    await door.streams_ready()
    reader, writer = await raw_socket(door, JSON)
    writer.write(masked(b"\xff\xfe{}", opcode=0x81))
    assert await close_code(reader) == 1007
    writer.close()


async def test_a_frame_that_claims_100_megabytes_is_refused_before_it_is_read(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token()) as bystander:
        reader, writer = await raw_socket(door, PROTO)
        writer.write(bytes((0x82, 0xFF)) + (100 * 1024 * 1024).to_bytes(8, "big") + bytes(4) + bytes(1024))
        assert await close_code(reader) == 4413
        writer.close()
        await bystander.send(post("not disturbed", "b"))
        assert (await heard(bystander)).frame_id == "b"


async def test_a_frame_just_too_large_is_refused_after_the_welcome_too(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token()) as socket:
        await socket.send(post("x" * 60_000, "fits"))
        assert (await heard(socket)).frame_id == "fits"
        await socket.send(b"x" * (64 * 1024 + 1))
        assert (await closed(socket))[0] == 4413


async def test_a_client_that_never_reads_is_cut_and_costs_bounded_memory(
    config: Config, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "STALL_SECONDS", 0.5)
    async with a_door(config) as door:
        await door.streams_ready()
        reader, writer = await raw_socket(door, PROTO)
        writer.write(masked(authenticate(backend.token())))
        await asyncio.wait_for(reader.readexactly(2), 10)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # A socket's transport can.
        channel = backend.channels[0]
        sent = 0
        async with asyncio.timeout(20):
            while not channel.gone.is_set():
                if channel.channel.has_room():
                    pong = frame_pb2.Pong(heads={"x" * 30_000: 1})
                    channel.say(frame_pb2.ServerFrame(pong=pong))
                    sent += 30_000
                await asyncio.sleep(0)
        # The kernel's buffers take some; beyond them the service was given no more than the credit.
        assert sent < 16 * 1024 * 1024
        assert not door.app.live.sockets
        writer.close()
        del reader


async def test_credit_comes_back_as_the_client_reads(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token()) as socket:
        handler = backend.channels[0]
        frame = frame_pb2.ServerFrame(pong=frame_pb2.Pong(heads={"x" * 10_000: 1}))
        for _ in range(200):
            if not handler.channel.has_room():
                handler.room.clear()
                await asyncio.wait_for(handler.room.wait(), 10)
            handler.say(frame)
        for _ in range(200):
            assert (await heard(socket)).HasField("pong")


async def test_a_flood_is_read_at_the_pace_of_a_socket_and_others_go_on(
    door: Door, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "RATE", 100.0)
    monkeypatch.setattr(sockets, "BURST", 50.0)
    async with (
        a_welcomed_socket(door, backend.token(1)) as flooder,
        a_welcomed_socket(door, backend.token(2)) as bystander,
    ):
        flooded, quiet = backend.channels
        typing = frame_pb2.ClientFrame(
            typing=conversation_pb2.SetTypingRequest(conversation_id=backends.conversation_id(1), typing=True)
        ).SerializeToString()
        flood = asyncio.create_task(_flood(flooder, typing))
        loop = asyncio.get_running_loop()
        started = loop.time()
        for number in range(20):
            await bystander.send(post("x", str(number)))
            assert (await heard(bystander)).frame_id == str(number)
        await asyncio.sleep(0.3)
        elapsed = loop.time() - started
        flood.cancel()
        # The gateway reads this one slowly now, so a polite close would take long.
        flooder.transport.abort()
        assert 50 <= len(flooded.received) <= 50 + 100 * (elapsed + 0.5)
        assert len(quiet.received) == 20


async def _flood(socket: ClientConnection, frame: bytes) -> None:
    while True:
        await socket.send(frame)


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


def choose_address(number: int, addresses: list[str]) -> str:
    """Returns the address that serves a conversation."""
    return max(addresses, key=lambda a: weight(f"{backends.TENANT}/{backends.conversation_id(number)}", a))


@asynccontextmanager
async def a_welcomed_socket_somewhere(door: Door, token: str) -> AsyncIterator[ClientConnection]:
    """Opens a socket while not every replica is there."""
    async with a_socket(door) as socket:
        await socket.send(authenticate(token))
        assert (await heard(socket)).HasField("welcome")
        yield socket


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
                await asyncio.wait_for(_flood(socket, post("x" * 30_000)), 2)
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


async def test_one_person_may_not_hold_too_many_sockets(
    door: Door, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "SOCKETS_OF_ONE", 2)
    token = backend.token()
    async with a_welcomed_socket(door, token), a_welcomed_socket(door, token):
        async with a_socket(door) as third:
            await third.send(authenticate(token))
            assert (await closed(third))[0] == 4429
        async with a_welcomed_socket(door, backend.token(2)):
            pass


async def test_too_many_that_say_nothing_are_refused(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "WAITING_OF_ONE", 1)
    async with a_socket(door), a_socket(door) as second:
        assert (await closed(second))[0] == 4429


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:8400"])
async def test_a_page_of_another_origin_opens_no_socket(door: Door, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with a_socket(door, origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_page_of_our_own_opens_a_socket(door: Door, backend: Backend) -> None:
    async with a_welcomed_socket(door, backend.token(), origin="http://console.localhost:8400"):
        pass


async def test_a_socket_without_our_subprotocol_is_refused(door: Door) -> None:
    with pytest.raises(InvalidStatus):
        async with a_socket(door, subprotocol="graphql-ws"):
            pass


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


# Sockets by hand, for what a well-behaved client does not do.


def masked(data: bytes, *, opcode: int = 0x82) -> bytes:
    """Returns a frame of a client; a mask of zeros changes nothing."""
    size = bytes((0x80 | len(data),)) if len(data) < 126 else bytes((0x80 | 126,)) + len(data).to_bytes(2, "big")
    return bytes((opcode,)) + size + bytes(4) + data


async def raw_socket(door: Door, subprotocol: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Opens a socket and returns the bare connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(
        b"GET /live HTTP/1.1\r\nhost: api.localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"sec-websocket-protocol: " + subprotocol.encode() + b"\r\n\r\n"
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert head.startswith(b"HTTP/1.1 101 ")
    return reader, writer


async def close_code(reader: asyncio.StreamReader) -> int:
    """Reads frames until the server closes, and returns its code."""
    while True:
        opcode, size = await asyncio.wait_for(reader.readexactly(2), 10)
        length = int.from_bytes(await reader.readexactly(2), "big") if size == 126 else size
        data = await reader.readexactly(length)
        if opcode == 0x88:
            return int.from_bytes(data[:2], "big")
