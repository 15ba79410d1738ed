"""What is posted to an address that a tenant named goes to a public place, once looked at, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from kernel.posting import NotPosted, Place, Poster
from kernel.privacy.recipients import TENANT_SYSTEM

LOOPBACK = ("127.0.0.0/8",)
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def a_server(talk: Talk) -> AsyncIterator[Place]:
    """Runs something that talks to whoever connects."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Place(scheme="http", host="127.0.0.1", port=port, target="/")
    finally:
        server.close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "192.0.2.1",
    ],
)
def test_an_address_that_is_not_public_is_not_let_in(address: str) -> None:
    assert not Poster(TENANT_SYSTEM, ()).is_let_in(ip_address(address))


def test_public_addresses_are_let_in_and_those_that_the_operator_names() -> None:
    poster = Poster(TENANT_SYSTEM, ("10.1.0.0/16",))
    for address in ("1.1.1.1", "2606:4700::1111", "10.1.2.3", "::ffff:10.1.2.3"):
        assert poster.is_let_in(ip_address(address))
    assert not poster.is_let_in(ip_address("10.2.0.1"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]".strip("[]")])
async def test_nothing_reaches_this_machine_unless_its_operator_says_so(host: str) -> None:
    reached = []

    async def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(1)
        writer.close()

    async with a_server(met) as place:
        with pytest.raises(NotPosted, match="address_refused"):
            await Poster(TENANT_SYSTEM, ()).post(
                Place(scheme="http", host=host, port=place.port, target="/"), b"{}", {}
            )
    assert not reached


async def test_http_goes_to_this_machine_only() -> None:
    place = Place(scheme="http", host="10.0.0.1", port=80, target="/")
    with pytest.raises(NotPosted, match="address_refused"):
        await Poster(TENANT_SYSTEM, ("10.0.0.0/8",)).post(place, b"{}", {})


async def test_an_answer_is_read_to_its_status_and_no_further_and_is_followed_nowhere() -> None:
    seen = []

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"{}"))
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\n")
        try:
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        except (ConnectionError, OSError):
            pass

    async with a_server(endless) as place:
        status = await Poster(TENANT_SYSTEM, LOOPBACK).post(place, b"{}", {"webhook-id": "evt_1"})
    assert status == 307
    assert seen[0].startswith(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"webhook-id: evt_1\r\n" in seen[0]


async def test_silence_garbage_and_a_closed_door_are_told_apart() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def garbage(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        writer.close()

    async def longwinded(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 100_000)
        writer.close()

    poster = Poster(TENANT_SYSTEM, LOOPBACK, seconds=10)
    hurried = Poster(TENANT_SYSTEM, LOOPBACK, seconds=0.3)
    for asking, talk, reason in (
        (hurried, silent, "timeout"),
        (poster, garbage, "no_answer"),
        (poster, longwinded, "unreachable"),
    ):
        async with a_server(talk) as place:
            with pytest.raises(NotPosted, match=reason):
                await asking.post(place, b"{}", {})
    async with a_server(garbage) as closed:
        pass
    with pytest.raises(NotPosted, match="unreachable"):
        await poster.post(closed, b"{}", {})
    async with a_server(garbage) as plain:
        secure = Place(scheme="https", host="127.0.0.1", port=plain.port, target="/")
        with pytest.raises(NotPosted, match="tls_failed"):
            await poster.post(secure, b"{}", {})
