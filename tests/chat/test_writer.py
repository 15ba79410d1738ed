"""The writer commits for everybody: nobody's bad row, broken connection or slow listener hurts another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from kernel import ids
from kernel.errors import Internal, ParleyError, ResourceExhausted, Unavailable
from kernel.privacy.seals import RecordSealed
from services.chat.actions.marks import Marks
from services.chat.actions.wiring import Wiring
from services.chat.actions.writer import WAITING, Writer
from services.chat.domain import OPEN, OPERATOR, TEXT, VISITOR, Conversation, Entry
from services.chat.store import conversations, messages
from services.chat.store.messages import Appended
from tests.chat.inside import a_conversation, a_wiring
from tests.chat.people import post
from tests.platform import Platform

Told = list[tuple[UUID, int]]


@pytest_asyncio.fixture
async def wiring(platform: Platform) -> AsyncIterator[Wiring]:
    """Chat's inside."""
    async with a_wiring(platform) as inside:
        yield inside


@pytest.fixture
def told() -> Told:
    """What followers were told of."""
    return []


@pytest_asyncio.fixture
async def writer(wiring: Wiring, told: Told) -> AsyncIterator[Writer]:
    """A writer that runs."""

    def committed(tenant_id: UUID, fresh: Sequence[tuple[Entry, Appended]]) -> None:
        told.extend((entry.conversation_id, appended.sequence) for entry, appended in fresh)

    running = Writer(wiring.database, wiring.clock, committed)
    task = asyncio.create_task(running.run())
    yield running
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def an_entry(conversation: Conversation, body: str = "hello", client_id: str = "") -> Entry:
    """Returns something that the visitor says."""
    return Entry(
        conversation_id=conversation.id,
        id=ids.new_uuid(),
        kind=TEXT,
        side=VISITOR,
        client_message_id=client_id or ids.new_id("cli"),
        body=body,
    )


async def kill_writers(platform: Platform) -> int:
    """Ends every writer's connection from the server's side and says how many there were."""
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        ended = await owner.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name LIKE '%writer' AND datname = current_database()"
        )
        return len(ended)
    finally:
        await owner.close()


async def test_a_bad_row_hurts_nobody_else(wiring: Wiring, writer: Writer, told: Told) -> None:
    tenants = [ids.new_id("ten") for _ in range(3)]
    talks = [await a_conversation(wiring, tenant) for tenant in tenants for _ in range(2)]
    good = [(talk, an_entry(talk)) for talk in talks for _ in range(5)]
    # No caller gets this far with it: the gates refuse it.
    bad = [(talks[0], an_entry(talks[0], "a\x00b")), (talks[3], an_entry(talks[3], "c\x00d"))]
    entries = good[:10] + bad + good[10:]
    results = await asyncio.gather(
        *(writer.append(talk.tenant_id, entry) for talk, entry in entries), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, ParleyError)]
    assert [type(each) for each in refused] == [Internal, Internal]
    for talk in talks:
        places = [sequence for conversation_id, sequence in told if conversation_id == talk.id]
        assert places == [1, 2, 3, 4, 5]


async def test_a_batch_holds_retries_and_what_may_not_be_said(wiring: Wiring, writer: Writer, told: Told) -> None:
    tenant = ids.new_id("ten")
    talk, closed = await a_conversation(wiring, tenant), await a_conversation(wiring, tenant, state=3)
    twice = an_entry(talk, client_id="the-same-id")
    missing = await a_conversation(wiring, ids.new_id("ten"))
    results = await asyncio.gather(
        *(writer.append(talk.tenant_id, each) for each in (twice, an_entry(closed), twice, an_entry(missing))),
    )
    assert [each.outcome for each in results] == ["fresh", "closed", "fresh", "missing"]
    assert results[0] == results[2]
    assert (await writer.append(talk.tenant_id, twice)).outcome == "duplicate"
    assert told == [(talk.id, 1)]


