"""Reads from replicas what takes long to find, and only what the primary would answer at the same moment.

A replica of PostgreSQL shows what it has replayed of the primary's log, which is always a little less than there is.
What was erased, sealed, hidden or taken from somebody's sight would still be found there. So a reading begins at the
primary, which says how far its log is, and goes to a replica that has replayed as much; one that does not come that far
in a moment, is away, or does not follow this primary is left alone for a while, and the primary itself is read.
Whatever goes wrong at a replica is asked of the primary, whose answer counts. Nothing here writes, and no record of a
reading is kept on a replica: whoever reads what others said notes that on the primary, as always.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import Unavailable
from kernel.storage.database import BUSY, Alone, Database, state_of
from kernel.storage.lanes import Lane
from kernel.telemetry import logs, metrics

T = TypeVar("T")

#: How long a reading waits until a replica has replayed what the primary had, its connection included.
WAIT_SECONDS = 0.25
#: How long it may take there.
READ_SECONDS = 10.0
#: For how long a replica that is away, behind, or of another primary is not asked again.
REST_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02
#: A reading took longer than the server allows; one that was in the way of the replay is undone (`BUSY`).
_CANCELLED = frozenset({"57014"})

# What somebody can see is in the log on disk, but where a server does not wait for its disk: there all of it counts.
# A server has one timeline until another takes its place, and both may have written differently at the same position.
PLACE = """
SELECT CAST(p.lsn - '0/0' AS bigint) AS lsn,
  ('x' || substr(pg_walfile_name(p.lsn), 1, 8))::bit(32)::integer AS timeline,
  (SELECT system_identifier FROM pg_control_system()) AS cluster
FROM (
  SELECT CASE WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn()
    ELSE pg_current_wal_flush_lsn() END AS lsn
) AS p
"""
# The timeline is that of the last point from which the replica could begin again, so that it is never one to come.
REPLAYED = """
SELECT pg_is_in_recovery() AS is_replica, CAST(coalesce(pg_last_wal_replay_lsn() - '0/0', 0) AS bigint) AS lsn,
  greatest((SELECT timeline_id FROM pg_control_checkpoint()),
    (SELECT min_recovery_end_timeline FROM pg_control_recovery())) AS timeline,
  (SELECT system_identifier FROM pg_control_system()) AS cluster
