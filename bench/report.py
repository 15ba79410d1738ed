"""Writes what was found: rows for machines, a page for people. Decides nothing and measures nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import rights, search, support, survey
from bench.full import RAISED
from bench.machine import Machine
from bench.plan import FRACTIONS, Findings, Plan, Sample

Say = Callable[[str], None]

_BENCH = Path(__file__).resolve().parent
PAGE = _BENCH.parent / "docs" / "bench.md"
NOTES = _BENCH / "notes.md"
RESULTS = _BENCH / "results"

#: What the bare chain was found to do on a machine like ours, in messages a second, by conversations.
ORIENTATION = {1: (550, 550), 16: (3_000, 3_500), 64: (5_700, 5_700), 256: (8_000, 8_000)}
#: What ejabberd was found to do there.
EJABBERD = {16: 2_250, 64: 2_000, 256: 2_100}
#: What the services may take more while they answer people: some pages in flight, and no whole copy.
FLAT_BYTES = 64_000_000
SERVERS = ("gateway", "services", "postgres", "valkey")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `ratio` is ours to the bare chain's, where there is one."""

    name: str
    value: float
    unit: str
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that the issue asks for, and whether it was reached."""

    text: str
    reached: str
    holds: bool


def rows(found: Findings) -> list[Row]:
    """Returns every figure."""
    written: list[Row] = []
    for (chain, talks, stored), sample in found.closed.items():
        other = found.closed["bare", talks, stored] if chain == "full" else None
        written += _sample_rows(f"{chain}/closed/{talks}/stored-{stored}", sample, other)
        written += [
            Row(f"{chain}/closed/{talks}/stored-{stored}/cpu-{name}", _round(value * 1000), "ms/message")
            for name, value in sample.cpu.items()
        ]
    for (chain, talks, stored, fraction), sample in found.open.items():
        other = found.open["bare", talks, stored, fraction] if chain == "full" else None
        written += _sample_rows(f"{chain}/open-{FRACTIONS[fraction]}/{talks}/stored-{stored}", sample, other)
    for chain, (pss, rss) in found.resting.items():
        ratio = pss / found.resting["bare"][0] if chain == "full" and found.resting["bare"][0] > 0 else None
        written.append(Row(f"{chain}/resting/{found.resting_count}/pss", _round(pss / 1000), "kB", _round(ratio)))
        written.append(Row(f"{chain}/resting/{found.resting_count}/rss", _round(rss / 1000), "kB"))
    for stored, (p50, p99) in found.starts.items():
        written.append(Row(f"full/start-to-screen/stored-{stored}/p50", _round(p50 * 1000), "ms"))
        written.append(Row(f"full/start-to-screen/stored-{stored}/p99", _round(p99 * 1000), "ms"))
    for watchers, figures in found.inbox.items():
        for name, value in zip(("p50", "p99", "last-p50", "last-p99", "cpu-a-start"), figures, strict=True):
            written.append(Row(f"full/inbox/{watchers}/{name}", _round(value * 1000), "ms"))
    if found.revocation is not None:
        written.append(Row("full/revocation/until-cut", _round(found.revocation[0]), "s"))
    if found.rights is not None:
        size = f"full/rights/{found.rights.conversations}"
        for name in ("counted", "copied", "corrected", "erased"):
            written.append(Row(f"{size}/{name}", _round(getattr(found.rights, name)), "s"))
        written.append(Row(f"{size}/memory-grown", _round(found.rights.grown / 1e6), "MB"))
    return written


def _sample_rows(name: str, sample: Sample, other: Sample | None) -> list[Row]:
    def ratio(ours: float, theirs: float) -> float | None:
        return _round(ours / theirs) if other and theirs else None

    bare = other or sample
    return [
        Row(f"{name}/rate", _round(sample.rate), "messages/s", ratio(sample.rate, bare.rate)),
        Row(f"{name}/p50", _round(sample.p50 * 1000), "ms", ratio(sample.p50, bare.p50)),
        Row(f"{name}/p99", _round(sample.p99 * 1000), "ms", ratio(sample.p99, bare.p99)),
        Row(f"{name}/cpu", _round(servers(sample) * 1000), "ms/message", ratio(servers(sample), servers(bare))),
    ]


def servers(sample: Sample) -> float:
    """Returns the CPU seconds of a message without the load generator's."""
    return sum(sample.cpu[name] for name in SERVERS)


