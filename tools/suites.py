"""Runs the test suites, a few at a time, each within its time budget, and adds up what they say.

A suite is a folder of `tests/`; a folder without a budget, a suite without a test, a skipped test and a suite over its
budget, by more than a busy machine explains, are failures, so that nothing drops out of sight. What a suite prints is
shown in one piece when it has ended.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kernel import connections, egress
from kernel.privacy.recipients import RECIPIENTS
from tests.policy import registry
from tools import browser

#: How many times its budget a suite may take before that fails the run, and before it is stopped: whoever else works on
#: the machine slows it. One that takes longer than its budget is said to be slow.
GRACE, STOPPED = 3, 5

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "build" / "tests"
#: Processes of a run that connect to somebody: the tests, and the command as it is typed and as it serves.
TALKATIVE = ("pytest", "cli up", "cli serve")
#: Where every process of a run notes to whom it connected.
CONNECTIONS = RESULTS / "connections"

#: Where files are kept in memory, and how much room there, and in memory at all, a run needs. Tests make hundreds of
#: databases of thousands of files each; a disk takes dozens of times as long to make them, and nobody is to keep them.
MEMORY, ROOM, SMALLEST = Path("/dev/shm"), 6 << 30, 12 << 30  # noqa: S108 - Only a folder of our own in it is used.

#: How many suites run at a time: as many as the cores that the budgets are for. They compute nearly all the while, so
#: that a third one saved no time that was worth what waited too long beside it.
LANES = 2

#: The suites that are being run.
running: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True, slots=True)
class Suite:
    """A folder of tests, and how many seconds it may take beside another."""

    name: str
    budget: int
    #: Whether only root can run it, and it is run by its name only.
    by_root: bool = False


SUITES = (
    Suite("web", 10),
    Suite("contract", 18),
    Suite("kernel", 65),
    Suite("identity", 30),
    Suite("privacy", 60),
    Suite("chat", 115),
    Suite("survey", 25),
    Suite("community", 60),
    Suite("support", 50),
    Suite("cli", 85),
    Suite("restore", 60),
    Suite("gateway", 145),
    Suite("isolation", 240),
    Suite("policy", 115),
    Suite("browser", 460),
    Suite("faults", 130),
    Suite("upgrade", 90),
    Suite("deploy", 12),
    Suite("bench", 30),
    Suite("root", 120, by_root=True),
)
#: What all of them together may take, in seconds: fifteen minutes on two cores.
WHOLE = sum(suite.budget for suite in SUITES if not suite.by_root) // LANES


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a suite came to; `complaint` is empty where all is well."""

    suite: Suite
    seconds: float
    passed: int
    failed: int
    complaint: str


def command_of(suite: Suite) -> list[str]:
    """Returns the program that runs a suite."""
    if suite.name == "web":
        return [sys.executable, str(ROOT / "tools" / "web.py"), "test"]
    command = [sys.executable, "-m", "pytest", f"tests/{suite.name}", "-q", "-o", "junit_family=xunit1"]
    return [*command, f"--junitxml={RESULTS / suite.name}.xml"]


