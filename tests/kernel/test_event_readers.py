"""Whoever reads events sees each once and in order, and goes on whatever fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import asyncpg
import pytest
from parley.events.v1 import events_pb2
from redis.asyncio import Redis
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.clock import ManualClock
from kernel.config import Config
from kernel.errors import Unavailable
from kernel.events import (
    Consumer,
    EventType,
    Follower,
    Inbox,
    Outbox,
    Together,
    cursor_table,
    inbox_table,
)
from kernel.hints import Hints
from kernel.rpc.channels import Channels
from tests.engines import SECRET
from tests.kernel.conftest import Room
from tests.kernel.test_events import PLAIN, happen, listed


class Reader:
    """What a consumer's handler wrote down: in the database, with the event."""

    def __init__(
        self, privacy: Room, channels: Channels, hints: Hints, clock: ManualClock, *, together: bool = False
    ) -> None:
        self.privacy = privacy
        self.calls: list[int] = []
        self.seen: list[str] = []
        self.fails: Callable[[events_pb2.Event], Awaitable[None]] | None = None
        self.new = asyncio.Condition()
        self.consumer = Consumer(
            "privacy.things",
            "chat",
            {PLAIN.name: Together(self.handle_all) if together else self.handle},
            database=privacy.database,
            metadata=privacy.metadata,
            channels=channels,
            hints=hints,
            clock=clock,
            page_size=4,
            retry_seconds=0.0001,
        )

    async def handle_all(self, connection: AsyncConnection, events: Sequence[events_pb2.Event]) -> None:
        self.calls.append(len(events))
        for event in events:
            await self.handle(connection, event)

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


@pytest.fixture(params=[False, True], ids=["one by one", "together"])
def reader(privacy: Room, channels: Channels, clock: ManualClock, request: pytest.FixtureRequest) -> Reader:
    """A consumer in the service `privacy` that notes every plain event."""
    return Reader(privacy, channels, Hints(), clock, together=request.param)


async def test_events_of_one_tenant_that_follow_one_another_are_one_transaction(
    chat: Room, privacy: Room, channels: Channels, clock: ManualClock, tenant: str
) -> None:
    reader = Reader(privacy, channels, Hints(), clock, together=True)
    other = ids.new_id("ten")
    happened = [*await happen(chat, tenant, 2, clock=clock), *await happen(chat, other, clock=clock)]
    happened += await happen(chat, tenant, 2, clock=clock)
    while await reader.consumer.catch_up():
        continue
    # The page ends after the fourth.
    assert reader.calls == [2, 1, 1, 1]
    assert reader.seen == happened


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
    # Those that are taken together have failed once in company before they are tried alone.
    assert tries == 8 + bool(reader.calls)
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


async def test_nobody_is_woken_by_what_does_not_matter(
    chat: Room, privacy: Room, channels: Channels, clock: ManualClock, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kernel.events.inbox.POLL_SECONDS", 600)
    hints = Hints()
    reader = Reader(privacy, channels, hints, clock)
    looks: list[int] = []
    catch_up = reader.consumer.catch_up

    rests = asyncio.Event()

    async def counted() -> bool:
        looks.append(1)
        more = await catch_up()
        if not more:
            rests.set()
        return more

    monkeypatch.setattr(reader.consumer, "catch_up", counted)
    # It is there before anybody looks, so that its hint does not come late and count as one of the others'.
    await happen(chat, tenant, 1, clock=clock)
    running = asyncio.create_task(reader.consumer.run())
    await rests.wait()
    before = len(looks)
    outbox = Outbox(chat.metadata, hints)
    for _ in range(5):
        async with chat.database.transaction(tenant) as connection:
            await outbox.append(connection, EventType("other.thing"), tenant_id=tenant, now=clock.now())
    # The next that matters is handled, with all that lay before it, in one look.
    await happen(chat, tenant, 1, hints=hints, clock=clock)
    await reader.wait_for(2)
    assert len(looks) <= before + 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


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
        "chat",
        lambda event: seen.set(),
        kinds=(PLAIN.name,),
        back=timedelta(days=1),
        channels=channels,
        hints=hints,
        clock=clock,
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

    follower = Follower(
        "chat", show, kinds=(PLAIN.name,), back=timedelta(minutes=10), channels=channels, hints=hints, clock=clock
    )
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
    follower = Follower(
        "chat", print, kinds=(), back=timedelta(minutes=1), channels=channels, hints=Hints(), clock=clock
    )
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
