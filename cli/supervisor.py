"""Starts everything on one machine: engines, migrations, a process with all services, one each for gateway and mail.

Each child ends with its parent, whatever ends the parent. What the children need to know they get by their
environment, which no other user of the machine can read.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.demo import card, seed
from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel.config import SERVICES, Config, deployment_key
from kernel.embedded import EngineError, EngineUrls, engines_from
from kernel.rpc.channels import open_channel
from kernel.storage.migrate import migrate
from kernel.storage.rewrite import next_time

START_SECONDS = 60.0
STOP_SECONDS = 20.0
#: A part that ends by itself is started again, unless it has ended so often within so long.
MOST_ENDS, ENDS_SECONDS = 5, 60.0
_PR_SET_PDEATHSIG = 1


class StartFailed(Exception):
    """Something did not start; the message says what and where to look."""


def up(config: Config, *, demo: bool) -> int:
    """Starts everything, says where to go, and stays until a signal, or until a part ends by itself again and again."""
    data_dir = config.data_dir.absolute()
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    ports = _free_ports()
    config = replace(
        config,
        data_dir=data_dir,
        secret_key=config.secret_key or deployment_key(data_dir),
        # Whoever tries the demo has no public address to be told at.
        webhook_networks=config.webhook_networks or (("127.0.0.0/8",) if demo else ()),
        mail_listen=config.mail_listen or f"127.0.0.1:{ports[-1]}",
    ).with_addresses({name: (f"127.0.0.1:{port}",) for name, port in zip(SERVICES, ports, strict=False)})
    _check_port(config)
    with _signals() as stop, engines_from(_told(config, "Starting PostgreSQL and Valkey")) as engines:
        config = replace(config, database_url=engines.database_url, redis_url=engines.redis_url)
        _say("Bringing the database up to date")
        asyncio.run(migrate(config.database_url, config.secret_key, MIGRATIONS, declared=METADATA.values()))
        with contextlib.ExitStack() as children:
            _say("Starting the services")
            services = children.enter_context(_part(config, "all"))
            asyncio.run(_until_serving(config, services.child))
            people = asyncio.run(seed.seed(config, _say)) if demo else None
            _say("Starting the gateway")
            gateway = children.enter_context(_part(_for_gateway(config, 1), "gateway", *(["--demo"] if demo else [])))
            mail = children.enter_context(_part(_for_gateway(config, 2), "mail"))
            _until_ready(config, gateway.child)
            _until_open(config, mail.child)
            print(card.write(config, people), flush=True)
            engines_ends = _Ends()
            nightly = children.enter_context(_nightly(config))
            while not stop():
                _mend(engines, engines_ends, config)
                for part in (services, gateway, mail):
                    part.look()
                nightly.look(datetime.now(UTC))
            _say("Stopping")
    return 0


def _told(config: Config, what: str) -> Config:
    _say(what)
    return config


def _say(what: str) -> None:
    print(f"· {what}", flush=True)


def _free_ports() -> list[int]:
    ports: list[int] = []
    with contextlib.ExitStack() as held:
        # The last one is for mail.
        for _ in (*SERVICES, "mail"):
            listener = held.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            ports.append(listener.getsockname()[1])
    return ports


def _check_port(config: Config) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.bind, config.port))
        except OSError:
            raise StartFailed(
                f"port {config.port} is taken; choose another one, for example PARLEY_PORT=8500 make run"
            ) from None


@contextlib.contextmanager
def _signals() -> Iterator[Callable[[], bool]]:
    told: list[int] = []

    def note(number: int, _: object) -> None:
        told.append(number)
        if len(told) == 1:
            # Whatever is being waited for is given up; the parts are stopped in their order on the way out.
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield lambda: bool(told)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _log_path(config: Config, name: str) -> Path:
    return config.data_dir / "log" / f"{name}.log"


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _for_gateway(config: Config, number: int) -> Config:
    # The doors face strangers and need no database; two processes cannot have one port.
    return replace(config, database_url="", metrics_port=config.metrics_port and config.metrics_port + number)


class _Ends:
    """How often something has ended by itself lately."""

    def __init__(self) -> None:
        self._ends: list[float] = []

    def are_too_many(self) -> bool:
        """Counts one more."""
        now = time.monotonic()
        self._ends = [*(end for end in self._ends if end > now - ENDS_SECONDS), now]
        return len(self._ends) > MOST_ENDS


def _mend(engines: EngineUrls, ends: _Ends, config: Config) -> None:
    try:
        name = engines.mend()
    except EngineError:
        # What is left of a killed PostgreSQL may take a moment to end; only then it starts again.
        if ends.are_too_many():
            raise
        return
    if name is not None:
        _say(f"{name} ended by itself and was started again; see {config.data_dir / 'engines' / name.lower()}")
        if ends.are_too_many():
            raise StartFailed(f"{name} ends by itself again and again; its log is in the data folder")


class _Part:
    """A child process, which is started again when it ends by itself."""

    def __init__(self, config: Config, service: str, *arguments: str) -> None:
        self._config = config
        self._words = (service, *arguments)
        self._name = "services" if service == "all" else service
        self._ends = _Ends()
        self.child = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        path = _log_path(self._config, self._name)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "cli", "serve", *self._words],
                env=os.environ | self._config.as_env(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # In a group of its own, the terminal's Ctrl-C reaches it through its parent and in the right order.
                process_group=0,
                # This process has no threads, so that a function between fork and exec is safe here.
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )

    def look(self) -> None:
        """Waits a moment; starts the process again where it has ended, and raises where it ends all the time."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(timeout=0.25)
            log = _log_path(self._config, self._name)
            if self._ends.are_too_many():
                raise StartFailed(f"the {self._name} process ends by itself again and again; see {log}")
            _say(f"The {self._name} process ended by itself and is started again; see {log}")
            self.child = self._start()

    def stop(self) -> None:
        """Ends the process, and waits until it has."""
        self.child.terminate()
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class _Nightly:
    """Clears the bytes of what was erased, in a process of its own: once a day, and at the start what is overdue."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._next = next_time(datetime.now(UTC))
        self._child: subprocess.Popen[bytes] | None = self._start("--overdue")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        path = _log_path(self._config, "maintain")
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "cli", "maintain", *arguments],
                env=os.environ | self._config.as_env(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )

    def look(self, now: datetime) -> None:
        """Starts the day's run when it is time; one that still runs is left to finish."""
        if self._child is not None and (ended := self._child.poll()) is not None:
            self._child = None
            if ended:
                _say(f"Some tables still hold bytes of what was erased; see {_log_path(self._config, 'maintain')}")
        if now >= self._next and self._child is None:
            self._next = next_time(now)
            self._child = self._start()

    def stop(self) -> None:
        """Ends a run; what it has not cleared yet is marked, and is overdue at the next start."""
        if self._child is not None:
            self._child.terminate()
            self._child.wait()