async def test_a_batch_that_is_plain_and_one_that_is_not_leave_no_hole(wiring: Wiring, writer: Writer) -> None:
    tenant = ids.new_id("ten")
    talks = [await a_conversation(wiring, tenant) for _ in range(3)]
    entries = [an_entry(talk) for talk in talks for _ in range(3)]
    plain = await asyncio.gather(*(writer.append(talks[0].tenant_id, entry) for entry in entries))
    assert [(each.outcome, each.sequence, each.head) for each in plain] == [("fresh", n, 3) for n in (1, 2, 3)] * 3
    # One retry among them, and everything is taken again with care.
    mixed = [entries[1], *(an_entry(talk) for talk in talks)]
    careful = await asyncio.gather(*(writer.append(talks[0].tenant_id, entry) for entry in mixed))
    assert [(each.outcome, each.sequence, each.head) for each in careful] == [
        ("duplicate", 2, 4),
        *[("fresh", 4, 4)] * 3,
    ]
    alone = await writer.append(talks[0].tenant_id, an_entry(talks[0]))
    assert (alone.outcome, alone.sequence, alone.head) == ("fresh", 5, 5)
    again = await writer.append(talks[0].tenant_id, entries[0])
    assert (again.outcome, again.sequence, again.id) == ("duplicate", 1, entries[0].id)
    assert (await writer.append(talks[0].tenant_id, an_entry(talks[0]))).sequence == 6


async def test_seals_and_replies_by_mail_are_looked_at_for_a_whole_batch(
    platform: Platform, wiring: Wiring, writer: Writer
) -> None:
    tenant, robin = ids.new_id("ten"), ids.random_uuid()
    talks = [await a_conversation(wiring, tenant, state=OPEN, operator_id=robin) for _ in range(4)]
    free, held, restricted, mailed = talks
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        for subject, record in ((ids.random_uuid(), held.id), (restricted.visitor_id, None)):
            await owner.execute(
                "INSERT INTO chat.seals (tenant_id, seal_id, kind, subject_id, record_id, reason, create_time) "
                "VALUES ($1, $2, 1, $3, $4, 1, now())",
                free.tenant_id,
                ids.new_id("hld"),
                subject,
                record,
            )
        await owner.execute(
            "INSERT INTO chat.left_messages (tenant_id, conversation_id, reply_email, create_time) "
            "VALUES ($1, $2, 'zoe@example.com', now())",
            mailed.tenant_id,
            mailed.id,
        )
        entries = [replace(an_entry(talk), side=OPERATOR, operator_id=robin) for talk in talks for _ in range(2)]
        entries += [an_entry(held), an_entry(restricted)]
        results = await asyncio.gather(
            *(writer.append(free.tenant_id, entry) for entry in entries), return_exceptions=True
        )
        said = ["sealed" if isinstance(each, RecordSealed) else getattr(each, "outcome", each) for each in results]
        # Visitors go on to speak: a seal keeps the staff out.
        assert said == ["fresh"] * 2 + ["sealed"] * 4 + ["fresh"] * 4
        jobs = await owner.fetch(
            "SELECT key FROM chat.jobs WHERE tenant_id = $1 AND kind = 'reply.mail'", free.tenant_id
        )
        assert [job["key"] for job in jobs] == [str(mailed.id)]
    finally:
        await owner.close()


async def test_a_listener_that_fails_keeps_nobody_waiting(wiring: Wiring) -> None:
    def committed(tenant_id: UUID, fresh: Sequence[tuple[Entry, Appended]]) -> None:
        raise ZeroDivisionError

    def done(result: Appended | ParleyError) -> None:
        raise ZeroDivisionError

    writer = Writer(wiring.database, wiring.clock, committed)
    task = asyncio.create_task(writer.run())
    talk = await a_conversation(wiring, ids.new_id("ten"))
    async with asyncio.timeout(10):
        writer.submit(talk.tenant_id, an_entry(talk), done)
        assert (await writer.append(talk.tenant_id, an_entry(talk))).sequence == 2
        assert (await writer.append(talk.tenant_id, an_entry(talk))).sequence == 3
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_nobody_is_left_waiting_by_an_error_that_nobody_foresaw(wiring: Wiring, writer: Writer) -> None:
    talk = await a_conversation(wiring, ids.new_id("ten"))
    unforeseen = an_entry(talk)
    object.__delattr__(unforeseen, "body")
    async with asyncio.timeout(10):
        with pytest.raises(Unavailable, match="STORAGE_UNAVAILABLE"):
            await writer.append(talk.tenant_id, unforeseen)
        assert (await writer.append(talk.tenant_id, an_entry(talk))).sequence == 1


