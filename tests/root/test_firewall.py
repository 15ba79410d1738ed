"""The firewall of one host, in network namespaces of the test's own: a stranger reaches the gateway and nothing else.

The whole platform runs in the host's namespace and listens on its outer address, as careless as a deployment can be.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from kernel.config import SERVICES
from kernel.embedded import EngineUrls
from tests.command import running
from tests.engines import SECRET
from tests.root import hosts
from tests.root.hosts import Host
from tests.spawning import spawn

METRICS = 9400
#: The whole platform starts as processes of its own.
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def network() -> Iterator[tuple[Host, Host]]:
    """The host that is looked after, and a stranger's."""
    with hosts.a_network("host", "stranger") as made:
        yield made["host"], made["stranger"]


@pytest_asyncio.fixture
async def ports(
    network: tuple[Host, Host], engines: EngineUrls, database_url: str, tmp_path: Path
) -> AsyncIterator[set[int]]:
    """The platform in the host's namespace; the ports on which it listens there."""
    host, _ = network
    addresses = {service: f"{host.address}:{8411 + number}" for number, service in enumerate(SERVICES)}
    settings = {
        "PARLEY_DATABASE_URL": database_url,
        "PARLEY_REDIS_URL": engines.redis_url,
        "PARLEY_SECRET_KEY": SECRET,
        "PARLEY_BIND": "0.0.0.0",  # That is what the firewall is for.
        "PARLEY_METRICS_BIND": "0.0.0.0",
        **{f"PARLEY_{service.upper()}_ADDRESSES": address for service, address in addresses.items()},
    }
    async with AsyncExitStack() as stack:
        migrating = await stack.enter_async_context(running("migrate", data_dir=tmp_path, settings=settings))
        assert await migrating.ended(seconds=60) == 0, migrating.output
        services = await stack.enter_async_context(
            running(
                "serve", "all", data_dir=tmp_path, settings=settings | {"PARLEY_METRICS_PORT": "9400"}, by=host.inside
            )
        )
        gateway = await stack.enter_async_context(
            running("serve", "gateway", data_dir=tmp_path, port=8400, settings=settings, by=host.inside)
        )
        await services.until("service_started")
        await gateway.until("gateway_started")
        listening = hosts.run(*host.inside, "ss", "-ltnH")
        yield {int(line.split()[3].rpartition(":")[2]) for line in listening.splitlines()}


async def reached(ports: set[int], host: Host, stranger: Host) -> set[int]:
    """Returns the ports of the host that answer a stranger."""

    async def answers(port: int) -> bool:
        command = f"exec 3<>/dev/tcp/{host.address}/{port}"
        trying = await spawn(
            *(*stranger.inside, "timeout", "2", "bash", "-c", command),
            stderr=subprocess.DEVNULL,
        )
        return await trying.wait() == 0

    found = await asyncio.gather(*(answers(port) for port in sorted(ports)))
    return {port for port, is_open in zip(sorted(ports), found, strict=True) if is_open}


async def test_a_stranger_reaches_the_gateway_and_nothing_else(ports: set[int], network: tuple[Host, Host]) -> None:
    host, stranger = network
    ours = {8400, METRICS, *(8411 + number for number in range(len(SERVICES)))}
    assert ours <= ports
    # Without rules everything answers: the test would see a hole.
    assert await reached(ports, host, stranger) >= ours
    hosts.run(*host.inside, "nft", "-f", str(hosts.RULES))
    assert await reached(ports, host, stranger) == {8400}
    # Loading it again changes nothing, and taking it away opens all again.
    hosts.run(*host.inside, "nft", "-f", str(hosts.RULES))
    assert await reached(ports, host, stranger) == {8400}
    hosts.run(*host.inside, "nft", "delete", "table", "inet", "parley")
    assert await reached(ports, host, stranger) >= ours
