"""Asks the DNS what a domain's owner published, for checks of a set-up. It decides nothing, and ends within seconds.

Names that exist on a machine or a network only are never asked for: no server outside would learn of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.txtbase import TXTBase

from kernel import egress
from kernel.config import Config
from kernel.privacy.recipients import NAME_SERVER, Place

#: How long all tries for one name take at most.
SECONDS = 3.0
#: What is known on a machine or in a network alone (RFC 6761, RFC 6762, RFC 8375, RFC 9476).
_LOCAL = frozenset({"localhost", "local", "test", "invalid", "internal", "alt", "onion", "arpa"})


class Outcome(Enum):
    """What became of a question."""

    FOUND = "found"
    #: The name is there, and has nothing of the kind.
    EMPTY = "empty"
    #: There is no such name.
    NO_SUCH_NAME = "no such name"
    #: No server answered in time, or none could.
    UNANSWERED = "unanswered"
    #: Nobody was asked: the name is a local one, or the deployment asks no DNS.
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the DNS says of a name: its texts, or its addresses."""

    outcome: Outcome
    values: tuple[str, ...] = ()


class Names:
    """The DNS, as a deployment reaches it."""

    def __init__(self, config: Config, *, seconds: float = SECONDS) -> None:
        """Reads from the settings who is asked."""
        self._places: tuple[Place, ...] = NAME_SERVER.places(config) if NAME_SERVER.places is not None else ()
        self._seconds = seconds

    async def texts(self, name: str) -> Answer:
        """Returns the texts of a name, each put together from its parts."""
        return await self._ask(name, "TXT")

    async def addresses(self, name: str) -> Answer:
        """Returns the addresses of a name, of both kinds."""
        found = [await self._ask(name, kind) for kind in ("A", "AAAA")]
        values = tuple(value for each in found for value in each.values)
        return Answer(Outcome.FOUND, values) if values else found[0]

    async def _ask(self, name: str, kind: str) -> Answer:
        if not self._places or name.rstrip(".").rpartition(".")[2].lower() in _LOCAL:
            return Answer(Outcome.UNASKED)
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.lifetime = self._seconds
        resolver.timeout = self._seconds / 2
        resolver.nameservers = []
        for host, port in self._places:
            # The library's datagrams pass by the loop's guard, so they are looked at here.
            egress.check(NAME_SERVER, host, port)
            resolver.nameservers.append(host)
            resolver.nameserver_ports[host] = port
        try:
            # The final dot keeps a machine's own search list out of it.
            answer = await resolver.resolve(name.rstrip(".") + ".", kind, search=False)
        except dns.resolver.NXDOMAIN:
            return Answer(Outcome.NO_SUCH_NAME)
        except dns.resolver.NoAnswer:
            return Answer(Outcome.EMPTY)
        except (dns.exception.DNSException, OSError):
            return Answer(Outcome.UNANSWERED)
        # Servers answer in any order; what is shown twice stands in one.
        return Answer(Outcome.FOUND, tuple(sorted(map(_value, answer))))


def _value(record: object) -> str:
    if isinstance(record, TXTBase):
        return b"".join(record.strings).decode(errors="replace")
    return str(record)
