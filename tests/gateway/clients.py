"""Clients of the live side: well-behaved ones, and bare connections for what a well-behaved one does not do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.live.v1 import live_pb2
from websockets.asyncio.client import ClientConnection, connect

from gateway.live.routing import weight
from tests.gateway import backend as backends
from tests.gateway.conftest import Door

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


@asynccontextmanager
async def a_welcomed_socket_somewhere(door: Door, token: str) -> AsyncIterator[ClientConnection]:
    """Opens a socket while not every replica is there."""
    async with a_socket(door) as socket:
        await socket.send(authenticate(token))
        assert (await heard(socket)).HasField("welcome")
        yield socket


async def flood_with(socket: ClientConnection, frame: bytes) -> None:
    """Sends the same frame for ever."""
    while True:
        await socket.send(frame)


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


def choose_address(number: int, addresses: list[str]) -> str:
    """Returns the address that serves a conversation."""
    return max(addresses, key=lambda a: weight(f"{backends.TENANT}/{backends.conversation_id(number)}", a))
