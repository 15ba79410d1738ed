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
#: Connections to PostgreSQL that each service of a process opens at most: those of its pool, and its lanes beside them.
POOL = 10 + 8
SERVICES = 6
#: The one of chat's writer, in each process.
WRITERS = 1
#: As many as the compose file allows.
ALLOWED = 200
#: What the plan on paper is for, and how many of them one deployment of many carries in it.
FAR, CELL = 100_000_000, 10_000_000


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
        connections=processes["services"] * (SERVICES * POOL + WRITERS),
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
            f"connection to PostgreSQL serves one call at a time; each service in a process opens {POOL} at most, chat "
            f"{WRITERS} more, so that a process of all {SERVICES} opens {SERVICES * POOL + WRITERS}. The {ALLOWED} "
            "that "
            "the compose file allows are enough for one of each; with more raise `max_connections`, or put [a "
            "pooler](how-to/deploy.md#a-pooler-before-postgresql) between.",
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
            *_far(measured, assumed),
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


def _far(measured: Measured, assumed: Assumed) -> list[str]:
    """Says what a hundred million visitors a day would need, on paper."""
    whole, cell = need(FAR, measured, assumed), need(CELL, measured, assumed)
    kept = 180 / 365
    return [
        f"## {FAR:,} a day, on paper",
        "",
        "Nothing of this size was tried. By the same arithmetic the busiest hour would have "
        f"{whole.messages_a_second:,.0f} messages a second on {whole.sockets:,.0f} sockets, and take "
        f"{whole.cores['gateway']:,.0f} cores for gateways, {whole.cores['services']:,.0f} for services, "
        f"{whole.cores['postgres']:,.0f} for PostgreSQL and {whole.cores['valkey']:,.1f} for Valkey. Cores are not "
        "what "
        "ends first:",
        "",
        f"- **Disk, and what has to pass over it every night.** In 180 days {whole.disk_gb_a_year * kept / 1000:,.1f} "
        "TB "
        "come together. A backup reads all of it, and writing a table anew after erasures locks it for as long as that "
        "takes.",
        f"- **Connections.** {whole.processes['services']} processes of all services would open {whole.connections:,}.",
        "- **Hints.** Every chat replica hears of every message of the others, so that what they hear grows with the "
        "square of their number; and one Valkey does its work on one core.",
        "- **One mistake.** A migration, a wrong setting or a lost primary would meet everybody at once.",
        "",
        f"So not one deployment but {FAR // CELL}, side by side and knowing nothing of one another, of some {CELL:,} "
        "visitors "
        "a day each. A tenant is wholly in one: every row has its tenant, nothing leads from one tenant to another, "
        "and "
        "`parley tenant export` and `import` [move a company](how-to/hand-over-a-company.md) with all that is owed to "
        "its "
        "people. Each has, by the arithmetic above:",
        "",
        *_table(
            ("of each", "figure", "how"),
            (
                (
                    "`serve gateway`, `serve all`",
                    f"{cell.processes['gateway']}, {cell.processes['services']} processes",
                    "`deploy/kubernetes/large`: over three zones by topology spread, scaled by live connections and "
                    "cores",
                ),
                (
                    "PostgreSQL",
                    f"{cell.cores['postgres']:,.1f} cores, {cell.disk_gb_a_year * kept:,.0f} GB",
                    "a primary, a standby to take over, and a replica for searches and reports",
                ),
                (
                    "connections",
                    f"{cell.connections:,} from the services, some 120 to the server",
                    "PgBouncer in transaction mode, 20 for each role",
                ),
                (
                    "Valkey",
                    f"{cell.cores['valkey']:,.2f} cores",
                    "one, with a replica to take over; nothing in it is kept",
                ),
                ("files and backups", "an object store", "`PARLEY_FILES_URL`, `PARLEY_BACKUP_COPY`"),
            ),
        ),
        "",
        "What stands before them is DNS: each has a domain of its own (`PARLEY_PUBLIC_BASE`), which a company's pages "
        "name "
        "when they load the launcher, and no directory has to be asked on the way. What is missing for it:",
        "",
        f"- A company with more than {CELL:,} visitors a day does not fit. Its conversations would have to be divided "
        "by "
        "site, or the tables of messages by time; neither is there.",
        "- Valkey's cluster with sharded publishing, for a deployment whose hints outgrow one core. The clients speak "
        "to one "
        "server.",
        "- The platform's own staff have one console for each deployment, and reports are not added up over several.",
        "- The figures: take them anew on the machines that are meant, with `python -m bench.capacity`, `make bench` "
        "and "
        "`make soak`, before anybody is promised anything.",
        "",
    ]


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
