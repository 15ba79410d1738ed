"""A server of the domain name system on loopback: it says what a test publishes, and keeps silent about the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass(slots=True)
class Zone:
    """What is published: texts and addresses by name, and the names about which the server keeps silent."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    addresses: dict[str, list[str]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def has(self, name: str) -> bool:
        """Says whether a name is there, by itself or because something stands below it."""
        return any(each == name or each.endswith(f".{name}") for each in (*self.texts, *self.addresses))

    def answer(self, question: bytes, *, whole: bool) -> bytes | None:
        """Returns the answer to a question; None for silence. Over datagrams a long one is cut short."""
        query = dns.message.from_wire(question)
        (asked,) = query.question
        name, kind = asked.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append(name)
        if name in self.silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif not self.has(name):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif kind == "TXT" and self.texts.get(name):
            # A text of more than 255 bytes is published in parts.
            parts = [
                " ".join(f'"{each[at : at + 200]}"' for at in range(0, len(each), 200)) for each in self.texts[name]
            ]
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "TXT", *parts))
        elif kind == "A" and self.addresses.get(name):
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", *self.addresses[name]))
        if not whole and len(answer.to_wire()) > 512:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
        return answer.to_wire()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, zone: Zone) -> None:
        self._zone = zone

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # A narrower one.
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (answer := self._zone.answer(data, whole=False)) is not None:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def a_nameserver(zone: Zone) -> AsyncIterator[Zone]:
    """Serves a zone on a port of loopback, by datagrams and by streams, until the end."""

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        size = int.from_bytes(await reader.readexactly(2), "big")
        if (answer := zone.answer(await reader.readexactly(size), whole=True)) is not None:
            writer.write(len(answer).to_bytes(2, "big") + answer)
            await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    streams = await asyncio.start_server(stream, "127.0.0.1", 0)
    zone.port = streams.sockets[0].getsockname()[1]
    datagrams, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(zone), local_addr=("127.0.0.1", zone.port))
    try:
        yield zone
    finally:
        datagrams.close()
        streams.close()
        await streams.wait_closed()
