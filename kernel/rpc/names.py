"""Looks up where the replicas of a service are when several names are set for them, and looks again as time goes by.

gRPC follows one name by itself, however many addresses it has. Several names, such as those of several hosts, it does
not take, so that their addresses are looked up here and handed over as one list.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

import grpc.aio

from kernel.rpc.changing import ChangingChannel
from kernel.telemetry import logs

#: How many seconds pass at least between two look-ups of one channel.
EVERY = 3.0

_log = logs.get("channels")


def split(address: str) -> tuple[str, int] | None:
    """Returns the name and the port of an address that must be looked up; None where it is an address already."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit() or address.startswith(("unix:", "ipv4:", "ipv6:")):
        return None
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host.removeprefix("dns:///"), int(port)
    return None


async def resolve(name: str) -> list[str]:
    """Returns the addresses to which a name leads now; raises OSError where it leads nowhere."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def target_of(addresses: Iterable[str]) -> str:
    """Writes addresses, none of which is a name, as one gRPC target; such a target holds one kind of address only."""
    listed = sorted(set(addresses))
    if any(address.startswith("unix:") for address in listed):
        raise ValueError("replicas on Unix sockets cannot share one channel")
    old = [address for address in listed if not address.startswith("[")]
    return "ipv4:" + ",".join(old) if old else "ipv6:" + ",".join(listed)


Resolver = Callable[[str], Awaitable[Sequence[str]]]


class NamedChannel(ChangingChannel):
    """A channel to all addresses of several names, opened anew when they lead elsewhere."""

    def __init__(
        self, addresses: Sequence[str], opened: Callable[[str], grpc.aio.Channel], *, resolver: Resolver = resolve
    ) -> None:
        """Takes the addresses, names among them, how a target is opened, and how names are looked up later on.

        It looks them up once before it returns.
        """
        self._resolve = resolver
        self._addresses = addresses
        self._opened = opened
        self._known: dict[str, tuple[str, ...]] = {}
        for address in addresses:
            if (place := split(address)) is not None:
                try:
                    found = socket.getaddrinfo(place[0], None, type=socket.SOCK_STREAM)
                except OSError:
                    _log.warning("replicas could not be looked up", peer=address)
                    continue
                self._learn(address, place[1], [str(where[0]) for *_, where in found])
        self._target = self._written()
        self._looked = time.monotonic()
        self._looking: asyncio.Task[None] | None = None
        super().__init__(opened(self._target))

    @property
    def now(self) -> grpc.aio.Channel:
        """The channel for the next call. Whether the names lead elsewhere by now, a later call finds out."""
        if time.monotonic() - self._looked > EVERY and (self._looking is None or self._looking.done()):
            self._looked = time.monotonic()
            self._looking = asyncio.create_task(self.look())
        return self._channel

    async def look(self) -> None:
        """Looks the names up. One that leads nowhere changes nothing: what is known of it may still be good."""
        for address in self._addresses:
            if (place := split(address)) is not None:
                try:
                    self._learn(address, place[1], await self._resolve(place[0]))
                except OSError:
                    _log.warning("replicas could not be looked up", peer=address)
        target = self._written()
        if target != self._target:
            self._target = target
            self._change(self._opened(target))

    async def close(self, grace: float | None = None) -> None:
        """Closes it, and looks no further."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await super().close(grace)

    def _learn(self, address: str, port: int, hosts: Iterable[str]) -> None:
        self._known[address] = tuple(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts)

    def _written(self) -> str:
        found = [address for address in self._addresses if split(address) is None]
        found += [each for address in self._addresses for each in self._known.get(address, ())]
        # While nothing is known, gRPC tries the first name by itself and says that it is not there.
        return target_of(found) if found else self._addresses[0]
