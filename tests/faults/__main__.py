"""Runs every fault in full and writes the report: `make faults`."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from kernel.rpc.server import cancel
from tests.faults.faults import FAULTS, Fault, mounted
from tests.faults.load import Load, a_load
from tests.faults.rig import ROOT, Rig, a_rig

CONVERSATIONS = 200
PAUSE = 0.35
ACKED = 50_000
REPORT = ROOT / "docs" / "faults.md"
RESULTS = ROOT / "bench" / "results" / "faults.json"


@dataclass(frozen=True, slots=True)
class Row:
    """What one fault came to."""

    fault: str
    meaning: str
    acknowledged: int
    reconnects: int
    longest_silence_seconds: float
    memory_before_kb: int
    memory_after_kb: int
    complaints: list[str]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def inflict(load: Load[Rig], fault: Fault) -> Row:
    """Runs one fault under load until enough was acknowledged, and lets everything settle."""
    load.talk(True)
    before, reconnects, memory = load.acked, load.reconnects, load.rig.memory()
    silence = Silence()
    watching = asyncio.create_task(silence.watch(load))
    await load.until(before + ACKED // 4, 600)
    breaking = asyncio.create_task(fault.inflict(load, fault.seconds))
    await load.until(before + ACKED + 100, 900)
    await breaking
    longest = silence.longest
    await cancel([watching])
    complaints = await load.settle()
    return Row(
        fault=fault.name,
        meaning=fault.meaning,
        acknowledged=load.acked - before,
        reconnects=load.reconnects - reconnects,
        longest_silence_seconds=round(longest, 1),
        memory_before_kb=memory,
        memory_after_kb=load.rig.memory(),
        complaints=complaints,
    )


class Silence:
    """The longest time in which nothing at all was acknowledged."""

    def __init__(self) -> None:
        """Starts with none."""
        self.longest = 0.0

    async def watch(self, load: Load[Rig]) -> None:
        """Watches until cancelled."""
        last, at = load.acked, time.monotonic()
        while True:
            await asyncio.sleep(0.05)
            now = time.monotonic()
            self.longest = max(self.longest, now - at)
            if load.acked != last:
                last, at = load.acked, now


async def run() -> list[Row]:
    """Runs every fault that this user may inflict."""
    rows: list[Row] = []
    with (
        tempfile.TemporaryDirectory(prefix="parley-faults-", ignore_cleanup_errors=True) as folder,
        ExitStack() as undo,
    ):
        is_root = os.geteuid() == 0
        if is_root:
            undo.callback(mounted(Path(folder) / "postgres", 3072))
        async with a_rig(Path(folder)) as rig, a_load(rig, CONVERSATIONS, PAUSE) as load:
            for fault in FAULTS:
                if fault.needs_root and not is_root:
                    _say(f"{fault.name}: not run, it needs root")
                    continue
                row = await inflict(load, fault)
                rows.append(row)
                state = "nothing lost" if not row.complaints else f"{len(row.complaints)} complaints"
                _say(f"{row.fault}: {row.acknowledged} acknowledged, {row.reconnects} reconnects, {state}")
    return rows


def write(rows: list[Row]) -> None:
    """Writes the report and its rows."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    lines = [
        "# Faults",
        "",
        f"Made by `make faults`. Under a steady load of {CONVERSATIONS} conversations, with two gateways and two chat",
        "replicas, each part was broken while everybody talked. A checker kept every send, acknowledgement and",
        "delivery. Every acknowledged message must be there once, in order, on both sides; every other one must be",
        "there once or have been refused.",
        "",
        "| fault | | acknowledged | reconnects | longest silence | memory before → after | wrong |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.fault} | {row.meaning} | {row.acknowledged:,} | {row.reconnects} | {row.longest_silence_seconds} s "
        f"| {row.memory_before_kb // 1024} → {row.memory_after_kb // 1024} MB | {len(row.complaints) or 'nothing'} |"
        for row in rows
    ]
    lines += [
        "",
        f"Machine: {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}.",
        "",
    ]
    REPORT.write_text("\n".join(lines))


def main() -> None:
    """Runs the faults, writes the report, and fails where anything was lost."""
    rows = asyncio.run(run())
    write(rows)
    for row in rows:
        for complaint in row.complaints[:10]:
            sys.stderr.write(f"{row.fault}: {complaint}\n")
    sys.exit(any(row.complaints for row in rows))


if __name__ == "__main__":
    main()
