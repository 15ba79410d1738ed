"""What is broken, one fault at a time, while everybody talks. Each fault leaves everything running when it returns."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from redis.asyncio import Redis

from tests.faults.load import Load
from tests.faults.party import Habits
from tests.faults.rig import Rig, listening, serving

Break = Callable[[Load[Rig], float], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name, what it stands for, how long it lasts in full and in short, and how it is done."""

    name: str
    meaning: str
    seconds: float
    short: float
    inflict: Break
    needs_root: bool = False


async def kill_chat(load: Load[Rig], seconds: float) -> None:
    """Kills one of two chat replicas and brings it back."""
    replica = load.rig.chats[0]
    replica.kill()
    await asyncio.sleep(seconds)
    replica.start()
    await serving(load.rig.config, load.rig.config.chat_addresses[0])


async def kill_gateway(load: Load[Rig], seconds: float) -> None:
    """Kills one of two gateways and brings it back."""
    gateway = load.rig.gateways[0]
    gateway.kill()
    await asyncio.sleep(seconds)
    gateway.start()
    await listening(load.rig.places[0])


async def restart_redis(load: Load[Rig], seconds: float) -> None:
    """Stops Redis, with all that it held, and starts it again."""
    await asyncio.to_thread(load.rig.valkey.stop)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(load.rig.valkey.start)


@contextlib.asynccontextmanager
async def frozen(redis_url: str) -> AsyncIterator[None]:
    """Stops a Redis in its tracks meanwhile."""
    client = Redis.from_url(redis_url)
    server = int((await client.info("server"))["process_id"])
    await client.aclose()
    os.kill(server, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server, signal.SIGCONT)


async def freeze_redis(load: Load[Rig], seconds: float) -> None:
    """Stops Redis in its tracks: it takes what it is sent, and says nothing."""
    async with frozen(load.rig.valkey.redis_url):
        await asyncio.sleep(seconds)


async def stop_postgres(load: Load[Rig], seconds: float) -> None:
    """Stops PostgreSQL for a while and starts it again."""
    await asyncio.to_thread(load.rig.postgres.stop)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(load.rig.postgres.start)


async def freeze_chat(load: Load[Rig], seconds: float) -> None:
    """Stops a chat replica in its tracks, as a machine does that swaps or is being moved."""
    load.rig.chats[1].signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    load.rig.chats[1].signal(signal.SIGCONT)


async def freeze_gateway(load: Load[Rig], seconds: float) -> None:
    """Stops a gateway in its tracks."""
    load.rig.gateways[1].signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    load.rig.gateways[1].signal(signal.SIGCONT)


async def fill_pool(load: Load[Rig], seconds: float) -> None:
    """Takes every connection that PostgreSQL still gives, so that no pool can grow."""
    async with AsyncExitStack() as held:
        while True:
            try:
                connection = await asyncpg.connect(load.rig.config.database_url, timeout=5)
            except (asyncpg.TooManyConnectionsError, OSError, TimeoutError):
                break
            held.push_async_callback(connection.close)
        await asyncio.sleep(seconds)


async def cut_sockets(load: Load[Rig], seconds: float) -> None:
    """Lets clients lose their line after the send and before the acknowledgement, one message in five."""
    load.behave(Habits(cuts=0.2))
    await asyncio.sleep(seconds)
    load.behave(Habits())


async def double_frames(load: Load[Rig], seconds: float) -> None:
    """Lets half of all messages be sent twice, the second time late."""
    load.behave(Habits(doubles=0.5))
    await asyncio.sleep(seconds)
    load.behave(Habits())


async def fill_disk(load: Load[Rig], seconds: float) -> None:
    """Leaves PostgreSQL no room on its disk for a while. Its folder must be a file system of its own."""
    folder = Path(load.rig.config.data_dir) / "postgres"
    ballast = folder / "ballast"
    if os.statvfs(folder).f_blocks == os.statvfs(folder.parent).f_blocks:
        raise RuntimeError("PostgreSQL's folder is not a file system of its own; filling it would fill the machine's")
    with ballast.open("wb") as file:
        # PostgreSQL writes meanwhile, so that there may be less room than was just seen.
        for spare in (64, 1024, 4096):
            free = os.statvfs(folder)
            with contextlib.suppress(OSError):
                os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - spare * 1024))
                break
    await asyncio.sleep(seconds)
    ballast.unlink()
    # PostgreSQL may have ended by itself when it could not write its log; whoever runs it starts it again.
    if load.rig.postgres.failed():
        await asyncio.to_thread(load.rig.postgres.stop)
        await asyncio.to_thread(load.rig.postgres.start)


def mounted(folder: Path, megabytes: int) -> Callable[[], None]:
    """Makes a folder a small file system of its own, and returns what undoes it. Only root may."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)], check=True)

    def undo() -> None:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

    return undo


FAULTS = (
    Fault("kill a chat replica", "kill -9 of one of two; it comes back", 3, 1.0, kill_chat),
    Fault("kill a gateway", "kill -9 of one of two; it comes back", 3, 1.0, kill_gateway),
    Fault("restart Redis", "it comes back empty", 3, 0.5, restart_redis),
    Fault("freeze Redis", "SIGSTOP for twenty seconds", 20, 3.0, freeze_redis),
    Fault("restart PostgreSQL", "every connection breaks", 0, 0.0, stop_postgres),
    Fault("stop PostgreSQL", "for ten seconds", 10, 2.0, stop_postgres),
    Fault("freeze a chat replica", "SIGSTOP for twenty seconds", 20, 8.0, freeze_chat),
    Fault("freeze a gateway", "SIGSTOP for twenty seconds", 20, 8.0, freeze_gateway),
    Fault("fill the pool", "PostgreSQL has no connection left", 10, 2.0, fill_pool),
    Fault("cut sockets", "after the send, before the acknowledgement", 15, 2.0, cut_sockets),
    Fault("double and delay frames", "half of all messages come twice", 15, 2.0, double_frames),
    Fault("fill the disk", "PostgreSQL has no room left", 10, 2.0, fill_disk, needs_root=True),
)
