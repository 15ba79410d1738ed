"""Runs every check that needs no running server, two at a time, and says of each whether it holds and how long it took.

The checks that are programs of their own are only listed here; the small ones, on what may stand in a file and where a
file may stand, are functions of this module. Nothing is changed by a check.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
IMAGE = ROOT / "stubs" / "contract.binpb"
RELEASED = ROOT / "protos" / "released.binpb"
LONGEST = 500
SHOWN = 60

#: What a service's folder may hold, each as one file or as a package of that name.
ROOMS = frozenset({"__init__", "__main__", "actions", "domain", "migrations", "servicer", "store", "workers"})

# The words below are put together from pieces, so that this file does not hold what it looks for.
REGISTRIES = re.compile("|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.(org|com)")))
PLACES = re.compile(
    "|".join((r"(?<![\w.])/wo" + "rk/", r"(?<!\w)/ro" + "ot/", r"/ho" + r"me/\w", "/Us" + "ers/", r"/op" + "t/(wh|py)"))
)
BRIEFS = re.compile("shared/" + r"(design|policy|hooks)\b")
GENERATED = ("stubs/", "web/shared/gen/")
TEXTS = frozenset(
    ".cfg .cjs .css .html .ini .js .json .lock .md .mjs .mypy .proto .py .pyi .sh .sql .svg .toml .ts .tsx .txt .yaml "
    ".yml".split()
)


@dataclass(frozen=True, slots=True)
class Check:
    """A name, and a function that returns an empty text where all is well, or else what is wrong."""

    name: str
    run: Callable[[], str]


def program(*command: str | Path) -> Callable[[], str]:
    """Returns a check that runs a program and holds when it exits with 0."""

    def run() -> str:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return "" if done.returncode == 0 else done.stdout.strip() or f"exit code {done.returncode}"

    return run


def files() -> list[Path]:
    """Returns every file that is committed, or would be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def is_text(path: Path) -> bool:
    """Says whether people read a file."""
    return path.suffix in TEXTS or path.name in ("Makefile", "LICENSE", "run", ".gitignore", ".npmrc")


def strangers(text: str) -> Iterator[str]:
    """Yields what does not belong into a committed text: registries, places on one machine, briefs of the authors."""
    for pattern, complaint in (
        (REGISTRIES, "names a package registry"),
        (PLACES, "names a place on one machine"),
        (BRIEFS, "refers to what is not in the repository"),
    ):
        for number, line in enumerate(text.splitlines(), start=1):
            if found := pattern.search(line):
                yield f"{number}: {complaint}: {found.group()}"


def check_words() -> str:
    """Finds addresses of registries and places of one machine in what is committed, the locks included."""
    found = [
        f"{path.relative_to(ROOT)}:{stranger}"
        for path in files()
        if is_text(path)
        for stranger in strangers(path.read_text(errors="replace"))
    ]
    return "\n".join(found)


def check_lengths() -> str:
    """Finds source files that have grown too long to be about one thing."""
    found = []
    for path in files():
        name = str(path.relative_to(ROOT))
        if path.suffix in (".py", ".ts", ".tsx") and not name.startswith(GENERATED):
            length = path.read_text().count("\n")
            if length > LONGEST:
                found.append(f"{name}: {length} lines; past {LONGEST}, split it by noun into a package of its name")
    return "\n".join(found)


def unexpected(service: Path) -> list[str]:
    """Returns what stands in a service's folder and has no place there."""
    return sorted(
        path.name
        for path in service.iterdir()
        if path.name != "__pycache__" and (path.stem not in ROOMS or (path.is_file() and path.suffix != ".py"))
    )


def check_rooms() -> str:
    """Finds files in a service's folder that no other service would have."""
    found = [
        f"services/{service.name}/{name}: a service has {', '.join(sorted(ROOMS))}"
        for service in sorted((ROOT / "services").iterdir())
        if service.is_dir() and service.name != "__pycache__"
        for name in unexpected(service)
    ]
    return "\n".join(found)


def check_breaking() -> str:
    """Compares the contract with the one of the last release."""
    return program(BIN / "buf", "breaking", IMAGE, "--against", RELEASED, "--config", "buf.yaml")()


def buf_lint() -> Callable[[], str]:
    """Returns the check that lints our own protos on the committed image."""
    paths = [f"--path={path.relative_to(ROOT / 'protos')}" for path in sorted((ROOT / "protos" / "parley").iterdir())]
    return program(BIN / "buf", "lint", IMAGE, "--config", "buf.yaml", *paths)


CHECKS = (
    Check("types", program(BIN / "mypy")),
    Check("web", program(sys.executable, "tools/web.py", "check")),
    Check("format", program(BIN / "ruff", "format", "--check", "--output-format", "concise", ".")),
    Check("lint", program(BIN / "ruff", "check", "--quiet", "--output-format", "concise", ".")),
    Check("import contracts", program(BIN / "lint-imports", "--no-cache")),
    Check("contract, stubs and listings", program(sys.executable, "protos/compile.py", "--check")),
    Check("buf lint", buf_lint()),
    Check("buf breaking", check_breaking),
    Check("words", check_words),
    Check("lengths", check_lengths),
    Check("rooms of the services", check_rooms),
    Check("settings page", program(sys.executable, "tools/settings_page.py", "--check")),
    Check("data map", program(sys.executable, "-m", "tools.data_map", "--check")),
    Check("policy page", program(sys.executable, "tools/policy_page.py", "--check")),
    Check("reports page", program(sys.executable, "-m", "tools.reports_page", "--check")),
    Check("docs", program(BIN / "mkdocs", "build", "--strict", "--quiet")),
    Check("changes", program(BIN / "towncrier", "build", "--draft", "--version", "next")),
)


def run(check: Check) -> bool:
    """Runs one check and prints what it came to."""
    began = time.monotonic()
    complaint = check.run()
    verdict = "no" if complaint else "ok"
    print(f"{verdict:3} {check.name} ({time.monotonic() - began:.1f} s)", flush=True)
    if complaint:
        lines = complaint.splitlines()
        shown = lines[:SHOWN] + ([f"... and {len(lines) - SHOWN} lines more"] if len(lines) > SHOWN else [])
        print("\n".join(f"      {line}" for line in shown), flush=True)
    return not complaint


def main() -> None:
    """Runs the checks, or those named on the command line."""
    wanted = [check for check in CHECKS if not sys.argv[1:] or check.name in sys.argv[1:]]
    with ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(run, wanted))
    if not all(results):
        sys.exit(f"{results.count(False)} of {len(results)} checks do not hold.")
    print(f"All {len(results)} checks hold.")


if __name__ == "__main__":
    main()
