"""What is searched on a replica is what the primary would find, whatever the replica still has."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import NotFound
from kernel.search import Search
from kernel.storage import replicas
from kernel.storage.database import Alone, Database, runtime_url
from kernel.storage.migrate import migrate
from kernel.storage.replicas import ReplicatedDatabase
from kernel.telemetry.metrics import REGISTRY
from tests.engines import SECRET
from tests.kernel.conftest import MIGRATION
from tests.standby import Pair, a_pair, tell

NOTES = Search("chat", "notes")
WRITE = text("INSERT INTO chat.notes (tenant_id, id, kind, title) VALUES (:tenant, :id, 1, :title)")
ERASE = text("DELETE FROM chat.notes WHERE id = :id")
#: Nobody waits long for a replica that does not come.
SHORT = 0.3
WHERE = "SELECT pg_is_in_recovery()"
OUTCOMES = ("read", "behind", "away", "busy", "promoted", "parted", "foreign", "cancelled", "refused", "slow")


@pytest_asyncio.fixture(scope="module")
async def pair() -> AsyncIterator[Pair]:
    """A migrated primary, and a replica that follows it."""
    with tempfile.TemporaryDirectory(prefix="parley-pair-", ignore_cleanup_errors=True) as name:
        folder = Path(name) / "migrations"
        folder.mkdir()
        (folder / "0001_all.py").write_text(MIGRATION.format(service="chat"))
        with a_pair(Path(name) / "engines") as made:
            await migrate(made.url, SECRET, {"chat": folder})
            await made.follow()
            yield made


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no reason to leave a replica aside, or to ask one again that was."""
    monkeypatch.setattr(replicas, "WAIT_SECONDS", 30.0)
    monkeypatch.setattr(replicas, "REST_SECONDS", 60.0)


@pytest_asyncio.fixture
async def chat(pair: Pair) -> AsyncIterator[ReplicatedDatabase]:
    """The service `chat`, with its replica."""
    database = of(pair)
    yield database
    await database.close()


def of(pair: Pair, *urls: str) -> ReplicatedDatabase:
    """Returns the service's way to both, or to other replicas."""
    return ReplicatedDatabase(
        runtime_url(pair.url, SECRET, "chat"),
        [runtime_url(each, SECRET, "chat") for each in urls or (pair.replica_url,)],
    )


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("parley_replica_reads_total", {"service": "chat", "outcome": outcome}) or 0.0


class Outcomes:
    """How often a replica was asked since, by outcome."""

    def __init__(self) -> None:
        self._before = {each: counted(each) for each in OUTCOMES}

    def __call__(self) -> dict[str, int]:
        since = {each: int(counted(each) - before) for each, before in self._before.items()}
        return {each: count for each, count in since.items() if count}


@pytest.fixture
def outcomes() -> Outcomes:
    """Counts from here on."""
    return Outcomes()


async def note(chat: Database, tenant: str, title: str) -> UUID:
    key = ids.new_uuid()
    async with chat.transaction(tenant) as connection:
        await connection.execute(WRITE, {"tenant": ids.to_uuid(tenant, "ten"), "id": key, "title": title})
    return key


async def erase(chat: Database, tenant: str, key: UUID) -> None:
    async with chat.transaction(tenant) as connection:
        await connection.execute(ERASE, {"id": key})


async def found(chat: Database, tenant: str, query: str = "lamp") -> tuple[list[UUID], bool]:
    """Searches aside; returns what was found, and whether on a replica."""

    async def reading(connection: AsyncConnection) -> tuple[list[UUID], bool]:
        is_replica = (await connection.exec_driver_sql(WHERE)).scalar_one()
        return await NOTES.find(connection, query, size=10), bool(is_replica)

    async with chat.transaction(tenant) as connection:
        return await chat.aside(connection, tenant, reading)


