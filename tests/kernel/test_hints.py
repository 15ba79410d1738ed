"""Hints: they come when a transaction is over, to this process and to others, and their loss costs nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from kernel.hints import Hints, after_transaction, wait
from tests.kernel.conftest import Room


@contextlib.asynccontextmanager
async def running(*hints: Hints) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.run()) for each in hints]
    try:
        async with asyncio.timeout(20):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_waits_for_a_transaction_happens_once_when_it_is_over(chat: Room, tenant: str) -> None:
    called: list[str] = []

    def note() -> None:
        called.append("over")

    for fails in (False, True):
        with contextlib.suppress(RuntimeError):
            async with chat.database.transaction(tenant) as connection:
                after_transaction(connection, note)
                after_transaction(connection, note)
                assert not called
                if fails:
                    raise RuntimeError
        assert called == ["over"]
        called.clear()
    async with chat.database.transaction(tenant) as connection:
        await connection.execute(text("SELECT 1"))
    assert not called, "the connection's next transaction is another one"
    with pytest.raises(ValueError, match="closed"):
        after_transaction(connection, note)


async def test_a_hint_reaches_other_processes_even_on_a_topic_that_came_later(redis: Redis) -> None:
    here, there = Hints(redis), Hints(redis)
    async with running(here, there):
        first = there.listen("one")
        await first.wait()  # Whoever comes to listen is told to look once.
        second = there.listen("two")
        await second.wait()
        for heard, topic in ((first, "one"), (second, "two")):
            heard.clear()
            here.send(topic)
            await heard.wait()


async def test_nobody_hears_twice_of_the_own_news(redis: Redis) -> None:
    here, there = Hints(redis), Hints(redis)
    mine, later, other = here.listen("one", "two"), here.listen("three"), there.listen("two")
    async with running(here, there):
        await asyncio.gather(mine.wait(), later.wait(), other.wait())
        for topic in ("one", "two"):
            mine.clear()
            here.send(topic)
            assert mine.is_set(), "at once, before Redis has heard of it"
        mine.clear()
        await other.wait()
        # Redis carries in order: with this, whatever it would have carried back to its sender is there.
        later.clear()
        there.send("three")
        await later.wait()
        assert not mine.is_set()


async def test_without_redis_hints_stay_in_the_process() -> None:
    hints = Hints()
    heard = hints.listen("one")
    await hints.run()
    hints.send("two")
    assert not heard.is_set()
    hints.send("one")
    assert heard.is_set()


async def test_hints_come_again_when_redis_does(own_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernel.hints._RETRY_SECONDS", 0.01)
    here, there = Hints(own_redis), Hints(own_redis)
    heard = there.listen("one")
    async with running(here, there):
        await heard.wait()
        await own_redis.client_kill_filter(_type="pubsub")
        await own_redis.connection_pool.disconnect()
        heard.clear()
        await heard.wait()
        heard.clear()
        here.send("one")
        await heard.wait()


async def test_sending_while_redis_is_away_is_no_error() -> None:
    away = Redis.from_url("unix:///nowhere/at/all.sock")
    hints = Hints(away)
    heard = hints.listen("one")
    async with running(hints):
        for _ in range(3):
            hints.send("one")
            await asyncio.sleep(0)
        assert heard.is_set()
    await away.aclose()


async def test_whoever_is_stopped_at_the_moment_of_a_hint_stops() -> None:
    heard = asyncio.Event()

    async def works() -> None:
        while True:
            heard.clear()
            await wait(heard, 60)

    working = asyncio.create_task(works())
    for _ in range(3):
        await asyncio.sleep(0)
    heard.set()
    # What waits inside has heard, and what waits for it has not: in between comes the end.
    await asyncio.sleep(0)
    working.cancel()
    async with asyncio.timeout(5):
        await asyncio.wait([working])
    assert working.cancelled()


async def test_waiting_for_a_hint_ends_by_itself() -> None:
    async with asyncio.timeout(5):
        await wait(asyncio.Event(), 0.01)