async def test_a_full_queue_says_so_at_once(wiring: Wiring) -> None:
    idle = Writer(wiring.database, wiring.clock, lambda tenant, fresh: None)
    talk = await a_conversation(wiring, ids.new_id("ten"))
    for _ in range(WAITING):
        idle.submit(talk.tenant_id, an_entry(talk), lambda result: None)
    with pytest.raises(ResourceExhausted, match="WRITER_BUSY"):
        idle.submit(talk.tenant_id, an_entry(talk), lambda result: None)


async def test_a_broken_connection_is_told_and_made_anew(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor = await tenant.visitor()
    conversation_id = visitor.conversation.id
    await post(platform, visitor.token, conversation_id, "one", "client-one")
    assert await kill_writers(platform) >= 1
    # Whether it was written is unknown, so that it is tried again with the same id until it is.
    places: list[int] = []
    reasons: set[str] = set()
    async with asyncio.timeout(10):
        while len(places) < 3:
            number = len(places)
            try:
                said = await post(platform, visitor.token, conversation_id, f"{number}", f"client-{number}-x")
            except Unavailable as error:
                reasons.add(error.reason)
            else:
                places.append(said.sequence)
    assert places == [3, 4, 5]
    assert reasons <= {"STORAGE_UNAVAILABLE"}


async def test_the_caller_hears_that_the_database_is_away(platform: Platform, wiring: Wiring, writer: Writer) -> None:
    talk = await a_conversation(wiring, ids.new_id("ten"))
    await writer.append(talk.tenant_id, an_entry(talk))
    owner = await asyncpg.connect(platform.config.database_url)
    # Somebody holds the row, so that the writer is surely in the middle of its commit.
    holding = owner.transaction()
    await holding.start()
    await owner.execute("SELECT 1 FROM chat.conversations WHERE id = $1 FOR UPDATE", talk.id)
    entry = an_entry(talk)
    waiting = asyncio.create_task(writer.append(talk.tenant_id, entry))
    async with asyncio.timeout(10):
        waits = 0
        while not waits:
            waits = await owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
    await kill_writers(platform)
    with pytest.raises(Unavailable, match="STORAGE_UNAVAILABLE"):
        await waiting
    await holding.rollback()
    await owner.close()
    assert (await writer.append(talk.tenant_id, entry)).sequence == 2


async def test_a_full_pool_does_not_stop_the_talk(wiring: Wiring, writer: Writer) -> None:
    talk = await a_conversation(wiring, ids.new_id("ten"))
    async with AsyncExitStack() as held:
        for _ in range(10):
            _ = await held.enter_async_context(wiring.database.without_tenant())
        async with asyncio.timeout(4):
            assert (await writer.append(talk.tenant_id, an_entry(talk))).sequence == 1


async def test_both_sides_marks_of_one_moment_are_written(wiring: Wiring) -> None:
    talk = await a_conversation(wiring, ids.new_id("ten"))
    tenant_id = ids.from_uuid("ten", talk.tenant_id)
    async with wiring.database.transaction(tenant_id) as connection:
        for _ in range(4):
            await messages.append_one(connection, talk.tenant_id, an_entry(talk), datetime.now(UTC))
    marks = Marks(wiring.database, lambda ids: None)
    for side, sequence in ((1, 2), (2, 3), (1, 1), (2, 99)):
        marks.move(talk.tenant_id, talk.id, side, sequence)
    task = asyncio.create_task(marks.run())
    async with asyncio.timeout(10):
        while True:
            async with wiring.database.transaction(tenant_id) as connection:
                seen = await conversations.find_conversation(connection, talk.tenant_id, talk.id)
            assert seen is not None
            if (seen.visitor_read, seen.operator_read) == (2, 4):
                break
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
