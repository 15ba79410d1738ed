"""Starts programs for tests: as `asyncio` does, and safely beside threads.

The loop on which tests run starts a program by a plain fork, and runs Python, and what libraries such as gRPC have
registered, in the child before it becomes the program. In a process whose other threads work at that moment the child
sometimes dies of it. The standard library's own way goes from one to the other without a line of Python between.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any


class Spawned:
    """A program that runs; what it prints can be read where it was started with a pipe for that."""

    def __init__(self, program: subprocess.Popen[bytes]) -> None:
        """Takes the program."""
        self._program = program
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self.stdout = None if program.stdout is None else asyncio.StreamReader()
        # They belong to nobody who could be waited for, so that a test which gives up is not held up.
        threading.Thread(target=self._see_the_end, daemon=True).start()
        if program.stdout is not None:
            threading.Thread(target=self._hear, args=(program.stdout, self.stdout), daemon=True).start()

    def _see_the_end(self) -> None:
        self._program.wait()
        self._say(self._over.set)

    def _hear(self, pipe: IO[bytes], reader: asyncio.StreamReader) -> None:
        with pipe:
            while said := os.read(pipe.fileno(), 65536):
                self._say(reader.feed_data, said)
        self._say(reader.feed_eof)

    def _say(self, what: Callable[..., None], *words: bytes) -> None:
        # Whoever started it may be gone.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what, *words)

    @property
    def pid(self) -> int:
        """The program's number."""
        return self._program.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, once it has ended; of one that a signal ended, its negative number."""
        return self._program.returncode

    def send_signal(self, number: int) -> None:
        """Sends a signal; to one that has ended, none."""
        self._program.send_signal(number)

    def kill(self) -> None:
        """Ends it at once."""
        self._program.kill()

    async def wait(self) -> int:
        """Waits for the end and returns the exit code."""
        await self._over.wait()
        return self._program.returncode

    async def communicate(self, told: bytes = b"") -> bytes:
        """Tells it something where it reads a pipe, waits for its end and returns what it printed."""
        if self._program.stdin is not None:
            with suppress(BrokenPipeError), self._program.stdin as pipe:
                pipe.write(told)
        said = b"" if self.stdout is None else await self.stdout.read()
        await self.wait()
        return said


async def spawn(*command: str, **options: Any) -> Spawned:
    """Starts a program, with the options of `subprocess.Popen`."""
    # It takes a moment, and not in a thread that ends: what is to end with its parent would end with that.
    return Spawned(subprocess.Popen(command, **options))  # noqa: ASYNC220
