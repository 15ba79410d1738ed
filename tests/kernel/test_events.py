"""Events reach every reader, once and in order, whatever commits late, dies, or is wiped."""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg
import pytest
from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.subject.v1 import subject_pb2
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel import ids
from kernel.clock import ManualClock
from kernel.errors import ParleyError, PermissionDenied
from kernel.events import (
    EventRefused,
    EventType,
    Outbox,
    a_count,
    an_id,
    cursor_table,
    inbox_table,
    one_of,
    outbox_table,
)
from kernel.hints import Hints
from kernel.identity import Subject
from kernel.rpc.channels import Channels
from tests.kernel.conftest import Room

CLOSED = EventType(
    "conversation.closed",
    {"conversation_id": an_id("cnv"), "closed_by": one_of("visitor", "operator"), "messages": a_count},
)
PLAIN = EventType("thing.happened")


async def happen(
    chat: Room, tenant: str, count: int = 1, *, hints: Hints | None = None, clock: ManualClock
) -> list[str]:
    outbox = Outbox(chat.metadata, hints or Hints())
    happened = []
    for _ in range(count):
        async with chat.database.transaction(tenant) as connection:
            happened.append(await outbox.append(connection, PLAIN, tenant_id=tenant, now=clock.now()))
    return happened


async def listed(channels: Channels, after: int = 0, page_size: int = 0) -> events_pb2.ListEventsResponse:
    stub = events_pb2_grpc.EventServiceStub(channels.of("chat"))
    request = events_pb2.ListEventsRequest(after=after, page_size=page_size)
    answer: events_pb2.ListEventsResponse = await channels.call(stub.ListEvents, request)
    return answer


async def test_an_event_is_listed_with_all_that_belongs_to_it(
    chat: Room, channels: Channels, clock: ManualClock, tenant: str
) -> None:
    visitor, conversation = ids.new_id("vis"), ids.new_id("cnv")
    outbox = Outbox(chat.metadata, Hints())
    attributes = {"conversation_id": conversation, "closed_by": "visitor", "messages": "12"}
    subject = Subject(tenant_id=tenant, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor)
    async with chat.database.transaction(tenant) as connection:
        id_ = await outbox.append(
            connection, CLOSED, tenant_id=tenant, now=clock.now(), subjects=[subject], attributes=attributes
        )
    (event,) = (await listed(channels)).events
    assert (event.id, event.tenant_id, event.type, event.schema_version) == (id_, tenant, "conversation.closed", 1)
    assert (list(event.subjects), dict(event.attributes)) == ([f"visitor:{visitor}"], attributes)
    assert event.time.ToDatetime(clock.now().tzinfo) == clock.now()


async def test_pages_go_on_from_the_cursor_and_end(
    chat: Room, channels: Channels, clock: ManualClock, tenant: str
) -> None:
    assert (await listed(channels, after=0)).next == 0
    happened = await happen(chat, tenant, 5, clock=clock)
    first = await listed(channels, page_size=3)
    second = await listed(channels, after=first.next, page_size=3)
    assert [event.id for event in (*first.events, *second.events)] == happened
    assert (await listed(channels, after=second.next)).next == second.next
    with pytest.raises(ParleyError, match="ARGUMENT_INVALID"):
        await listed(channels, after=-1)


async def test_the_outbox_refuses_words(chat: Room, clock: ManualClock, tenant: str) -> None:
    outbox = Outbox(chat.metadata, Hints())
    good = {"conversation_id": ids.new_id("cnv"), "closed_by": "visitor", "messages": "3"}
    for wrong in (
        {**good, "closed_by": "Ada Lovelace"},
        {**good, "conversation_id": "canary"},
        {**good, "conversation_id": ids.new_id("stf")},
        {**good, "messages": "-3"},
        {**good, "messages": "three"},
        {**good, "name": "canary"},
        {"closed_by": "visitor"},
    ):
        async with chat.database.transaction(tenant) as connection:
            with pytest.raises(EventRefused) as raised:
                await outbox.append(connection, CLOSED, tenant_id=tenant, now=clock.now(), attributes=wrong)
        assert "canary" not in str(raised.value)
    for subject in (
        Subject(tenant_id=ids.new_id("ten"), kind=1, id=ids.new_id("vis")),
        Subject(tenant_id=tenant, kind=1, id="ada@example.org"),
    ):
        async with chat.database.transaction(tenant) as connection:
            with pytest.raises(EventRefused):
                await outbox.append(connection, PLAIN, tenant_id=tenant, now=clock.now(), subjects=[subject])
    assert an_id("stf", optional=True)("")
    with pytest.raises(ValueError, match="not the name of an event"):
        EventType("Somebody said hello")


