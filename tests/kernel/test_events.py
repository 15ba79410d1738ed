"""Events reach every reader, once and in order, whatever commits late, dies, or is wiped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio
from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.subject.v1 import subject_pb2
from redis.asyncio import Redis
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.clock import ManualClock
from kernel.config import Config
from kernel.errors import ParleyError, PermissionDenied, Unavailable
from kernel.events import (
    Consumer,
    EventRefused,
    EventServicer,
    EventType,
    Follower,
    Inbox,
    Outbox,
    a_count,
    an_id,
    cursor_table,
    inbox_table,
    one_of,
    outbox_table,
)
from kernel.hints import Hints
from kernel.identity import KeyRing, Revocations, Subject
from kernel.rpc.channels import Channels
from kernel.rpc.server import Offer, Server
from tests.engines import SECRET
from tests.kernel.conftest import Room

CLOSED = EventType(
    "conversation.closed",
    {"conversation_id": an_id("cnv"), "closed_by": one_of("visitor", "operator"), "messages": a_count},
)
PLAIN = EventType("thing.happened")


@pytest_asyncio.fixture
async def channels(chat: Room) -> AsyncIterator[Channels]:
    """Channels of the service `privacy`, to a running server with chat's outbox."""
    config = Config(secret_key=SECRET, listen="127.0.0.1:0", reflection=False)
    server = Server("chat", config, KeyRing(), Revocations())
    descriptor = events_pb2.DESCRIPTOR.services_by_name["EventService"]
    servicer = EventServicer(chat.database, chat.metadata)
    server.offer(Offer(descriptor, servicer, events_pb2_grpc.add_EventServiceServicer_to_server))
    await server.start()
    opened = Channels(replace(config, chat_addresses=(f"127.0.0.1:{server.port}",)), "privacy")
    yield opened
    await opened.close()
    await server.stop(0)


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


class Reader:
    """What a consumer's handler wrote down: in the database, with the event."""

    def __init__(self, privacy: Room, channels: Channels, hints: Hints, clock: ManualClock) -> None:
        self.privacy = privacy
        self.seen: list[str] = []
        self.fails: Callable[[events_pb2.Event], Awaitable[None]] | None = None
        self.new = asyncio.Condition()
        self.consumer = Consumer(
            "privacy.things",
            "chat",
            {PLAIN.name: self.handle},
            database=privacy.database,
            metadata=privacy.metadata,
            channels=channels,
            hints=hints,
            clock=clock,
            page_size=4,
            retry_seconds=0.0001,
        )

    async def handle(self, connection: AsyncConnection, event: events_pb2.Event) -> None:
        await connection.execute(
            text("INSERT INTO privacy.notes VALUES (:tenant, :id, 1, 'seen', NULL)"),
            {"tenant": ids.to_uuid(event.tenant_id, "ten"), "id": ids.to_uuid(event.id, "evt")},
        )
        if self.fails is not None:
            await self.fails(event)
        async with self.new:
            self.seen.append(event.id)
            self.new.notify_all()

    async def wait_for(self, count: int) -> None:
        async with self.new, asyncio.timeout(20):
            await self.new.wait_for(lambda: len(self.seen) >= count)

    async def notes(self, tenant: str) -> set[str]:
        async with self.privacy.database.transaction(tenant) as connection:
            rows = await connection.execute(text("SELECT id FROM privacy.notes"))
            return {ids.from_uuid("evt", row.id) for row in rows}


@pytest.fixture
def reader(privacy: Room, channels: Channels, clock: ManualClock) -> Reader:
    """A consumer in the service `privacy` that notes every plain event."""
    return Reader(privacy, channels, Hints(), clock)


async def test_a_consumer_handles_each_event_once_across_restarts_and_replicas(
    chat: Room, privacy: Room, channels: Channels, reader: Reader, clock: ManualClock, tenant: str
) -> None:
    happened = await happen(chat, tenant, 6, clock=clock)
    replica = Reader(privacy, channels, Hints(), clock)
    await asyncio.gather(reader.consumer.catch_up(), replica.consumer.catch_up())
    while await reader.consumer.catch_up():
        continue
    assert sorted(reader.seen + replica.seen) == sorted(happened)
    assert await reader.notes(tenant) == set(happened)
    restarted = Reader(privacy, channels, Hints(), clock)
    assert not await restarted.consumer.catch_up()
    assert restarted.seen == []


