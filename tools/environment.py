"""Makes the Python environment of a checkout: `.venv`, the locked packages, and the `parley` command.

It runs on any Python from 3.7 on, so that an old one gets a sentence and not a traceback, and uses the standard library
only. It never deletes an environment that works: it brings it to what the locks say, and does nothing where that is so.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "parley-environment.json"
BOOTSTRAP = ROOT / "requirements-bootstrap.lock"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
OLDEST = (3, 11)
PATIENCE = 3

# The launcher finds its Python beside itself, so spaces in the path do it no harm, and `-P` keeps the folder it is
# started from out of the import path.
LAUNCHER = """#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")/python" -P "$0" "$@"
' '''
import sys

from cli.main import main

sys.exit(main())
"""


def say(text: str) -> None:
    """Tells the person at the terminal what is going on."""
    print(f"parley: {text}", flush=True)


def check_python() -> None:
    """Stops with what to do where this Python is too old or cannot make an environment."""
    if sys.version_info < OLDEST:
        have = ".".join(str(part) for part in sys.version_info[:3])
        want = ".".join(str(part) for part in OLDEST)
        sys.exit(f"Parley needs Python {want} or newer; {sys.executable} is {have}. Try `make PYTHON=python3.12 ...`.")
    if not (find_spec("venv") and find_spec("ensurepip")):
        sys.exit(
            f"{sys.executable} cannot make environments: its `venv` or `ensurepip` is missing.\n"
            "On Debian and Ubuntu: apt-get install python3-venv. Elsewhere: install a complete Python and set PYTHON."
        )


def run(command: list[str], environment: dict[str, str], *, attempts: int = 1) -> None:
    """Runs a program and stops with its name when it fails; downloads are tried again."""
    for attempt in range(1, attempts + 1):
        if subprocess.call(command, cwd=str(ROOT), env=environment, stdin=subprocess.DEVNULL) == 0:
            return
        if attempt < attempts:
            say(f"that failed; trying again ({attempt} of {attempts - 1})")
            time.sleep(2 * attempt)
    sys.exit("This step failed; its own words stand above: " + " ".join(command[:5]))


def environment() -> dict[str, str]:
    """Returns the variables for the tools: the caller's, without what would lead them to another environment."""
    misleading = {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"}
    variables = {name: value for name, value in os.environ.items() if name not in misleading}
    # Where the machine trusts an authority of its own, such as a company's proxy, so does what fetches packages.
    variables.setdefault("UV_SYSTEM_CERTS", "true")
    cache = Path(variables.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    nearest = next((folder for folder in (cache, *cache.parents) if folder.exists()), Path("/"))
    if "UV_CACHE_DIR" not in variables and not os.access(str(nearest), os.W_OK):
        # Somebody without a home of their own, such as a service account, still gets a cache.
        variables["UV_CACHE_DIR"] = str(VENV / "cache")
    return variables


def digest(*paths: Path) -> str:
    """Returns one hash over the contents of some files."""
    summed = hashlib.sha256()
    for path in paths:
        summed.update(path.read_bytes())
    return summed.hexdigest()


def read_stamp() -> dict[str, str]:
    """Returns what the environment was last brought to, or nothing."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def write_whole(path: Path, text: str, mode: int) -> None:
    """Writes a file so that nobody ever sees half of it."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.chmod(mode)
    unfinished.replace(path)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keeps two runs of `make` from working on one environment at the same time."""
    (ROOT / "build").mkdir(exist_ok=True)
    with open(str(ROOT / "build" / "environment.lock"), "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def works() -> bool:
    """Says whether the environment's own Python starts."""
    return PYTHON.exists() and subprocess.call([str(PYTHON), "-c", "pass"], stderr=subprocess.DEVNULL) == 0


def make_importable() -> None:
    """Puts the checkout on the environment's import path and the `parley` command into its `bin`."""
    question = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(subprocess.check_output([str(PYTHON), "-c", question], text=True).strip())
    up = os.path.relpath(str(ROOT), str(site_packages))
    write_whole(site_packages / "parley-checkout.pth", f"{up}\n{up}/stubs\n", 0o644)
    write_whole(VENV / "bin" / "parley", LAUNCHER, 0o755)


def bring_to(level: str) -> None:
    """Brings the environment to a level: `runtime` for `make run`, `dev` for everything else."""
    wanted = {"root": str(ROOT), "bootstrap": digest(BOOTSTRAP), **{name: digest(lock) for name, lock in LOCKS.items()}}
    stamp = read_stamp()
    # The development packages include those that run the product, so the wider level serves both.
    levels = {"runtime": ("runtime", "dev"), "dev": ("dev",)}[level]
    if stamp.pop("level", None) in levels and stamp == wanted and works():
        return
    check_python()
    variables = environment()
    if not works() or stamp.get("root", str(ROOT)) != str(ROOT):
        say("making the environment in .venv")
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], variables)
        stamp = {}
    if stamp.get("bootstrap") != wanted["bootstrap"]:
        say("installing uv, as pinned")
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        run([*pip, "-r", str(BOOTSTRAP)], variables, attempts=PATIENCE)
    if level == "runtime" and read_stamp().get("level") == "dev":
        level = "dev"
    say(f"installing the locked packages ({LOCKS[level].name}); the first time, some 200 MB are downloaded")
    # Many processes start from it, and each would compile hundreds of modules for itself where none may write.
    sync = [str(VENV / "bin" / "uv"), "pip", "sync", "--require-hashes", "--compile-bytecode", "--python", str(PYTHON)]
    if not sys.stderr.isatty():
        sync.append("--quiet")
    run([*sync, str(LOCKS[level])], variables, attempts=PATIENCE)
    make_importable()
    write_whole(STAMP, json.dumps({**wanted, "level": level}, indent=2) + "\n", 0o644)


def main() -> None:
    """Takes the level from the command line."""
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        sys.exit("usage: environment.py runtime | dev")
    with alone():
        bring_to(sys.argv[1])


if __name__ == "__main__":
    main()
