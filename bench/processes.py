"""Starts processes, and reads from /proc what they and their children use. Linux only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from kernel.embedded.process import Account, launcher

TICK = os.sysconf("SC_CLK_TCK")
#: The folder in which `python -m` finds the bench and the product.
PLACE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Status:
    """One process as /proc/<pid>/stat tells it."""

    pid: int
    name: str
    parent: int
    seconds: float
    #: What its ended and awaited children have used.
    children_seconds: float


def status(pid: int) -> Status | None:
    """Reads one process; None where it is gone."""
    try:
        raw = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name may hold blanks and brackets, so that fields are counted from its last bracket.
    name = raw[raw.index("(") + 1 : raw.rindex(")")]
    fields = raw[raw.rindex(")") + 2 :].split()
    user, system, children_user, children_system = (int(field) / TICK for field in fields[11:15])
    return Status(pid, name, int(fields[1]), user + system, children_user + children_system)


def tree(root: int) -> list[Status]:
    """Returns a process and everything below it."""
    everybody = [found for path in os.listdir("/proc") if path.isdigit() and (found := status(int(path)))]
    by_parent: dict[int, list[Status]] = {}
    for each in everybody:
        by_parent.setdefault(each.parent, []).append(each)
    family, todo = [each for each in everybody if each.pid == root], [root]
    while todo:
        below = by_parent.get(todo.pop(), [])
        family.extend(below)
        todo.extend(each.pid for each in below)
    return family


def cpu_seconds(roots: Mapping[str, int]) -> dict[str, float]:
    """Returns the CPU time that each named tree of processes has used so far."""
    return {name: sum(each.seconds + each.children_seconds for each in tree(root)) for name, root in roots.items()}


@dataclass(frozen=True, slots=True)
class Memory:
    """What processes hold, in bytes: PSS counts a page that several share once, RSS once for each."""

    pss: int
    rss: int


def memory(roots: Iterable[int]) -> Memory:
    """Returns what trees of processes hold together."""
    pss = rss = 0
    for root in roots:
        for each in tree(root):
            with suppress(OSError):
                for line in Path(f"/proc/{each.pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        pss += int(line.split()[1]) * 1024
                    elif line.startswith("Rss:"):
                        rss += int(line.split()[1]) * 1024
    return Memory(pss, rss)


def start(
    module: str, *arguments: str, environ: Mapping[str, str], log: Path, talks: bool = False
) -> subprocess.Popen[bytes]:
    """Starts `python -m module`, which ends with this process whatever ends it.

    What it says goes into a file; with `talks`, its standard input and output are pipes.
    """
    with log.open("ab") as out:
        return subprocess.Popen(
            launcher(Account.OWN, signal.SIGTERM, PLACE, [sys.executable, "-m", module, *arguments]),
            env=os.environ | dict(environ),
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE if talks else out,
            stderr=out,
            process_group=0,
        )


def stop(process: subprocess.Popen[bytes], seconds: float = 20.0) -> None:
    """Ends a process and waits for it."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(ready: Callable[[], bool], process: subprocess.Popen[bytes], what: str, seconds: float = 60.0) -> None:
    """Waits until something that a process does is there; raises where it ends, or takes too long."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not start")
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Returns ports of loopback that nobody uses now."""
    with ExitStack() as held:
        listeners = [held.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]
