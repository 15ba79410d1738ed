"""Follows a peer's events and handles each of them once, in their order, for a whole service.

Redis only says that there is something new; a wiped Redis loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from parley.events.v1 import events_pb2, events_pb2_grpc
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text, delete, select, update
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.clock import Clock
from kernel.errors import Unavailable
from kernel.events.types import topic_of
from kernel.hints import Hints, wait
from kernel.rpc.channels import Channels
from kernel.storage.database import Database
from kernel.storage.tables import column, tenant_table
from kernel.telemetry import logs, metrics, traces

PAGE = 200
#: How many events of one tenant are handled in one transaction at most, by a handler that takes several.
TOGETHER = 100
POLL_SECONDS = 2.0
MOST_ATTEMPTS = 8
DONE, DEAD = 1, 2

_log = logs.get("events")
_consumed = metrics.counter("events_consumed", "Events that a consumer handled, or gave up.", ("consumer", "outcome"))


def inbox_table(metadata: MetaData) -> Table:
    """Returns the inbox in a service's schema."""
    name = f"{metadata.schema}.inbox"
    if name in metadata.tables:
        return metadata.tables[name]
    return tenant_table(
        "inbox",
        metadata,
        column("consumer", Text, "- a name in the code"),
        column("event_id", UuidType(as_uuid=True), "parley.events.v1.Event.id"),
        column("event_type", Text, "parley.events.v1.Event.type"),
        column("state", Integer, "- whether the event was handled or given up"),
        column("attempts", Integer, "- how often it was tried"),
        column("error", Text, "- the type of the last error"),
        column("time", TIMESTAMP(timezone=True), "- when the event was handled or given up"),
        key=("consumer", "event_id"),
    )


def cursor_table(metadata: MetaData) -> Table:
    """Returns the table of how far each consumer is; it belongs to no tenant."""
    name = f"{metadata.schema}.inbox_cursor"
    if name in metadata.tables:
        return metadata.tables[name]
    return Table(
        "inbox_cursor",
        metadata,
        Column("consumer", Text, primary_key=True, info={"field": "- a name in the code"}),
        Column("cursor", BigInteger, nullable=False, info={"field": "parley.events.v1.Event.cursor"}),
        Column("update_time", TIMESTAMP(timezone=True), nullable=False, info={"field": "- when it moved"}),
    )


