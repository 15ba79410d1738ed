"""Runs server processes as children that never outlive this process. Knows no particular server.

On Linux the kernel tells a child that its parent is gone; elsewhere a small shell beside it waits for the end of a
pipe.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import IO

from kernel.embedded import launch

_LAUNCH = Path(launch.__file__)
_WATCH = 'cat >/dev/null; kill -s "$1" "$2" 2>/dev/null'


class EngineError(Exception):
    """An embedded server cannot be started or stopped; the text says what to do, and holds no secret."""


class Account(StrEnum):
    """As whom a server runs, since PostgreSQL refuses to run as root."""

    OWN = launch.OWN
    NAMESPACE = launch.NAMESPACE
    NOBODY = launch.NOBODY


def bare_environment() -> dict[str, str]:
    """Returns the environment of a server: nothing of ours, so that no secret of ours is in it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}


def launcher(account: Account, farewell: int, place: Path, command: Sequence[str]) -> list[str]:
    """Writes the command line that becomes `command` as `account`, in the folder `place`; 0 is no farewell."""
    script = [sys.executable, "-I", "-S", str(_LAUNCH)]
    return [*script, account.value, str(os.getpid()), str(int(farewell)), str(place), "--", *command]


def run(account: Account, command: Sequence[str], *, place: Path, text: str = "", timeout: float = 120) -> str:
    """Runs a command to its end and returns what it printed; raises EngineError with its last lines if it fails."""
    try:
        done = subprocess.run(
            launcher(account, signal.SIGKILL, place, command),
            check=False,
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            env=bare_environment(),
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise EngineError(f"{Path(command[0]).name} did not end within {timeout:.0f} seconds") from None
    if done.returncode != 0:
        last = " / ".join((done.stderr or done.stdout).strip().splitlines()[-3:])
        raise EngineError(f"{Path(command[0]).name} failed ({done.returncode}): {last}")
    return done.stdout


def wait_until(true: Callable[[], bool], *, seconds: float, every: float = 0.01) -> bool:
    """Looks again and again until it is true; returns False when the time is over."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


class Child:
    """One server process in a session of its own, so that the terminal's Ctrl-C reaches us first."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        account: Account,
        farewell: signal.Signals,
        place: Path,
        log: Path,
        text: str = "",
        keep_open: Sequence[int] = (),
        watch_by_pipe: bool = sys.platform != "linux",
    ) -> None:
        """Starts the process; `farewell` ends it when we die, `text` is its standard input, `keep_open` it inherits."""
        self._command = launcher(account, 0 if watch_by_pipe else farewell, place, command)
        self._farewell = farewell
        self._log = log
        self._text = text.encode()
        self._keep_open = tuple(keep_open)
        self._watch_by_pipe = watch_by_pipe
        self._watch: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._failure: OSError | None = None
        self._started, self._ended = threading.Event(), threading.Event()
        # The kernel's notice comes when the thread that started the child ends, so this one lives as long as the child.
        threading.Thread(target=self._live, name=f"engine {Path(command[0]).name}", daemon=True).start()
        self._started.wait()
        if self._failure is not None:
            raise EngineError(f"cannot start {Path(command[0]).name}: {self._failure.strerror}")

    def _live(self) -> None:
        try:
            with open_log(self._log) as log:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    env=bare_environment(),
                    start_new_session=True,
                    pass_fds=self._keep_open,
                )
            if self._watch_by_pipe:
                self._watch = subprocess.Popen(
                    ["/bin/sh", "-c", _WATCH, "sh", str(int(self._farewell)), str(self._process.pid)],
                    stdin=subprocess.PIPE,
                    env=bare_environment(),
                    start_new_session=True,
                )
            assert self._process.stdin is not None
            try:
                self._process.stdin.write(self._text)
                self._process.stdin.close()
            except BrokenPipeError:
                pass  # It ended before it read its input; whoever waits for it sees that.
        except OSError as error:
            self._failure = error
            self._ended.set()
            self._started.set()
            return
        self._started.set()
        self._process.wait()
        self._ended.set()
        if self._watch is not None:
            self._watch.kill()
            self._watch.communicate()

    @property
    def pid(self) -> int:
        """The process id of the server."""
        assert self._process is not None
        return self._process.pid

    def alive(self) -> bool:
        """Says whether the process still runs."""
        return not self._ended.is_set()

    def end(self, steps: Sequence[tuple[signal.Signals, float]]) -> None:
        """Sends one signal after the other, waiting so many seconds after each, until the process has ended."""
        for number, seconds in steps:
            if self._ended.is_set():
                return
            os.kill(self.pid, number)
            if self._ended.wait(seconds):
                return
        os.killpg(self.pid, signal.SIGKILL)
        if not self._ended.wait(5):
            raise EngineError(f"process {self.pid} does not end")


def open_log(path: Path, *, bound: int = 8 << 20) -> IO[bytes]:
    """Opens a log for its owner only, putting a long one aside first."""
    if path.exists() and path.stat().st_size > bound:
        path.replace(path.with_suffix(".old.log"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def last_lines(path: Path, count: int = 3) -> str:
    """Returns the end of a log in one line."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return " / ".join(lines[-count:])
