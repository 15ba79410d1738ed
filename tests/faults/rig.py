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


def environment(config: Config, root: Path = ROOT) -> dict[str, str]:
    """Returns the variables of a process that runs the code of a checkout, with the packages of this one."""
    found = os.environ | config.as_env()
    if root != ROOT:
        # Before the packages, whose folder leads to this checkout.
        found["PYTHONPATH"] = os.pathsep.join((str(root), str(root / "stubs")))
    return found


class Proc:
    """One process of the platform."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        config: Config,
        log: Path,
        *,
        serves: Sequence[str] = (),
        root: Path = ROOT,
        by: Sequence[str] = (),
    ) -> None:
        """Takes what to run, at which addresses it serves, of which checkout, and by which program if by any, which
        becomes it; nothing happens before `start`.
        """
        self.name = name
        self.config = config
        self.serves = tuple(serves)
        self.root = root
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
                env=environment(self.config, self.root),
                cwd=self.root,
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

    def memory(self, kind: str = "Pss") -> int:
        """Returns how many kB of memory are the process's own: its share of all of it, or what nobody else can have."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
                if line.startswith(f"{kind}:"):
                    return int(line.split()[1])
        return 0


class Rig:
    """The running platform and its parts."""

    def __init__(
        self,
        config: Config,
        postgres: Engines,
        valkey: Engines,
        ports: Sequence[int],
        *,
        core: Sequence[Proc],
        chats: Sequence[Proc] = (),
        gateways: Sequence[Proc],
        others: Sequence[Proc] = (),
    ) -> None:
        """Takes the engines, which run, the gateways' ports, and the processes, which do not run yet."""
        self.config = config
        self.postgres = postgres
        self.valkey = valkey
        self.places = [f"127.0.0.1:{port}" for port in ports]
        self.core = list(core)
        self.chats = list(chats)
        self.gateways = list(gateways)
        self.others = list(others)

    @property
    def procs(self) -> list[Proc]:
        """Every process, in the order in which they start."""
        return [*self.core, *self.others, *self.chats, *self.gateways]

    async def start(self) -> None:
        """Starts every process and waits until all of them serve."""
        for proc in self.procs:
            proc.start()
        await serving(self.config, *(address for proc in self.procs for address in proc.serves))
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


def a_config(folder: Path, database_url: str, redis_url: str, **addresses: Sequence[int]) -> Config:
    """Returns the settings of a platform that is pressed hard by few clients; each service has ports of loopback."""
    return Config(
        data_dir=folder,
        database_url=database_url,
        redis_url=redis_url,
        secret_key=SECRET,
        post_rate=1000.0,
        frame_rate=1000.0,
        limit_requests=0,
        limit_starts=0,
        limit_sign_ins=0,
    ).with_addresses({name: tuple(f"127.0.0.1:{port}" for port in ports) for name, ports in addresses.items()})


def replicas(folder: Path, config: Config, service: str, command: Sequence[str] = ()) -> list[Proc]:
    """Returns a process for each address of a service; none of them runs yet."""
    found = config.addresses(service)
    return [
        Proc(
            f"{service}-{number}" if len(found) > 1 else service,
            command or ("-m", "cli", "serve", service),
            replace(config, listen=address),
            folder / f"{service}-{number}.log",
            serves=(address,),
        )
        for number, address in enumerate(found)
    ]


def gateways(folder: Path, config: Config, ports: Sequence[int]) -> list[Proc]:
    """Returns a gateway for each port; none of them runs yet."""
    return [
        Proc(
            f"gateway-{number}",
            ("-m", "cli", "serve", "gateway"),
            replace(config, port=port),
            folder / f"gateway-{number}.log",
        )
        for number, port in enumerate(ports)
    ]


@contextlib.asynccontextmanager
async def a_rig(
    folder: Path,
    *,
    chat: Sequence[str] = ("-m", "cli", "serve", "chat"),
    durable: bool = True,
    others: Sequence[str] = (),
) -> AsyncIterator[Rig]:
    """Yields a running rig; everything it started has ended afterwards. The `others` are services of two replicas."""
    with (
        Engines(folder / "postgres", durable=durable, valkey=False) as postgres,
        Engines(folder / "valkey", postgres=False) as valkey,
    ):
        # All at once, since a port that was given back may be given again.
        identity, privacy, survey, first, second, one, two, *rest = free_ports(7 + 2 * len(others))
        config = a_config(
            folder,
            postgres.database_url,
            valkey.redis_url,
            identity=(identity,),
            privacy=(privacy,),
            survey=(survey,),
            chat=(first, second),
            **{service: rest[2 * at : 2 * at + 2] for at, service in enumerate(others)},
        )
        await migrate(config.database_url, SECRET, MIGRATIONS, declared=METADATA.values())
        rig = Rig(
            config,
            postgres,
            valkey,
            (one, two),
            core=[proc for service in ("identity", "privacy", "survey") for proc in replicas(folder, config, service)],
            chats=replicas(folder, config, "chat", chat),
            gateways=gateways(folder, config, (one, two)),
            others=[proc for service in others for proc in replicas(folder, config, service)],
        )
        try:
            await rig.start()
            yield rig
        finally:
            rig.stop()
