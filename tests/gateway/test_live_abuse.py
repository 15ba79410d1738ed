"""What a client may do to the live side, and how little that costs: garbage, floods, silence, and never reading."""

from __future__ import annotations

import asyncio

import pytest
from parley.chat.v1 import conversation_pb2, frame_pb2
from websockets.exceptions import InvalidStatus

from gateway.live import endpoint, sockets, wire
from kernel.config import Config
from tests.gateway import backend as backends
from tests.gateway.backend import Backend
from tests.gateway.clients import (
    JSON,
    PROTO,
    a_socket,
    a_welcomed_socket,
    authenticate,
    close_code,
    closed,
    flood_with,
    heard,
    masked,
    post,
    raw_socket,
)
from tests.gateway.conftest import Door, a_door


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


@pytest.mark.parametrize("opcode", [0x89, 0x8A, 0x00], ids=["pings", "pongs", "empty pieces"])
@pytest.mark.parametrize("is_welcomed", [False, True], ids=["unknown", "welcomed"])
async def test_a_flood_of_frames_that_are_no_message_ends_the_socket_and_others_go_on(
    door: Door, backend: Backend, opcode: int, *, is_welcomed: bool
) -> None:
    await door.streams_ready()
    reader, writer = await raw_socket(door, PROTO)
    if is_welcomed:
        writer.write(masked(authenticate(backend.token(1))))
    first = masked(b"x", opcode=0x02) if opcode == 0 else b""
    writer.write(first + masked(b"", opcode=opcode) * wire.MOST_LOOSE)
    async with a_welcomed_socket(door, backend.token(2)) as bystander:
        writer.write(masked(b"", opcode=opcode) * wire.MOST_LOOSE * 3)
        assert await close_code(reader) == 4429
        await bystander.send(post("x", "1"))
        assert (await heard(bystander)).frame_id == "1"
    writer.close()


async def test_pings_of_a_client_that_does_not_read_pile_up_nowhere_and_the_last_is_answered(
    door: Door, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 60_000
    monkeypatch.setattr(wire, "MOST_LOOSE", count)
    await door.streams_ready()
    reader, writer = await raw_socket(door, PROTO)
    writer.write(masked(authenticate(backend.token())))
    await asyncio.wait_for(reader.readexactly(2), 10)
    (socket,) = door.app.live.sockets
    line = socket._wire.transport
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # A socket's transport can.
    most = 0
    for number in range(count):
        writer.write(masked(b"%0120d" % number, opcode=0x89))
        if number % 500 == 0:
            await writer.drain()
            most = max(most, line.get_write_buffer_size())
    # The system's buffers take some of seven megabytes of answers; the process keeps what it may and one read more.
    assert 0 < most < 512 * 1024
    writer.transport.resume_reading()  # type: ignore[attr-defined]  # As above.
    last, heard_of = b"%0120d" % (count - 1), b""
    async with asyncio.timeout(10):
        while last not in heard_of:
            heard_of = heard_of[-len(last) :] + await reader.read(65536)
    writer.close()


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
        flood = asyncio.create_task(flood_with(flooder, typing))
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


@pytest.mark.parametrize(
    "wrong", [b"sec-websocket-key: canary", b"sec-websocket-version: canary", b'sec-websocket-extensions: "canary']
)
async def test_a_handshake_that_is_wrong_is_refused_and_not_repeated(door: Door, wrong: bytes) -> None:
    good = {
        b"sec-websocket-key": b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        b"sec-websocket-version": b"sec-websocket-version: 13",
    }
    lines = good | {wrong.partition(b":")[0]: wrong}
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    head = b"GET /live HTTP/1.1\r\nhost: api.localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
    writer.write(head + b"\r\n".join(lines.values()) + b"\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"canary" not in answer
    writer.close()


async def test_a_socket_without_our_subprotocol_is_refused(door: Door) -> None:
    with pytest.raises(InvalidStatus):
        async with a_socket(door, subprotocol="graphql-ws"):
            pass
