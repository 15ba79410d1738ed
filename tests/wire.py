"""Somebody who listens on the way between a client and a server."""

from __future__ import annotations

import asyncio
import contextlib


class Wire:
    """Whatever passes between a client and a server of this machine, as somebody on the way hears it."""

    def __init__(self, port: int) -> None:
        """Takes the server's port."""
        self._to = port
        self._server: asyncio.Server | None = None
        self.heard = bytearray()
        self.port = 0

    async def __aenter__(self) -> Wire:
        """Begins to listen."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Ends it."""
        assert self._server is not None
        self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, on = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            with contextlib.suppress(ConnectionError):
                await asyncio.gather(self._pass(reader, on), self._pass(there, writer))
        finally:
            for each in (on, writer):
                each.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            self.heard += data
            writer.write(data)
            await writer.drain()
        writer.close()