Handle = Callable[[AsyncConnection, events_pb2.Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Together:
    """A handler that takes events of one tenant that follow one another at once, oldest first; there is at least one.

    One that fails is called again with each of them alone, so that a bad event takes no other with it.
    """

    handle: Callable[[AsyncConnection, Sequence[events_pb2.Event]], Awaitable[None]]


class Consumer:
    """Follows one peer's events and handles each once, in order, whatever the number of replicas.

    Its cursor, its memory of the event, and what the handler does are one transaction. An event whose handler fails
    again and again is given up, where `Inbox.list_dead` shows it; a peer or a database that is away is waited for.
    """

    def __init__(
        self,
        name: str,
        peer: str,
        handlers: Mapping[str, Handle | Together],
        *,
        database: Database,
        metadata: MetaData,
        channels: Channels,
        hints: Hints,
        clock: Clock,
        page_size: int = PAGE,
        retry_seconds: float = 0.2,
    ) -> None:
        """Takes a name that stays, the peer's name, a handler for each type of event that matters, and where it works.

        A handler gets the transaction, with the event's tenant bound. Events that follow one another and have the same
        handler, which takes them together, are one transaction.
        """
        self.name = name
        self._peer = peer
        self._handlers = dict(handlers)
        self._database = database
        self._inbox, self._cursors = inbox_table(metadata), cursor_table(metadata)
        self._channels = channels
        self._clock = clock
        self._page_size = page_size
        self._retry_seconds = retry_seconds
        self._hinted = hints.listen(*(topic_of(peer, kind) for kind in handlers))
        self._failures: tuple[str, int] = ("", 0)

    async def run(self) -> None:
        """Handles events as they come, until cancelled. A hint wakes it; it looks every two seconds anyway."""
        while True:
            self._hinted.clear()
            try:
                more = await self.catch_up()
            except Unavailable:
                more = False
            except Exception as error:  # noqa: BLE001 - It must go on when whatever was wrong is over.
                _log.error("consumer failed", consumer=self.name, peer=self._peer, exc_info=error)
                more = False
            if not more:
                await wait(self._hinted, POLL_SECONDS)

    async def catch_up(self) -> bool:
        """Handles one page of what is new; says whether there may be more. Raises Unavailable if somebody is away."""
        cursor = await self._cursor()
        stub = events_pb2_grpc.EventServiceStub(self._channels.of(self._peer))
        request = events_pb2.ListEventsRequest(after=cursor, page_size=self._page_size)
        page: events_pb2.ListEventsResponse = await self._channels.call(stub.ListEvents, request)
        for events in self._runs(page.events):
            await self._take(events)
        if page.events and page.events[-1].type not in self._handlers:
            async with self._database.single() as connection:
                await self._move(connection, page.next)
        return len(page.events) >= self._page_size

    async def _cursor(self) -> int:
        cursors = self._cursors
        async with self._database.single() as connection:
            query = select(cursors.c.cursor).where(cursors.c.consumer == self.name)
            found: int | None = (await connection.execute(query)).scalar_one_or_none()
            if found is None:
                await connection.execute(
                    upsert(cursors)
                    .values(consumer=self.name, cursor=0, update_time=self._clock.now())
                    .on_conflict_do_nothing()
                )
        return found or 0

    def _runs(self, events: Iterable[events_pb2.Event]) -> Iterator[list[events_pb2.Event]]:
        """Cuts a page into what is handled in one transaction each; types that do not matter are left out."""
        run: list[events_pb2.Event] = []
        for event in events:
            handler = self._handlers.get(event.type)
            if handler is None:
                continue
            goes_on = (
                isinstance(handler, Together)
                and 0 < len(run) < TOGETHER
                and run[-1].tenant_id == event.tenant_id
                and self._handlers[run[-1].type] is handler
            )
            if run and not goes_on:
                yield run
                run = []
            run.append(event)
        if run:
            yield run

    async def _take(self, events: list[events_pb2.Event]) -> None:
        while True:
            try:
                await self._handle(events)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - Whatever a handler fails with, the events behind it must go on.
                if len(events) > 1:
                    # Each alone, so that it shows which of them it was.
                    for event in events:
                        await self._take([event])
                    return
                (event,) = events
                attempts = self._count_failure(event.id)
                _log.error(
                    "event failed",
                    consumer=self.name,
                    event_type=event.type,
                    tenant=event.tenant_id,
                    attempt=attempts,
                    exc_info=error,
                )
                if attempts < MOST_ATTEMPTS:
                    await asyncio.sleep(self._retry_seconds * 2**attempts)
                    continue
                await self._give_up(event, attempts, type(error).__name__)
            return

    def _count_failure(self, event_id: str) -> int:
        id_, count = self._failures
        self._failures = (event_id, count + 1 if id_ == event_id else 1)
        return self._failures[1]

    async def _handle(self, events: list[events_pb2.Event]) -> None:
        first, last = events[0], events[-1]
        handler = self._handlers[first.type]
        with traces.span("handle events", event_type=first.type, tenant=first.tenant_id):
            async with self._database.transaction(first.tenant_id) as connection:
                if await self._move(connection, last.cursor):
                    new = await self._remember(connection, events, DONE, 1, "")
                    if new and isinstance(handler, Together):
                        await handler.handle(connection, new)
                    elif new and not isinstance(handler, Together):
                        await handler(connection, first)
        _consumed.labels(self.name, "done").inc(len(events))

    async def _give_up(self, event: events_pb2.Event, attempts: int, error: str) -> None:
        async with self._database.transaction(event.tenant_id) as connection:
            if await self._move(connection, event.cursor):
                await self._remember(connection, [event], DEAD, attempts, error)
        _consumed.labels(self.name, "dead").inc()

    async def _move(self, connection: AsyncConnection, cursor: int) -> bool:
        """Moves the cursor; False where another replica was faster. Replicas take turns on the cursor's row."""
        cursors = self._cursors
        moved = await connection.execute(
            update(cursors)
            .where(cursors.c.consumer == self.name, cursors.c.cursor < cursor)
            .values(cursor=cursor, update_time=self._clock.now())
        )
        return moved.rowcount == 1

    async def _remember(
        self, connection: AsyncConnection, events: Sequence[events_pb2.Event], state: int, attempts: int, error: str
    ) -> list[events_pb2.Event]:
        """Notes events; returns those that were not noted before, as those are that a restored peer lists again."""
        rows = [
            {
                "tenant_id": ids.to_uuid(event.tenant_id, "ten"),
                "consumer": self.name,
                "event_id": ids.to_uuid(event.id, "evt"),
                "event_type": event.type,
                "state": state,
                "attempts": attempts,
                "error": error,
                "time": self._clock.now(),
            }
            for event in events
        ]
        noted = await connection.execute(
            upsert(self._inbox).values(rows).on_conflict_do_nothing().returning(self._inbox.c.event_id)
        )
        new = set(noted.scalars())
        return [event for event, row in zip(events, rows, strict=True) if row["event_id"] in new]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEvent:
    """An event that a consumer gave up."""

    consumer: str
    event_id: str
    event_type: str
    attempts: int
    error: str
    time: datetime


class Inbox:
    """What a service's consumers remember."""

    def __init__(self, metadata: MetaData) -> None:
        """Takes the service's tables."""
        self._table = inbox_table(metadata)

    async def list_dead(self, connection: AsyncConnection, *, limit: int = 100) -> list[DeadEvent]:
        """Returns the bound tenant's events that were given up, the latest first."""
        table = self._table
        rows = await connection.execute(
            select(table).where(table.c.state == DEAD).order_by(table.c.time.desc()).limit(limit)
        )
        return [
            DeadEvent(
                consumer=row.consumer,
                event_id=ids.from_uuid("evt", row.event_id),
                event_type=row.event_type,
                attempts=row.attempts,
                error=row.error,
                time=row.time,
            )
            for row in rows
        ]

    async def purge(self, connection: AsyncConnection, now: datetime, *, kept: timedelta = timedelta(days=30)) -> int:
        """Forgets the bound tenant's handled events of long ago; those that were given up stay."""
        table = self._table
        gone = await connection.execute(delete(table).where(table.c.time < now - kept, table.c.state == DONE))
        return gone.rowcount
