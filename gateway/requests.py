"""What the gateway reads of a request: its headers, its body within bounds, and the address it came from.

A body has a largest size and a longest time, so that neither a large nor a slow sender holds anything up. Forwarding
headers are believed from the configured proxies and from nobody else.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable

from starlette.types import Receive, Scope

from gateway import problems

LARGEST_BODY = 1024 * 1024
BODY_SECONDS = 20.0
_DISCARD_BYTES, _DISCARD_SECONDS = 8 * 1024 * 1024, 2.0

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Disconnected(Exception):
    """The client went away before it had said everything."""


def header(scope: Scope, name: bytes) -> bytes:
    """Returns a header, or nothing; a header that stands there twice counts as absent, since two readers may differ."""
    found: bytes | None = None
    for key, value in scope["headers"]:
        if key == name:
            if found is not None:
                return b""
            found = value
    return found or b""


def text_header(scope: Scope, name: bytes) -> str:
    """Returns a header as text; bytes outside ASCII count as absent."""
    try:
        return header(scope, name).decode("ascii")
    except UnicodeDecodeError:
        return ""


def cookie(scope: Scope, name: str) -> str:
    """Returns a cookie's value, or nothing; a cookie that is sent twice counts as absent."""
    values = [
        value.strip()
        for key, line in scope["headers"]
        if key == b"cookie"
        for pair in line.decode("latin-1").split(";")
        for cookie_name, equals, value in [pair.partition("=")]
        if equals and cookie_name.strip() == name
    ]
    return values[0] if len(values) == 1 else ""


async def read_body(scope: Scope, receive: Receive, *, largest: int = LARGEST_BODY) -> bytes:
    """Reads the whole body; raises a Problem where it is too large or too slow."""
    declared = header(scope, b"content-length")
    if declared.isdigit() and int(declared) > largest:
        await discard(receive)
        raise problems.too_large(largest)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > largest:
                    await discard(receive)
                    raise problems.too_large(largest)
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise problems.too_slow() from None


async def discard(receive: Receive) -> None:
    """Reads on for a moment without keeping anything: who is cut off while sending never reads the refusal."""
    size = 0
    try:
        async with asyncio.timeout(_DISCARD_SECONDS):
            while size < _DISCARD_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


class Proxies:
    """Decides where a request came from, and whether it came by TLS."""

    def __init__(self, trusted: Iterable[str]) -> None:
        """Takes the networks whose forwarding headers are believed."""
        self._trusted: tuple[Network, ...] = tuple(ipaddress.ip_network(each, strict=False) for each in trusted)

    def address(self, scope: Scope) -> str:
        """Returns the address of the client: the nearest one that is not a trusted proxy."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self._trusts(peer):
            return str(peer)
        forwarded = ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == b"x-forwarded-for")
        for hop in reversed([each.strip() for each in forwarded.split(",")]):
            if _address(hop) is None:
                break
            peer = hop
            if not self._trusts(hop):
                break
        return str(peer)

    def scheme(self, scope: Scope) -> str:
        """Returns `http` or `https`, as the client spoke to us or to a trusted proxy."""
        peer = scope["client"][0] if scope.get("client") else ""
        if self._trusts(peer) and text_header(scope, b"x-forwarded-proto") in ("http", "https"):
            return text_header(scope, b"x-forwarded-proto")
        return "https" if scope["scheme"] in ("https", "wss") else "http"

    def _trusts(self, text: str) -> bool:
        if not self._trusted:
            return False
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
