"""Knows the chat replicas: the addresses that are set, and those to which a set name leads at the moment.

A name such as that of a headless service in a cluster leads to as many addresses as there are replicas. It is looked up
again and again, so that a new replica gets its stream within seconds and one that is gone is forgotten. A name that
cannot be looked up changes nothing: the streams that stand are worth more than a resolver's bad moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import grpc.aio

from kernel.rpc.names import EVERY, Resolver, resolve, split
from kernel.telemetry import logs

_log = logs.get("gateway")


@dataclass(frozen=True, slots=True)
class Replica:
    """One replica: the address that sockets are routed by, and the name under which it was found, if it was one."""

    address: str
    name: str = ""


Opener = Callable[[Replica], grpc.aio.Channel]


class Replicas:
    """The replicas of one deployment."""

    def __init__(
        self, addresses: Sequence[str], open_channel: Opener, *, resolver: Resolver = resolve, every: float = EVERY
    ) -> None:
        """Takes the set addresses, what opens a channel to one replica, and how and how often names are looked up."""
        self.open_channel = open_channel
        self.every = every
        self._resolve = resolver
        self.has_names = any(split(address) is not None for address in addresses)
        self._addresses = addresses
        self._known: dict[str, frozenset[Replica]] = {}

    def fixed(self) -> list[Replica]:
        """Returns those that need no looking up."""
        return [Replica(address) for address in self._addresses if split(address) is None]

    async def current(self) -> list[Replica]:
        """Looks the names up and returns all replicas that there are now, each once."""
        found = {replica.address: replica for replica in self.fixed()}
        for address in self._addresses:
            if (place := split(address)) is not None:
                found |= {replica.address: replica for replica in await self._look_up(address, *place)}
        return list(found.values())

    async def _look_up(self, address: str, name: str, port: int) -> frozenset[Replica]:
        try:
            hosts = await self._resolve(name)
        except OSError:
            _log.warning("replicas could not be looked up", peer=address)
            return self._known.get(address, frozenset())
        found = frozenset(Replica(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", name) for host in hosts)
        self._known[address] = found
        return found