@contextlib.contextmanager
def _nightly(config: Config) -> Iterator[_Nightly]:
    nightly = _Nightly(config)
    try:
        yield nightly
    finally:
        nightly.stop()


@contextlib.contextmanager
def _part(config: Config, service: str, *arguments: str) -> Iterator[_Part]:
    part = _Part(config, service, *arguments)
    try:
        yield part
    finally:
        part.stop()


async def _until_serving(config: Config, child: subprocess.Popen[bytes]) -> None:
    deadline = asyncio.get_running_loop().time() + START_SECONDS
    for service in SERVICES:
        async with open_channel(config.addresses(service)[0], config) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            while True:
                with contextlib.suppress(grpc.aio.AioRpcError):
                    answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=2)
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        break
                _check_alive(config, child, "services", asyncio.get_running_loop().time() > deadline)
                await asyncio.sleep(0.05)


def _until_ready(config: Config, child: subprocess.Popen[bytes]) -> None:
    # The certificate is made out to the name by which people know the gateway, not to its address on loopback.
    context = ssl._create_unverified_context() if config.tls_certificate else None  # noqa: S323
    address = f"{'https' if context else 'http'}://127.0.0.1:{config.port}/readyz"
    deadline = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2, context=context):  # noqa: S310  # Our own address.
            return
        _check_alive(config, child, "gateway", time.monotonic() > deadline)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=0.05)


def _until_open(config: Config, child: subprocess.Popen[bytes]) -> None:
    host, _, port = config.mail_listen.rpartition("://")[2].rpartition(":")
    deadline = time.monotonic() + START_SECONDS
    while True:
        # One that listens everywhere is found here as well.
        place = ("127.0.0.1" if host in ("", "0.0.0.0", "[::]") else host.strip("[]"), int(port))  # noqa: S104
        with contextlib.suppress(OSError), socket.create_connection(place, timeout=2):
            return
        _check_alive(config, child, "mail", time.monotonic() > deadline)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=0.05)


def _check_alive(config: Config, child: subprocess.Popen[bytes], name: str, late: bool) -> None:
    if child.poll() is not None or late:
        raise StartFailed(f"the {name} did not start; see {_log_path(config, name)}")
