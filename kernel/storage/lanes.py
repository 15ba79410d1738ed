"""The driver's own connections, and some of them kept for what is read or written often and in few statements.

The toolkit above the driver takes several times as long as such a statement itself. A lane is a connection past which
the toolkit is not needed: what goes over it is told to the traces here, and nowhere else. SQLAlchemy's pool holds lanes
below its transactions, where `kernel.storage.statements` uses them; others are lent as they are for one transaction to
one caller, and whoever finds none free waits, first come first served, and not for ever. Nothing here chooses a tenant
or begins a transaction by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import asyncpg

from kernel.telemetry import traces

_OF_TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class Lane(asyncpg.Connection):  # type: ignore[misc]  # The driver comes without types.
    """A connection of the driver's own, whose transactions can begin with a tenant bound.

    A tenant that did not get with BEGIN for whatever reason is not bound at all, so that row security raises. Each
    statement is a span, but those that begin and end transactions.
    """

    #: What goes with every BEGIN; empty where no tenant is bound.
    begins_with = ""
    #: Whether the server may be in a transaction of which nobody here knows: whoever began or ended it was cancelled on
    #: the way, or it failed. The driver would let the next one begin within that, for whomever it was bound.
    is_torn = False

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        """Runs a statement; the one that begins a transaction binds the tenant in the same round trip."""
        if query.startswith(_OF_TRANSACTIONS):
            if self.begins_with and query.startswith("BEGIN"):
                query = f"{query} {self.begins_with}"
            self.is_torn = True
            said: str = await super().execute(query, *args, **options)
            self.is_torn = False
            return said
        with traces.statement(query):
            return await super().execute(query, *args, **options)  # type: ignore[no-any-return]

    async def fetch(self, query: str, *args: Any, **options: Any) -> list[Any]:
        """Returns the rows of a statement."""
        with traces.statement(query):
            return await super().fetch(query, *args, **options)  # type: ignore[no-any-return]

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        """Returns the first row of a statement, or None."""
        with traces.statement(query):
            return await super().fetchrow(query, *args, **options)

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        """Returns a column of a statement's first row, or None."""
        with traces.statement(query):
            return await super().fetchval(query, *args, **options)


Opening: TypeAlias = Callable[[], Coroutine[Any, Any, Lane]]


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
