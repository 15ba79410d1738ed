"""Runs the gateway on a port: uvicorn with our protocols, TLS from certificate files, and an ordered drain.

The order of a drain: `/readyz` says no, so that nobody new is sent here; after the configured while the listener
closes; sockets are closed so that their clients reconnect elsewhere; what is being answered is finished.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from gateway.app import Gateway
from gateway.live.wire import Wire
from gateway.wire_http import BoundedHttp
from kernel.config import Config
from kernel.telemetry import logs

LARGEST_FRAME = 64 * 1024
PING_SECONDS = 25.0
FINISH_SECONDS = 10
KEEP_ALIVE_SECONDS = 65
#: How much the system keeps for a client that does not read, and for how long; what it holds, no process can give up.
SEND_BUFFER = 256 * 1024
UNREAD_MILLISECONDS = 30_000
#: How often a gateway with a certificate of its own looks whether that was renewed.
LOOK_SECONDS = 10.0

_log = logs.get("gateway")


class _Uvicorn(uvicorn.Server):
    """uvicorn, which leaves the signals to whoever started it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


class Server:
    """The gateway on a port."""

    def __init__(self, app: Gateway, config: Config) -> None:
        """Takes the gateway, and the settings that say where it listens; port 0 takes a free one."""
        self._app = app
        self._config = config
        self._serving: asyncio.Task[None] | None = None
        self._renewing: asyncio.Task[None] | None = None
        #: What takes a renewed certificate, where the gateway has one of its own and runs.
        self.renewal: Renewal | None = None
        self.port = 0
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                app,
                http=BoundedHttp,
                ws=Wire,
                ws_max_size=LARGEST_FRAME,
                ws_ping_interval=PING_SECONDS,
                ws_ping_timeout=PING_SECONDS,
                ws_per_message_deflate=False,
                lifespan="on",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=FINISH_SECONDS,
                backlog=4096,
                ssl_certfile=config.tls_certificate or None,
                ssl_keyfile=config.tls_key or None,
                ssl_ciphers="ECDHE+AESGCM:ECDHE+CHACHA20",
            )
        )

    async def start(self) -> None:
        """Starts to listen; raises OSError where the port is taken, and ssl.SSLError for a bad certificate."""
        self._uvicorn.config.load()
        if self._uvicorn.config.ssl is not None:
            self._uvicorn.config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
            self.renewal = Renewal(
                self._uvicorn.config.ssl, Path(self._config.tls_certificate), Path(self._config.tls_key)
            )
            self._renewing = asyncio.create_task(self.renewal.run())
        listener = bind(self._config.bind, self._config.port)
        self.port = int(listener.getsockname()[1])
        self._serving = asyncio.create_task(self._uvicorn.serve(sockets=[listener]))
        while not self._uvicorn.started:
            # uvicorn tells nobody that it has started; it takes a few turns of the loop.
            await asyncio.wait((self._serving,), timeout=0.005)
            if self._serving.done():
                self._serving.result()
                raise RuntimeError("the gateway ended while it started")

    @property
    def connections(self) -> int:
        """How many connections are open that are no sockets."""
        return sum(isinstance(each, BoundedHttp) for each in self._uvicorn.server_state.connections)

    async def stop(self) -> None:
        """Drains and stops."""
        if self._serving is None:
            return
        if self._renewing is not None:
            self._renewing.cancel()
        self._app.not_ready()
        if self._config.drain_seconds:
            await asyncio.sleep(self._config.drain_seconds)
        self._app.drain()
        self._uvicorn.should_exit = True
        await self._serving


class Renewal:
    """Takes a renewed certificate from the next handshake on; what is open stays, and what does not fit is left."""

    def __init__(self, context: ssl.SSLContext, certificate: Path, key: Path) -> None:
        """Takes what handshakes are made with, and the files of which it was made."""
        self._context = context
        self._files = (certificate, key)
        self._seen = self._stamps()

    async def run(self) -> None:
        """Looks again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> bool:
        """Looks once, and says whether there was something new that could be taken."""
        stamps = self._stamps()
        if stamps == self._seen or not stamps:
            return False
        self._seen = stamps
        try:
            # A pair that is half written must not spoil the one at hand, so that another context tries it first.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)
            self._context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            _log.error("the new certificate cannot be used; the old one stays", error=type(error).__name__)
            return False
        return True

    def _stamps(self) -> tuple[tuple[int, int, int], ...]:
        try:
            return tuple(
                (each.st_mtime_ns, each.st_ino, each.st_size) for each in (path.stat() for path in self._files)
            )
        except OSError:
            # Somebody is exchanging them.
            return ()


def bind(address: str, port: int) -> socket.socket:
    """Opens the listening socket."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # asyncio sends what it is given at once only where a socket says that it speaks TCP. An answer is written in two
    # pieces, and the second would wait until the client has acknowledged the first, which takes its system 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # What is accepted takes these over.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MILLISECONDS)
    listener.bind((address, port))
    listener.setblocking(False)
    return listener