async def test_an_undone_transaction_leaves_no_event_and_another_tenants_cannot_be_written(
    chat: Room, channels: Channels, clock: ManualClock, tenant: str
) -> None:
    outbox = Outbox(chat.metadata, Hints())
    with contextlib.suppress(RuntimeError):
        async with chat.database.transaction(tenant) as connection:
            await outbox.append(connection, PLAIN, tenant_id=tenant, now=clock.now())
            raise RuntimeError
    async with chat.database.transaction(tenant) as connection:
        with pytest.raises(DBAPIError, match="row-level security"):
            await outbox.append(connection, PLAIN, tenant_id=ids.new_id("ten"), now=clock.now())
        await connection.rollback()
    assert not (await listed(channels)).events


async def test_only_our_own_processes_may_list(chat: Room, channels: Channels, owner_url: str, tenant: str) -> None:
    stub = events_pb2_grpc.EventServiceStub(channels.of("chat"))
    with pytest.raises(ParleyError, match="CREDENTIAL_REJECTED"):
        await channels.call(stub.ListEvents, events_pb2.ListEventsRequest(), token="made up")
    # The function that sees all tenants is the service's own; no other role may call it.
    other = await asyncpg.connect(owner_url)
    await other.execute("SET ROLE parley_privacy")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await other.fetch("SELECT * FROM chat.list_events(0, 10)")
    await other.close()
    assert PermissionDenied.code.name == "PERMISSION_DENIED"


async def test_a_transaction_that_commits_late_is_not_skipped(
    chat: Room, channels: Channels, clock: ManualClock, tenant: str
) -> None:
    outbox = Outbox(chat.metadata, Hints())
    async with chat.database.transaction(tenant) as late:
        slow = await outbox.append(late, PLAIN, tenant_id=tenant, now=clock.now())
        (quick,) = await happen(chat, tenant, clock=clock)
        first = await listed(channels)
        assert [event.id for event in first.events] == [quick]
    second = await listed(channels, after=first.next)
    assert [event.id for event in second.events] == [slow]


async def test_a_lister_that_dies_half_way_leaves_no_hole_that_hides_an_event(
    chat: Room, channels: Channels, owner_url: str, clock: ManualClock, tenant: str
) -> None:
    happened = await happen(chat, tenant, 3, clock=clock)
    dying = await asyncpg.connect(owner_url)
    placing = dying.transaction()
    await placing.start()
    await dying.fetch("SELECT * FROM chat.list_events(0, 2)")
    waiting = asyncio.create_task(listed(channels))
    await asyncio.sleep(0)
    dying.terminate()
    assert [event.id for event in (await waiting).events] == happened


async def test_readers_beside_many_writers_see_every_event_once_and_in_order(
    chat: Room, channels: Channels, clock: ManualClock
) -> None:
    writers, each = 6, 25
    outbox = Outbox(chat.metadata, Hints())
    written: set[str] = set()

    async def write(number: int) -> None:
        tenant = ids.new_id("ten")
        for step in range(each):
            async with chat.database.transaction(tenant) as connection:
                id_ = await outbox.append(connection, PLAIN, tenant_id=tenant, now=clock.now())
                # Commits come in another order than the writes.
                await connection.execute(text("SELECT pg_sleep(:s)"), {"s": (number * 7 + step * 3) % 5 / 1000})
            written.add(id_)

    async def read() -> list[str]:
        seen: list[str] = []
        cursors: list[int] = []
        after = 0
        while len(seen) < writers * each:
            page = await listed(channels, after=after, page_size=7)
            seen += [event.id for event in page.events]
            cursors += [event.cursor for event in page.events]
            after = page.next
        assert cursors == sorted(set(cursors))
        return seen

    async with asyncio.TaskGroup() as group:
        first, second = group.create_task(read()), group.create_task(read())
        for number in range(writers):
            group.create_task(write(number))
    assert first.result() == second.result()
    assert len(first.result()) == writers * each
    assert set(first.result()) == written


async def test_the_declared_tables_are_those_of_the_migration(chat: Room, owner_url: str) -> None:
    from kernel import jobs, settings

    owner = await asyncpg.connect(owner_url)
    tables = [make(chat.metadata) for make in (outbox_table, inbox_table, cursor_table, jobs.table)]
    tables += [settings.table(chat.metadata), settings.changes_table(chat.metadata)]
    for table in tables:
        rows = await owner.fetch(
            "SELECT column_name, is_nullable = 'YES' FROM information_schema.columns "
            "WHERE table_schema = 'chat' AND table_name = $1",
            table.name,
        )
        assert {row[0]: row[1] for row in rows} == {column.name: column.nullable for column in table.columns}
        assert all(column.info["field"] for column in table.columns)
    await owner.close()
