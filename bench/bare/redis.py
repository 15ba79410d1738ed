"""Redis as bare as it gets: commands are written and not waited for, messages are read and handed on.

A client library costs more for a command than everything else that a message costs here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class Redis(asyncio.Protocol):
    """One connection; `received` gets the payloads of what is published on the subscribed channel."""

    def __init__(self, received: Callable[[bytes], None] | None = None) -> None:
        """Takes what hears of messages, where somebody subscribes."""
        self._received = received
        self._rest = b""
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the transport."""
        self.transport = transport

    def publish(self, channel: bytes, payload: bytes) -> None:
        """Says something on a channel."""
        self.transport.write(command(b"PUBLISH", channel, payload))

    def data_received(self, data: bytes) -> None:
        """Reads messages; the answers to commands are nothing to wait for."""
        if self._received is None:
            if data.startswith(b"-"):
                raise ConnectionError("Redis refused a command")
            return
        data = self._rest + data if self._rest else data
        position = 0
        while True:
            read = _message(data, position)
            if read is None:
                break
            payload, position = read
            if payload is not None:
                self._received(payload)
        self._rest = data[position:]


def command(*parts: bytes) -> bytes:
    """Writes a command."""
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


def _message(data: bytes, position: int) -> tuple[bytes | None, int] | None:
    """Reads one answer; returns the payload of a message, None for anything else, and where the next one starts."""
    end = data.find(b"\r\n", position)
    if end < 0:
        return None
    if data[position : position + 1] != b"*":
        return None, end + 2
    at, parts = end + 2, []
    for _ in range(int(data[position + 1 : end])):
        end = data.find(b"\r\n", at)
        if end < 0:
            return None
        if data[at : at + 1] == b":":
            parts.append(b"")
            at = end + 2
            continue
        start = end + 2
        at = start + int(data[at + 1 : end]) + 2
        if at > len(data):
            return None
        parts.append(data[start : at - 2])
    return parts[2] if parts[0] == b"message" else None, at


async def connect(url: str, received: Callable[[bytes], None] | None = None, channel: bytes = b"") -> Redis:
    """Connects, and subscribes where somebody wants to hear."""
    parsed = urlsplit(url)
    loop, made = asyncio.get_running_loop(), Redis(received)
    if parsed.scheme == "unix":
        await loop.create_unix_connection(lambda: made, unquote(parsed.path))
    else:
        await loop.create_connection(lambda: made, parsed.hostname or "127.0.0.1", parsed.port or 6379)
    if parsed.password:
        made.transport.write(command(b"AUTH", unquote(parsed.password).encode()))
    database = parse_qs(parsed.query).get("db", [parsed.path.strip("/") if parsed.scheme != "unix" else "0"])[0]
    made.transport.write(command(b"SELECT", (database or "0").encode()))
    if channel:
        made.transport.write(command(b"SUBSCRIBE", channel))
    return made
