"""Leads PostgreSQL's own programs to a server that wants TLS, which those that we bring along do not speak.

They speak to a socket in a folder that only this user can enter; from here on all is TLS, with a server that proved
itself as the address asks. Signing in is by challenge, so that no password is said on either side.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy import URL

MODES = frozenset({"require", "verify-ca", "verify-full"})
PORT = 5432
#: What a client says first that wants TLS, and what a server answers that has it.
_ASKED, _GRANTED = struct.pack("!ii", 8, 80877103), b"S"
#: How a server asks for a challenge to be answered, and the way to do so that hangs on the line's own TLS.
_SIGN_IN, _CHALLENGES, _BOUND = b"R", struct.pack("!i", 10), b"SCRAM-SHA-256-PLUS\0"
_CHUNK = 256 * 1024
_CONNECT_SECONDS = 20.0
_OWN_AUTHORITY = Path("~/.postgresql/root.crt")


@asynccontextmanager
async def bridged(url: URL) -> AsyncIterator[URL]:
    """Yields the address under which a program that speaks no TLS reaches a server: its own where none is asked for."""
    mode = _of(url, "sslmode")
    if mode not in MODES:
        yield url
        return
    place = (_of(url, "host") or url.host or "localhost", int(_of(url, "port") or url.port or PORT))
    context = _context(url, mode)
    lines: set[asyncio.Task[None]] = set()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(_lead(reader, writer, place, context))
        lines.add(line)
        line.add_done_callback(lines.discard)

    with tempfile.TemporaryDirectory(prefix="parley-") as folder:
        server = await asyncio.start_unix_server(begin, path=f"{folder}/.s.PGSQL.{PORT}")
        try:
            rest = {name: value for name, value in url.query.items() if not name.startswith("ssl")}
            yield url.set(host=None, port=None, query={**rest, "host": folder, "port": str(PORT)})
        finally:
            server.close()
            for line in tuple(lines):
                line.cancel()
            await asyncio.gather(*lines, return_exceptions=True)


def _of(url: URL, name: str) -> str:
    found = url.query.get(name, "")
    return found if isinstance(found, str) else found[0]


def _context(url: URL, mode: str) -> ssl.SSLContext:
    authority = _of(url, "sslrootcert") or (str(own) if (own := _OWN_AUTHORITY.expanduser()).is_file() else "")
    context = ssl.create_default_context(cafile=authority or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = mode == "verify-full"
    if mode == "require" and not _of(url, "sslrootcert"):
        context.verify_mode = ssl.CERT_NONE
    if certificate := _of(url, "sslcert"):
        context.load_cert_chain(certificate, _of(url, "sslkey") or None)
    return context


async def _lead(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: tuple[str, int], context: ssl.SSLContext
) -> None:
    """Carries one connection both ways until either side ends it; without TLS nothing is carried at all."""
    try:
        there, answers = await _opened(place, context)
    except OSError:
        # The program says that its connection was closed, and the command that it failed.
        writer.close()
        return
    try:
        await asyncio.gather(_carry(reader, answers), _answer(there, writer))
    finally:
        for each in (writer, answers):
            each.close()


async def _opened(place: tuple[str, int], context: ssl.SSLContext) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    line = await asyncio.to_thread(socket.create_connection, place, _CONNECT_SECONDS)
    try:
        line.setblocking(False)
        await loop.sock_sendall(line, _ASKED)
        # One byte and no more: what somebody in between has put behind it is then no TLS, and ends the connection.
        if await loop.sock_recv(line, 1) != _GRANTED:
            raise ConnectionError("the server has no TLS")
        return await asyncio.open_connection(sock=line, ssl=context, server_hostname=place[0])
    except BaseException:
        line.close()
        raise


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carries what the server says, without the one offer that a program on the other side of TLS cannot take."""
    with suppress(OSError, asyncio.IncompleteReadError):
        head = await reader.readexactly(5)
        body = await reader.readexactly(struct.unpack("!i", head[1:])[0] - 4) if head[:1] == _SIGN_IN else b""
        if body.startswith(_CHALLENGES):
            body = body.replace(_BOUND, b"")
            head = _SIGN_IN + struct.pack("!i", len(body) + 4)
        writer.write(head + body)
    await _carry(reader, writer)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_CHUNK):
            writer.write(piece)
            await writer.drain()
    writer.close()
