"""Keeps some connections of the driver's own, for what is read or written often and in few statements.

The toolkit above the driver takes several times as long as such a statement itself. A lane is one of these connections,
lent for one transaction to one caller; whoever finds none free waits, first come first served, and not for ever.
Nothing here binds a tenant or begins a transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import asyncpg

Lane: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Opening: TypeAlias = "Callable[[], Coroutine[Any, Any, Lane]]"


class Lanes:
    """At most so many connections, opened when they are first needed."""

    def __init__(self, opening: Opening, *, size: int, wait_seconds: float) -> None:
        """Takes what opens a connection, how many there are at most, and how long somebody waits for one."""
        self._opening = opening
        self._room = asyncio.Semaphore(size)
        self._wait_seconds = wait_seconds
        self._free: list[Lane] = []
        self._ending: set[asyncio.Task[None]] = set()

    async def take(self) -> Lane:
        """Lends a connection; raises TimeoutError where none came free in time."""
        if self._room.locked():
            async with asyncio.timeout(self._wait_seconds):
                await self._room.acquire()
        else:
            await self._room.acquire()
        try:
            while self._free:
                # The one that was used last has its statements prepared and its memory warm.
                lane = self._free.pop()
                if not lane.is_closed():
                    return lane
            return await self._opening()
        except BaseException:
            self._room.release()
            raise

    def give(self, lane: Lane, *, is_sound: bool) -> None:
        """Takes a connection back; one that may be in the middle of something is ended instead."""
        if is_sound and not lane.is_closed():
            self._free.append(lane)
        else:
            lane.terminate()
        self._room.release()

    def end(self, lane: Lane) -> None:
        """Ends the transaction of somebody who only read and goes on meanwhile, then takes the connection back."""
        task = asyncio.create_task(self._end(lane))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end(self, lane: Lane) -> None:
        is_sound = False
        try:
            await lane.execute("COMMIT")
            is_sound = True
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            # What was read is read. The connection is not used again.
            pass
        finally:
            self.give(lane, is_sound=is_sound)

    async def close(self) -> None:
        """Closes those that are free."""
        if self._ending:
            await asyncio.wait(self._ending)
        while self._free:
            await self._free.pop().close()
