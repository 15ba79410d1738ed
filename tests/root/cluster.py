"""A deployment on several hosts: two that each run every service in one process and a gateway, and one for the stores.

Nothing is found by an address, nobody speaks without TLS, and the settings of the two hosts differ in nothing. A
service is set by one name that leads to both hosts, or by the names of both, so that each way is tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cli.folders import MIGRATIONS
from kernel.config import SERVICES, Config
from kernel.storage.migrate import migrate
from tests.engines import SECRET
from tests.faults.rig import Proc, listening, serving
from tests.kernel.test_mtls import Authority
from tests.root.debian import a_redis, a_server
from tests.root.hosts import Host, a_network

STORES = "stores"
PORT = 8400
#: Services that are set by one name for all of their replicas.
BY_ONE_NAME = ("identity", "chat")
_PORTS = {service: 8411 + number for number, service in enumerate(SERVICES)}


@dataclass(slots=True)
class Member:
    """A host with its two processes."""

    host: Host
    services: Proc
    gateway: Proc

    @property
    def place(self) -> str:
        """Where its gateway listens."""
        return f"{self.host.address}:{PORT}"

    def of(self, service: str) -> str:
        """Where one of its services listens."""
        return f"{self.host.address}:{_PORTS[service]}"


@dataclass(slots=True)
class Cluster:
    """The running deployment; `config` is how it is reached from outside of it."""

    config: Config
    members: list[Member]
    stores: Host

    @property
    def places(self) -> list[str]:
        """Where the gateways listen."""
        return [member.place for member in self.members]

    async def whole(self) -> None:
        """Waits until every process can be sent work."""
        await serving(self.config, *(member.of(service) for member in self.members for service in SERVICES))
        await listening(*self.places)

    async def roll(self) -> None:
        """Starts every process anew, one after another, each as soon as all are well."""
        for member in self.members:
            for process in (member.services, member.gateway):
                await asyncio.to_thread(process.stop)
                process.start()
                await self.whole()


@asynccontextmanager
async def a_cluster(folder: Path) -> AsyncIterator[Cluster]:
    """Yields a running deployment; the folder must be one to which the account of PostgreSQL can come."""
    names = ("north", "south")
    known = dict.fromkeys(BY_ONE_NAME, names)
    with ExitStack() as stack:
        hosts = stack.enter_context(a_network(*names, STORES, known=known, joined=True))
        stores = hosts[STORES]
        authority = Authority()
        for part in ("engines", *names):
            (folder / part).mkdir()
        certified = authority.settings(folder / "engines", STORES, names=(STORES, stores.address))
        redis_url = stack.enter_context(a_redis(folder / "engines", certified, host=STORES, by=stores.inside))
        server = stack.enter_context(a_server(folder / "engines", certified, by=stores.inside))
        trusted = folder / "authority"
        trusted.write_bytes(Path(certified.mtls_ca).read_bytes())
        database_url = server.url("verify-full", host=stores.address, authority=trusted)
        await migrate(database_url, SECRET, MIGRATIONS)
        inside = Config(
            database_url=server.url("verify-full", host=STORES, authority=trusted),
            redis_url=redis_url.replace(certified.mtls_ca, str(trusted)),
            secret_key=SECRET,
            bind="0.0.0.0",  # Its own network is all that there is.
            port=PORT,
            listen="0.0.0.0",
            journal_dir=str(folder / "journal"),
            post_rate=1000.0,
            frame_rate=1000.0,
            limit_requests=0,
            limit_starts=0,
            limit_sign_ins=0,
        ).with_addresses(
            {
                service: (f"{service}:{port}",) if service in BY_ONE_NAME else tuple(f"{name}:{port}" for name in names)
                for service, port in _PORTS.items()
            }
        )
        members = []
        for name in names:
            host = hosts[name]
            issued = authority.settings(folder / name, name, names=(*SERVICES, name, host.address))
            config = replace(
                inside,
                data_dir=folder / name,
                mtls_certificate=issued.mtls_certificate,
                mtls_key=issued.mtls_key,
                mtls_ca=issued.mtls_ca,
            )

            def proc(what: str, host: Host = host, name: str = name, config: Config = config) -> Proc:
                log = folder / f"{name}-{what}.log"
                return Proc(f"{name} {what}", ("-m", "cli", "serve", what), config, log, by=host.inside)

            members.append(Member(host, proc("all"), proc("gateway")))
        ours = authority.settings(folder, "outside")
        outside = replace(
            inside,
            database_url=database_url,
            data_dir=folder,
            mtls_certificate=ours.mtls_certificate,
            mtls_key=ours.mtls_key,
            mtls_ca=ours.mtls_ca,
        ).with_addresses({service: tuple(member.of(service) for member in members) for service in SERVICES})
        cluster = Cluster(outside, members, stores)
        processes = [process for member in members for process in (member.services, member.gateway)]
        try:
            for process in processes:
                process.start()
            await cluster.whole()
            yield cluster
        finally:
            for process in processes:
                process.stop()
