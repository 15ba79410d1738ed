"""Two hosts made of network namespaces, with a cable between them, and the rules that one of them is to have."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "deploy" / "firewall" / "parley.nft"
ADDRESS, OTHER = "10.213.7.1", "10.213.7.2"


def run(*command: str) -> str:
    """Runs a program and returns what it printed."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextmanager
def two_hosts() -> Iterator[tuple[str, str]]:
    """Makes the host at `ADDRESS` and a stranger at `OTHER`, gives their names, and takes both away."""
    # Two runs at once have hosts of their own.
    host, stranger = (f"parley-{name}-{os.getpid()}" for name in ("host", "stranger"))
    made = []
    try:
        for name in (host, stranger):
            run("ip", "netns", "add", name)
            made.append(name)
        run("ip", "link", "add", "pa0", "netns", host, "type", "veth", "peer", "name", "pa1", "netns", stranger)
        for name, link, address in ((host, "pa0", ADDRESS), (stranger, "pa1", OTHER)):
            run("ip", "-n", name, "address", "add", f"{address}/24", "dev", link)
            run("ip", "-n", name, "link", "set", link, "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
        yield host, stranger
    finally:
        for name in made:
            run("ip", "netns", "del", name)
