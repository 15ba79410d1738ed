"""Writes what a soak came to: a page for people with its pictures, and the figures for machines."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from tests.faults.rig import ROOT
from tests.soak.figures import STEP_SECONDS, Soak
from tests.soak.plots import Line, drawn

PAGE = ROOT / "docs" / "soak.md"
RESULTS = ROOT / "bench" / "results" / "soak.json"
#: Where a short run writes, whose figures say only that the soak itself works.
SHORT = ROOT / "build" / "soak"
#: What all processes together may grow by in a minute and still be called flat, in kB.
FLAT_KB = 3 * 1024
#: Over how many seconds each point of a process's series is taken.
SERIES_SECONDS = 5.0
_NUMBERS = re.compile(r"\[[\d,\s]+\]")

#: Below this, caches still fill and most replicas are killed once at most.
FULL_SECONDS = 300
_SHORT = "It says that nothing was lost; its rates and its memory say little. `make soak` writes this page anew."


def verdicts(soak: Soak) -> list[tuple[str, str, bool]]:
    """Returns what was asked for, what came of it, and whether that is as it should be."""
    growth = soak.growth()
    found = [
        (
            "nothing is lost, doubled or out of order",
            "nothing" if not soak.complaints else f"{len(soak.complaints)} complaints",
            not soak.complaints,
        )
    ]
    # In a short run caches still fill, so that memory says nothing.
    if soak.seconds >= FULL_SECONDS:
        found.append(
            (
                f"all processes together grow by {FLAT_KB // 1024} MB a minute at most",
                f"{growth / 1024:+.2f} MB a minute",
                growth <= FLAT_KB,
            )
        )
    return found


def page(soak: Soak, pictures: str) -> str:
    """Writes the page."""
    width = max(1.0, soak.seconds / 120)
    lines = [
        "# Soak",
        "",
        f"Written by `make soak`. For {_long(soak)} {soak.idle:,} visitors were there and said "
        f"nothing, {soak.busy:,} conversations talked, people asked for help by the form, a program listed the desk's "
        "tickets, and readers went through a community, all through two gateways, with two replicas of chat, support "
        f"and community. Every {_every(soak)} one replica was killed (`kill -9`), and came back three seconds later.",
        "",
        *(() if soak.seconds >= FULL_SECONDS else (f"**A short run, of {soak.seconds:.0f} seconds.** {_SHORT}", "")),
        "| asked for | came of it | |",
        "|---|---|---|",
        *(f"| {asked} | {came} | {'yes' if holds else '**no**'} |" for asked, came, holds in verdicts(soak)),
        "",
        "A checker kept every message, acknowledgement and delivery. In the end each silent visitor said one thing, "
        "over a socket that had outlived all of this or had come back by itself, and it had to arrive. Every request "
        "that was answered with a reference is one ticket, and no more than one.",
        "",
        "| what | how many | a second | p50 | p99 | tried again |",
        "|---|---|---|---|---|---|",
        *(
            f"| {stream.name} | {len(stream.took):,} | {len(stream.took) / soak.seconds:,.1f} "
            f"| {stream.figure(0.5):,.0f} ms | {stream.figure(0.99):,.0f} ms | {stream.again:,} |"
            for stream in soak.streams
        ),
        "",
        "A message is timed from when it is first said to its acknowledgement, a request and a page from the first try "
        "to the answer, however often it took to find a replica that lives: what the kills cost is in these figures.",
        "",
        f"![Messages, requests and pages a second over the run.]({pictures}rates.svg)",
        "",
        f"![Latency: the 50th and the 99th percentile of messages and pages.]({pictures}latencies.svg)",
        "",
        f"![Memory of all processes of the platform together.]({pictures}memory.svg)",
        *(f"\n![Memory of {kind}, replica by replica.]({pictures}{_picture(kind)})" for kind in _kinds(soak)),
        "",
        "| process | lives | at the end | a minute while it fills | a minute when it is full |",
        "|---|---|---|---|---|",
        *_lives(soak),
        "",
        "How all grow together is by least squares over their sum, of which a socket that goes from one process to "
        f"another changes nothing. A death does: for {STEP_SECONDS:.0f} seconds after each nothing is counted, and "
        "then from where it stands, so that a process that is born anew, and is smaller, hides no growth. The table "
        "has the longest life of each kind, without such seconds; sockets that came over later than that are growth "
        f"there. Until it is {soak.filling:.0f} seconds old, a process fills what it keeps: connections and the "
        "statements on them, and tokens, each with a bound "
        "([decision 0082](decisions/0082-memory-goes-when-its-use-ends.md)). Memory is what the processes wrote "
        "themselves (anonymous pages), engines left out. What every process had when stands in "
        "`bench/results/soak.json`, under `memory`.",
        "",
        f"Killed: {', '.join(f'{mark.what} at {mark.at:.0f} s' for mark in soak.marks) or 'nothing'}.",
        "",
        f"Sockets came back {soak.reconnects.get('busy', 0):,} times among those who talk and "
        f"{soak.reconnects.get('idle', 0):,} times among those who do not.",
        "",
        f"Machine: {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}; the "
        f"clients, PostgreSQL (fsync on) and Valkey ran on it as well. Pictures: averages over {width:.0f} s.",
        "",
    ]
    if soak.complaints:
        lines += ["## What went wrong", "", *(f"- {each}" for each in soak.complaints[:20]), ""]
    return "\n".join(lines)


def _long(soak: Soak) -> str:
    minutes = soak.seconds / 60
    return f"{minutes:.0f} minutes" if minutes >= 2 else f"{soak.seconds:.0f} seconds"


def _every(soak: Soak) -> str:
    if len(soak.marks) < 2:
        return "now and then"
    apart = (soak.marks[-1].at - soak.marks[0].at) / (len(soak.marks) - 1)
    return "minute" if 55 <= apart <= 70 else f"{apart:.0f} seconds"


def _lives(soak: Soak) -> Sequence[str]:
    rows = []
    judged = {life.name: life for life in soak.judged}
    for name in dict.fromkeys(life.name for life in soak.lives):
        lives = [life for life in soak.lives if life.name == name and life.samples]
        life = judged.get(name)
        fills = _grew(life.slope(soak.settling, soak.steps, until=soak.filling)) if life else "–"
        grows = _grew(life.slope(soak.filling, soak.steps)) if life else "died too soon to say"
        rows.append(f"| {name} | {len(lives)} | {lives[-1].samples[-1][1] / 1024:.0f} MB | {fills} | {grows} |")
    return rows


def _grew(kb: float) -> str:
    return f"{kb / 1024:+.2f} MB"


def pictures(soak: Soak) -> dict[str, str]:
    """Draws the pictures."""
    width = max(1.0, soak.seconds / 120)
    named = {stream.name: stream for stream in soak.streams}
    rates = [Line(name, stream.rate(width, soak.seconds)) for name, stream in named.items()]
    latencies = [
        Line(f"{name}, p{share * 100:.0f}", named[name].latency(width, soak.seconds, share))
        for name in ("messages", "pages")
        for share in (0.5, 0.99)
    ]
    memory = [Line("all processes", soak.memory(width))]
    return {
        "rates.svg": drawn("Done in a second", "1/s", rates, soak.marks, soak.seconds),
        "latencies.svg": drawn("How long it took", "ms", latencies, soak.marks, soak.seconds),
        "memory.svg": drawn("Memory", "MB", memory, soak.marks, soak.seconds),
    } | {
        _picture(kind): drawn(f"Memory of {kind}", "MB", _of_kind(soak, kind, width), soak.marks, soak.seconds)
        for kind in _kinds(soak)
    }


def _kinds(soak: Soak) -> list[str]:
    return list(dict.fromkeys(life.kind for life in soak.lives))


def _picture(kind: str) -> str:
    return f"memory-{kind}.svg"


def _of_kind(soak: Soak, kind: str, width: float) -> list[Line]:
    """Returns a line for each replica, through all of its lives."""
    names = dict.fromkeys(life.name for life in soak.lives if life.kind == kind)
    return [
        Line(name, [point for life in soak.lives if life.name == name for point in life.series(width)])
        for name in names
    ]


def series(soak: Soak) -> list[dict[str, object]]:
    """Returns what each life of each process had when: from which second on, and the kB every so many seconds."""
    return [
        {
            "process": life.name,
            "since": round(life.samples[0][0]),
            "every": SERIES_SECONDS,
            "kb": [round(1024 * mb) for _, mb in life.series(SERIES_SECONDS)],
        }
        for life in soak.lives
        if life.samples
    ]


def write(soak: Soak, *, short: bool) -> Path:
    """Writes the page, the pictures and the figures, and returns where the page is."""
    target = SHORT / "soak.md" if short else PAGE
    folder = target.parent / "soak"
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures(soak).items():
        (folder / name).write_text(picture)
    target.write_text(page(soak, "soak/"))
    figures = {
        "seconds": soak.seconds,
        "idle": soak.idle,
        "busy": soak.busy,
        "streams": {
            stream.name: {
                "count": len(stream.took),
                "p50_ms": round(stream.figure(0.5), 1),
                "p99_ms": round(stream.figure(0.99), 1),
                "again": stream.again,
            }
            for stream in soak.streams
        },
        "growth_kb_a_minute": round(soak.growth()),
        "growth_of_one_kb_a_minute": {life.name: round(life.slope(soak.filling, soak.steps)) for life in soak.judged},
        "killed": [[round(mark.at), mark.what] for mark in soak.marks],
        "reconnects": soak.reconnects,
        "complaints": soak.complaints,
        "memory": series(soak),
    }
    results = SHORT / "soak.json" if short else RESULTS
    # A series is one line, so that whoever looks at a change sees which one it is.
    written = _NUMBERS.sub(lambda found: re.sub(r"\s+", " ", found[0]), json.dumps(figures, indent=1))
    results.write_text(written + "\n")
    return target
