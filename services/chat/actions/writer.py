"""Writes messages in groups: it takes what queued up during the last commit and makes one transaction of it.

There is no timer. With one message waiting it commits one; under load it commits many for the price of one. A caller
hears of its message only after the commit. While more is waiting, the database writes the next batch as the last one
is told of. The writer has a connection of its own, so that a full pool never stops the talk.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import asyncpg

from kernel.clock import Clock
from kernel.errors import Internal, ParleyError, ResourceExhausted, Unavailable
from kernel.privacy.seals import RecordSealed
from kernel.storage import Database
from kernel.telemetry import logs, metrics
from services.chat.domain import Entry
from services.chat.store.messages import NOT_PLAIN, Appended, append_batch, append_plain

#: How much one transaction takes: enough for its price to be shared by many, and little enough for the database and
#: this process to work on two batches at once. What a message costs falls no further from here on.
BATCH = 64
WAITING = 20_000
RETRY_SECONDS = 0.2
#: The state by which the database says that a conversation is sealed, so that no operator speaks in it.
SEALED = "PS001"

_log = logs.get("chat")
_BATCHES = metrics.LIVE_BATCH.labels("chat", "commit")

Append = Callable[["asyncpg.Connection[asyncpg.Record]", UUID, Sequence[Entry], datetime], Awaitable[list[Appended]]]
Done = Callable[[Appended | ParleyError], None]
Committed = Callable[[UUID, Sequence[tuple[Entry, Appended]]], None]
#: What was committed and has yet to be told: by tenant, each message's callers and its place.
Untold = list[tuple[UUID, "list[list[Waiting]]", list[Appended]]]


@dataclass(slots=True)
class Waiting:
    """One entry on its way to the database, and whom to tell."""

    tenant_id: UUID
    entry: Entry
    done: Done


_ORDER = attrgetter("tenant_id.int", "entry.conversation_id.int")


class Writer:
    """The one writer of a replica."""

    def __init__(self, database: Database, clock: Clock, committed: Committed) -> None:
        """Takes what is told of every tenant's fresh entries, in order, before their callers hear of them."""
        self._database = database
        self._clock = clock
        self._committed = committed
        self._queue: deque[Waiting] = deque()
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None

    def submit(self, tenant_id: UUID, entry: Entry, done: Done) -> None:
        """Queues an entry; `done` is called once, with its place or with the error. Raises when too many wait."""
        if len(self._queue) >= WAITING:
            raise ResourceExhausted("WRITER_BUSY", "Too much is being said at once. Not sent; please try again.")
        self._queue.append(Waiting(tenant_id, entry, done))
        self._wake.set()

    async def append(self, tenant_id: UUID, entry: Entry) -> Appended:
        """Appends an entry and returns its place once it is durable."""
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()

        def done(result: Appended | ParleyError) -> None:
            if future.done():
                return
            if isinstance(result, ParleyError):
                future.set_exception(result)
            else:
                future.set_result(result)

        self.submit(tenant_id, entry, done)
        return await future

    async def run(self) -> None:
        """Writes until cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                untold: Untold = []
                while self._queue:
                    batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
                    untold = await self._write_while_telling(batch, untold) if untold else await self._write(batch)
                    if not self._queue:
                        self._tell(untold)
        finally:
            if self._connection is not None:
                self._connection.terminate()

    async def _write_while_telling(self, batch: list[Waiting], untold: Untold) -> Untold:
        writing = asyncio.create_task(self._write(batch))
        try:
            # The task sends the batch to the database in its first step, which it takes before this one goes on.
            await asyncio.sleep(0)
        finally:
            # They are committed: whatever happens now, they are told of, and before those that follow them.
            self._tell(untold)
        return await writing

    async def _write(self, batch: list[Waiting]) -> Untold:
        """Commits a batch; whoever is not to be told of a place has been answered then."""
        # One order for all replicas, so that their locks cannot cross.
        batch.sort(key=_ORDER)
        by_tenant = [
            (tenant, _by_message(group)) for tenant, group in groupby(batch, key=lambda waiting: waiting.tenant_id)
        ]
        _BATCHES.observe(len(batch))
        try:
            written = await self._commit(by_tenant)
        except (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError, TimeoutError) as error:
            await self._lost(batch, error)
            return []
        except asyncpg.PostgresError as error:
            if _is_outage(error):
                await self._lost(batch, error)
            elif len(batch) == 1 and error.sqlstate == SEALED:
                _answer(batch[0], RecordSealed())
            elif len(batch) == 1:
                _log.error("a message could not be written", exc_info=error)
                _answer(batch[0], Internal())
            else:
                # Somebody's bad row must not hurt another: each conversation is tried alone.
                return await self._write_apart(batch)
            return []
        except Exception as error:  # noqa: BLE001  # Nobody is left waiting, whatever it was.
            # The driver's own confusion is of this kind, as when the server closes a connection while it is written to.
            await self._lost(batch, error)
            return []
        return [(tenant, messages, results) for (tenant, messages), results in zip(by_tenant, written, strict=True)]

    async def _commit(self, by_tenant: list[tuple[UUID, list[list[Waiting]]]]) -> list[list[Appended]]:
        connection = await self._connected()
        now = self._clock.now()
        batches = [(tenant, [message[0].entry for message in messages]) for tenant, messages in by_tenant]
        try:
            return await _append(append_plain, connection, batches, now)
        except asyncpg.PostgresError as error:
            if error.sqlstate != NOT_PLAIN and not isinstance(error, asyncpg.UniqueViolationError):
                raise
            # Somebody says something again, or where nothing may be said: nothing was written yet.
            return await _append(append_batch, connection, batches, now)

    def _tell(self, untold: Untold) -> None:
        for tenant, messages, results in untold:
            self._tell_tenant(tenant, messages, results)

    def _tell_tenant(self, tenant: UUID, messages: list[list[Waiting]], results: list[Appended]) -> None:
        fresh = [
            (message[0].entry, result)
            for message, result in zip(messages, results, strict=True)
            if result.outcome == "fresh"
        ]
        if fresh:
            try:
                self._committed(tenant, fresh)
            except Exception as error:  # noqa: BLE001  # It is committed: its authors hear so, whoever else does not.
                _log.error("followers could not be told", exc_info=error, count=len(fresh))
        for message, result in zip(messages, results, strict=True):
            for waiting in message:
                _answer(waiting, result)

    async def _write_apart(self, batch: list[Waiting]) -> Untold:
        apart: dict[UUID, list[Waiting]] = defaultdict(list)
        for waiting in batch:
            apart[waiting.entry.conversation_id].append(waiting)
        groups = list(apart.values())
        if len(groups) == 1:
            groups = [[waiting] for waiting in batch]
        untold: Untold = []
        for group in groups:
            untold += await self._write(group)
        return untold

    async def _lost(self, batch: list[Waiting], error: Exception) -> None:
        # Whether the commit happened is unknown. The caller is told so and tries again with the same client id, which
        # finds the message if it is there and writes it if it is not.
        _log.error("the writer lost its connection", exc_info=error, count=len(batch))
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
        for waiting in batch:
            _answer(
                waiting,
                Unavailable(
                    "STORAGE_UNAVAILABLE", "The database cannot be reached now. Your message will be tried again."
                ),
            )
        await asyncio.sleep(RETRY_SECONDS)

    async def _connected(self) -> asyncpg.Connection[asyncpg.Record]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.dedicated()
        return self._connection


async def _append(
    append: Append,
    connection: asyncpg.Connection[asyncpg.Record],
    batches: Sequence[tuple[UUID, Sequence[Entry]]],
    now: datetime,
) -> list[list[Appended]]:
    if len(batches) == 1:
        # A single statement is its own transaction, and saves two round trips.
        return [await append(connection, *batches[0], now)]
    async with connection.transaction():
        return [await append(connection, tenant, entries, now) for tenant, entries in batches]


def _answer(waiting: Waiting, result: Appended | ParleyError) -> None:
    # One caller's failure to hear must not keep the others waiting.
    try:
        waiting.done(result)
    except Exception as error:  # noqa: BLE001
        _log.error("an author could not be told", exc_info=error)


def _by_message(group: Iterable[Waiting]) -> list[list[Waiting]]:
    # The same client id twice in one batch is one message, and both callers get its place.
    messages: dict[tuple[int, str | int], list[Waiting]] = {}
    for waiting in group:
        entry = waiting.entry
        key = (entry.conversation_id.int, entry.client_message_id or entry.id.int)
        same = messages.get(key)
        if same is None:
            messages[key] = [waiting]
        else:
            same.append(waiting)
    return list(messages.values())


def _is_outage(error: asyncpg.PostgresError) -> bool:
    # 57P: the server shuts down or crashed. 53: it has no room. 08: the connection broke. 25006: it is read-only.
    state: str = error.sqlstate or ""
    return state.startswith(("57P", "53", "08", "25006"))