def run_bounded(suite: Suite, environment: dict[str, str]) -> tuple[int, bool]:
    """Runs a suite; returns its exit code, and whether it was stopped for taking far longer than its budget."""
    with (RESULTS / f"{suite.name}.log").open("wb") as log:
        process = subprocess.Popen(
            command_of(suite),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running.add(process)
    try:
        return process.wait(timeout=STOPPED * suite.budget), False
    except subprocess.TimeoutExpired:
        stop(process)
        return 1, True
    finally:
        running.discard(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stops a suite with all that it started."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def cases(suite: Suite) -> list[ElementTree.Element]:
    """Returns what a suite's report says of each test; a suite that was stopped leaves no report, or an empty one."""
    report = RESULTS / f"{suite.name}.xml"
    if not report.exists() or not report.stat().st_size:
        return []
    return list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - pytest wrote it a moment ago.


def wrongs(case: ElementTree.Element) -> list[ElementTree.Element]:
    """Returns what went wrong in a test, and before and after it."""
    return [*case.findall("failure"), *case.findall("error")]


def count(suite: Suite) -> tuple[int, int, int]:
    """Returns how many tests of a suite passed, failed and were skipped, as its report says."""
    passed = failed = skipped = 0
    for case in cases(suite):
        if wrongs(case):
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def failures(suite: Suite) -> list[str]:
    """Returns the name of each test of a suite that failed, with the first line of what it said."""
    found: list[str] = []
    for case in cases(suite):
        for wrong in wrongs(case):
            said = (wrong.get("message") or "").strip().splitlines() or [""]
            found.append(f"{case.get('classname')}.{case.get('name')}: {said[0][:300]}")
    return found


def run(suite: Suite, environment: dict[str, str]) -> Outcome:
    """Runs one suite and judges it."""
    (RESULTS / f"{suite.name}.xml").unlink(missing_ok=True)
    began = time.monotonic()
    code, stopped = run_bounded(suite, environment)
    seconds = time.monotonic() - began
    passed, failed, skipped = count(suite)
    complaints = []
    if stopped:
        complaints.append(f"stopped after {STOPPED} times its budget")
    elif code not in (0, 5):
        complaints.append("failed")
    if not stopped and passed + failed + skipped == 0:
        complaints.append("ran no test")
    if skipped:
        complaints.append(f"skipped {skipped}; nothing is skipped here")
    if seconds > suite.budget * GRACE and not stopped:
        complaints.append(f"over budget: {seconds:.0f} s of {suite.budget} s")
    return Outcome(suite, seconds, passed, failed, ", ".join(complaints))


def run_all(suites: Iterable[Suite], environment: dict[str, str]) -> list[Outcome]:
    """Runs suites, as many at a time as there are lanes, and those that take longest first."""
    outcomes = []
    with ThreadPoolExecutor(LANES) as pool:
        try:
            waiting = sorted(suites, key=lambda suite: -suite.budget)
            for future in as_completed([pool.submit(run, suite, environment) for suite in waiting]):
                outcomes.append(future.result())
                show(outcomes[-1])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(running):
                stop(process)
            raise
    return outcomes


@contextmanager
def scratch(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yields an environment in which what is temporary lies in memory, where there is room for it."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM or memory < SMALLEST:
        yield environment
        return
    with tempfile.TemporaryDirectory(prefix="parley-tests-", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        # Accounts that servers run under pass through it.
        Path(folder).chmod(0o711)
        yield {**environment, "TMPDIR": folder}


def show(outcome: Outcome) -> None:
    """Prints what a suite has printed, and how long it took."""
    print(f"\n== {outcome.suite.name}: {outcome.seconds:.0f} s of {outcome.suite.budget} s", flush=True)
    sys.stdout.buffer.write((RESULTS / f"{outcome.suite.name}.log").read_bytes())
    sys.stdout.buffer.flush()


def select(names: list[str]) -> list[Suite]:
    """Returns the suites that were asked for, or all of them."""
    known = {suite.name: suite for suite in SUITES}
    if unknown := set(names) - set(known):
        sys.exit(f"There is no suite {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    if strangers := folders - set(known):
        sys.exit(f"No budget in tools/suites.py for tests/{', tests/'.join(sorted(strangers))}.")
    return [known[name] for name in names] if names else [suite for suite in SUITES if not suite.by_root]


def promises() -> list[str]:
    """Prints what became of every clause of the policy in this run, and returns those that are not kept."""
    results = registry.outcomes(RESULTS / f"{suite.name}.xml" for suite in SUITES if suite.name != "web")
    broken: list[str] = []
    print()
    for clause in registry.clauses():
        is_kept, state = registry.state_of(clause, results)
        print(f"{clause.id:10} {state:28} {clause.says}")
        if not is_kept:
            broken.append(clause.id)
    return broken


def outgoing(folder: Path) -> list[str]:
    """Prints to whom the processes of this run connected, and returns what is not as it must be."""
    noted = list(connections.read(folder))
    counts = Counter(each.whose or "this machine" for each in noted)
    print("connections: " + ", ".join(f"{whose} {count}" for whose, count in sorted(counts.items())))
    # A run in which somebody noted nothing proves nothing.
    silent = [kind for kind in TALKATIVE if not any(each.process.startswith(kind) for each in noted)]
    unknown = connections.strangers(noted, [*RECIPIENTS, egress.OURSELVES])
    return [
        *(f"no process `{kind}` noted to whom it connected" for kind in silent),
        *(f"`{each.process}` connected to {each.host}:{each.port}, which is no recipient's" for each in unknown),
    ]


def main() -> None:
    """Runs the suites named on the command line, or all of them, and closes with one line that counts everything."""
    suites = select(sys.argv[1:])
    RESULTS.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ)
    if any(suite.name == "browser" for suite in suites):
        browser.find_or_fetch(whole=True)
        environment["PARLEY_BROWSER"] = browser.find_or_fetch()
    shutil.rmtree(CONNECTIONS, ignore_errors=True)
    environment["PARLEY_CONNECTIONS_DIR"] = str(CONNECTIONS)
    began = time.monotonic()
    with scratch(environment) as kept:
        outcomes = run_all(suites, kept)
    print()
    for outcome in outcomes:
        verdict = outcome.complaint or ("ok" if outcome.seconds <= outcome.suite.budget else "ok, but slow")
        took = f"{outcome.seconds:6.1f} s of {outcome.suite.budget:3d} s"
        print(f"{outcome.suite.name:10} {took}  {outcome.passed:4d} passed {outcome.failed:3d} failed  {verdict}")
    is_whole = not sys.argv[1:]
    broken = promises() if is_whole else []
    loose = outgoing(CONNECTIONS) if is_whole else []
    unhappy = [outcome for outcome in outcomes if outcome.complaint]
    print(f"{'all':10} {time.monotonic() - began:6.1f} s of {WHOLE:3d} s")
    for outcome in unhappy:
        for line in failures(outcome.suite):
            print(f"failed: {line}")
    if unhappy:
        print("Not well: " + "; ".join(f"{outcome.suite.name}: {outcome.complaint}" for outcome in unhappy))
    print(
        f"suites: {sum(outcome.passed for outcome in outcomes)} passed, "
        f"{sum(outcome.failed for outcome in outcomes)} failed"
    )
    if broken:
        print(f"Promises that are not kept: {', '.join(broken)}")
    if loose:
        print("Connections: " + "; ".join(loose))
    sys.exit(1 if unhappy or broken or loose else 0)


if __name__ == "__main__":
    main()
