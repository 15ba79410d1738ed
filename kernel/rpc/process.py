"""Runs one or several services in a process: what they share, in the order in which it starts and stops.

A service's `__main__` builds a `Part`: what it offers and what it does in the background. On a large deployment a
process runs one part, on a small machine all of them; each part listens on an address of its own either way, so
nothing else differs.
"""

from __future__ import annotations

import asyncio
import inspect
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from kernel import collector, egress
from kernel.clock import Clock, SystemClock
from kernel.config import CannotStart, Config
from kernel.events import Follower
from kernel.hints import Hints
from kernel.identity import KeyRing, Revocations
from kernel.identity.revocations import REVOKING
from kernel.journal import Journal, open_journal
from kernel.journal.journal import JournalUnavailable
from kernel.limits import SharedLimits
from kernel.rpc.channels import Channels
from kernel.rpc.server import Offer, Server, cancel
from kernel.storage import Database, readiness, runtime_url
from kernel.storage.replicas import ReplicatedDatabase
from kernel.telemetry import logs, metrics, traces
from kernel.valkey import open_redis

_log = logs.get("process")

#: No token that was issued longer ago than this is still good.
TOKENS_LIVE = timedelta(minutes=15)

Background = Callable[[], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Part:
    """One service, wired."""

    name: str
    offers: Sequence[Offer]
    background: Sequence[Background] = ()
    #: Runs before the part listens.
    prepare: Callable[[], Awaitable[None]] | None = None
    #: Runs when the drain starts, while calls are still being answered.
    drain: Callable[[], None] | None = None
    #: Runs after the last call was answered.
    close: Callable[[], Awaitable[None]] | None = None


@dataclass(slots=True)
class Process:
    """What the parts of a process share."""

    config: Config
    clock: Clock = field(default_factory=SystemClock)
    keys: KeyRing = field(default_factory=KeyRing)
    revocations: Revocations = field(default_factory=Revocations)
    _channels: dict[str, Channels] = field(default_factory=dict)
    _databases: list[tuple[str, Database]] = field(default_factory=list)
    _redis: Redis | None = None
    _hints: Hints | None = None
    _journal: Journal | None = None

    def database(self, service: str) -> Database:
        """Opens a service's way to its schema, under its own role."""
        config = self.config
        url = runtime_url(config.database_url, config.secret_key, service)
        replicas = [runtime_url(each, config.secret_key, service) for each in config.database_replicas]
        database: Database
        if replicas:
            database = ReplicatedDatabase(url, replicas, pooled=config.database_pooled)
        else:
            database = Database(url, pooled=config.database_pooled)
        self._databases.append((service, database))
        return database

    def channels(self, service: str) -> Channels:
        """Returns the channels of a service, whose calls bear its name."""
        return self._channels.setdefault(service, Channels(self.config, service))

    @property
    def redis(self) -> Redis:
        """The process's Redis client."""
        if self._redis is None:
            self._redis = open_redis(self.config.redis_url)
        return self._redis

    @property
    def hints(self) -> Hints:
        """The process's hints to other processes."""
        if self._hints is None:
            self._hints = Hints(self.redis)
        return self._hints

    @property
    def journal(self) -> Journal:
        """The process's way to write the deployment's journal."""
        if self._journal is None:
            self._journal = open_journal(self.config, self.clock)
        return self._journal

    @property
    def limits(self) -> SharedLimits:
        """The limits that all replicas share, by the clock of Redis, or by the process's own where it was given one."""
        given = None if isinstance(self.clock, SystemClock) else self.clock
        return SharedLimits(self.redis, self.config.secret_key, clock=given)

    def server(self, part: Part, listen: str) -> Server:
        """Returns a part's server."""
        server = Server(part.name, replace(self.config, listen=listen), self.keys, self.revocations)
        server.offer(*part.offers)
        return server

    def revocations_of(self, service: str) -> Follower:
        """Returns what keeps this process's revocations equal to what identity has announced."""
        return Follower(
            "identity",
            lambda event: self.revocations.hear(event.type, event.attributes, event.time.ToDatetime(UTC)),
            kinds=REVOKING,
            back=TOKENS_LIVE,
            channels=self.channels(service),
            hints=self.hints,
            clock=self.clock,
        )

    async def check(self, migrations: Mapping[str, Path]) -> None:
        """Raises CannotStart where the journal cannot be written, or the database is away, lets nobody in or is behind
        the migrations in the services' folders; RoleTooStrong where a role could step around row security.
        """
        try:
            await self.journal.check()
        except JournalUnavailable as error:
            raise CannotStart(
                f"the journal cannot be written ({getattr(error.__cause__, 'strerror', '')}): see that the folders of "
                "PARLEY_JOURNAL_DIR and PARLEY_JOURNAL_COPY_DIR are there, ours and not full."
            ) from None
        for service, database in self._databases:
            await readiness.check(database, service, migrations.get(service))

    async def close(self) -> None:
        """Closes what the parts shared."""
        for channels in self._channels.values():
            await channels.close()
        for _, database in self._databases:
            await database.close()
        if self._redis is not None:
            await self._redis.aclose()
        if self._journal is not None:
            self._journal.close()


Build = Callable[[Process], Part]


class Running:
    """The parts of a process while they run."""

    def __init__(self, process: Process, builds: Sequence[Build], *, background: bool = True) -> None:
        """Wires every part; nothing happens before `start`. Without `background`, they answer calls and do no more."""
        self._process = process
        self._background = background
        self.parts = [build(process) for build in builds]
        # Each service has its migrations beside what builds it.
        self._migrations = {
            part.name: Path(inspect.getfile(build)).with_name("migrations")
            for part, build in zip(self.parts, builds, strict=True)
        }
        self.servers: dict[str, Server] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Checks the roles, prepares the parts, starts to listen and to work in the background."""
        await self._process.check(self._migrations)
        for part in self.parts:
            if part.prepare is not None:
                await part.prepare()
        if self._background:
            # Everybody's first part follows what was revoked, for all parts of the process.
            follower = self._process.revocations_of(self.parts[0].name)
            self._tasks.append(asyncio.create_task(_kept_up("process", self._process.hints.run)))
            self._tasks.append(asyncio.create_task(_kept_up("process", follower.run)))
            self._tasks.append(asyncio.create_task(_kept_up("process", self._process.journal.keep)))
        for part in self.parts:
            server = self._process.server(part, self._process.config.listens(part.name))
            try:
                await server.start()
            except RuntimeError:
                # It says no more than that; what it had to say it wrote to the log of its own.
                raise CannotStart(
                    f"{part.name} cannot listen at {self._process.config.listens(part.name)}: somebody else does, or "
                    "it is no address of this machine. See PARLEY_LISTEN and "
                    f"PARLEY_{part.name.upper()}_ADDRESSES."
                ) from None
            self.servers[part.name] = server
            background = part.background if self._background else ()
            self._tasks.extend(asyncio.create_task(_kept_up(part.name, each)) for each in background)

    async def stop(self) -> None:
        """Drains: callers are told to go elsewhere, running calls finish, background work ends."""
        for part in self.parts:
            if part.drain is not None:
                part.drain()
        await asyncio.gather(*(server.stop() for server in self.servers.values()))
        await cancel(self._tasks)
        for part in self.parts:
            if part.close is not None:
                await part.close()
        await self._process.close()


async def _kept_up(service: str, background: Background) -> None:
    # Background work that fails is started again: a service without it would look well and lose its use silently.
    while True:
        try:
            await background()
            return
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001  # It is started again.
            _log.error("background work failed and starts again", service=service, exc_info=error)
            await asyncio.sleep(1.0)


def run(name: str, builds: Sequence[Build]) -> None:
    """Runs parts with the settings of this process's environment until it is told to stop."""
    config = Config.from_env()
    logs.configure(name, config.log_level)
    egress.activate(config)
    traces.configure(name, config.otlp_endpoint)
    with asyncio.Runner(loop_factory=egress.new_event_loop) as runner:
        runner.run(_run(name, config, builds))


async def _run(name: str, config: Config, builds: Sequence[Build]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    exporter = metrics.serve_metrics(config.metrics_port, address=config.metrics_bind) if config.metrics_port else None
    running = Running(Process(config), builds)
    try:
        await running.start()
        collector.settle()
        _log.info("service_started", service=name)
        await stop.wait()
        _log.info("service_draining", service=name)
    finally:
        await running.stop()
        if exporter is not None:
            exporter.close()
        traces.shutdown()
