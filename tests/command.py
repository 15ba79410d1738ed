"""Runs the `parley` command as people run it: a process of its own with a folder and a port of its own.

It owns starting, waiting for what the command prints, stopping, and looking for what is left behind: processes that
still name the folder, and lines in the logs that nobody should have to read. It knows nothing of what the command does.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.platform import free_ports
from tests.spawning import Spawned, spawn

ROOT = Path(__file__).resolve().parent.parent
READY = "Parley is running."
START_SECONDS = 90.0
STOP_SECONDS = 30.0
_PROC = Path("/proc")
#: What PostgreSQL writes before something that went wrong; other lines tell of its life.
_DATABASE_TROUBLE = (" ERROR: ", " FATAL: ", " PANIC: ", " WARNING: ")


def free_port() -> int:
    """Returns a port of loopback that nobody else is given while this process runs."""
    return free_ports(1)[0]


@dataclass(frozen=True, slots=True)
class Demo:
    """What `demo.json` says: where to go, and as whom."""

    document: dict[str, Any]

    @classmethod
    def read(cls, data_dir: Path) -> Self:
        """Reads the file that the command wrote."""
        return cls(json.loads((data_dir / "demo.json").read_text()))

    def origin(self, part: str) -> str:
        """Returns the origin of a part: start, console, api, widget or content."""
        return str(self.document[part])

    def tenant(self, slug: str) -> dict[str, Any]:
        """Returns what the file says of a tenant."""
        return next(each for each in self.document["tenants"] if each["slug"] == slug)

    def shop(self, slug: str) -> str:
        """Returns the origin of a tenant's page."""
        return str(self.tenant(slug)["page"])

    def account(self, slug: str, login: str) -> dict[str, Any]:
        """Returns how somebody signs in."""
        email = f"{login}@{slug}.example"
        return next(each for each in self.tenant(slug)["accounts"] if each["email"] == email)


@dataclass(slots=True)
class Command:
    """One run of the command."""

    process: Spawned
    data_dir: Path
    port: int
    lines: list[str] = field(default_factory=list)
    _heard: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reader: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        *arguments: str,
        data_dir: Path,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        by: Sequence[str] = (),
    ) -> Self:
        """Starts `parley ARGUMENTS` with a folder, a port and settings of the environment, by another program if told.

        Such a program becomes the command itself, as `ip netns exec` does.
        """
        port = port or free_port()
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PARLEY_") or name == "PARLEY_CONNECTIONS_DIR"
        }
        process = await spawn(
            *by,
            sys.executable,
            "-m",
            "cli",
            *arguments,
            cwd=ROOT,
            env={**kept, "PARLEY_DATA": str(data_dir), "PARLEY_PORT": str(port), **(settings or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # As a shell starts it: a process group of its own, which Ctrl-C reaches as a whole.
            start_new_session=True,
        )
        command = cls(process, data_dir, port)
        command._reader = asyncio.create_task(command._read())
        return command

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            async with self._heard:
                self.lines.append(line.decode().rstrip("\n"))
                self._heard.notify_all()
        async with self._heard:
            # The end of the output wakes whoever waits for words that do not come any more.
            self.lines.append("")
            self._heard.notify_all()

    @property
    def output(self) -> str:
        """Everything that the command printed so far."""
        return "\n".join(self.lines)

    async def until(self, words: str, *, seconds: float = START_SECONDS) -> None:
        """Waits for words on the terminal; fails with what it said where they do not come."""

        def over() -> bool:
            return words in self.output or (self.process.stdout is not None and self.process.stdout.at_eof())

        try:
            async with asyncio.timeout(seconds), self._heard:
                await self._heard.wait_for(over)
        except TimeoutError:
            raise AssertionError(f"no {words!r} within {seconds:.0f} s in:\n{self.output}") from None
        assert words in self.output, f"it ended without {words!r}:\n{self.output}"

    async def ended(self, *, seconds: float = STOP_SECONDS) -> int:
        """Waits for the command's end and returns its exit code."""
        async with asyncio.timeout(seconds):
            code = await self.process.wait()
            if self._reader is not None:
                await self._reader
        return code

    async def stop(self, number: signal.Signals = signal.SIGTERM, *, group: bool = False) -> int:
        """Sends a signal, to the whole process group as a terminal does or to the command alone, and waits."""
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return await self.ended()

    async def clear(self) -> None:
        """Ends whatever still runs, so that a test that failed leaves nothing."""
        if self.process.returncode is None:
            with suppress(TimeoutError, ProcessLookupError):
                await self.stop()
        for pid in processes(self.data_dir):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process.returncode is None:
            self.process.kill()
            await self.ended()


@asynccontextmanager
async def running(
    *arguments: str,
    data_dir: Path,
    port: int = 0,
    settings: Mapping[str, str] | None = None,
    by: Sequence[str] = (),
) -> AsyncIterator[Command]:
    """Runs the command, and leaves nothing of it behind whatever happens."""
    command = await Command.start(*arguments, data_dir=data_dir, port=port, settings=settings, by=by)
    try:
        yield command
    finally:
        await command.clear()


def processes(data_dir: Path) -> dict[int, str]:
    """Returns the processes that work in a folder, by what they run: by their arguments, environment or folder."""
    mark = str(data_dir)
    if not _PROC.is_dir():
        listed = subprocess.run(["ps", "-Aww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
        rows = (line.strip().split(None, 1) for line in listed.stdout.splitlines())
        return {int(row[0]): row[1] for row in rows if len(row) == 2 and mark in row[1]}
    found: dict[int, str] = {}
    for entry in _PROC.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        # A process may end, or belong to somebody else, while one looks at it.
        with suppress(OSError):
            if (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                continue
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            about = words + (entry / "environ").read_bytes().decode(errors="replace") + os.readlink(entry / "cwd")
            if mark in about:
                found[int(entry.name)] = words
    return found


async def until_no_process(data_dir: Path, *, seconds: float = 10.0) -> None:
    """Waits until nothing works in a folder any more; fails with what still does."""
    deadline = asyncio.get_running_loop().time() + seconds
    while left := processes(data_dir):
        assert asyncio.get_running_loop().time() < deadline, f"still running: {left}"
        # The end of a process that is not our child is no event that we could wait for.
        await asyncio.sleep(0.05)


def complaints(data_dir: Path) -> list[str]:
    """Returns the lines of all logs that tell of trouble; a line of ours that is not JSON is trouble too."""
    found: list[str] = []
    for path in sorted((data_dir / "log").glob("*.log")):
        for line in path.read_text().splitlines():
            try:
                calm = json.loads(line)["level"] in ("debug", "info")
            except (ValueError, KeyError, TypeError):
                calm = False
            # What a command of ours says to people, such as how the nightly work went, begins with a dot.
            if not calm and not line.startswith("· "):
                found.append(f"{path.name}: {line}")
    for path in sorted((data_dir / "engines").glob("postgres/*.log")):
        found += [line for line in path.read_text().splitlines() if any(word in line for word in _DATABASE_TROUBLE)]
    return found


def logged(data_dir: Path) -> str:
    """Returns everything that stands in the logs."""
    paths = [*(data_dir / "log").glob("*.log"), *(data_dir / "engines").glob("*/*.log")]
    return "\n".join(path.read_text(errors="replace") for path in sorted(paths))
