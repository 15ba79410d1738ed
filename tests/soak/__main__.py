"""Runs the soak and writes its report: `make soak`, or for a minute `make soak QUICK=1`.

`make soak MINUTES=20` goes on for longer, which tells better what grows from what fills.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvloop

from kernel.rpc.server import cancel
from tests.community.forum import forum
from tests.faults.load import Load, a_load, an_idle_load
from tests.faults.party import Manners
from tests.faults.rig import Rig, a_rig, listening, serving
from tests.platform import Platform
from tests.soak import report
from tests.soak.crowd import Crowd, a_community
from tests.soak.figures import Life, Mark, Soak, Stream
from tests.support.desk import a_desk

T = TypeVar("T")

AWAY_SECONDS = 3.0
SAMPLE_SECONDS = 1.0
#: A page that lies in the background looks at its line now and then, and comes back without a rush.
IDLE = Manners(look=5.0, ping=25.0, silence=60.0, back=(1.0, 15.0))
BUSY = Manners(look=0.1, ping=10.0, silence=20.0, back=(0.2, 2.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of everything, and for how long."""

    seconds: float
    kill_every: float
    idle: int
    busy: int
    pause: float
    askers: int
    lookers: int
    readers: int


FULL = Plan(seconds=600, kill_every=60, idle=2000, busy=200, pause=2.0, askers=8, lookers=2, readers=20)
QUICK = Plan(seconds=48, kill_every=12, idle=200, busy=40, pause=2.0, askers=4, lookers=1, readers=6)


def say(what: str) -> None:
    """Tells whoever waits."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


async def run(plan: Plan) -> Soak:
    """Runs everything and returns what it came to."""
    soak = Soak(seconds=plan.seconds, idle=plan.idle, busy=plan.busy)
    messages = Stream("messages")
    soak.streams.append(messages)
    async with AsyncExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="parley-soak-", ignore_cleanup_errors=True))
        )
        say("Starting the platform")
        rig = await stack.enter_async_context(a_rig(folder, others=("support", "community")))
        platform = Platform(rig.config, None)
        stack.push_async_callback(platform.channels.close)
        crowd = await _crowd(platform)
        began = 0.0

        def took(seconds: float) -> None:
            if began:
                messages.took.append((time.monotonic() - began, seconds))

        busy = await stack.enter_async_context(a_load(rig, plan.busy, plan.pause, manners=BUSY, took=took))
        # They fall silent until everybody is there, so that it does not take them longer to come.
        busy.talk(False)
        say(f"Bringing {plan.idle:,} visitors who say nothing")
        idle = await stack.enter_async_context(an_idle_load(rig, plan.idle, IDLE))
        await _all_there(idle, busy)
        busy.talk(True)
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=10.0))
        began = time.monotonic()
        say(f"Going on for {plan.seconds:.0f} s")
        people = [asyncio.create_task(each) for each in _people(crowd, client, rig, plan, began)]
        watching = asyncio.create_task(_watch(rig, soak, began))
        await _kill_now_and_then(rig, soak, plan, began)
        soak.seconds = time.monotonic() - began
        await cancel([watching])
        crowd.stopping = True
        await asyncio.gather(*people)
        soak.streams += crowd.streams.values()
        soak.reconnects = {
            name: sum(party.reconnects for party in load.parties) for name, load in (("busy", busy), ("idle", idle))
        }
        say("Letting everything arrive, and asking the silent ones")
        began = 0.0
        soak.complaints += await _said(busy, idle)
        soak.complaints += await crowd.check()
        soak.tickets = len(crowd.given)
    return soak


async def _crowd(platform: Platform) -> Crowd:
    desk, shop = await a_desk(platform), await forum(platform)
    return Crowd(platform, desk, shop, await a_community(shop))


async def _all_there(*loads: Load[Any]) -> None:
    # A party says by itself neither that it is there nor that it follows, so it is asked again and again.
    async with asyncio.timeout(300):
        while not all(line.following for load in loads for party in load.parties for line in party.lines.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.5)


def _people(
    crowd: Crowd, client: httpx.AsyncClient, rig: Rig, plan: Plan, began: float
) -> list[Coroutine[Any, Any, None]]:
    places = list(rig.places)
    return [
        *(crowd.ask_for_help(crowd.door("requests", client, places, began), 2.0) for _ in range(plan.askers)),
        *(crowd.look_at_the_desk(crowd.door("lists", client, places, began), 2.0) for _ in range(plan.lookers)),
        *(crowd.read(crowd.door("pages", client, places, began), 1.0) for _ in range(plan.readers)),
    ]


async def _watch(rig: Rig, soak: Soak, began: float) -> None:
    """Notes the memory of every process; one that was started again begins a new life."""
    lives: dict[str, tuple[int, Life]] = {}
    while True:
        for proc in rig.procs:
            # What a process wrote itself: shares of common pages change whenever another one starts or ends.
            kb = await asyncio.to_thread(proc.memory, "Anonymous")
            if not kb:
                continue
            if lives.get(proc.name, (0,))[0] != proc.pid:
                life = Life(proc.name)
                soak.lives.append(life)
                lives[proc.name] = proc.pid, life
            lives[proc.name][1].samples.append((time.monotonic() - began, kb))
        await asyncio.sleep(SAMPLE_SECONDS)


def victim(kinds: Sequence[Sequence[T]], number: int, *, late: bool) -> T:
    """Returns who is killed as which: one of each kind, then the other one of each, and so on.

    Late in the run it is always the other one: what grows is told best from a process that lives for long.
    """
    round_, kind = divmod(number, len(kinds))
    return kinds[kind][1 if late else round_ % 2]


async def _kill_now_and_then(rig: Rig, soak: Soak, plan: Plan, began: float) -> None:
    kinds = [rig.chats, rig.gateways, rig.others[:2], rig.others[2:]]
    at = plan.kill_every
    while at + plan.kill_every / 2 < plan.seconds:
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))
        proc = victim(kinds, len(soak.marks), late=at >= plan.seconds / 2)
        say(f"{time.monotonic() - began:5.0f} s  killing {proc.name}")
        soak.marks.append(Mark(time.monotonic() - began, proc.name))
        proc.kill()
        await asyncio.sleep(AWAY_SECONDS)
        proc.start()
        await serving(rig.config, *proc.serves)
        if proc in rig.gateways:
            await listening(rig.places[rig.gateways.index(proc)])
        at += plan.kill_every
    await asyncio.sleep(max(0.0, began + plan.seconds - time.monotonic()))


async def _said(busy: Load[Any], idle: Load[Any]) -> list[str]:
    complaints = await busy.settle()
    already = idle.acked
    idle.talk(True)
    try:
        await idle.until(already + len(idle.parties), 120)
    except TimeoutError as error:
        complaints.append(f"the silent ones: {error}")
    return complaints + await idle.settle()


def main() -> None:
    """Reads the command line, runs, writes the report, and fails where it is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--quick", action="store_true", help="about a minute, written to build/soak and not to docs")
    parser.add_argument("--minutes", type=int, default=10, help="how long it goes on; ten is the least")
    arguments = parser.parse_args()
    if arguments.minutes < FULL.seconds / 60:
        parser.error("a run that is shorter says nothing about memory")
    plan = QUICK if arguments.quick else replace(FULL, seconds=60.0 * arguments.minutes)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        soak = runner.run(run(plan))
    target = report.write(soak, short=arguments.quick)
    say(f"\n{target.read_text()}\nWritten to {target}.")
    failed = [asked for asked, _, holds in report.verdicts(soak) if not holds]
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