"""
_PLACE, _REPLAYED = text(PLACE), text(REPLAYED)

_log = logs.get("replicas")
_reads = metrics.counter("replica_reads", "Readings for which a replica was asked, by outcome.", ("service", "outcome"))
_waits = metrics.seconds("replica_wait_seconds", "How long a replica took to come as far as its primary.", ("service",))

Asked = Callable[[], Awaitable[Any]]


def standing(place: Any, replayed: Any) -> str:
    """Says in a word why a replica does not show what its primary has by now, both as they say it; nothing if it does.

    `behind` may be over in a moment. The others are not: `foreign`, of another database; `promoted`, of nobody any
    more; `parted`, not of the primary since that took the place of another.
    """
    needed, timeline, cluster = place
    is_replica, lsn, its_timeline, its_cluster = replayed
    if its_cluster != cluster:
        return "foreign"
    if not is_replica:
        return "promoted"
    if its_timeline != timeline:
        return "parted"
    return "behind" if lsn < needed else ""


class _LeftAsideError(Exception):
    """A replica that a reading does not wait for; says why in a word."""


@dataclass(slots=True)
class _Replica:
    """A replica, and until when it is left alone."""

    database: Database
    rests_until: float = 0.0


@dataclass(slots=True)
class _Attempt:
    """A reading on its way, and what is done once it has begun to read."""

    place: Any
    begun: asyncio.Future[None]


class ReplicatedDatabase(Database):
    """One service's way to its schema, of which there are replicas to search and to report from."""

    def __init__(self, url: URL, replicas: Sequence[URL], *, pooled: bool = False, pool_size: int = 10) -> None:
        """Opens the pools; `replicas` are addresses under the service's own role, as `url` is."""
        super().__init__(url, pooled=pooled, pool_size=pool_size)
        self._replicas = [
            _Replica(Database(each, pool_size=pool_size, pool_timeout=WAIT_SECONDS / 2, pooled=pooled, only_reads=True))
            for each in replicas
        ]
        self._service = (url.username or "").removeprefix("parley_")
        self._next = 0
        self._left: set[asyncio.Task[Any]] = set()

    async def aside(
        self, connection: AsyncConnection, tenant_id: str, reading: Callable[[AsyncConnection], Awaitable[T]]
    ) -> T:
        """Returns what a reading finds on a replica, or in the running transaction where none can answer now."""

        async def there(database: Database, attempt: _Attempt) -> T:
            async with database.transaction(tenant_id) as other:

                async def replayed() -> Any:
                    return (await other.execute(_REPLAYED)).one()

                await self._come_to(replayed, attempt)
                return await reading(other)

        async def place() -> Any:
            return (await connection.execute(_PLACE)).one()

        found = await self._tried(place, there)
        return await reading(connection) if found is None else found[0]

    async def lane_aside(self, tenant_id: str, reading: Callable[[Lane], Awaitable[T]]) -> T:
        """Returns what a reading finds on a replica's lane, or on one of the primary where none can answer now."""

        async def there(database: Database, attempt: _Attempt) -> T:
            async with database.lane(tenant_id, only_reads=True) as lane:
                await self._come_to(lambda: lane.fetchrow(REPLAYED), attempt)
                return await reading(lane)

        async def place() -> Any:
            async with self.single() as connection:
                return (await connection.execute(_PLACE)).one()

        found = await self._tried(place, there)
        return await super().lane_aside(tenant_id, reading) if found is None else found[0]

    async def fetch_aside(self, tenant_id: str, statement: Alone, *given: object) -> list[asyncpg.Record]:
        """Returns the rows of a statement that binds by itself, from a replica or from the primary."""
        if not self._replicas:
            return await self.fetch(tenant_id, statement, *given)
        tenant = str(ids.to_uuid(tenant_id, "ten"))

        async def reading(lane: Lane) -> list[asyncpg.Record]:
            rows: list[asyncpg.Record] = await lane.fetch(statement.sql, *given, tenant)
            return rows

        return await self.lane_aside(tenant_id, reading)

    async def check_role(self) -> None:
        """Raises RoleTooStrong as for every database; leaves all replicas alone where their primary hides its place."""
        await super().check_role()
        try:
            async with self.single() as connection:
                await connection.execute(_PLACE)
        except SQLAlchemyError as error:
            _log.error("replicas are not used", service=self._service, sqlstate=state_of(error))
            self._replicas = []

    async def close(self) -> None:
        """Closes the pools."""
        for task in self._left:
            task.cancel()
        for each in self._replicas:
            await each.database.close()
        await super().close()

    async def _tried(
        self, place: Asked, there: Callable[[Database, _Attempt], Coroutine[Any, Any, T]]
    ) -> tuple[T] | None:
        needed: Any = None
        for replica in self._awake():
            if needed is None:
                needed = await place()
            attempt = _Attempt(needed, asyncio.get_running_loop().create_future())
            try:
                found = await self._bounded(there(replica.database, attempt), attempt)
            except (_LeftAsideError, Unavailable, OSError, SQLAlchemyError, asyncpg.PostgresError) as error:
                self._note(replica, error)
            else:
                _reads.labels(self._service, "read").inc()
                return (found,)
        return None

    def _awake(self) -> Iterator[_Replica]:
        now = asyncio.get_running_loop().time()
        self._next += 1
        at = self._next % max(1, len(self._replicas))
        return iter([each for each in self._replicas[at:] + self._replicas[:at] if each.rests_until <= now])

    async def _bounded(self, reading: Coroutine[Any, Any, T], attempt: _Attempt) -> T:
        # A server that is silent keeps whoever waits for its word, and whoever gives the connection back as well. So it
        # is a task of its own that waits, and that is left to end by itself.
        task = asyncio.ensure_future(reading)
        try:
            either: set[asyncio.Future[Any]] = {task, attempt.begun}
            await asyncio.wait(either, timeout=WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if attempt.begun.done():
                await asyncio.wait({task}, timeout=READ_SECONDS)
            if task.done():
                return task.result()
            raise _LeftAsideError("slow" if attempt.begun.done() else "behind")
        finally:
            if not task.done():
                self._left.add(task)
                task.add_done_callback(self._leave)
                task.cancel()

    def _leave(self, task: asyncio.Task[Any]) -> None:
        self._left.discard(task)
        if not task.cancelled():
            # Nobody waits for it, and what it was asked for is read elsewhere.
            task.exception()

    async def _come_to(self, replayed: Asked, attempt: _Attempt) -> None:
        """Returns once a replica has replayed what the primary had when it was asked."""
        loop, pause = asyncio.get_running_loop(), _FIRST_PAUSE
        started = loop.time()
        while short_of := standing(attempt.place, await replayed()):
            if short_of != "behind":
                raise _LeftAsideError(short_of)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        _waits.labels(self._service).observe(loop.time() - started)
        attempt.begun.set_result(None)

    def _note(self, replica: _Replica, error: Exception) -> None:
        outcome = str(error) if isinstance(error, _LeftAsideError) else "away"
        if isinstance(error, Unavailable) and error.reason == BUSY:
            outcome = "cancelled"
        elif isinstance(error, SQLAlchemyError | asyncpg.PostgresError):
            outcome = "cancelled" if state_of(error) in _CANCELLED else "refused"
        elif isinstance(error.__cause__, PoolTimeout | TimeoutError):
            outcome = "busy"
        if outcome not in ("busy", "cancelled"):
            replica.rests_until = asyncio.get_running_loop().time() + REST_SECONDS
        _reads.labels(self._service, outcome).inc()
        _log.warning("a replica was left aside", service=self._service, reason=outcome)
