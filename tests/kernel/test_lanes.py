"""Connections of the driver's own: bound like all others, lent in turn, and never given on in the middle of a thing."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from kernel import ids
from kernel.errors import InvalidArgument, Unavailable
from kernel.storage import Database, runtime_url
from kernel.storage.database import Alone
from kernel.storage.statements import Statement
from kernel.telemetry import traces
from tests.engines import SECRET
from tests.kernel.conftest import Room

ONE, OTHER = ids.new_id("ten"), ids.new_id("ten")
_ADD = (
    "INSERT INTO chat.idempotency (tenant_id, method, request_id, request_mac, resource_id, create_time) "
    "VALUES ($1, 'Test', $2, '', '', now())"
)
_IS_BUSY = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND state = 'active'"
_COUNT = "SELECT count(*) FROM chat.idempotency"


async def test_a_lane_sees_and_writes_its_own_tenant_alone(chat: Room) -> None:
    async with chat.database.lane(ONE) as lane:
        await lane.execute(_ADD, ids.to_uuid(ONE, "ten"), "a")
    async with chat.database.lane(OTHER) as lane:
        assert await lane.fetchval(_COUNT) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await lane.execute(_ADD, ids.to_uuid(ONE, "ten"), "b")
        # The transaction is broken, and is undone.
    async with chat.database.lane(ONE) as lane:
        assert await lane.fetchval(_COUNT) == 1


async def test_what_fails_is_undone_and_the_tenant_is_gone_with_it(chat: Room) -> None:
    async def failing() -> None:
        async with chat.database.lane(ONE) as lane:
            await lane.execute(_ADD, ids.to_uuid(ONE, "ten"), "a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    async with chat.database.lane(ONE, only_reads=True) as lane:
        assert await lane.fetchval(_COUNT) == 0
    await asyncio.sleep(0)
    # Nobody is bound any more on any of them.
    lane = await chat.database._lanes.take()
    assert await lane.fetchval("SELECT current_setting('app.tenant', true)") in (None, "")
    chat.database._lanes.give(lane, is_sound=True)


async def test_of_two_who_wait_for_each_other_one_is_undone_and_told_to_come_again(chat: Room) -> None:
    async with chat.database.lane(ONE) as lane:
        for request in ("a", "b"):
            await lane.execute(_ADD, ids.to_uuid(ONE, "ten"), request)
    met = asyncio.Barrier(2)

    async def change(first: str, second: str) -> None:
        async with chat.database.transaction(ONE) as connection:
            for request in (first, second):
                statement = text("UPDATE chat.idempotency SET resource_id = 'x' WHERE request_id = :request")
                await connection.execute(statement, {"request": request})
                if request == first:
                    await met.wait()

    outcomes = await asyncio.gather(change("a", "b"), change("b", "a"), return_exceptions=True)
    (undone,) = [each for each in outcomes if each is not None]
    assert isinstance(undone, Unavailable)
    assert undone.reason == "STORAGE_BUSY"


async def _server_of(database: Database) -> int:
    async with database.transaction(ONE) as connection:
        found: int = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        return found


async def test_one_caller_after_another_keeps_to_one_connection_however_many_are_open(chat: Room) -> None:
    together = asyncio.Barrier(3)

    async def at_once() -> None:
        async with chat.database.transaction(ONE) as connection:
            await connection.execute(text("SELECT 1"))
            await together.wait()

    await asyncio.gather(at_once(), at_once(), at_once())
    # Otherwise each would come to hold every statement, here and in the server.
    assert len({await _server_of(chat.database) for _ in range(6)}) == 1


@pytest.mark.parametrize("is_below", [False, True], ids=["by the toolkit", "below it"])
async def test_whoever_is_cancelled_at_any_moment_leaves_nothing_to_the_next_one(chat: Room, is_below: bool) -> None:
    words = _ADD.replace("$1", ":tenant").replace("$2", ":request")

    async def add(tenant: str, request: str) -> None:
        given = {"tenant": ids.to_uuid(tenant, "ten"), "request": request}
        async with chat.database.transaction(tenant) as connection:
            if is_below:
                await Statement(words).rows(connection, given)
            else:
                await connection.execute(text(words), given)

    for turns in range(60):
        task = asyncio.create_task(add(ONE, f"cancelled {turns}"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        # Bound to the one before, it would be refused; within what that one began, it would never be committed.
        await add(OTHER, f"next {turns}")
    # Another connection sees what was committed.
    async with chat.database.lane(OTHER) as lane:
        assert await lane.fetchval(_COUNT) == 60


async def test_whoever_only_reads_writes_nothing(chat: Room) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with chat.database.lane(ONE, only_reads=True) as lane:
            await lane.execute(_ADD, ids.to_uuid(ONE, "ten"), "a")


async def test_a_statement_of_ours_runs_on_a_lane_as_it_does_below_the_toolkit(chat: Room) -> None:
    counting = Statement("SELECT count(*) AS many FROM chat.idempotency WHERE request_id = :request")
    async with chat.database.lane(ONE) as lane:
        await lane.execute(_ADD, ids.to_uuid(ONE, "ten"), "a")
        (row,) = await counting.rows(lane, {"request": "a"})
        assert row.many == 1
    async with chat.database.transaction(ONE) as connection:
        (row,) = await counting.rows(connection, {"request": "a"})
        assert row.many == 1


async def test_each_statement_of_a_lane_is_a_span_without_its_text(chat: Room) -> None:
    with traces.recorded() as spans:
        async with chat.database.lane(ONE) as lane:
            await lane.execute(_ADD, ids.to_uuid(ONE, "ten"), "canary")
            await lane.fetch(_COUNT)
            await lane.fetchrow(_COUNT)
            assert await lane.fetchval(_COUNT) == 1
        async with chat.database.transaction(ONE) as connection:
            await connection.exec_driver_sql(_COUNT)
        found = [each for each in spans.get_finished_spans() if each.name.startswith("sql")]
    # What begins and ends a transaction is none, and what passes the toolkit is one span and not two.
    assert [each.name for each in found] == ["sql INSERT", *["sql SELECT"] * 4]
    assert "canary" not in "".join(each.to_json() for each in found)


async def test_more_at_once_than_there_are_lanes_all_get_their_turn(owner_url: str) -> None:
    database = Database(runtime_url(owner_url, SECRET, "chat"), lanes=2)

    async def one(number: int) -> int:
        async with database.lane(ONE, only_reads=number % 2 == 0) as lane:
            return int(await lane.fetchval("SELECT $1::int FROM pg_sleep(0.01)", number))

    try:
        assert await asyncio.gather(*(one(number) for number in range(64))) == list(range(64))
        async with database.without_tenant() as connection:
            opened = await connection.exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert opened.scalar_one() <= 2
    finally:
        await database.close()


async def test_whoever_waits_too_long_is_told_to_come_back(owner_url: str) -> None:
    database = Database(runtime_url(owner_url, SECRET, "chat"), lanes=1, pool_timeout=0.05)
    try:
        async with database.lane(ONE):
            with pytest.raises(Unavailable):
                async with database.lane(ONE):
                    raise AssertionError("there was no lane")
        async with database.lane(ONE) as lane:
            assert await lane.fetchval("SELECT 1") == 1
    finally:
        await database.close()


async def test_a_lane_that_breaks_is_not_lent_again(chat: Room, owner_url: str) -> None:
    async def cut_off() -> None:
        async with chat.database.lane(ONE) as lane:
            owner = await asyncpg.connect(owner_url)
            await owner.execute("SELECT pg_terminate_backend($1)", lane.get_server_pid())
            await owner.close()
            await lane.fetchval("SELECT 1")

    with pytest.raises(Unavailable):
        await cut_off()
    async with chat.database.lane(ONE) as lane:
        assert await lane.fetchval("SELECT 1") == 1


async def test_whoever_goes_away_in_the_middle_leaves_no_transaction_open(chat: Room) -> None:
    started = asyncio.Event()

    async def slow() -> None:
        async with chat.database.lane(ONE) as lane:
            await lane.execute(_ADD, ids.to_uuid(ONE, "ten"), "a")
            started.set()
            await lane.fetchval("SELECT pg_sleep(60)")

    task = asyncio.create_task(slow())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with chat.database.lane(ONE) as lane:
        assert await lane.fetchval(_COUNT) == 0


async def test_a_statement_that_binds_by_itself_sees_its_own_tenant_alone_and_leaves_nobody_bound(chat: Room) -> None:
    count = Alone(f"{_COUNT} WHERE request_id = $1", arguments=1)
    async with chat.database.lane(ONE) as lane:
        await lane.execute(_ADD, ids.to_uuid(ONE, "ten"), "alone")
    assert [each["count"] for each in await chat.database.fetch(ONE, count, "alone")] == [1]
    assert [each["count"] for each in await chat.database.fetch(OTHER, count, "alone")] == [0]
    lane = await chat.database._lanes.take()
    assert await lane.fetchval("SELECT current_setting('app.tenant', true)") in (None, "")
    with pytest.raises(asyncpg.PostgresError):
        await lane.fetchval(_COUNT)
    chat.database._lanes.give(lane, is_sound=True)


async def test_a_statement_that_fails_alone_leaves_the_lane_as_it_was(chat: Room) -> None:
    failing = Alone("SELECT 1 / $1::int AS made", arguments=1)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await chat.database.fetch(ONE, failing, 0)
    with pytest.raises(InvalidArgument):
        await chat.database.fetch(ONE, Alone("SELECT $1::text", arguments=1), "\x00")
    assert [each["made"] for each in await chat.database.fetch(ONE, failing, 1)] == [1]


async def test_whoever_goes_away_from_a_statement_alone_leaves_a_lane_that_works(chat: Room, owner_url: str) -> None:
    (row,) = await chat.database.fetch(ONE, Alone("SELECT pg_backend_pid() AS pid", arguments=0))
    owner = await asyncpg.connect(owner_url)
    task = asyncio.create_task(chat.database.fetch(ONE, Alone("SELECT pg_sleep(60)", arguments=0)))
    while not await owner.fetchval(_IS_BUSY, row["pid"]):
        pass
    await owner.close()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(await chat.database.fetch(ONE, Alone("SELECT 1", arguments=0))) == 1


async def test_a_lane_that_breaks_under_a_statement_alone_is_not_lent_again(chat: Room, owner_url: str) -> None:
    (row,) = await chat.database.fetch(ONE, Alone("SELECT pg_backend_pid() AS pid", arguments=0))
    owner = await asyncpg.connect(owner_url)
    slow = asyncio.create_task(chat.database.fetch(ONE, Alone("SELECT pg_sleep(60)", arguments=0)))
    while not await owner.fetchval(_IS_BUSY, row["pid"]):
        pass
    await owner.execute("SELECT pg_terminate_backend($1)", row["pid"])
    await owner.close()
    with pytest.raises(Unavailable):
        await slow
    assert len(await chat.database.fetch(ONE, Alone("SELECT 1", arguments=0))) == 1
