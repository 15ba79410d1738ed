"""Starts the bare chain for the bench, and makes the names of its conversations."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import asyncpg

from bench import processes
from bench.chain import Talkers
from kernel import ids
from kernel.embedded import EngineUrls

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS bench;
CREATE TABLE IF NOT EXISTS bench.messages (
    conversation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    id uuid NOT NULL,
    client_message_id text NOT NULL,
    body text NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (conversation_id, sequence)
);
"""


class BareChain:
    """The limit."""

    name = "bare"
    hosts = ("bare", "bare")

    def __init__(self, urls: EngineUrls, folder: Path) -> None:
        """Takes the engines and a folder for what its processes print."""
        self._urls = urls
        self._folder = folder
        self._open = ExitStack()
        self.port = 0
        self.processes: dict[str, int] = {}

    async def start(self) -> None:
        """Makes its table and starts its two processes."""
        connection = await asyncpg.connect(self._urls.database_url)
        await connection.execute(SCHEMA)
        await connection.close()
        self.port, service = processes.free_ports(2)
        environ = {
            "BENCH_SERVICE": f"127.0.0.1:{service}",
            "BENCH_PORT": str(self.port),
            "BENCH_DATABASE_URL": self._urls.database_url,
            "BENCH_REDIS_URL": self._urls.redis_url,
        }
        for name, port in (("service", service), ("gateway", self.port)):
            started = processes.start("bench.bare", name, environ=environ, log=self._folder / f"bare-{name}.log")
            self._open.callback(processes.stop, started)
            self._wait(started, port)
            self.processes["services" if name == "service" else name] = started.pid

    def _wait(self, started: subprocess.Popen[bytes], port: int) -> None:
        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        processes.wait_for(listens, started, "the bare chain")

    async def stop(self) -> None:
        """Stops both."""
        self._open.close()

    async def talkers(self, count: int) -> Sequence[Talkers]:
        """Names conversations; nobody needs a token here."""
        return [Talkers(ids.from_uuid("cnv", ids.new_uuid()), "bare", "bare") for _ in range(count)]

    async def resting(self, count: int) -> Sequence[tuple[str, str]]:
        """Names conversations whose visitors only wait."""
        return [(each.conversation_id, each.visitor) for each in await self.talkers(count)]
