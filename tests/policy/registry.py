"""Reads the registry of clauses, and says of each what became of its tests. It runs no test.

A clause is a promise with an id. The registry, `clauses.toml` beside this file, names for each clause what enforces it
(importable names), the tests that prove it, how to switch the enforcer off and which of the tests then turns red.
"""

from __future__ import annotations

import importlib
import os
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILE = HERE / "clauses.toml"
SENTENCES = HERE / "sentences.toml"
IDS = tuple(f"C{number:02}" for number in range(1, 39))


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise.

    `awaits` says, in words, which part of the product has to come first; such a clause has no tests yet. `off` names a
    function of `tests.policy.off` that switches the enforcer off, and `red` the tests of which one then fails. Some of
    the tests of a clause that is proved `by_root` only root can run: `make check-root` does.
    """

    id: str
    says: str
    enforcers: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    off: str = ""
    red: tuple[str, ...] = ()
    awaits: str = ""
    by_root: bool = False


@cache
def clauses() -> tuple[Clause, ...]:
    """Returns the clauses, and the rules for where clauses meet and for the periods, in the order of the file."""
    return tuple(
        Clause(
            id_,
            said["says"],
            tuple(said.get("enforcers", ())),
            tuple(said.get("tests", ())),
            said.get("off", ""),
            tuple(said.get("red", ())),
            said.get("awaits", ""),
            said.get("by_root", False),
        )
        for id_, said in tomllib.loads(FILE.read_text()).items()
    )


def enforcer(name: str) -> object:
    """Returns what a name such as `services.chat.domain:may_read` or `kernel.hints:Hints.send` stands for, or what a
    file such as `deploy/firewall/parley.nft` says.

    Raises ImportError, AttributeError or OSError where it is gone.
    """
    if "/" in name:
        return (ROOT / name).read_text()
    module, _, path = name.partition(":")
    found: object = importlib.import_module(module)
    for part in path.split(".") if path else ():
        found = getattr(found, part)
    return found


def outcomes(reports: Iterable[Path]) -> dict[str, bool]:
    """Returns, for every test in pytest's reports, by `path::name` without parameters, whether all of it passed."""
    found: dict[str, bool] = {}
    for report in filter(Path.exists, reports):
        for name, case in _cases(report):
            is_good = all(case.find(bad) is None for bad in ("failure", "error", "skipped"))
            found[name] = found.get(name, True) and is_good
    return found


def failures(report: Path) -> set[str]:
    """Returns the tests that failed by what they claim; one that could not be set up has claimed nothing."""
    return {name for name, case in _cases(report) if case.find("failure") is not None}


def _cases(report: Path) -> Iterator[tuple[str, ElementTree.Element]]:
    for case in ElementTree.parse(report).iter("testcase"):
        module = case.get("classname", "").replace(".", "/")
        yield f"{module}.py::{case.get('name', '').partition('[')[0]}", case


def must_have_been_root() -> bool:
    """Says whether what only root can try has been tried before: a run of everything does so, where it is root."""
    return os.geteuid() == 0 and bool(os.environ.get("CI"))


def state_of(clause: Clause, results: Mapping[str, bool]) -> tuple[bool, str]:
    """Returns whether a clause stands as well as it can today, and its state in words."""
    if clause.awaits:
        return True, f"awaits {clause.awaits}"
    missing = [test for test in clause.tests if test not in results]
    failed = [test for test in clause.tests if not results.get(test, True)]
    if failed:
        return False, f"BROKEN: {failed[0]} failed"
    if missing and clause.by_root and not must_have_been_root():
        return True, "proved by `make check-root`"
    if missing:
        return False, f"NOT PROVED: {missing[0]} did not run"
    if not clause.tests:
        return False, "NOT PROVED: no test"
    return True, f"kept, {len(clause.tests)} test{'s' if len(clause.tests) > 1 else ''}"
