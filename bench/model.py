"""What so many visitors a day need, computed from what each thing costs; and the page that says so.

Plain arithmetic: nothing here measures, and nothing is rounded before the end. Whoever expects other visitors changes
`ASSUMED` and runs `python -m bench.capacity --page`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PARTS = ("gateway", "services", "postgres", "valkey")
SCALES = (10_000, 100_000, 1_000_000)
#: What `PARLEY_…` leaves each service's process: connections to PostgreSQL in its pool.
POOL = 10
SERVICES = 6


@dataclass(frozen=True, slots=True)
class Cost:
    """What one thing costs: milliseconds of CPU, by process."""

    name: str
    said: str
    times: int
    ms: Mapping[str, float]

    @property
    def all(self) -> float:
        """The milliseconds of all processes together."""
        return sum(self.ms.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything that the model starts from."""

    costs: Mapping[str, Cost]
    #: MB of each process while nobody is there.
    resting_mb: Mapping[str, float]
    #: Seconds of CPU a second of each process while nobody is there.
    resting_cpu: Mapping[str, float]
    #: kB for each idle connection, over all processes.
    idle_kb: float
    message_bytes: float
    record_bytes: float
    #: How much else the machine had to do, as its load over five minutes, and how many cores it has.
    load: float
    machine_cores: int

    @classmethod
    def read(cls, found: Mapping[str, Any], live: Mapping[str, float]) -> Measured:
        """Reads what `python -m bench.capacity` and `make bench` have written."""
        costs = {each["name"]: Cost(**each) for each in found["costs"]}
        said = "a message is said, kept, acknowledged and shown on the other side"
        costs["message"] = Cost("message", said, 0, {part: live[part] for part in PARTS})
        return cls(
            costs=costs,
            resting_mb=found["resting_mb"],
            resting_cpu=found["resting_cpu"],
            idle_kb=live["idle_kb"],
            message_bytes=found["message_bytes"],
            record_bytes=found["record_bytes"],
            load=found["load"],
            machine_cores=found["cores"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What people are assumed to do."""

    #: How often a visitor's browser loads the launcher, which it keeps for five minutes.
    launches: float = 2
    #: Of a hundred visitors, how many open the panel, chat, send a request, and come to the community.
    opens: float = 6
    chats: float = 3
    requests: float = 1
    readers: float = 20
    #: Messages of a chat, and for how many minutes its socket is open.
    messages: float = 14
    minutes: float = 20
    #: Pages of the community that a reader looks at, and of a hundred how many somebody else read a moment before.
    topics: float = 4
    shared: float = 50
    #: The busiest hour's share of a day, in hundredths, and how full a core may be then, so that tails stay short.
    peak: float = 12
    full: float = 50


ASSUMED = Assumed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a number of visitors a day needs in the busiest hour."""

    visitors: int
    cores: Mapping[str, float]
    messages_a_second: float
    sockets: float
    processes: Mapping[str, int]
    memory_gb: float
    connections: int
    disk_gb_a_year: float


def for_one(measured: Measured, assumed: Assumed) -> dict[str, float]:
    """Returns how often a visitor does each thing, on average."""
    shared, read = assumed.shared / 100, assumed.readers / 100 * assumed.topics
    chats = assumed.chats / 100
    return {
        "launcher": assumed.launches,
        "opened": assumed.opens / 100,
        "started": chats,
        "message": chats * assumed.messages,
        "asked": assumed.requests / 100,
        "same": read * shared,
        "other": read * (1 - shared),
    }


def need(visitors: int, measured: Measured, assumed: Assumed) -> Need:
    """Computes what so many visitors a day need."""
    times = for_one(measured, assumed)
    a_second = visitors * assumed.peak / 100 / 3600
    cores = {
        part: a_second * sum(count * measured.costs[name].ms[part] for name, count in times.items()) / 1000
        / (assumed.full / 100)
        for part in PARTS
    }  # fmt: skip
    chats = a_second * assumed.chats / 100
    sockets = 2 * chats * assumed.minutes * 60
    # A process of ours uses one core; two of each are there however little they do, so that one may die.
    processes = {part: max(2, math.ceil(cores[part])) for part in ("gateway", "services")}
    cores = {
        part: used + measured.resting_cpu[part] * processes.get(part, 1) / (assumed.full / 100)
        for part, used in cores.items()
    }
    memory = (
        sum(measured.resting_mb[part] * count for part, count in processes.items())
        + measured.resting_mb["postgres"]
        + measured.resting_mb["valkey"]
        + sockets * measured.idle_kb / 1000
    ) / 1000
    kept = visitors * 365 * (
        assumed.chats / 100 * assumed.messages * measured.message_bytes
        + (assumed.chats + assumed.requests) / 100 * measured.record_bytes
    )  # fmt: skip
    return Need(
        visitors=visitors,
        cores=cores,
        messages_a_second=a_second * times["message"],
        sockets=sockets,
        processes=processes,
        memory_gb=memory,
        connections=processes["services"] * SERVICES * POOL,
        disk_gb_a_year=kept / 1e9,
    )


def page(measured: Measured, assumed: Assumed, scales: Sequence[int] = SCALES) -> str:
    """Writes the page."""
    needs = [need(visitors, measured, assumed) for visitors in scales]
    full = assumed.full / 100
    return "\n".join(
        [
            "# Capacity",
            "",
            "Written by `python -m bench.capacity`; with `--page` from the figures that are there. What is measured "
            "stands in the first table, with its source; what is assumed in the second; the rest is arithmetic "
            "(`bench/model.py`). Costs are CPU time of the processes, read from the system, and differ between "
            "machines as their cores do.",
            "",
            _on_which(measured),
            "",
            "## What things cost",
            "",
            "Milliseconds of CPU for each, by process.",
            "",
            *_table(
                ("what", *PARTS, "all", "source"),
                (
                    (cost.said, *(f"{cost.ms[part]:.2f}" for part in PARTS), f"{cost.all:.2f}", _source(cost))
                    for cost in measured.costs.values()
                ),
            ),
            "",
            *_table(
                ("what", "figure", "source"),
                (
                    *(
                        (
                            f"`{part}` while nobody is there",
                            f"{mb:.0f} MB (PSS), {100 * measured.resting_cpu[part]:.1f} % of a core",
                            "`python -m bench.capacity`",
                        )
                        for part, mb in measured.resting_mb.items()
                    ),
                    (
                        "memory for each idle connection, all processes and engines together",
                        f"{measured.idle_kb:.1f} kB",
                        "`make bench`, [the rest](bench.md#the-rest)",
                    ),
                    (
                        "disk for each message of a line, with its indexes",
                        f"{measured.message_bytes:,.0f} bytes",
                        "`python -m bench.capacity`",
                    ),
                    (
                        "disk for each conversation or ticket besides, with events, jobs and indexes",
                        f"{measured.record_bytes:,.0f} bytes",
                        "`python -m bench.capacity`",
                    ),
                ),
            ),
            "",
            "## What one of each carries",
            "",
            f"One core, kept {assumed.full:.0f} % full, all processes on it:",
            "",
            *(f"- {1000 * full / cost.all:,.0f} times a second: {cost.said}" for cost in measured.costs.values()),
            "",
            f"One GB of memory beyond what the processes have: {1e6 / measured.idle_kb:,.0f} idle connections. One "
            f"connection to PostgreSQL serves one call at a time; each service in a process opens {POOL} at most, so "
            f"that 200, which the compose file allows, are enough for three `serve all` processes of {SERVICES} "
            "services each; beyond that raise `max_connections`, or put a pooler between.",
            "",
            "## What so many visitors a day need",
            "",
            f"Assumed of a hundred visitors: the browser of each loads the launcher {assumed.launches:g} times, since "
            f"it keeps it for five minutes; {assumed.opens:g} open the panel, {assumed.chats:g} chat "
            f"({assumed.messages:g} messages, {assumed.minutes:g} minutes, one socket on each side), "
            f"{assumed.requests:g} sends a request, {assumed.readers:g} read {assumed.topics:g} pages of the "
            f"community, of which {assumed.shared:g} % were read by somebody else within the second before. The "
            f"busiest hour has {assumed.peak:g} % of the day, and a core is {assumed.full:g} % full then. A process "
            "uses one core at most; two of each are there "
            "always.",
            "",
            *_table(
                ("", *(f"{each.visitors:,} a day" for each in needs)),
                (
                    ("messages a second, busiest hour", *(f"{each.messages_a_second:,.1f}" for each in needs)),
                    ("sockets open then", *(f"{each.sockets:,.0f}" for each in needs)),
                    *((f"cores for {part}", *(f"{each.cores[part]:,.2f}" for each in needs)) for part in PARTS),
                    ("cores in all", *(f"{sum(each.cores.values()):,.1f}" for each in needs)),
                    ("`serve gateway`, processes", *(f"{each.processes['gateway']}" for each in needs)),
                    ("`serve all`, processes", *(f"{each.processes['services']}" for each in needs)),
                    ("memory, the database's cache left out", *(f"{each.memory_gb:,.1f} GB" for each in needs)),
                    ("connections to PostgreSQL at most", *(f"{each.connections:,}" for each in needs)),
                    (
                        "disk for what a year of chats and requests keeps",
                        *(f"{each.disk_gb_a_year:,.0f} GB" for each in needs),
                    ),
                ),
            ),
            "",
            "A year of chats is more than is ever there where the usual periods hold: a transcript goes 180 days after "
            "its end.",
            "",
            "## What this does not say",
            "",
            "- Staff are few beside visitors, and cost more each: 200 operators on one busy inbox take "
            "42.6 ms of CPU for each conversation that begins ([bench](bench.md#the-rest)). Count a core for every "
            f"{1000 * full / 42.6:,.0f} conversations a second that begin before so many eyes.",
            "- Costs were taken with one request at a time; many at once share some of it, as messages do (1.44 ms "
            f"with one conversation talking, {measured.costs['message'].all:.2f} with 16, 0.13 with 256). So this errs "
            "on the safe side, but for reads that find the database's cache cold.",
            "- One PostgreSQL carries all of it here. How far a single one goes was not measured: the machine of these "
            "figures has two cores, and nothing larger was tried.",
            "- Searches, reports, copies of somebody's data and backups are not in it; run the nightly ones at night.",
            "",
        ]
    )


def _on_which(measured: Measured) -> str:
    said = f"They were taken on {measured.machine_cores} cores with a load of {measured.load:.1f} over five minutes."
    if measured.load <= 1.5 * measured.machine_cores:
        return said
    return (
        f"**{said}** Processes that wait for a core and find its caches cold use more of it: count these figures as "
        "too high, up to twice, and take them anew on a machine that does nothing else."
    )


def _source(cost: Cost) -> str:
    if cost.name == "message":
        return "`make bench`, [16 talking](bench.md#cpu-by-process)"
    return f"`python -m bench.capacity`, {cost.times} times"


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(line)} |" for line in lines),
    ]
