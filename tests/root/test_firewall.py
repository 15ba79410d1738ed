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

RULES = Path(__file__).resolve().parents[2] / "deploy" / "firewall" / "parley.nft"
HOST, STRANGER = "parley-host", "parley-stranger"
ADDRESS, OTHER = "10.213.7.1", "10.213.7.2"
METRICS = 9400


def run(*command: str) -> str:
    """Runs a program and returns what it printed."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def namespaces() -> Iterator[None]:
    """Two hosts with a cable between them."""
    for name in (HOST, STRANGER):
        run("ip", "netns", "add", name)
    try:
        run("ip", "link", "add", "pa0", "netns", HOST, "type", "veth", "peer", "name", "pa1", "netns", STRANGER)
        for name, link, address in ((HOST, "pa0", ADDRESS), (STRANGER, "pa1", OTHER)):
            run("ip", "-n", name, "address", "add", f"{address}/24", "dev", link)
            run("ip", "-n", name, "link", "set", link, "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
        yield
    finally:
        for name in (HOST, STRANGER):
            run("ip", "netns", "del", name)


@pytest_asyncio.fixture
async def ports(namespaces: None, engines: EngineUrls, database_url: str, tmp_path: Path) -> AsyncIterator[set[int]]:
    """The platform in the host's namespace; the ports on which it listens there."""
    addresses = {service: f"{ADDRESS}:{8411 + number}" for number, service in enumerate(SERVICES)}
    settings = {
        "PARLEY_DATABASE_URL": database_url,
        "PARLEY_REDIS_URL": engines.redis_url,
        "PARLEY_SECRET_KEY": SECRET,
        "PARLEY_BIND": "0.0.0.0",  # That is what the firewall is for.
        "PARLEY_METRICS_BIND": "0.0.0.0",
        **{f"PARLEY_{service.upper()}_ADDRESSES": address for service, address in addresses.items()},
    }
    inside = ("ip", "netns", "exec", HOST)
    async with AsyncExitStack() as stack:
        migrating = await stack.enter_async_context(running("migrate", data_dir=tmp_path, settings=settings))
        assert await migrating.ended(seconds=60) == 0, migrating.output
        services = await stack.enter_async_context(
            running("serve", "all", data_dir=tmp_path, settings=settings | {"PARLEY_METRICS_PORT": "9400"}, by=inside)
        )
        gateway = await stack.enter_async_context(
            running("serve", "gateway", data_dir=tmp_path, port=8400, settings=settings, by=inside)
        )
        await services.until("service_started")
        await gateway.until("gateway_started")
        listening = run("ip", "netns", "exec", HOST, "ss", "-ltnH")
        yield {int(line.split()[3].rpartition(":")[2]) for line in listening.splitlines()}


async def reached(ports: set[int]) -> set[int]:
    """Returns the ports of the host that answer a stranger."""

    async def answers(port: int) -> bool:
        command = f"exec 3<>/dev/tcp/{ADDRESS}/{port}"
        trying = await asyncio.create_subprocess_exec(
            *("ip", "netns", "exec", STRANGER, "timeout", "2", "bash", "-c", command),
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await trying.wait() == 0

    found = await asyncio.gather(*(answers(port) for port in sorted(ports)))
    return {port for port, is_open in zip(sorted(ports), found, strict=True) if is_open}


async def test_a_stranger_reaches_the_gateway_and_nothing_else(ports: set[int]) -> None:
    ours = {8400, METRICS, *(8411 + number for number in range(len(SERVICES)))}
    assert ours <= ports
    # Without rules everything answers: the test would see a hole.
    assert await reached(ports) >= ours
    run("ip", "netns", "exec", HOST, "nft", "-f", str(RULES))
    assert await reached(ports) == {8400}
    # Loading it again changes nothing, and taking it away opens all again.
    run("ip", "netns", "exec", HOST, "nft", "-f", str(RULES))
    assert await reached(ports) == {8400}
    run("ip", "netns", "exec", HOST, "nft", "delete", "table", "inet", "parley")
    assert await reached(ports) >= ours
