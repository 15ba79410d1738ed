"""Finds a Chromium for the browser tests and the screenshots, and fetches one where there is none.

It looks at `PARLEY_BROWSER`, at the system's browsers and at Playwright's own. It fetches Playwright's, or as root on
Debian the system's package, and says what to install where neither works. It never lets a suite run without a browser.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: The first draws pages as the others do and leaves out the window around them, which takes half of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
#: For a browser that runs as root, in a container, without a screen, and that asks nobody but us.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Each site is a process of its own, as in the browsers that people have.
    "--site-per-process",
)
ADVICE = """There is no browser for the tests, and none could be fetched. One of these helps:
  .venv/bin/python -m playwright install --with-deps chromium
  apt-get install chromium chromium-headless-shell        (Debian)
  PARLEY_BROWSER=<the path of a Chromium or Chrome> make test"""


def starts(executable: str | Path) -> bool:
    """Says whether a browser is there and has all the libraries that it needs."""
    try:
        command = [str(executable), "--version", "--no-sandbox"]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def playwrights_own() -> str:
    """Returns where Playwright keeps, or would keep, its own Chromium."""
    code = "from playwright.sync_api import sync_playwright as p\nwith p() as q: print(q.chromium.executable_path)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def installed(*, whole: bool = False) -> str | None:
    """Returns the path of a browser that starts, or None; a whole one heeds the settings of its profile."""
    candidates = [os.environ.get("PARLEY_BROWSER"), *(shutil.which(name) for name in NAMES), *APPLICATIONS]
    for candidate in candidates:
        if candidate and not (whole and Path(candidate).name == NAMES[0]) and starts(candidate):
            return candidate
    own = playwrights_own()
    return own if own and starts(own) else None


def is_debian() -> bool:
    """Says whether the system's package named chromium is a browser; elsewhere it may be a stub for a store."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return False
    return "ID=debian" in lines


def fetch() -> None:
    """Tries to bring a browser to this machine; whether that worked is seen by looking again."""
    print("parley: fetching a browser for the tests", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        print("parley: Playwright's download took longer than five minutes", file=sys.stderr)
    if not installed(whole=True):
        fetch_packages()


def fetch_packages() -> None:
    """Installs the system's packages where that is allowed; what came of it is seen by looking again."""
    if os.geteuid() != 0 or not is_debian():
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium", NAMES[0]]):
        command = ["apt-get", *arguments]
        subprocess.run(command, stdout=sys.stderr, stdin=subprocess.DEVNULL, env=environment, check=False)


def find_or_fetch(*, whole: bool = False) -> str:
    """Returns the path of a browser that starts, as `installed` does; exits with advice where there can be none."""
    found = installed(whole=whole)
    if found is None:
        fetch()
        found = installed(whole=whole)
    elif not whole and Path(found).name == "chromium":
        # Debian has the lighter one besides.
        fetch_packages()
        found = installed() or found
    return found or sys.exit(ADVICE)


if __name__ == "__main__":
    print(find_or_fetch())