def targets(found: Findings) -> list[Target]:
    """Compares what was found with what the live path is to reach."""
    pairs = [
        (talks, stored, sample, found.closed["bare", talks, stored])
        for (chain, talks, stored), sample in found.closed.items()
        if chain == "full"
    ]
    latencies = [
        (talks, stored, fraction, sample.p99 / found.open["bare", talks, stored, fraction].p99)
        for (chain, talks, stored, fraction), sample in found.open.items()
        if chain == "full"
    ]
    rate = min(pairs, key=lambda each: each[2].rate / each[3].rate)
    cpu = max(pairs, key=lambda each: servers(each[2]) - servers(each[3]))
    worst = max(latencies, key=lambda each: each[3])
    reached = [
        Target(
            "at least 0.6 of the bare chain's rate",
            f"{rate[2].rate / rate[3].rate:.2f} where it is least ({rate[0]} talking, {rate[1]:,} stored)",
            rate[2].rate / rate[3].rate >= 0.6,
        ),
        Target(
            "at most twice its p99",
            f"{worst[3]:.1f} times where it is most ({worst[0]} talking, {worst[1]:,} stored, at {worst[2]})",
            worst[3] <= 2,
        ),
        Target(
            "at most 0.25 ms of CPU a message more",
            f"{(servers(cpu[2]) - servers(cpu[3])) * 1000:.2f} ms more where it is most "
            f"({cpu[0]} talking, {cpu[1]:,} stored)",
            servers(cpu[2]) - servers(cpu[3]) <= 0.25e-3,
        ),
    ]
    if "full" in found.resting:
        size = found.resting["full"][0]
        reached.append(Target("at most 48 kB for an idle connection", f"{size / 1000:.1f} kB (PSS)", size <= 48_000))
    histories = sorted({stored for _, _, stored in found.closed})
    if len(histories) > 1:
        slowest = min(
            found.closed["full", talks, histories[-1]].rate / found.closed["full", talks, histories[0]].rate
            for _, talks, stored in found.closed
            if stored == histories[-1]
        )
        reached.append(
            Target(
                "no change beyond noise with history",
                f"{slowest:.2f} of the rate with {histories[-1]:,} stored where it is least",
                slowest >= 0.9,
            )
        )
    for talks, theirs in EJABBERD.items():
        times = [each[2].rate / theirs for each in pairs if each[0] == talks]
        if times:
            wanted = 1.0 if talks < 64 else 1.5
            reached.append(
                Target(
                    f"{'ahead of' if talks < 64 else 'half more than'} ejabberd's {theirs:,}/s with {talks} talking",
                    f"{min(times):.2f} times",
                    min(times) > wanted,
                )
            )
    if found.revocation is not None:
        reached.append(
            Target("a signed-out operator is cut within 5 s", f"{found.revocation[0]:.2f} s", found.revocation[0] < 5)
        )
    if found.rights is not None:
        text = f"memory flat while {found.rights.conversations:,} conversations are copied, corrected and erased"
        grown = found.rights.grown
        reached.append(Target(text, f"{grown / 1e6:.0f} MB more at most", grown < FLAT_BYTES))
    return reached


def page(found: Findings, plan: Plan, on: Machine, lasted: float) -> str:
    """Writes the page."""
    histories = sorted({stored for _, _, stored in found.closed})
    parts = [
        "# How fast the live path is",
        "",
        "Written by `make bench`, which measures the full path and a bare chain of the same hops turn by turn, on the "
        "same PostgreSQL (fsync on) and Valkey. Everything, the load generator included, ran on this machine:",
        "",
        *(f"- {line}" for line in on.lines()),
        f"- the run took {lasted / 60:.0f} minutes; each closed loop ran {plan.rounds} times for {plan.seconds:g} s "
        f"and each open loop as often for {plan.open_seconds:g} s; the median counts (of the rate, and of the p99)",
        "",
        "The full path runs as `make run` has it, with row security, validation, limits and telemetry. These settings "
        "are raised:",
        "",
        *_raised(),
        "",
        "## What was to be reached",
        "",
        *_table(
            ("target", "reached", ""),
            ((each.text, each.reached, "yes" if each.holds else "**no**") for each in targets(found)),
        ),
        "",
    ]
    for stored in histories:
        parts += _rates(found, stored)
    parts += _latencies(found, histories)
    parts += _cpu(found, histories[0])
    parts += _rest(found)
    if found.rights is not None:
        parts += rights.lines(found.rights)
    parts += search.saved_section()
    parts += survey.saved_section()
    parts += support.saved_section()
    parts += _orientation(found, histories[0])
    if found.troubles:
        parts += ["## Troubles of this run", "", *(f"- {trouble}" for trouble in found.troubles), ""]
    if NOTES.exists():
        parts += [NOTES.read_text().strip(), ""]
    return "\n".join(parts)


def _raised() -> list[str]:
    return [
        f"- `{name}`: {'no limit' if not value else f'{value:,.0f} a second'}, since {why}"
        for name, (value, why) in RAISED.items()
    ]


def _rates(found: Findings, stored: int) -> list[str]:
    def lines() -> Iterable[Sequence[str]]:
        for (chain, talks, history), ours in found.closed.items():
            if chain == "full" and history == stored:
                bare = found.closed["bare", talks, stored]
                yield (
                    str(talks),
                    f"{ours.rate:,.0f}",
                    f"{bare.rate:,.0f}",
                    f"{ours.rate / bare.rate:.2f}",
                    f"{ours.p50 * 1000:.1f} / {ours.p99 * 1000:.1f}",
                    f"{bare.p50 * 1000:.1f} / {bare.p99 * 1000:.1f}",
                    f"{servers(ours) * 1000:.2f}",
                    f"{servers(bare) * 1000:.2f}",
                    f"{(servers(ours) - servers(bare)) * 1000:+.2f}",
                    f"{_spread(ours)} / {_spread(bare)}",
                )

    return [
        f"## Closed loop, {stored:,} messages stored before",
        "",
        "Messages delivered a second; p50 / p99 in ms of one message in that loop; CPU in ms a message, all processes "
        "but the load generator; the spread is (largest - least) / median of the rounds.",
        "",
        *_table(
            ("talking", "full", "bare", "ratio", "full ms", "bare ms", "full CPU", "bare CPU", "more", "spread"),
            lines(),
        ),
        "",
    ]


