"""The whole chain of a community: a gateway and all services as processes, and clients that ask over HTTP.

Everything runs on this one machine, the clients included. What is asked for goes through the gateway's own port with
the headers that a browser sends, and through gRPC to PostgreSQL where the gateway does not have it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import secrets
import sys
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus
from uuid import UUID, uuid4

import asyncpg
from parley.identity.v1 import tenant_pb2, tenant_pb2_grpc

from bench import processes
from bench.readers import Asked
from gateway.community.visits import COOKIE
from kernel import ids
from kernel.config import SERVICES, Config
from kernel.rpc.channels import Channels

CLIENTS = 16
#: How many replies come before those that count.
_WARM = 160
_PASSWORD = "a password for the bench"
#: The limit of one address is counted in Redis as always, and reached by nobody.
_LIMIT = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """What the chain answered: pages that were asked for before, pages of which each is new, and replies.

    Replies are spread over many topics, or crowd into a few, of which many members have to be told each time.
    """

    kept: Asked
    anew: Asked
    replies: Asked
    crowded: Asked
    page_bytes: int
    #: Seconds of CPU that everything took together, engines and clients included, for one of each.
    cpu: tuple[float, float, float, float]


class ForumChain:
    """The processes."""

    def __init__(self, config: Config, folder: Path) -> None:
        """Takes the settings and a folder for what the processes print."""
        self.port, *ports = processes.free_ports(1 + len(SERVICES))
        ours = {name: (f"127.0.0.1:{port}",) for name, port in zip(SERVICES, ports, strict=True)}
        config = replace(config, port=self.port, limit_requests=_LIMIT, limit_sign_ins=0)
        self.config = config.with_addresses(ours)
        self._folder = folder
        self._open = ExitStack()
        self.slug = f"bench-{secrets.token_hex(4)}"

    def start(self) -> None:
        """Starts services and gateway."""
        environ = self.config.as_env()
        for name, service in (("services", "all"), ("gateway", "gateway")):
            started = processes.start("cli", "serve", service, environ=environ, log=self._folder / f"{name}.log")
            self._open.callback(processes.stop, started)
            if name == "gateway":
                processes.wait_for(self._is_ready, started, "the gateway")

    def stop(self) -> None:
        """Stops both."""
        self._open.close()

    async def tenant(self) -> UUID:
        """Makes a tenant."""
        channels = Channels(self.config, "bench")
        try:
            made = await channels.call(
                tenant_pb2_grpc.TenantServiceStub(channels.of("identity")).CreateTenant,
                tenant_pb2.CreateTenantRequest(
                    slug=self.slug,
                    display_name="Bench",
                    regime=tenant_pb2.REGIME_ASP,
                    admin_email=f"admin@{self.slug}.example",
                    admin_display_name="Alex",
                    admin_password=_PASSWORD,
                ),
            )
        finally:
            await channels.close()
        return ids.to_uuid(made.tenant.id, "ten")

    async def measure(
        self,
        owner: asyncpg.Connection[asyncpg.Record],
        tenant: UUID,
        members: Sequence[UUID],
        topics: Sequence[str],
        crowded: int,
        *,
        seconds: float,
        replies: int,
    ) -> Through:
        """Asks for the pages of the first topic, which is long, and replies in the others: in all, and in a few."""
        first, *others = topics
        pages = [f"/c/{self.slug}/t/{first}?after={after}" for after in range(0, 2000, 20)]
        secret = {member: secrets.token_urlsafe(32) for member in members}
        await owner.executemany(
            "INSERT INTO community.sessions VALUES ($1, $2, $3, $4, now(), now() + interval '1 day')",
            [(tenant, uuid4(), member, hashlib.sha256(secret[member].encode()).digest()) for member in members],
        )
        first_read, _ = await self._ask(paths=pages, seconds=1)
        kept, kept_cpu = await self._ask(paths=pages, seconds=seconds)
        new = [f"{page}&n={number}" for number in range(400) for page in pages]
        anew, anew_cpu = await self._ask(paths=new, seconds=seconds)

        def said(places: Sequence[str], replies: int = replies) -> list[tuple[str, str, str]]:
            return [
                (
                    f"/c/{self.slug}/t/{places[number % len(places)]}",
                    f"{COOKIE}={self.slug}.{secret[members[number % len(members)]]}",
                    f"body={quote_plus(f'{uuid4()} {uuid4()} is what I found on the roots of mine.')}",
                )
                for number in range(replies)
            ]

        origin = self.config.origin("community")
        # Connections are opened and statements prepared before anything counts, as for the pages.
        await self._ask(replies=said(others[crowded:], _WARM), origin=origin)
        posted, posted_cpu = await self._ask(replies=said(others[crowded:]), origin=origin)
        close, close_cpu = await self._ask(replies=said(others[:crowded]), origin=origin)
        return Through(
            kept=kept,
            anew=anew,
            replies=posted,
            crowded=close,
            page_bytes=first_read.bytes // first_read.requests,
            cpu=(kept_cpu, anew_cpu, posted_cpu, close_cpu),
        )

    @property
    def _host(self) -> str:
        return f"community.localhost:{self.port}"

    async def _ask(self, **plan: Any) -> tuple[Asked, float]:
        before = _used()
        readers = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.readers",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=processes.PLACE,
        )
        told = json.dumps({"port": self.port, "host": self._host, "clients": CLIENTS, **plan}).encode()
        out, _ = await readers.communicate(told)
        asked = Asked(**json.loads(out))
        return asked, (_used() - before) / asked.requests

    def _is_ready(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
            return True
        return False


def _used() -> float:
    """Returns the CPU time of this process and all that it has started: engines, chain and clients."""
    return processes.cpu_seconds({"everything": os.getpid()})["everything"]
