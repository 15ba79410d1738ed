"""Lets nothing out but to those whom the registry of recipients names: every connection of a process is looked at.

A running service or gateway is guarded from its start: connections of its event loop, of its threads, and the channels
that libraries open themselves are compared with the places that `kernel.privacy.recipients` reads from the settings,
and with the platform's own services. Anything else is refused before a byte is sent, whoever asked for it.
"""

from __future__ import annotations

import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from kernel import connections
from kernel.config import SERVICES, Config
from kernel.privacy.recipients import RECIPIENTS, Place, Recipient
from kernel.telemetry import logs, metrics

#: What the platform's own services are called among the places.
OURSELVES = "platform"
_RESOLVED_FOR = 60.0

_log = logs.get("egress")
_connections = metrics.counter("egress", "Connections to the outside, by recipient and outcome.", ("kind", "outcome"))


class EgressDenied(PermissionError):
    """A connection to somebody whom the registry does not name. It does not say to whom: an address may be a word."""

    def __init__(self) -> None:
        """Says what to do about it."""
        super().__init__("nothing is sent to a place that no declared recipient has")


class Guard:
    """The places to which one deployment may connect, and whose each of them is."""

    def __init__(self, config: Config) -> None:
        """Reads the places from the settings."""
        self._places: dict[Place, str] = {}
        for service in SERVICES:
            for address in config.addresses(service):
                if place := _place_of(address):
                    self._places[place] = OURSELVES
        for recipient in RECIPIENTS.values():
            for place in recipient.places(config) if recipient.places is not None else ():
                self._places[_plain(*place)] = recipient.name
        self._resolved: dict[Place, str] = {}
        #: Places that tenants name, each for as long as something is on its way there, and how many things are.
        self._lent: Counter[tuple[Place, str]] = Counter()
        self._resolved_at = float("-inf")

    def whose(self, host: str, port: int) -> str | None:
        """Returns whose a place is, by its name or by its address; None where nobody has it."""
        place = _plain(host, port)
        found = self._places.get(place) or self._lent_to(place) or self._resolved.get(place)
        if found is None and time.monotonic() - self._resolved_at > _RESOLVED_FOR:
            self._resolve()
            found = self._resolved.get(place)
        return found

    def check(self, host: str, port: int, recipient: Recipient | None = None) -> None:
        """Raises EgressDenied where a place is nobody's, or another recipient's than the one who is meant."""
        whose = self.whose(host, port)
        if whose is None or (recipient is not None and whose != recipient.name):
            _connections.labels("undeclared" if recipient is None else recipient.name, "denied").inc()
            _log.error("a connection was denied", port=port)
            raise EgressDenied
        _connections.labels(whose, "allowed").inc()
        connections.note(host, port, whose)

    def _lent_to(self, place: Place) -> str | None:
        return next((whose for lent, whose in self._lent if lent == place), None)

    @contextmanager
    def lend(self, host: str, port: int, recipient: Recipient) -> Iterator[None]:
        """Lets connections to a place of a recipient out until the end."""
        entry = (_plain(host, port), recipient.name)
        # One of our own places is never a tenant's: who is let in there is asked elsewhere.
        if entry[0] in self._places or entry[0] in self._resolved:
            _connections.labels(recipient.name, "denied").inc()
            raise EgressDenied
        self._lent[entry] += 1
        try:
            yield
        finally:
            self._lent[entry] -= 1
            if not self._lent[entry]:
                del self._lent[entry]

    def _resolve(self) -> None:
        """Learns the addresses of the places: threads connect by address, after a look-up of their own."""
        self._resolved_at = time.monotonic()
        for (host, port), whose in self._places.items():
            try:
                found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except OSError:
                continue
            self._resolved.update({_plain(str(address[4][0]), port): whose for address in found})


_guard: Guard | None = None
_is_hooked = False


def activate(config: Config) -> None:
    """Guards this process from now on."""
    global _guard
    watch(config.connections_dir)
    _guard = Guard(config)
    _hook()


def watch(folder: str) -> None:
    """Notes in a folder to whom this process connects, guarded or not; an empty one changes nothing."""
    if folder:
        connections.note_in(Path(folder))
        _hook()


def _hook() -> None:
    global _is_hooked
    if not _is_hooked:
        # A hook cannot be taken away, which is what makes it worth having; it asks for the guard each time.
        sys.addaudithook(_look)
        _is_hooked = True


def check(recipient: Recipient, host: str, port: int) -> None:
    """Raises EgressDenied where a library is about to connect to a place that is not the recipient's.

    It is for libraries whose connections neither Python nor its loop sees, and does nothing in an unguarded process.
    """
    if RECIPIENTS.get(recipient.name) is not recipient:
        raise EgressDenied
    if _guard is not None:
        _guard.check(host, port, recipient)


@contextmanager
def lend(recipient: Recipient, host: str, port: int) -> Iterator[None]:
    """Lets connections to an address out that a tenant named, for as long as something is on its way there.

    The recipient must be one whose places tenants name; whether the address is a good one is the caller's to judge.
    """
    if RECIPIENTS.get(recipient.name) is not recipient or not recipient.is_lent:
        raise EgressDenied
    if _guard is None:
        yield
        return
    with _guard.lend(host, port, recipient):
        yield


def check_target(target: str) -> None:
    """Raises EgressDenied where a gRPC target is none of the platform's own services."""
    if _guard is None and not connections.is_noting():
        return
    for address in target.removeprefix("ipv4:").removeprefix("dns:///").split(","):
        if place := _place_of(address):
            _check_now(*place)


class GuardedLoop(uvloop.Loop):
    """An event loop that connects to declared places only."""

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        """Connects, if the place is somebody's."""
        if options.get("sock") is None:
            _check_now(host, port)
        return await super().create_connection(protocol_factory, host, port, **options)

    async def create_datagram_endpoint(
        self, protocol_factory: Any, local_addr: Any = None, remote_addr: Any = None, **options: Any
    ) -> Any:
        """Opens an endpoint, if the place that it sends to is somebody's."""
        if remote_addr is not None:
            _check_now(remote_addr[0], remote_addr[1])
        return await super().create_datagram_endpoint(protocol_factory, local_addr, remote_addr, **options)


def new_event_loop() -> GuardedLoop:
    """Makes the loop of a guarded process."""
    return GuardedLoop()


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto") and (_guard is not None or connections.is_noting()):
        address = arguments[1]
        # A path is a socket of this machine.
        if isinstance(address, tuple) and len(address) >= 2:
            _check_now(address[0], address[1])


def _check_now(host: Any, port: Any) -> None:
    place = host.decode() if isinstance(host, bytes) else str(host), int(port)
    if _guard is None:
        connections.note(*place, "")
    else:
        _guard.check(*place)


def _place_of(address: str) -> Place | None:
    if address.startswith("unix:"):
        return None
    host, _, port = address.rpartition(":")
    return _plain(host, int(port)) if port.isdigit() else None


def _plain(host: str, port: int) -> Place:
    return host.strip("[]").lower().rstrip("."), port
