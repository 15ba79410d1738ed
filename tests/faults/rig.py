"""A platform that can be broken piece by piece: two gateways, two chat replicas, identity and privacy.

Each is a process of its own, and the engines can be stopped and started while everything runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel.config import Config
from kernel.embedded import Engines
from kernel.rpc.channels import open_channel
from kernel.storage.migrate import migrate
from tests.engines import SECRET
from tests.platform import free_ports

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


class Proc:
    """One process of the platform."""

    def __init__(self, name: str, command: Sequence[str], config: Config, log: Path, *, by: Sequence[str] = ()) -> None:
        """Takes what to run, and by which program if by any, which becomes it; nothing happens before `start`."""
        self.name = name
        self.config = config
        self._command = [*by, sys.executable, *command]
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The number of the running process."""
        if self._child is None:
            raise RuntimeError(f"{self.name} does not run")
        return self._child.pid

    def start(self) -> None:
        """Starts the process."""
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                env=os.environ | self.config.as_env(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """Ends the process at once, as a lost machine would."""
        self.signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait()

    def signal(self, number: int) -> None:
        """Sends a signal."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(number)

    def stop(self) -> None:
        """Ends the process in order."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGCONT)
            self._child.terminate()
            try:
                self._child.wait(15)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()

    def memory(self) -> int:
        """Returns how many kB of memory are the process's own."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1])
        return 0


class Rig:
    """The running platform and its parts."""

    def __init__(
        self,
        folder: Path,
        config: Config,
        postgres: Engines,
        valkey: Engines,
        chat: Sequence[str],
        ports: Sequence[int],
    ) -> None:
        """Takes the engines, which run, what runs as a chat replica, and the gateways' ports."""
        self.config = config
        self.postgres = postgres
        self.valkey = valkey
        self.places = [f"127.0.0.1:{port}" for port in ports]
        serve = ("-m", "cli", "serve")

        def proc(name: str, command: Sequence[str], changed: Config) -> Proc:
            return Proc(name, command, changed, folder / f"{name}.log")

        self.core = [proc(name, (*serve, name), config) for name in ("identity", "privacy", "survey")]
        self.chats = [
            proc(f"chat-{number}", chat, replace(config, listen=address))
            for number, address in enumerate(config.chat_addresses)
        ]
        self.gateways = [
            proc(f"gateway-{number}", (*serve, "gateway"), replace(config, port=port))
            for number, port in enumerate(ports)
        ]
        self.procs = [*self.core, *self.chats, *self.gateways]

    async def start(self) -> None:
        """Starts every process and waits until all of them serve."""
        for proc in self.procs:
            proc.start()
        config = self.config
        core = (config.identity_addresses[0], config.privacy_addresses[0], config.survey_addresses[0])
        await serving(config, *core, *config.chat_addresses)
        await listening(*self.places)

    def stop(self) -> None:
        """Stops every process."""
        for proc in reversed(self.procs):
            proc.stop()

    def memory(self) -> int:
        """Returns how many kB of memory all processes of the platform have, engines left out."""
        return sum(proc.memory() for proc in self.procs)


async def serving(config: Config, *addresses: str) -> None:
    """Waits until services answer that they serve."""
    async with asyncio.timeout(START_SECONDS):
        for address in addresses:
            async with open_channel(address, config) as channel:
                await channel.channel_ready()
                stub = health_pb2_grpc.HealthStub(channel)
                async for answer in stub.Watch(health_pb2.HealthCheckRequest()):
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        break


async def listening(*places: str) -> None:
    """Waits until gateways say that they are ready."""
    async with asyncio.timeout(START_SECONDS):
        for place in places:
            # A gateway says by itself neither that it listens nor that it is ready, so it is asked again and again.
            while not await _is_ready(place):  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def _is_ready(place: str) -> bool:
    host, _, port = place.rpartition(":")
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(f"GET /readyz HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            return b" 200 " in await reader.readline()
        finally:
            writer.close()
    return False


@contextlib.asynccontextmanager
async def a_rig(
    folder: Path, *, chat: Sequence[str] = ("-m", "cli", "serve", "chat"), durable: bool = True
) -> AsyncIterator[Rig]:
    """Yields a running rig; everything it started has ended afterwards."""
    with (
        Engines(folder / "postgres", durable=durable, valkey=False) as postgres,
        Engines(folder / "valkey", postgres=False) as valkey,
    ):
        # All at once, since a port that was given back may be given again.
        identity, privacy, survey, first, second, *ports = free_ports(7)
        config = Config(
            data_dir=folder,
            database_url=postgres.database_url,
            redis_url=valkey.redis_url,
            secret_key=SECRET,
            post_rate=1000.0,
            frame_rate=1000.0,
            limit_requests=0,
            limit_starts=0,
            limit_sign_ins=0,
        ).with_addresses(
            {
                "identity": (f"127.0.0.1:{identity}",),
                "privacy": (f"127.0.0.1:{privacy}",),
                "survey": (f"127.0.0.1:{survey}",),
                "chat": (f"127.0.0.1:{first}", f"127.0.0.1:{second}"),
            }
        )
        await migrate(config.database_url, SECRET, MIGRATIONS, declared=METADATA.values())
        rig = Rig(folder, config, postgres, valkey, chat, ports)
        try:
            await rig.start()
            yield rig
        finally:
            rig.stop()
