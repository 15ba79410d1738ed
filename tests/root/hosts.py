"""Hosts made of network namespaces, on one switch with cables that can be pulled, and names that the last one serves.

Whatever happens to the tests, the hosts go: a process of its own watches over each network and takes it away, with all
that runs there, as soon as whoever made it lets go or is no more.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "deploy" / "firewall" / "parley.nft"
_DNS = Path(__file__).with_name("dns.py")
#: Where `ip netns exec` finds the files that a host has instead of the machine's.
_FILES = Path("/etc/netns")
_WATCH = """
cat >/dev/null
for host in "$@"; do
  ip netns pids "$host" | xargs -r kill -9
  ip netns del "$host"
  rm -rf "/etc/netns/$host"
done
"""


def run(*command: str) -> str:
    """Runs a program and returns what it printed."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@dataclass(frozen=True, slots=True)
class Host:
    """One host: the name of its namespace, its address, and the port of the switch to which its cable leads."""

    name: str
    address: str
    socket: str
    switch: str

    @property
    def inside(self) -> tuple[str, ...]:
        """The program by which others run there."""
        return ("ip", "netns", "exec", self.name)

    def cut(self) -> None:
        """Pulls the cable: nothing comes or goes any more, and nobody is told."""
        run("ip", "-n", self.switch, "link", "set", self.socket, "down")

    def mend(self) -> None:
        """Puts the cable back."""
        run("ip", "-n", self.switch, "link", "set", self.socket, "up")


@contextmanager
def a_network(
    *names: str, known: Mapping[str, Sequence[str]] | None = None, joined: bool = False
) -> Iterator[dict[str, Host]]:
    """Makes hosts and takes them away; `joined`, this machine has a cable to the switch as well.

    Each finds the others under their names by DNS, and further names that are `known`, each as one or several of them.
    """
    # Two runs at once have hosts and, where they meet on this machine, a network of their own.
    run_id = os.getpid()
    network = f"10.213.{run_id % 200 + 20}"
    switch = f"parley-switch-{run_id}"
    hosts = {
        name: Host(f"parley-{name}-{run_id}", f"{network}.{number}", f"p{number}", switch)
        for number, name in enumerate(names, 1)
    }
    spaces = [switch, *(host.name for host in hosts.values())]
    watch = subprocess.Popen(
        ["sh", "-c", _WATCH, "watch", *spaces],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with ExitStack() as stack:
        stack.callback(watch.communicate)
        run("ip", "netns", "add", switch)
        run("ip", "-n", switch, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", switch, "link", "set", "br0", "up")
        asked = hosts[names[-1]]
        for host in hosts.values():
            run("ip", "netns", "add", host.name)
            (_FILES / host.name).mkdir(parents=True)
            (_FILES / host.name / "resolv.conf").write_text(f"nameserver {asked.address}\noptions timeout:1\n")
            run("ip", "link", "add", "eth0", "netns", host.name, "type", "veth", *_end(host.socket, switch))
            run("ip", "-n", host.name, "link", "set", "lo", "up")
            _wire(("-n", host.name), "eth0", host.address, host.socket, switch)
        if joined:
            cable = f"parley{run_id}"
            run("ip", "link", "add", cable, "type", "veth", *_end("p0", switch))
            _wire((), cable, f"{network}.254", "p0", switch)
        listed = {name: [name] for name in hosts} | dict(known or {})
        led = {name: [hosts[each].address for each in where] for name, where in listed.items()}
        command = [*asked.inside, sys.executable, "-I", str(_DNS), asked.address, json.dumps(led)]
        stack.callback(stack.enter_context(subprocess.Popen(command)).kill)
        yield hosts


def _end(socket: str, switch: str) -> tuple[str, ...]:
    return ("peer", "name", socket, "netns", switch)


def _wire(where: tuple[str, ...], card: str, address: str, socket: str, switch: str) -> None:
    run("ip", *where, "address", "add", f"{address}/24", "dev", card)
    run("ip", *where, "link", "set", card, "up")
    run("ip", "-n", switch, "link", "set", socket, "master", "br0", "up")
