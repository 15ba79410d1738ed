"""A firewall that forgets a line says so to nobody: whoever uses it next waits for seconds, and nobody behind them."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import TimeoutError as Silence
from sqlalchemy import text

from cli.folders import MIGRATIONS
from kernel import ids
from kernel.errors import Unavailable
from kernel.lines import UNHEARD_SECONDS
from kernel.storage import Database, runtime_url
from kernel.storage.migrate import migrate
from kernel.valkey import ANSWER_SECONDS, open_redis
from tests.engines import SECRET
from tests.kernel.test_mtls import Authority
from tests.root.debian import a_redis, a_server
from tests.root.hosts import Host, a_network, run

TENANT = ids.new_id("ten")
#: What the system needs beyond its own limit: it looks when it sends again, which it does at growing distances.
LATE = 4.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder to which the account of PostgreSQL can come."""
    path = Path(tempfile.mkdtemp(prefix="parley-silence-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def forget(host: Host, ports: list[int]) -> None:
    """Lets a host's firewall drop all that comes in on lines from these ports, and answer nothing."""
    named = ", ".join(str(port) for port in ports)
    chain = f"chain input {{ type filter hook input priority 0; tcp sport {{ {named} }} drop; }};"
    run(*host.inside, "nft", f"table inet silence {{ {chain} }}")


async def waited(asking: asyncio.Future[object]) -> float:
    """Returns how long somebody waited who was told that the store cannot be reached."""
    began = time.monotonic()
    with pytest.raises((Unavailable, LostConnection, Silence)):
        async with asyncio.timeout(3 * UNHEARD_SECONDS):
            await asking
    return time.monotonic() - began


async def test_a_line_that_died_in_silence_costs_one_request_seconds_and_the_next_one_nothing(folder: Path) -> None:
    with a_network("stores", joined=True) as hosts:
        stores, authority, engines = hosts["stores"], Authority(), folder / "engines"
        engines.mkdir()
        certified = authority.settings(engines, "stores", names=("stores", stores.address))
        with (
            a_redis(engines, certified, host=stores.address, by=stores.inside) as redis_url,
            a_server(engines, certified, by=stores.inside) as server,
        ):
            trusted = folder / "authority"
            shutil.copy(certified.mtls_ca, trusted)
            url = server.url("verify-full", host=stores.address, authority=trusted)
            await migrate(url, SECRET, {"survey": MIGRATIONS["survey"]})
            database = Database(runtime_url(url, SECRET, "survey"))
            redis = open_redis(redis_url.replace(certified.mtls_ca, str(trusted)))

            async def pooled() -> object:
                async with database.transaction(TENANT) as connection:
                    return await connection.execute(text("SELECT 1"))

            async def lane() -> object:
                async with database.lane(TENANT) as lane:
                    return await lane.execute("SELECT 1")

            async def noted() -> object:
                return await redis.set("key", "value")

            asked = (pooled, lane, noted)
            owner = await asyncpg.connect(url)
            try:
                await asyncio.gather(*(ask() for ask in asked))
                rows = await owner.fetch("SELECT client_port FROM pg_stat_activity WHERE usename = 'parley_survey'")
                lines = [row["client_port"] for row in rows]
                assert len(lines) == 2
                lines.append(int(str((await redis.client_info())["addr"]).rpartition(":")[2]))
                forget(stores, lines)
                in_pool, on_lane, at_redis = await asyncio.gather(
                    *(waited(asyncio.ensure_future(ask())) for ask in asked)
                )
                assert in_pool < UNHEARD_SECONDS + LATE
                assert on_lane < UNHEARD_SECONDS + LATE
                assert at_redis < 2 * ANSWER_SECONDS
                began = time.monotonic()
                await asyncio.gather(*(ask() for ask in asked))
                assert time.monotonic() - began < 2
            finally:
                await owner.close()
                await redis.aclose()
                await database.close()