async def test_a_search_sees_at_once_on_the_replica_what_was_written_and_what_was_erased(
    chat: ReplicatedDatabase, outcomes: Outcomes
) -> None:
    tenant, other = ids.new_id("ten"), ids.new_id("ten")
    for number in range(20):
        mine, theirs = await note(chat, tenant, f"lamp {number}"), await note(chat, other, "lamp")
        assert await found(chat, tenant) == ([mine], True)
        assert await found(chat, other) == ([theirs], True)
        await erase(chat, tenant, mine)
        assert await found(chat, tenant) == ([], True)
        await erase(chat, other, theirs)
    assert outcomes() == {"read": 60}


async def test_what_was_erased_is_not_read_from_a_replica_that_still_has_it(
    pair: Pair, chat: ReplicatedDatabase, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = ids.new_id("ten")
    key = await note(chat, tenant, "lamp")
    assert await found(chat, tenant) == ([key], True)
    monkeypatch.setattr(replicas, "WAIT_SECONDS", SHORT)
    await pair.tell_replica("SELECT pg_wal_replay_pause()")
    try:
        await erase(chat, tenant, key)
        there = Database(runtime_url(pair.replica_url, SECRET, "chat"), only_reads=True)
        assert await found(there, tenant) == ([key], True), "the replica has it still"
        await there.close()
        assert await found(chat, tenant) == ([], False)
        # It is not waited for each time.
        assert await found(chat, tenant) == ([], False)
        assert outcomes() == {"read": 1, "behind": 1}
    finally:
        await pair.tell_replica("SELECT pg_wal_replay_resume()")


async def test_a_replica_that_comes_up_in_time_is_waited_for(
    pair: Pair, chat: ReplicatedDatabase, outcomes: Outcomes
) -> None:
    tenant = ids.new_id("ten")
    await found(chat, tenant)
    await pair.tell_replica("SELECT pg_wal_replay_pause()")
    key = await note(chat, tenant, "lamp")
    searching = asyncio.create_task(found(chat, tenant))
    await asyncio.sleep(0)
    await pair.tell_replica("SELECT pg_wal_replay_resume()")
    assert await searching == ([key], True)
    assert outcomes() == {"read": 2}


async def test_a_replica_is_bound_to_the_tenant_and_writes_nothing(pair: Pair, chat: ReplicatedDatabase) -> None:
    tenant = ids.new_id("ten")

    async def unbound(connection: AsyncConnection) -> object:
        return (await connection.exec_driver_sql("SELECT set_config('app.tenant', '', true)")).scalar_one()

    async def written(connection: AsyncConnection) -> list[str]:
        is_replica = (await connection.exec_driver_sql(WHERE)).scalar_one()
        row = {"tenant": ids.to_uuid(tenant, "ten"), "id": ids.new_uuid(), "title": "lamp"}
        await connection.execute(WRITE, row)
        return ["replica" if is_replica else "primary"]

    async with chat.transaction(tenant) as connection:
        assert await chat.aside(connection, tenant, unbound) == ""
        # It fails there, and is done where it can be.
        assert await chat.aside(connection, tenant, written) == ["primary"]
    replica = Database(runtime_url(pair.replica_url, SECRET, "chat"))
    with pytest.raises(Exception, match="no tenant is bound"):
        async with replica.without_tenant() as connection:
            await connection.exec_driver_sql("SELECT * FROM chat.notes")
    await replica.close()


async def test_lanes_are_read_aside_as_well(
    pair: Pair, chat: ReplicatedDatabase, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = ids.new_id("ten")
    await note(chat, tenant, "lamp")

    async def reading(lane: asyncpg.Connection[asyncpg.Record]) -> tuple[int, bool]:
        return await lane.fetchval("SELECT count(*) FROM chat.notes"), await lane.fetchval(WHERE)

    assert await chat.lane_aside(tenant, reading) == (1, True)
    monkeypatch.setattr(replicas, "WAIT_SECONDS", SHORT)
    await pair.tell_replica("SELECT pg_wal_replay_pause()")
    try:
        await note(chat, tenant, "lamp")
        assert await chat.lane_aside(tenant, reading) == (2, False)
    finally:
        await pair.tell_replica("SELECT pg_wal_replay_resume()")
    assert outcomes() == {"read": 1, "behind": 1}


async def test_a_statement_that_binds_by_itself_is_read_aside_as_well(
    chat: ReplicatedDatabase, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However busy the machine is, the replica comes that far.
    monkeypatch.setattr(replicas, "WAIT_SECONDS", 30.0)
    tenant, other = ids.new_id("ten"), ids.new_id("ten")
    await note(chat, tenant, "lamp")
    counting = Alone(f"SELECT (SELECT count(*) FROM chat.notes) AS notes, ({WHERE}) AS is_replica", arguments=0)
    assert [tuple(row) for row in await chat.fetch_aside(tenant, counting)] == [(1, True)]
    assert [tuple(row) for row in await chat.fetch_aside(other, counting)] == [(0, True)]
    assert outcomes() == {"read": 2}


async def test_what_a_reading_decides_is_told_and_not_asked_again(chat: ReplicatedDatabase, outcomes: Outcomes) -> None:
    asked = []

    async def reading(_: AsyncConnection) -> None:
        asked.append(1)
        raise NotFound("NOTE_NOT_FOUND", "There is no such note.")

    tenant = ids.new_id("ten")
    with pytest.raises(NotFound):
        async with chat.transaction(tenant) as connection:
            await chat.aside(connection, tenant, reading)
    assert (len(asked), outcomes()) == (1, {})


async def test_a_reading_that_is_in_the_way_of_the_replay_is_read_from_the_primary(
    chat: ReplicatedDatabase, outcomes: Outcomes
) -> None:
    async def reading(connection: AsyncConnection) -> bool:
        is_replica = bool((await connection.exec_driver_sql(WHERE)).scalar_one())
        if is_replica:
            # What the server says of a conflict, which a test cannot bring about at a certain moment.
            await connection.exec_driver_sql("DO $$ BEGIN RAISE serialization_failure; END $$")
        return is_replica

    tenant = ids.new_id("ten")
    async with chat.transaction(tenant) as connection:
        assert not await chat.aside(connection, tenant, reading)
    # It is asked again at once.
    assert (await found(chat, tenant))[1]
    assert outcomes() == {"cancelled": 1, "read": 1}


async def test_a_replica_that_takes_too_long_is_left_to_itself(
    chat: ReplicatedDatabase, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "READ_SECONDS", 0.1)

    async def reading(connection: AsyncConnection) -> bool:
        is_replica = bool((await connection.exec_driver_sql(WHERE)).scalar_one())
        if is_replica:
            await connection.exec_driver_sql("SELECT pg_sleep(60)")
        return is_replica

    tenant = ids.new_id("ten")
    async with chat.transaction(tenant) as connection:
        assert not await chat.aside(connection, tenant, reading)
    assert outcomes() == {"slow": 1}


async def test_more_at_once_than_a_replica_has_connections_are_read_from_the_primary(
    pair: Pair, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        # For one of its connections nobody waits longer.
        patched.setattr(replicas, "WAIT_SECONDS", SHORT)
        chat = ReplicatedDatabase(
            runtime_url(pair.url, SECRET, "chat"), [runtime_url(pair.replica_url, SECRET, "chat")], pool_size=1
        )
    tenant, begun, end = ids.new_id("ten"), asyncio.Event(), asyncio.Event()

    async def long(connection: AsyncConnection) -> bool:
        begun.set()
        await end.wait()
        return bool((await connection.exec_driver_sql(WHERE)).scalar_one())

    async def asking() -> bool:
        async with chat.transaction(tenant) as connection:
            return await chat.aside(connection, tenant, long)

    try:
        first = asyncio.create_task(asking())
        await begun.wait()
        # The first holds its one connection to the primary as well.
        other = Database(runtime_url(pair.url, SECRET, "chat"))
        async with other.transaction(tenant) as connection:
            assert not await chat.aside(connection, tenant, _where)
        end.set()
        assert await first
        # It is busy and not away, so that it is asked again at once.
        assert await chat.lane_aside(tenant, lambda lane: lane.fetchval(WHERE))
        assert outcomes() == {"busy": 1, "read": 2}
        await other.close()
    finally:
        await chat.close()


async def _where(connection: AsyncConnection) -> bool:
    return bool((await connection.exec_driver_sql(WHERE)).scalar_one())


async def test_whoever_goes_away_lets_the_replica_go(chat: ReplicatedDatabase, pair: Pair) -> None:
    begun = asyncio.Event()

    async def reading(connection: AsyncConnection) -> None:
        begun.set()
        await connection.exec_driver_sql("SELECT pg_sleep(60)")

    async def asking() -> None:
        async with chat.transaction(tenant) as connection:
            await chat.aside(connection, tenant, reading)

    tenant = ids.new_id("ten")
    task = asyncio.create_task(asking())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"
    while await pair.tell_replica(sleeping):
        # The server hears of it on another connection.
        pass


async def test_another_databases_replica_is_never_read(pair: Pair, owner_url: str, outcomes: Outcomes) -> None:
    # It has the same schema, roles and passwords, and what stands in it is somebody else's.
    chat, tenant = of(pair, owner_url), ids.new_id("ten")
    other = Database(runtime_url(owner_url, SECRET, "chat"))
    try:
        await note(other, tenant, "lamp")
        assert await found(chat, tenant) == ([], False)
        assert outcomes() == {"foreign": 1}
    finally:
        await chat.close()
        await other.close()


async def test_without_a_replica_there_is_no_difference(owner_url: str) -> None:
    database, tenant = Database(runtime_url(owner_url, SECRET, "chat")), ids.new_id("ten")
    try:
        key = await note(database, tenant, "lamp")
        assert await found(database, tenant) == ([key], False)
    finally:
        await database.close()


async def test_who_may_not_read_the_primarys_place_does_without_replicas(
    pair: Pair, chat: ReplicatedDatabase, outcomes: Outcomes
) -> None:
    await chat.check_role()
    try:
        await tell(pair.url, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        await chat.check_role()
        assert not (await found(chat, ids.new_id("ten")))[1]
        assert outcomes() == {}
    finally:
        await tell(pair.url, "GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC")


async def test_a_replica_that_is_away_costs_nobody_an_answer_and_comes_back(
    pair: Pair, chat: ReplicatedDatabase, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = ids.new_id("ten")
    key = await note(chat, tenant, "lamp")
    assert await found(chat, tenant) == ([key], True)
    pair.replica.stop()
    try:
        for _ in range(3):
            assert await found(chat, tenant) == ([key], False)
        assert outcomes() == {"read": 1, "away": 1}
    finally:
        pair.start_replica()
    monkeypatch.setattr(replicas, "REST_SECONDS", 0.0)
    again = of(pair)
    try:
        await erase(chat, tenant, key)
        while not (answer := await found(again, tenant))[1]:
            assert answer[0] == []
        assert answer == ([], True)
    finally:
        await again.close()


async def test_one_that_was_made_a_primary_is_no_replica_any_more_and_others_do_not_follow_it(
    pair: Pair, outcomes: Outcomes
) -> None:
    second, tenant = pair.another("second"), ids.new_id("ten")
    chat = of(pair, second.url)
    # Where it has taken over, what goes on from the former primary has another history, however far it is.
    after = ReplicatedDatabase(runtime_url(second.url, SECRET, "chat"), [runtime_url(pair.replica_url, SECRET, "chat")])
    try:
        assert (await found(chat, tenant))[1]
        assert await tell(second.url, "SELECT pg_promote()")
        key = await note(after, tenant, "lamp")
        assert await found(chat, tenant) == ([], False)
        assert await found(after, tenant) == ([key], False)
        assert outcomes() == {"read": 1, "promoted": 1, "parted": 1}
    finally:
        await chat.close()
        await after.close()
        second.stop()