async def test_what_nobody_asked_for_is_passed_over(
    chat: Room, privacy: Room, reader: Reader, clock: ManualClock, tenant: str
) -> None:
    outbox = Outbox(chat.metadata, Hints())
    for _ in range(9):
        async with chat.database.transaction(tenant) as connection:
            await outbox.append(connection, EventType("other.thing"), tenant_id=tenant, now=clock.now())
    (mine,) = await happen(chat, tenant, clock=clock)
    while await reader.consumer.catch_up():
        continue
    assert reader.seen == [mine]
    async with privacy.database.without_tenant() as connection:
        assert (await connection.execute(select(cursor_table(privacy.metadata).c.cursor))).scalar_one() == 10


async def test_an_event_that_is_listed_again_after_a_restore_is_not_handled_again(
    chat: Room, privacy: Room, reader: Reader, clock: ManualClock, tenant: str
) -> None:
    await happen(chat, tenant, 2, clock=clock)
    await reader.consumer.catch_up()
    async with privacy.database.without_tenant() as connection:
        await connection.execute(text("UPDATE privacy.inbox_cursor SET cursor = 0"))
    await reader.consumer.catch_up()
    assert len(reader.seen) == 2


async def test_an_event_that_cannot_be_handled_is_given_up_and_the_next_goes_on(
    chat: Room, privacy: Room, reader: Reader, clock: ManualClock, tenant: str
) -> None:
    poison, good = await happen(chat, tenant, 2, clock=clock)
    tries = 0

    async def fail(event: events_pb2.Event) -> None:
        nonlocal tries
        if event.id == poison:
            tries += 1
            raise RuntimeError("canary")

    reader.fails = fail
    await reader.consumer.catch_up()
    assert reader.seen == [good]
    assert tries == 8
    assert await reader.notes(tenant) == {good}, "what the failed handler wrote is undone"
    async with privacy.database.transaction(tenant) as connection:
        (dead,) = await Inbox(privacy.metadata).list_dead(connection)
    assert (dead.event_id, dead.error, dead.attempts, dead.event_type) == (poison, "RuntimeError", 8, "thing.happened")


async def test_a_database_that_is_away_is_waited_for(
    chat: Room, reader: Reader, clock: ManualClock, tenant: str
) -> None:
    (happened,) = await happen(chat, tenant, clock=clock)

    async def away(event: events_pb2.Event) -> None:
        raise Unavailable("STORAGE_UNAVAILABLE", "Away.")

    reader.fails = away
    for _ in range(20):
        with pytest.raises(Unavailable):
            await reader.consumer.catch_up()
    reader.fails = None
    await reader.consumer.catch_up()
    assert reader.seen == [happened]


@pytest.mark.parametrize("loses_redis", [False, True])
async def test_a_running_consumer_is_woken_by_redis_and_survives_its_loss(
    chat: Room,
    privacy: Room,
    channels: Channels,
    own_redis: Redis,
    clock: ManualClock,
    tenant: str,
    loses_redis: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not loses_redis:
        monkeypatch.setattr("kernel.events.inbox.POLL_SECONDS", 600)
    # Two processes: each has hints of its own, with nothing in common but Redis.
    sender, receiver = Hints(own_redis), Hints(own_redis)
    reader = Reader(privacy, channels, receiver, clock)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(task) for task in (sender.run(), receiver.run(), reader.consumer.run())]
        await happen(chat, tenant, 1, hints=sender, clock=clock)
        await reader.wait_for(1)
        if loses_redis:
            # It is wiped and drops every connection; nobody hints at the next event.
            await own_redis.flushall()
            await own_redis.client_kill_filter(_type="pubsub")
            await happen(chat, tenant, 1, hints=Hints(), clock=clock)
            await reader.wait_for(2)
        await happen(chat, tenant, 1, hints=sender, clock=clock)
        await reader.wait_for(2 + loses_redis)
        for task in tasks:
            task.cancel()


