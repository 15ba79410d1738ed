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

import uvicorn

from gateway.app import Gateway
from gateway.live.wire import Wire
from gateway.wire_http import BoundedHttp
from kernel.certificates import ShownCertificate
from kernel.config import CannotStart, Config

LARGEST_FRAME = 64 * 1024
PING_SECONDS = 25.0
FINISH_SECONDS = 10
KEEP_ALIVE_SECONDS = 65
#: How much the system keeps for a client that does not read, and for how long; what it holds, no process can give up.
SEND_BUFFER = 256 * 1024
UNREAD_MILLISECONDS = 30_000


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
        #: The gateway's own certificate, where it has one.
        self.certificate = certificate_of(config)
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
                ssl_context_factory=None if self.certificate is None else self._context,
            )
        )

    async def start(self) -> None:
        """Starts to listen; raises CannotStart where the port is taken."""
        self._uvicorn.config.load()
        if self.certificate is not None:
            self._renewing = asyncio.create_task(self.certificate.keep())
        try:
            listener = bind(self._config.bind, self._config.port)
        except OSError as error:
            raise CannotStart(
                f"the gateway cannot listen at {self._config.bind}:{self._config.port} ({error.strerror}): see "
                "PARLEY_BIND and PARLEY_PORT."
            ) from None
        self.port = int(listener.getsockname()[1])
        self._serving = asyncio.create_task(self._uvicorn.serve(sockets=[listener]))
        while not self._uvicorn.started:
            # uvicorn tells nobody that it has started; it takes a few turns of the loop.
            await asyncio.wait((self._serving,), timeout=0.005)
            if self._serving.done():
                self._serving.result()
                raise RuntimeError("the gateway ended while it started")

    def _context(self, *_: object) -> ssl.SSLContext:
        assert self.certificate is not None
        return self.certificate.context

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


def certificate_of(config: Config) -> ShownCertificate | None:
    """Returns the gateway's own certificate, or None where there is none; raises WrongSetting for one of no use."""
    if not config.tls_certificate:
        return None
    certificate = ShownCertificate(
        config.tls_certificate, config.tls_key, settings="PARLEY_TLS_CERTIFICATE and PARLEY_TLS_KEY"
    )
    certificate.context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    return certificate


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
