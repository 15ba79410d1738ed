"""Shows that the tests of the promises would notice: each enforcer is switched off, and a named test must turn red.

`make prove` runs it and prints the matrix. Engines, imports and migrations are shared: for each clause this process
forks, switches one enforcer off in the child, and runs the named tests there, on a database of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import pytest

from cli.builds import builds
from kernel import collector
from tests.engines import real_engines
from tests.platform import TEMPLATE, migrated_database
from tests.policy import off, registry
from tests.policy.registry import ROOT, Clause

#: More than there are cores, since some wait for what never comes.
AT_ONCE = 3
#: What the parent imported already, pytest cannot rewrite; no test's assertions are among it.
_IMPORTED = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
# Only whether a test turns red counts here: its assertions are not taken apart, and no smaller example is looked for.
_OPTIONS = (
    "-q",
    "-x",
    "--assert=plain",
    "-p",
    "no:unraisableexception",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
    "-o",
    "junit_family=xunit1",
    "-W",
    _IMPORTED,
)
NOTHING = "nothing"
#: How many seconds a test may take: where nothing is switched off, a busy machine is no reason to fail; where something
#: is, some tests wait for what never comes.
PATIENCE = {True: 120, False: 30}
#: How many seconds a child may take in all: whose test was cut off may wait for ever for what that test left.
LONGEST = 900


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of switching off the enforcer of one clause."""

    clause: Clause
    red: tuple[str, ...]
    green: tuple[str, ...]
    seconds: float
    output: str

    @property
    def holds(self) -> bool:
        """Whether a named test noticed, or, where nothing was switched off, every test passed."""
        return self.green == self.clause.red if self.clause.off == NOTHING else bool(self.red)


def provable(ids: Sequence[str] = ()) -> list[Clause]:
    """Returns the clauses whose enforcer this user can switch off, or those of them that were asked for."""
    return [
        clause
        for clause in registry.clauses()
        if clause.off and (not ids or clause.id in ids) and (os.geteuid() == 0 or not clause.by_root)
    ]


def controls(clauses: Sequence[Clause], parts: int = AT_ONCE) -> list[Clause]:
    """Returns clauses that are none: the same tests with nothing switched off, of which none may turn red.

    They come in parts that can run beside each other; what shares a file, and what it stands on, stays together.
    """
    tests = sorted({test for clause in clauses for test in clause.red})
    files = sorted({_file_of(test) for test in tests})
    shares = [[test for test in tests if files.index(_file_of(test)) % parts == part] for part in range(parts)]
    return [
        Clause(f"control {number}", "Nothing is switched off.", off=NOTHING, red=tuple(share))
        for number, share in enumerate(shares, 1)
        if share
    ]


def _file_of(test: str) -> str:
    return test.partition("::")[0]


def prove(clauses: Sequence[Clause], at_once: int = AT_ONCE) -> Iterator[Proof]:
    """Yields a proof for each clause, as they finish."""
    with real_engines() as engines, tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        os.environ |= {"PARLEY_DATABASE_URL": engines.database_url, "PARLEY_REDIS_URL": engines.redis_url}
        template = stack.enter_context(_template())
        # What is loaded here, no child loads again, and none looks through it for garbage.
        builds()
        collector.settle()
        waiting, running = list(clauses), dict[int, tuple[Clause, float]]()
        while waiting or running:
            while waiting and len(running) < at_once:
                clause = waiting.pop(0)
                running[_fork(clause, Path(folder), template)] = (clause, time.monotonic())
            pid, _ = os.wait()
            clause, began = running.pop(pid)
            yield _judge(clause, Path(folder), time.monotonic() - began)


@contextlib.contextmanager
def _template() -> Iterator[str]:
    # The children copy a database in which every migration has run. Nobody may be connected to it meanwhile.
    with real_engines() as engines, asyncio.Runner() as runner:
        made = migrated_database(engines)
        url = runner.run(made.__aenter__())
        try:
            yield urlsplit(url).path[1:]
        finally:
            runner.run(made.__aexit__(None, None, None))


def _fork(clause: Clause, folder: Path, template: str) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    try:
        with (folder / f"{clause.id}.txt").open("w") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            faulthandler.dump_traceback_later(LONGEST, exit=True)
            switched = getattr(off, clause.off)()
            if not switched.needs_own_migration:
                os.environ[TEMPLATE] = template
            hypothesis.settings.register_profile("prove", phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate))
            hypothesis.settings.load_profile("prove")
            patience = f"--timeout={PATIENCE[clause.off == NOTHING]}"
            with switched:
                code = pytest.main([*_OPTIONS, patience, f"--junitxml={folder / clause.id}.xml", *clause.red])
        os._exit(int(code))
    except BaseException as error:  # noqa: BLE001 - The child must end here, whatever it was.
        with (folder / f"{clause.id}.txt").open("a") as output:
            output.write(repr(error))
        os._exit(70)


def _judge(clause: Clause, folder: Path, seconds: float) -> Proof:
    report = folder / f"{clause.id}.xml"
    results = registry.outcomes([report]) if report.exists() else {}
    failed = registry.failures(report) if report.exists() else set()
    output = (folder / f"{clause.id}.txt").read_text(errors="replace")
    red = tuple(test for test in clause.red if test in failed)
    green = tuple(test for test in clause.red if results.get(test, False))
    return Proof(clause, red, green, seconds, output)


def main() -> None:
    """Prints the matrix, and fails where a promise could be broken without a test that notices."""
    chosen = provable(sys.argv[1:])
    if not chosen:
        sys.exit("There is no such clause whose enforcer can be switched off.")
    proofs = list(_shown(prove([*controls(chosen), *chosen])))
    wrong = [proof for proof in proofs if not proof.holds]
    for proof in wrong:
        print(f"\n== {proof.clause.id}: not as it should be\n{proof.output[-3000:]}")
    print(f"\nclauses: {len(proofs) - len(wrong)} of {len(proofs)} runs, the controls included, are as they should be")
    sys.exit(1 if wrong else 0)


def _shown(proofs: Iterator[Proof]) -> Iterator[Proof]:
    for proof in proofs:
        colour = "green" if proof.clause.off == NOTHING else "red"
        verdict = f"{colour}, as it should be" if proof.holds else f"NOT {colour.upper()}"
        print(f"{proof.clause.id}  {verdict:22} {proof.seconds:5.1f} s  {proof.clause.off:32} {proof.clause.red[0]}")
        sys.stdout.flush()
        yield proof


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