async def test_a_running_consumer_waits_for_a_peer_that_is_away(
    chat: Room, privacy: Room, clock: ManualClock, tenant: str
) -> None:
    nobody = Channels(Config(secret_key=SECRET, chat_addresses=("127.0.0.1:1",)), "privacy")
    hints = Hints()
    reader = Reader(privacy, nobody, hints, clock)
    running = asyncio.create_task(reader.consumer.run())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(running), 0.5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await nobody.close()


async def test_whatever_goes_wrong_readers_go_on(
    chat: Room, privacy: Room, channels: Channels, clock: ManualClock, tenant: str, owner_url: str
) -> None:
    hints = Hints()
    reader = Reader(privacy, channels, hints, clock)
    seen = asyncio.Event()
    follower = Follower(
        "chat", lambda event: seen.set(), back=timedelta(days=1), channels=channels, hints=hints, clock=clock
    )

    # Somebody took the function away: an error that nobody foresaw.
    async def rename(name: str, to: str) -> None:
        owner = await asyncpg.connect(owner_url)
        await owner.execute(f"ALTER FUNCTION chat.{name} RENAME TO {to}")
        await owner.close()

    await rename("list_events", "gone")
    tasks = [asyncio.create_task(each) for each in (reader.consumer.run(), follower.run())]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(asyncio.shield(task) for task in tasks)), 0.3)
    await rename("gone", "list_events")
    await happen(chat, tenant, 1, hints=hints, clock=clock)
    async with asyncio.timeout(20):
        await reader.wait_for(1)
        await seen.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_follower_begins_a_while_back_and_keeps_up(
    chat: Room, channels: Channels, clock: ManualClock, tenant: str
) -> None:
    await happen(chat, tenant, 13, clock=clock)
    clock.advance(timedelta(hours=1))
    recent = await happen(chat, tenant, 3, clock=clock)
    clock.advance(timedelta(minutes=5))
    hints = Hints()
    seen: list[str] = []
    arrived = asyncio.Event()

    def show(event: events_pb2.Event) -> None:
        seen.append(event.id)
        arrived.set()

    follower = Follower("chat", show, back=timedelta(minutes=10), channels=channels, hints=hints, clock=clock)
    running = asyncio.create_task(follower.run())
    async with asyncio.timeout(10):
        await follower.caught_up.wait()
        assert seen == recent
        arrived.clear()
        (new,) = await happen(chat, tenant, 1, hints=hints, clock=clock)
        await arrived.wait()
    assert seen[-1] == new
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_follower_of_a_peer_with_no_events_has_caught_up(channels: Channels, clock: ManualClock) -> None:
    follower = Follower("chat", print, back=timedelta(minutes=1), channels=channels, hints=Hints(), clock=clock)
    assert not await follower.catch_up()
    assert follower.caught_up.is_set()


async def test_what_is_old_is_forgotten(
    chat: Room, privacy: Room, reader: Reader, channels: Channels, clock: ManualClock, tenant: str
) -> None:
    await happen(chat, tenant, 2, clock=clock)
    outbox = Outbox(chat.metadata, Hints())
    async with chat.database.transaction(tenant) as connection:
        assert await outbox.purge(connection, clock.now() + timedelta(days=1)) == 0, "not listed yet"
    await reader.consumer.catch_up()
    clock.advance(timedelta(days=31))
    async with chat.database.transaction(tenant) as connection:
        assert await outbox.purge(connection, clock.now()) == 2
    async with privacy.database.transaction(tenant) as connection:
        assert await Inbox(privacy.metadata).purge(connection, clock.now()) == 2
        assert (await connection.execute(select(func.count()).select_from(inbox_table(privacy.metadata)))).scalar() == 0
    (new,) = await happen(chat, tenant, clock=clock)
    assert [event.id for event in (await listed(channels)).events] == [new]


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
