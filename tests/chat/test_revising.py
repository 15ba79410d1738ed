"""What was said is changed, taken back or removed by an entry of its own, which everybody gets who missed it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from kernel.journal import Redacted, journal_folders
from kernel.journal import read as read_journal
from services.chat.actions import revising
from services.chat.domain import OPEN
from services.chat.domain.revising import MessageGone
from services.chat.store import revisions as store
from tests.chat.inside import a_conversation, a_wiring, say, visitor_of
from tests.chat.lines import a_line
from tests.chat.people import claim, close, edit, get, post, previous, read, redact, retract
from tests.chat.test_attachments import a_photo, jobs_done, listed, ready, stored
from tests.engines import SECRET
from tests.platform import OFFICER, SUPERVISOR, Member, Platform, Tenant, Visitor

Kind = conversation_pb2.Message
EDITED, RETRACTED = conversation_pb2.REVISION_EDITED, conversation_pb2.REVISION_RETRACTED
REMOVED = conversation_pb2.REVISION_REMOVED
CARD = "4111 1111 1111 1111"


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


async def a_talk(platform: Platform, tenant: Tenant) -> tuple[Visitor, Member, str]:
    """Returns a visitor and an operator, and their running conversation."""
    visitor, robin = await tenant.visitor("Zoë"), await tenant.member()
    await claim(platform, robin.token, visitor.conversation.id)
    return visitor, robin, visitor.conversation.id


async def where(platform: Platform, words: str) -> set[str]:
    """Returns the tables of the database in which some words stand."""
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        names = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
            "WHERE schemaname IN ('identity', 'privacy', 'chat')"
        )
        query = "SELECT EXISTS (SELECT FROM {} t WHERE t::text LIKE '%' || $1 || '%')"
        return {row["name"] for row in names if await connection.fetchval(query.format(row["name"]), words)}
    finally:
        await connection.close()


async def test_an_edit_reaches_whoever_follows_and_whoever_missed_it(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    said = await post(platform, visitor.token, conversation_id, "my oder is late")
    async with a_line(platform) as line:
        follows = await line.open(robin.token)
        await follows.subscribe(conversation_id)
        edited = await edit(platform, visitor.token, conversation_id, said.sequence, "my order is late")
        assert (edited.body, edited.revision) == ("my order is late", EDITED)
        await follows.until_sequence(said.sequence + 1)
        event = follows.frames[-1].message
        assert (event.kind, event.target_sequence) == (Kind.KIND_EDITED, said.sequence)
        assert event.body == "my order is late"
        late = await line.open(robin.token)
        await late.subscribe(conversation_id, said.sequence)
        await late.until_sequence(said.sequence + 1)
        assert late.frames[-1].message == event
    for token in (visitor.token, robin.token):
        entries = {each.sequence: each for each in await read(platform, token, conversation_id)}
        assert entries[said.sequence] == edited
        assert entries[said.sequence + 1] == event
    # The same text again changes nothing, and the head does not move.
    assert await edit(platform, visitor.token, conversation_id, said.sequence, "my order is late") == edited
    assert (await get(platform, visitor.token, conversation_id)).head_sequence == said.sequence + 1


async def test_what_was_taken_back_is_read_by_nobody_in_the_talk(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    said = await post(platform, robin.token, conversation_id, "words that were hasty")
    for _ in range(2):
        taken = await retract(platform, robin.token, conversation_id, said.sequence)
        assert (taken.body, taken.revision) == ("", RETRACTED)
    entries = await read(platform, visitor.token, conversation_id)
    assert [each.kind for each in entries][-1] == Kind.KIND_RETRACTED
    assert entries[-1].sequence == said.sequence + 1
    assert not [each for each in entries if each.body]
    with pytest.raises(FailedPrecondition, match="MESSAGE_GONE"):
        await edit(platform, robin.token, conversation_id, said.sequence, "other words")
    # Whoever leads the team can still see for a while what it was; the two in the talk cannot.
    await close(platform, robin.token, conversation_id)
    lee = await tenant.member(SUPERVISOR)
    assert await previous(platform, lee.token, conversation_id, said.sequence) == ["words that were hasty"]
    for token in (robin.token, visitor.token):
        with pytest.raises(PermissionDenied):
            await previous(platform, token, conversation_id, said.sequence)


async def test_only_the_author_changes_what_was_said(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    mine = (await post(platform, visitor.token, conversation_id, "mine")).sequence
    yours = (await post(platform, robin.token, conversation_id, "yours")).sequence
    for change in (edit, retract):
        words = ("other",) if change is edit else ()
        for token, sequence in ((visitor.token, yours), (robin.token, mine)):
            with pytest.raises(PermissionDenied, match="NOT_THE_AUTHOR"):
                await change(platform, token, conversation_id, sequence, *words)
        with pytest.raises(FailedPrecondition, match="MESSAGE_NOT_SAID"):
            await change(platform, robin.token, conversation_id, 1, *words)
        with pytest.raises(NotFound, match="MESSAGE_NOT_FOUND"):
            await change(platform, robin.token, conversation_id, 99, *words)
        stranger = await (await platform.tenant()).member(SUPERVISOR)
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            await change(platform, stranger.token, conversation_id, mine, *words)
    for nothing in ("   ", "a\x00b"):
        with pytest.raises(InvalidArgument):
            await edit(platform, visitor.token, conversation_id, mine, nothing)
    with pytest.raises(PermissionDenied, match="NOT_THE_AUTHOR"):
        await redact(platform, visitor.token, conversation_id, yours)
    await close(platform, visitor.token, conversation_id)
    with pytest.raises(FailedPrecondition, match="CONVERSATION_CLOSED"):
        await edit(platform, visitor.token, conversation_id, mine, "too late")


async def test_after_a_quarter_of_an_hour_it_stays(platform: Platform) -> None:
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        conversation = await a_conversation(wiring, ids.new_id("ten"), state=OPEN, operator_id=ids.new_uuid())
        zoe = visitor_of(conversation)
        await say(wiring, conversation, "first")
        clock.advance(timedelta(minutes=14))
        assert (await revising.edit_message(zoe, wiring, conversation.id, 1, "second")).body == "second"
        clock.advance(timedelta(minutes=2))
        with pytest.raises(FailedPrecondition, match="REVISION_TOO_LATE"):
            await revising.edit_message(zoe, wiring, conversation.id, 1, "third")
        with pytest.raises(FailedPrecondition, match="REVISION_TOO_LATE"):
            await revising.retract_message(zoe, wiring, conversation.id, 1)
        # What should stand nowhere is removed whenever it is found.
        assert (await revising.redact_message(zoe, wiring, conversation.id, 1)).revision == REMOVED


async def test_a_removed_secret_is_in_no_table_and_in_the_journal_without_a_word(
    platform: Platform, tenant: Tenant
) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    said = await post(platform, visitor.token, conversation_id, f"my card is {CARD}", "client-0001")
    await edit(platform, visitor.token, conversation_id, said.sequence, f"my card is {CARD}, and it works")
    assert await where(platform, CARD) == {"chat.messages", "chat.revisions"}
    removed = await redact(platform, robin.token, conversation_id, said.sequence)
    assert (removed.message.body, removed.message.revision) == ("", REMOVED)
    assert removed.bytes_gone_time.ToSeconds() > removed.message.revise_time.ToSeconds()
    assert await where(platform, CARD) == set()
    entries = await read(platform, visitor.token, conversation_id)
    assert [(each.kind, each.target_sequence) for each in entries[-2:]] == [
        (Kind.KIND_EDITED, said.sequence),
        (Kind.KIND_REMOVED, said.sequence),
    ]
    assert not [each for each in entries if CARD in each.body]
    # A client that never heard of its message sends it again: it is the first one, and nothing comes back.
    again = await post(platform, visitor.token, conversation_id, f"my card is {CARD}", "client-0001")
    assert again.sequence == said.sequence
    assert await where(platform, CARD) == set()
    folder, copy = journal_folders(platform.config)
    noted = [each.entry for each in read_journal([each for each in (folder, copy) if each], SECRET).noted]
    (entry,) = [each for each in noted if isinstance(each, Redacted) and each.message_id == said.id]
    assert entry.as_json() == {
        "tenant_id": tenant.id,
        "conversation_id": conversation_id,
        "message_id": said.id,
        "sequence": said.sequence,
    }
    assert (await redact(platform, robin.token, conversation_id, said.sequence)).message == removed.message


async def test_whoever_leads_removes_what_they_may_read(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    said = await post(platform, visitor.token, conversation_id, "my password is hunter2")
    lee, officer = await tenant.member(SUPERVISOR), await tenant.member(OFFICER)
    with pytest.raises(PermissionDenied, match="MONITORING_NEEDS_REASON"):
        await redact(platform, lee.token, conversation_id, said.sequence)
    with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
        await redact(platform, officer.token, conversation_id, said.sequence)
    await close(platform, robin.token, conversation_id)
    assert (await redact(platform, lee.token, conversation_id, said.sequence)).message.revision == REMOVED


async def test_what_is_held_for_a_case_is_not_changed(platform: Platform, tenant: Tenant) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    said = await post(platform, visitor.token, conversation_id, "evidence")
    chat = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat"))
    await platform.call(
        chat.SealSubject,
        subject_pb2.SealSubjectRequest(
            subject=subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id),
            record_id=conversation_id,
            reason=subject_pb2.SEAL_REASON_HELD,
            seal_id=ids.new_id("hld"),
        ),
        tenant_id=tenant.id,
    )
    with pytest.raises(PermissionDenied, match="RECORD_SEALED"):
        await edit(platform, visitor.token, conversation_id, said.sequence, "nothing")
    with pytest.raises(PermissionDenied, match="RECORD_SEALED"):
        await redact(platform, visitor.token, conversation_id, said.sequence)
    assert await where(platform, "evidence") == {"chat.messages"}


async def test_the_text_of_before_is_in_the_persons_copy_and_goes_after_a_week(
    platform: Platform, tenant: Tenant
) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    said = await post(platform, visitor.token, conversation_id, "what stood here before")
    await edit(platform, visitor.token, conversation_id, said.sequence, "what stands here now")
    chat = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat"))
    who = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id)
    held = await platform.call(chat.ExportSubject, subject_pb2.ExportSubjectRequest(subject=who), tenant_id=tenant.id)
    values = {(each.record, value.value) for each in held.records for value in each.values}
    assert ("chat.revisions", "what stood here before") in values
    assert ("chat.messages", "what stands here now") in values
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        await connection.execute(
            "UPDATE chat.revisions SET revise_time = revise_time - interval '8 days' WHERE conversation_id = $1",
            ids.to_uuid(conversation_id, "cnv"),
        )
    finally:
        await connection.close()
    await platform.call(chat.PurgeExpired, subject_pb2.PurgeExpiredRequest(), tenant_id=tenant.id)
    assert await where(platform, "what stood here before") == set()
    await platform.call(chat.EraseSubject, subject_pb2.EraseSubjectRequest(subject=who), tenant_id=tenant.id)
    assert await where(platform, "what stands here now") == set()


async def test_two_who_change_at_once_take_turns(platform: Platform) -> None:
    async with a_wiring(platform) as wiring:
        tenant_id = ids.new_id("ten")
        conversation = await a_conversation(wiring, tenant_id, state=OPEN, operator_id=ids.new_uuid())
        zoe = visitor_of(conversation)
        await say(wiring, conversation, "first")
        done = await asyncio.gather(
            *(revising.edit_message(zoe, wiring, conversation.id, 1, f"number {each}") for each in range(4)),
            revising.redact_message(zoe, wiring, conversation.id, 1),
            return_exceptions=True,
        )
        # Whoever came after the removal heard that nothing is there any more; nothing came back.
        assert all(not isinstance(each, BaseException) or isinstance(each, MessageGone) for each in done)
        async with wiring.database.transaction(tenant_id) as connection:
            last = await store.find_message(connection, conversation.tenant_id, conversation.id, 1)
        assert last is not None
        assert (last.body, last.revision) == ("", REMOVED)


async def test_a_file_that_should_stand_nowhere_is_removed_with_its_bytes(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    await ready(platform, visitor.token, conversation_id, a_photo(), name="My card.jpg")
    assert stored(platform, tenant) == 1
    (sent,) = [each for each in await read(platform, robin.token, conversation_id) if each.kind == Kind.KIND_ATTACHMENT]
    for change in (edit, retract):
        words = ("other",) if change is edit else ()
        with pytest.raises(FailedPrecondition, match="MESSAGE_NOT_SAID"):
            await change(platform, visitor.token, conversation_id, sent.sequence, *words)
    removed = (await redact(platform, robin.token, conversation_id, sent.sequence)).message
    assert (removed.kind, removed.body, removed.revision) == (Kind.KIND_ATTACHMENT, "", REMOVED)
    assert not await listed(platform, visitor.token, conversation_id)
    assert await where(platform, "My card.jpg") == set()
    await jobs_done(platform, tenant)
    assert stored(platform, tenant) == 0
    assert (await redact(platform, robin.token, conversation_id, sent.sequence)).message == removed
