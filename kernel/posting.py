"""Posts to systems whose addresses tenants name: to public addresses only, to the one that was looked at, and nowhere
that it is sent on to.

A name is resolved once and the connection goes to the address that was judged, so that a name which leads elsewhere a
moment later gains nothing. Addresses of this machine and of private networks are refused, unless the operator of the
platform names their network. Of the answer, nothing but the status is read.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from kernel import egress
from kernel.privacy.recipients import Recipient
from kernel.telemetry import logs

SECONDS = 10.0
_LONGEST_HEAD = 16_384
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")
_log = logs.get("posting")

Network = IPv4Network | IPv6Network
#: Ways by which an IPv4 address hides in an IPv6 one that looks public: NAT64, 6to4, Teredo.
_DISGUISES = tuple(ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


class NotPosted(Exception):
    """Nothing came of it; `reason` is a word from a closed list, and says nothing of the address."""

    def __init__(self, reason: str) -> None:
        """Takes the word."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to post to, taken apart."""

    scheme: str
    host: str
    port: int
    target: str


class Poster:
    """Posts to a recipient's places."""

    def __init__(self, recipient: Recipient, networks: Sequence[str], *, seconds: float = SECONDS) -> None:
        """Takes the recipient, whom the registry names, and the networks that are let in though they are not public."""
        self._recipient = recipient
        self._networks: list[Network] = [ip_network(each) for each in networks]
        self._seconds = seconds
        self._tls = ssl.create_default_context()

    async def post(self, place: Place, body: bytes, headers: Mapping[str, str]) -> int:
        """Posts a JSON document and returns the status that is answered; raises NotPosted where none is."""
        try:
            async with asyncio.timeout(self._seconds):
                address = await self._resolve(place)
                with egress.lend(self._recipient, str(address), place.port):
                    return await self._exchange(place, str(address), body, headers)
        except TimeoutError:
            raise NotPosted("timeout") from None
        except ssl.SSLError:
            raise NotPosted("tls_failed") from None
        except (OSError, EOFError, ValueError):
            raise NotPosted("unreachable") from None

    def is_let_in(self, address: IPv4Address | IPv6Address) -> bool:
        """Says whether an address is public, or of a network that the operator of the platform names."""
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in each for each in self._networks if each.version == address.version):
            return True
        if any(address in each for each in _DISGUISES if each.version == address.version):
            return False
        return address.is_global and not address.is_multicast and not address.is_reserved

    async def _resolve(self, place: Place) -> IPv4Address | IPv6Address:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(place.host, place.port, type=1, proto=6)
        except OSError:
            raise NotPosted("unreachable") from None
        # An address with a zone is of a link of this machine.
        addresses = [ip_address(str(each[4][0])) for each in found if "%" not in str(each[4][0])]
        # A name that leads to one private address besides public ones is not trusted with any.
        if not addresses or not all(self.is_let_in(each) for each in addresses):
            raise NotPosted("address_refused")
        if place.scheme == "http" and not all(each.is_loopback for each in addresses):
            raise NotPosted("address_refused")
        return addresses[0]

    async def _exchange(self, place: Place, address: str, body: bytes, headers: Mapping[str, str]) -> int:
        is_secure = place.scheme == "https"
        reader, writer = await asyncio.open_connection(
            address,
            place.port,
            ssl=self._tls if is_secure else None,
            server_hostname=place.host if is_secure else None,
            limit=_LONGEST_HEAD,
        )
        try:
            host = f"[{place.host}]" if ":" in place.host else place.host
            usual = 443 if is_secure else 80
            lines = {
                "Host": host if place.port == usual else f"{host}:{place.port}",
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                "User-Agent": "Parley-Webhooks/1",
                "Connection": "close",
                **headers,
            }
            head = f"POST {place.target} HTTP/1.1\r\n" + "".join(f"{name}: {text}\r\n" for name, text in lines.items())
            writer.write(head.encode("ascii") + b"\r\n" + body)
            await writer.drain()
            while True:
                status = _STATUS.match(await reader.readline())
                if status is None:
                    raise NotPosted("no_answer")
                if not status[1].startswith(b"1"):
                    return int(status[1])
                # A word in between; the answer comes after it.
                while (await reader.readline()).strip():
                    pass
        finally:
            # Whatever else there is, nobody waits for it: an endpoint that talks on for ever is talking to itself.
            writer.transport.abort()
