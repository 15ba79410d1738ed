"""What is measured, in which order, and for how long. Both chains take turns at every point, on the same engines."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import history, processes, rights
from bench.bare.chain import BareChain
from bench.chain import Chain
from bench.full import FullPath
from bench.generator import Generator
from kernel import ids

FRACTIONS = {"a quarter": 0.25, "half": 0.5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of everything."""

    talks: tuple[int, ...] = (1, 16, 64, 256)
    histories: tuple[int, ...] = (0, 10_000, 1_000_000)
    #: How often the chains take turns in the closed loop; the median counts.
    rounds: int = 3
    warm: float = 0.5
    seconds: float = 2.5
    open_seconds: float = 1.5
    resting: int = 5_000
    watchers: int = 200
    starts: int = 100
    starts_a_second: float = 20.0
    revocation_seconds: float = 8.0
    #: How many people have a copy, a correction and an erasure, and how many conversations each of them has.
    people: int = 100
    conversations_each: int = 100
    #: How long memory is left to settle before it is read.
    settling: float = 2.0


FULL = Plan()
QUICK = Plan(
    talks=(1, 16, 64),
    histories=(0,),
    rounds=2,
    warm=0.5,
    seconds=2.0,
    open_seconds=1.0,
    resting=500,
    watchers=20,
    starts=20,
    revocation_seconds=6.0,
    people=20,
    conversations_each=50,
)
SMOKE = Plan(
    talks=(2,),
    histories=(100,),
    rounds=1,
    warm=0.1,
    seconds=0.3,
    open_seconds=0.3,
    resting=4,
    watchers=2,
    starts=2,
    revocation_seconds=2.5,
    people=1,
    conversations_each=2,
    settling=0.1,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run of the load against one chain. Times are in seconds."""

    rate: float
    p50: float
    p99: float
    #: CPU seconds a message, by process.
    cpu: dict[str, float]
    missing: int = 0
    #: The rates of the rounds, where there were several.
    rates: tuple[float, ...] = ()


@dataclass(slots=True)
class Findings:
    """Everything that a run has found; keys are (chain, conversations, stored messages)."""

    closed: dict[tuple[str, int, int], Sample] = field(default_factory=dict)
    open: dict[tuple[str, int, int, str], Sample] = field(default_factory=dict)
    #: (chain) -> bytes for a connection: PSS, RSS.
    resting: dict[str, tuple[float, float]] = field(default_factory=dict)
    resting_count: int = 0
    #: stored messages -> seconds: p50, p99.
    starts: dict[int, tuple[float, float]] = field(default_factory=dict)
    #: Watchers -> p50 and p99 of one screen, p50 and p99 of the last screen, CPU seconds a start.
    inbox: dict[int, tuple[float, float, float, float, float]] = field(default_factory=dict)
    #: Seconds until the last of a signed-out operator's sockets was cut, how many there were, and their close codes.
    revocation: tuple[float, int, tuple[int, ...]] | None = None
    stored: dict[int, tuple[int, int]] = field(default_factory=dict)
    rights: rights.Figures | None = None
    troubles: list[str] = field(default_factory=list)


class Run:
    """One run of the plan."""

    def __init__(
        self,
        plan: Plan,
        full: FullPath,
        bare: BareChain,
        load: Generator,
        *,
        engines: dict[str, int],
        database_url: str,
        say: Callable[[str], None],
    ) -> None:
        """Takes both chains, running, the generator, and the engines' process ids."""
        self._plan = plan
        self._full = full
        self._chains: tuple[Chain, ...] = (full, bare)
        self._load = load
        self._engines = engines
        self._database_url = database_url
        self._say = say
        self._found = Findings()

    async def everything(self) -> Findings:
        """Measures all of it."""
        filled = 0
        # They are there before the upkeep, so that none of it is left for when somebody measures.
        for chain in self._chains:
            await chain.talkers(max(self._plan.talks))
        for wanted in self._plan.histories:
            if wanted > filled:
                began = time.monotonic()
                tenant = ids.to_uuid(self._full.tenant_id, "ten")
                await history.fill(self._database_url, tenant, wanted - filled)
                filled = wanted
                self._say(f"{wanted:,} stored messages written in {time.monotonic() - began:.0f} s")
            await history.tidy(self._database_url)
            await self._talk(wanted)
            await self._starts(wanted)
            self._found.stored[wanted] = await history.stored(self._database_url)
        await self._revoke()
        await self._inbox()
        for chain in self._chains:
            await self._rest(chain)
        await self._rights()
        return self._found

    def _roots(self, chain: Chain) -> dict[str, int]:
        return {**chain.processes, **self._engines, "load": self._load.pid}

    async def _talk(self, stored: int) -> None:
        for talks in self._plan.talks:
            closed: dict[str, list[Sample]] = {chain.name: [] for chain in self._chains}
            opened: dict[tuple[str, str], list[Sample]] = {
                (chain.name, fraction): [] for chain in self._chains for fraction in FRACTIONS
            }
            for turn in range(self._plan.rounds):
                for chain in self._chains:
                    async with _Open(self, chain, talks):
                        sample = await self._sample(
                            chain, "closed", talks=talks, warm=self._plan.warm, seconds=self._plan.seconds
                        )
                        closed[chain.name].append(sample)
                        for fraction, part in FRACTIONS.items():
                            opened[chain.name, fraction].append(
                                await self._sample(
                                    chain,
                                    "open",
                                    talks=talks,
                                    rate=max(1.0, sample.rate * part),
                                    warm=self._plan.warm,
                                    seconds=self._plan.open_seconds,
                                    seed=talks + turn,
                                )
                            )
            for chain in self._chains:
                self._found.closed[chain.name, talks, stored] = _median(closed[chain.name])
                for fraction in FRACTIONS:
                    self._found.open[chain.name, talks, stored, fraction] = _median_of_p99(opened[chain.name, fraction])
            self._say(self._line(talks, stored))

    def _line(self, talks: int, stored: int) -> str:
        parts = []
        for chain in self._chains:
            sample = self._found.closed[chain.name, talks, stored]
            half = self._found.open[chain.name, talks, stored, "half"]
            cpu = sum(value for name, value in sample.cpu.items() if name != "load")
            parts.append(
                f"{chain.name} {sample.rate:,.0f}/s {cpu * 1000:.2f} ms CPU, p99 at half {half.p99 * 1000:.1f} ms"
            )
        ratio = self._found.closed["full", talks, stored].rate / self._found.closed["bare", talks, stored].rate
        return f"{stored:>9,} stored, {talks:>3} talking: {'; '.join(parts)}; ratio {ratio:.2f}"

    async def open(self, chain: Chain, talks: int) -> None:
        """Opens conversations of a chain with fresh tokens."""
        await self._load.ask(
            "talk", port=chain.port, hosts=chain.hosts, pairs=[list(each) for each in await chain.talkers(talks)]
        )

    async def close(self) -> None:
        """Closes all sockets."""
        await self._load.ask("close")

    async def _sample(self, chain: Chain, order: str, **details: Any) -> Sample:
        roots = self._roots(chain)
        before = processes.cpu_seconds(roots)
        answer = await self._load.ask(order, **details)
        after = processes.cpu_seconds(roots)
        self._note(chain, order, details, answer)
        total = max(1, answer["total"])
        return Sample(
            rate=answer["rate"],
            p50=answer["p50"],
            p99=answer["p99"],
            cpu={name: (after[name] - before[name]) / total for name in roots},
            missing=answer["missing"],
        )

    def _note(self, chain: Chain, order: str, details: dict[str, Any], answer: dict[str, Any]) -> None:
        for trouble in ("missing", "refused", "closed"):
            if answer[trouble]:
                self._found.troubles.append(f"{chain.name}, {order} {details}: {trouble} {answer[trouble]}")

    async def _starts(self, stored: int) -> None:
        answer = await self._watch(1)
        self._found.starts[stored] = answer["p50"], answer["p99"]
        self._say(f"{stored:>9,} stored: start to screen p50 {answer['p50'] * 1000:.1f} ms")

    async def _inbox(self) -> None:
        watchers = self._plan.watchers
        answer = await self._watch(watchers)
        last = answer["last"]
        self._found.inbox[watchers] = answer["p50"], answer["p99"], last["p50"], last["p99"], answer["cpu"]
        self._say(f"{watchers} watch one inbox: p99 {answer['p99'] * 1000:.1f} ms")

    async def _watch(self, watchers: int) -> dict[str, Any]:
        full, plan = self._full, self._plan
        tokens = [each.token for each in await full.watchers(watchers)]
        await self._load.ask("watch", port=full.port, host=full.hosts[1], tokens=tokens)
        roots = {**full.processes, **self._engines}
        before = processes.cpu_seconds(roots)
        answer = await self._load.ask(
            "starts",
            port=full.port,
            host=full.hosts[0],
            token=await full.anonymous(),
            notice_id=full.notice_id,
            count=plan.starts,
            rate=plan.starts_a_second,
        )
        after = processes.cpu_seconds(roots)
        answer["cpu"] = (sum(after.values()) - sum(before.values())) / plan.starts
        if answer["missing"]:
            self._found.troubles.append(f"{watchers} watchers: {answer['missing']} changes did not come")
        await self.close()
        return answer

    async def _revoke(self) -> None:
        full, talks = self._full, max(self._plan.talks)
        await self.open(full, talks)
        operator, numbers = full.operator_of(0)
        numbers = [number for number in numbers if number < talks]
        loading = asyncio.create_task(
            self._load.ask("closed", talks=talks, warm=0.0, seconds=self._plan.revocation_seconds)
        )
        await asyncio.sleep(1.5)
        await full.sign_out(operator)
        at = time.time()
        await loading
        lost = [each for each in (await self._load.ask("lost"))["lost"] if each[1] == 1 and each[0] in numbers]
        if len(lost) < len(numbers):
            self._found.troubles.append(f"revocation: {len(numbers) - len(lost)} sockets were not cut")
        if lost:
            slowest = max(each[2] for each in lost) - at
            self._found.revocation = slowest, len(lost), tuple(sorted({each[3] for each in lost}))
            self._say(f"a signed-out operator's {len(lost)} sockets were cut within {slowest:.2f} s")
        await self.close()

    async def _rights(self) -> None:
        found = await self._full.rights(self._plan.people, self._plan.conversations_each)
        self._found.rights = found
        self._found.troubles += found.troubles
        self._say(
            f"{found.conversations:,} conversations copied in {found.counted + found.copied:.1f} s, corrected in "
            f"{found.corrected:.1f} s, erased in {found.erased:.1f} s; {found.grown / 1e6:+.0f} MB"
        )

    async def _rest(self, chain: Chain) -> None:
        count = self._plan.resting
        channels = [list(each) for each in await chain.resting(count)]
        roots = [root for name, root in self._roots(chain).items() if name != "load"]
        before = await _settled(roots, self._plan.settling)
        for at in range(0, count, 500):
            some = channels[at : at + 500]
            await self._load.ask("rest", port=chain.port, host=chain.hosts[0], channels=some)
        after = await _settled(roots, self._plan.settling)
        self._found.resting[chain.name] = (after.pss - before.pss) / count, (after.rss - before.rss) / count
        self._found.resting_count = count
        await self.close()
        self._say(f"{count} resting sockets: {self._found.resting[chain.name][0] / 1024:.1f} KiB each ({chain.name})")


class _Open:
    """Sockets of a chain that are open for a while."""

    def __init__(self, run: Run, chain: Chain, talks: int) -> None:
        self._run, self._chain, self._talks = run, chain, talks

    async def __aenter__(self) -> None:
        await self._run.open(self._chain, self._talks)

    async def __aexit__(self, *_: object) -> None:
        await self._run.close()


async def _settled(roots: Sequence[int], seconds: float) -> processes.Memory:
    await asyncio.sleep(seconds)
    return processes.memory(roots)


def _median_of_p99(samples: Sequence[Sample]) -> Sample:
    """Returns the round with the median p99."""
    return sorted(samples, key=lambda sample: sample.p99)[len(samples) // 2]


def _median(samples: Sequence[Sample]) -> Sample:
    """Returns the round with the median rate, with the rates of all."""
    ordered = sorted(samples, key=lambda sample: sample.rate)
    middle = ordered[len(ordered) // 2]
    return Sample(
        rate=statistics.median(sample.rate for sample in samples),
        p50=middle.p50,
        p99=middle.p99,
        cpu={name: statistics.median(sample.cpu[name] for sample in samples) for name in middle.cpu},
        missing=sum(sample.missing for sample in samples),
        rates=tuple(sample.rate for sample in ordered),
    )