def _spread(sample: Sample) -> str:
    return f"{(sample.rates[-1] - sample.rates[0]) / sample.rate:.0%}" if len(sample.rates) > 1 else "-"


def _latencies(found: Findings, histories: Sequence[int]) -> list[str]:
    def lines() -> Iterable[Sequence[str]]:
        for (chain, talks, stored, fraction), ours in found.open.items():
            if chain == "full" and stored in histories:
                bare = found.open["bare", talks, stored, fraction]
                yield (
                    f"{stored:,}",
                    str(talks),
                    fraction,
                    f"{ours.rate:,.0f}",
                    f"{ours.p50 * 1000:.1f} / {ours.p99 * 1000:.1f}",
                    f"{bare.rate:,.0f}",
                    f"{bare.p50 * 1000:.1f} / {bare.p99 * 1000:.1f}",
                    f"{ours.p99 / bare.p99:.2f}",
                )

    return [
        "## Latency at a quarter and at half of the rate",
        "",
        "An open loop: messages are due at random moments (Poisson), whatever happens to those before them, and each "
        "is timed from when it was due. Each chain gets a quarter and half of its own rate of just before.",
        "",
        *_table(
            ("stored", "talking", "at", "full /s", "full p50 / p99", "bare /s", "bare p50 / p99", "p99 ratio"),
            lines(),
        ),
        "",
    ]


def _cpu(found: Findings, stored: int) -> list[str]:
    names = (*SERVERS, "load")

    def lines() -> Iterable[Sequence[str]]:
        for (chain, talks, history), sample in found.closed.items():
            if history == stored:
                yield (str(talks), chain, *(f"{sample.cpu[name] * 1000:.3f}" for name in names))

    return [
        "## CPU by process",
        "",
        "In ms a delivered message, in the closed loop.",
        "",
        *_table(("talking", "chain", *names), sorted(lines(), key=lambda line: (int(line[0]), line[1]))),
        "",
    ]


def _rest(found: Findings) -> list[str]:
    parts = ["## The rest", ""]
    for chain, (pss, rss) in found.resting.items():
        parts.append(
            f"- {chain}: {pss / 1000:.1f} kB PSS ({rss / 1000:.1f} kB RSS) for each of {found.resting_count:,} idle "
            "connections, each a visitor's who follows a conversation, over all processes and both engines"
        )
    for stored, (p50, p99) in found.starts.items():
        parts.append(
            f"- from `start conversation` to the operator's screen with {stored:,} stored: p50 {p50 * 1000:.1f} ms, "
            f"p99 {p99 * 1000:.1f} ms"
        )
    for watchers, (p50, p99, last50, last99, cpu) in found.inbox.items():
        parts.append(
            f"- {watchers} operators watch one busy inbox: a change is on a screen after {p50 * 1000:.1f} ms (p50), "
            f"{p99 * 1000:.1f} ms (p99), on the last screen after {last50 * 1000:.1f} ms (p50), {last99 * 1000:.1f} ms "
            f"(p99); {cpu * 1000:.1f} ms of CPU for a start that all of them see"
        )
    if found.revocation is not None:
        seconds, count, codes = found.revocation
        parts.append(
            f"- under full load, all {count} sockets of an operator who signed out were cut within {seconds:.2f} s "
            f"(close code {', '.join(map(str, codes))})"
        )
    return [*parts, ""]


def _orientation(found: Findings, stored: int) -> list[str]:
    parts = []
    for (chain, talks, history), sample in found.closed.items():
        if chain == "bare" and history == stored and talks in ORIENTATION:
            least, most = ORIENTATION[talks]
            parts.append((str(talks), f"{least:,}" if least == most else f"{least:,}-{most:,}", f"{sample.rate:,.0f}"))
    return [
        "## The bare chain against its orientation",
        "",
        *_table(("talking", "tried before on a machine like this", "here"), parts),
        "",
    ]


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(line)} |" for line in lines),
    ]


def _round(value: float | None) -> float:
    return float("nan") if value is None else float(f"{value:.4g}")


def write(found: Findings, on: Machine, name: str, page_text: str) -> None:
    """Writes the rows into a file of the machine's name, and the page where there is one."""
    RESULTS.mkdir(exist_ok=True)
    about = on.as_json()
    lines = [
        {
            "name": row.name,
            "value": _json(row.value),
            "unit": row.unit,
            "ratio": _json(row.ratio),
            "machine": about,
        }
        for row in rows(found)
    ]
    (RESULTS / f"{name}.json").write_text("[\n" + ",\n".join(json.dumps(line) for line in lines) + "\n]\n")
    if page_text:
        PAGE.write_text(page_text)


def _json(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value
