"""Hosts made of network namespaces go with whoever made them, in whatever way that went."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from tests.root.hosts import run
from tests.spawning import spawn

ROOT = Path(__file__).resolve().parents[2]
#: Makes a network, lets something run in it that ends by nothing, says so and goes no further.
MAKING = """
import signal, subprocess
from tests.root.hosts import a_network
with a_network("one", "two", joined=True) as hosts:
    sleeping = subprocess.Popen([*hosts["one"].inside, "sleep", "infinity"])
    print(hosts["one"].name, hosts["two"].name, flush=True)
    signal.pause()
"""


async def test_a_network_goes_even_when_whoever_made_it_is_killed() -> None:
    making = await spawn(sys.executable, "-c", MAKING, cwd=ROOT, stdout=subprocess.PIPE)
    assert making.stdout is not None
    names = (await making.stdout.readline()).decode().split()
    assert set(names) <= set(run("ip", "netns", "list").split())
    making.send_signal(signal.SIGKILL)
    await making.wait()
    async with asyncio.timeout(20):
        # That a namespace is gone is told to nobody.
        while set(names) & set(run("ip", "netns", "list").split()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert not any((Path("/etc/netns") / name).exists() for name in names[:-1])
