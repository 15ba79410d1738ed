"""Conversations are started, handed out, read and ended by the rules, whoever comes at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import grpc.aio
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley.chat.v1 import conversation_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, ParleyError, PermissionDenied
from kernel.privacy import access
from services.chat.actions import conversations
from services.chat.domain import ENDED
from services.chat.store.tables import metadata
from tests.chat.inside import a_conversation, a_wiring, say, staff_of
from tests.chat.people import CLOSED, OPEN, claim, close, get, mark, post, read, readers, show_readers, start
from tests.platform import OFFICER, SUPERVISOR, Platform, Tenant

View = conversation_pb2.InboxView


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


async def listed(
    platform: Platform, token: str, view: View.ValueType, size: int = 0
) -> Sequence[conversation_pb2.Conversation]:
    """Returns one of the inbox's lists, page by page."""
    found: list[conversation_pb2.Conversation] = []
    page_token = ""
    while True:
        page = await platform.call(
            platform.chat.ListConversations,
            conversation_pb2.ListConversationsRequest(view=view, page_size=size, page_token=page_token),
            token=token,
        )
        assert not size or len(page.conversations) <= size
        found += page.conversations
        page_token = page.next_page_token
        if not page_token:
            return found


async def outcomes(*calls: object) -> list[object]:
    return await asyncio.gather(*calls, return_exceptions=True)  # type: ignore[call-overload, no-any-return]  # Any calls.


async def test_of_many_who_claim_at_once_exactly_one_wins(platform: Platform) -> None:
    tenant = await platform.tenant()
    people = [await tenant.member(name=name) for name in ("Ann", "Bob", "Cem", "Dan")]
    for _ in range(3):
        visitor = await tenant.visitor()
        results = await outcomes(*(claim(platform, each.token, visitor.conversation.id) for each in people))
        winners = [each for each in results if isinstance(each, conversation_pb2.Conversation)]
        losers = [each for each in results if isinstance(each, ParleyError)]
        assert len(winners) == 1
        # Who comes late is told that it is taken, or does not even see it any more.
        assert {each.reason for each in losers} <= {"CONVERSATION_TAKEN", "CONVERSATION_NOT_FOUND"}
        assert len(losers) == 3
        entries = await read(platform, visitor.token, visitor.conversation.id)
        assert [(each.kind, each.operator_id) for each in entries[1:]] == [
            (conversation_pb2.Message.KIND_JOINED, winners[0].operator_id)
        ]


async def test_everybody_moves_up_when_the_first_is_taken(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin = await tenant.member()
    visitors = [await tenant.visitor() for _ in range(3)]

    async def places() -> list[int]:
        return [(await get(platform, each.token, each.conversation.id)).queue_position for each in visitors]

    assert await places() == [1, 2, 3]
    await claim(platform, robin.token, visitors[0].conversation.id)
    assert await places() == [0, 1, 2]
    await close(platform, visitors[1].token, visitors[1].conversation.id)
    assert await places() == [0, 0, 1]
    queue = await listed(platform, robin.token, conversation_pb2.INBOX_VIEW_QUEUE)
    assert [(each.id, each.queue_position) for each in queue] == [(visitors[2].conversation.id, 1)]


@pytest.mark.parametrize("by", ["visitor", "operator"])
async def test_either_side_ends_a_conversation_once(platform: Platform, tenant: Tenant, by: str) -> None:
    robin, visitor = await tenant.member(), await tenant.visitor()
    conversation_id = visitor.conversation.id
    await claim(platform, robin.token, conversation_id)
    token = visitor.token if by == "visitor" else robin.token
    side = conversation_pb2.SIDE_VISITOR if by == "visitor" else conversation_pb2.SIDE_OPERATOR
    closed = await close(platform, token, conversation_id)
    assert (closed.state, closed.closed_by, closed.head_sequence) == (CLOSED, side, 3)
    assert closed.expire_time.ToDatetime() - closed.close_time.ToDatetime() == timedelta(days=180)
    again = await asyncio.gather(*(close(platform, each, conversation_id) for each in (robin.token, visitor.token)))
    assert {(each.closed_by, each.head_sequence) for each in again} == {(side, 3)}
    for each in (robin.token, visitor.token):
        with pytest.raises(FailedPrecondition, match="CONVERSATION_CLOSED"):
            await post(platform, each, conversation_id)
    with pytest.raises(FailedPrecondition, match="CONVERSATION_CLOSED"):
        await claim(platform, robin.token, conversation_id)


async def test_read_marks_only_move_forward_and_never_beyond_the_head(platform: Platform, tenant: Tenant) -> None:
    robin, visitor = await tenant.member(), await tenant.visitor()
    conversation_id = visitor.conversation.id
    await claim(platform, robin.token, conversation_id)
    for _ in range(4):
        await post(platform, visitor.token, conversation_id)

    async def marks_are(visitor_read: int, operator_read: int) -> None:
        async with asyncio.timeout(5):
            while True:
                seen = await get(platform, visitor.token, conversation_id)
                if (seen.visitor_read_sequence, seen.operator_read_sequence) == (visitor_read, operator_read):
                    return

    # Both sides at once, and the same side out of order.
    await asyncio.gather(
        *(mark(platform, robin.token, conversation_id, each) for each in (5, 2, 4)),
        *(mark(platform, visitor.token, conversation_id, each) for each in (1, 3)),
    )
    await marks_are(3, 5)
    await mark(platform, robin.token, conversation_id, 1)
    await mark(platform, visitor.token, conversation_id, 1 << 62)
    await marks_are(6, 5)
    with pytest.raises(ParleyError):
        await mark(platform, visitor.token, conversation_id, -1)
    stranger = await tenant.visitor()
    with pytest.raises(NotFound):
        await mark(platform, stranger.token, conversation_id, 6)


async def test_the_lists_show_each_role_what_it_may_see(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, maria = await tenant.member(), await tenant.member()
    lead, officer = await tenant.member(SUPERVISOR), await tenant.member(OFFICER)
    waiting, robins, marias, ended = [(await tenant.visitor()).conversation.id for _ in range(4)]
    await claim(platform, robin.token, robins)
    await claim(platform, maria.token, marias)
    await claim(platform, robin.token, ended)
    await close(platform, robin.token, ended)

    async def ids_in(token: str, view: View.ValueType, size: int = 0) -> list[str]:
        return [each.id for each in await listed(platform, token, view, size)]

    every = [ended, marias, robins, waiting]
    for size in (0, 1, 3):
        assert await ids_in(robin.token, conversation_pb2.INBOX_VIEW_UNSPECIFIED, size) == [ended, robins, waiting]
        assert await ids_in(lead.token, conversation_pb2.INBOX_VIEW_ALL, size) == every
    assert await ids_in(robin.token, conversation_pb2.INBOX_VIEW_QUEUE) == [waiting]
    assert await ids_in(robin.token, conversation_pb2.INBOX_VIEW_MINE) == [robins]
    assert await ids_in(robin.token, conversation_pb2.INBOX_VIEW_CLOSED) == [ended]
    assert await ids_in(maria.token, conversation_pb2.INBOX_VIEW_UNSPECIFIED) == [marias, waiting]
    for overseer in (lead, officer):
        assert await ids_in(overseer.token, conversation_pb2.INBOX_VIEW_UNSPECIFIED) == every
    with pytest.raises(PermissionDenied):
        await ids_in(robin.token, conversation_pb2.INBOX_VIEW_ALL)
    with pytest.raises(PermissionDenied):
        await ids_in(tenant.admin.token, conversation_pb2.INBOX_VIEW_QUEUE)
    with pytest.raises(NotFound):
        await get(platform, maria.token, robins)
    with pytest.raises(PermissionDenied, match="MONITORING_NEEDS_REASON"):
        await read(platform, lead.token, robins)
    assert len(await read(platform, lead.token, ended)) == 3


async def test_a_page_token_is_good_for_its_own_list_only(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, maria = await tenant.member(), await tenant.member()
    for _ in range(2):
        await tenant.visitor()
    request = conversation_pb2.ListConversationsRequest(view=conversation_pb2.INBOX_VIEW_QUEUE, page_size=1)
    token = (await platform.call(platform.chat.ListConversations, request, token=robin.token)).next_page_token
    for person, view, used in (
        (robin, conversation_pb2.INBOX_VIEW_MINE, token),
        (maria, conversation_pb2.INBOX_VIEW_QUEUE, token),
        (robin, conversation_pb2.INBOX_VIEW_QUEUE, token[:-1] + ("A" if token[-1] != "A" else "B")),
        (robin, conversation_pb2.INBOX_VIEW_QUEUE, "not a token"),
    ):
        with pytest.raises(InvalidArgument, match="PAGE_TOKEN_INVALID"):
            await platform.call(
                platform.chat.ListConversations,
                conversation_pb2.ListConversationsRequest(view=view, page_size=1, page_token=used),
                token=person.token,
            )


async def test_a_reading_is_recorded_before_anything_is_handed_out(platform: Platform, tenant: Tenant) -> None:
    lead, officer = await tenant.member(SUPERVISOR, name="Lee"), await tenant.member(OFFICER, name="Pia")
    visitor = await tenant.visitor()
    conversation_id = visitor.conversation.id
    await read(platform, visitor.token, conversation_id)
    assert not await readers(platform, visitor.token, conversation_id), "one's own reading is no access"
    await close(platform, visitor.token, conversation_id)
    for _ in range(3):
        await read(platform, lead.token, conversation_id)
    await read(platform, officer.token, conversation_id)
    found = await readers(platform, officer.token, conversation_id)
    assert [(each.display_name, each.purpose) for each in found] == [
        ("Lee", access_pb2.PURPOSE_ESSENTIAL_SERVICE),
        ("Pia", access_pb2.PURPOSE_ESSENTIAL_SERVICE),
    ]


async def test_a_visitor_sees_who_read_by_name_only_where_the_tenant_chose_so(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, visitor = await tenant.member(name="Robin"), await tenant.visitor()
    await claim(platform, robin.token, visitor.conversation.id)
    await read(platform, robin.token, visitor.conversation.id)
    (seen,) = await readers(platform, visitor.token, visitor.conversation.id)
    assert (seen.staff_id, seen.display_name) == ("", "")
    assert (seen.purpose, seen.HasField("first_time")) == (access_pb2.PURPOSE_ESSENTIAL_SERVICE, True)
    (told,) = await readers(platform, robin.token, visitor.conversation.id)
    assert (told.staff_id, told.display_name) == (robin.id, "Robin")
    await show_readers(platform, tenant)
    (named,) = await readers(platform, visitor.token, visitor.conversation.id)
    assert (named.staff_id, named.display_name) == (robin.id, "Robin")


async def test_a_reading_is_stretched_and_a_later_one_is_another(platform: Platform) -> None:
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        tenant_id = ids.new_id("ten")
        lead = staff_of(tenant_id, SUPERVISOR)
        conversation = await a_conversation(wiring, tenant_id, state=CLOSED, close_time=clock.now())
        await say(wiring, conversation, kind=ENDED)

        async def intervals() -> int:
            async with wiring.database.transaction(tenant_id) as connection:
                return len((await connection.execute(access.table(metadata).select())).all())

        for _ in range(10):
            await conversations.list_messages(lead, wiring, conversation.id, 0, 0)
            clock.advance(timedelta(minutes=14))
        assert await intervals() == 1
        clock.advance(timedelta(minutes=2))
        await conversations.list_messages(lead, wiring, conversation.id, 0, 0)
        assert await intervals() == 2
        async with wiring.database.transaction(tenant_id) as connection:
            (reading,) = await wiring.access.readings(connection, conversation.tenant_id, conversation.id)
        assert reading.last_time == clock.now()


async def test_an_undone_record_does_not_count_as_one(platform: Platform) -> None:
    async with a_wiring(platform) as wiring:
        tenant_id = ids.new_id("ten")
        lead, now = staff_of(tenant_id, SUPERVISOR), wiring.clock.now()
        conversation = await a_conversation(wiring, tenant_id)
        async with wiring.database.transaction(tenant_id) as connection:
            await wiring.access.record(connection, lead, conversation.id, conversation.visitor_id, now)
            await connection.rollback()
        assert not wiring.access.is_fresh(lead, conversation.id, now)
        async with wiring.database.transaction(tenant_id) as connection:
            await wiring.access.record(connection, lead, conversation.id, conversation.visitor_id, now)
        assert wiring.access.is_fresh(lead, conversation.id, now)


async def test_of_a_reading_that_was_recorded_long_ago_nothing_stays_in_memory(platform: Platform) -> None:
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        tenant_id = ids.new_id("ten")
        lead = staff_of(tenant_id, SUPERVISOR)
        for _ in range(3):
            conversation = await a_conversation(wiring, tenant_id)
            async with wiring.database.transaction(tenant_id) as connection:
                await wiring.access.record(connection, lead, conversation.id, conversation.visitor_id, clock.now())
            assert wiring.access.remembered == 1
            clock.advance(access.FRESH)


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200)


@given(NAMES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_name_may_have_whatever_format(platform: Platform, tenant: Tenant, name: str) -> None:
    started = await start(platform, tenant, display_name=name)
    assert started.conversation.display_name == name
    assert (await get(platform, started.access_token, started.conversation.id)).display_name == name


@pytest.mark.parametrize(
    "changes",
    [
        {"page_path": "/page?mail=a@b.example"},
        {"page_path": "/page#secret"},
        {"page_path": "nowhere"},
        {"page_path": "https://shop.example/page"},
        {"page_path": "/" + "x" * 1000},
        {"language": "English, please"},
        {"display_name": "x" * 201},
        {"notice_id": ""},
        {"notice_id": "ntc_nonsense"},
        {"request_id": "x" * 65},
    ],
)
async def test_what_is_malformed_starts_nothing_and_is_not_repeated(
    platform: Platform, tenant: Tenant, changes: dict[str, str]
) -> None:
    with pytest.raises(InvalidArgument) as raised:
        await start(platform, tenant, **changes)
    assert raised.value.reason == "ARGUMENT_INVALID"
    assert [field for field, _ in raised.value.fields] == list(changes)
    (value,) = changes.values()
    assert not value or value not in raised.value.detail + str(raised.value.fields)


@pytest.mark.parametrize("field", ["display_name", "page_path"])
async def test_a_text_with_a_nul_in_it_is_refused(platform: Platform, tenant: Tenant, field: str) -> None:
    with pytest.raises(InvalidArgument, match="TEXT_UNREADABLE"):
        await start(platform, tenant, **{field: "/a\x00b"})


async def test_a_stale_or_foreign_notice_starts_nothing(platform: Platform) -> None:
    tenant, other = await platform.tenant(), await platform.tenant()
    for notice in (ids.new_id("ntc"), other.notice.id):
        with pytest.raises(FailedPrecondition, match="NOTICE_STALE"):
            await start(platform, tenant, notice_id=notice)
    robin = await tenant.member()
    assert not await listed(platform, robin.token, conversation_pb2.INBOX_VIEW_QUEUE)


async def test_a_retried_start_is_one_conversation(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, anonymous = await tenant.member(), await tenant.anonymous()
    request_id = ids.random_id("req")
    results = await asyncio.gather(
        *(start(platform, tenant, anonymous, display_name="Zoë", request_id=request_id) for _ in range(3))
    )
    assert len({each.conversation.id for each in results}) == 1
    for each in results:
        await post(platform, each.access_token, each.conversation.id)
    with pytest.raises(AlreadyExists, match="REQUEST_ID_REUSED"):
        await start(platform, tenant, anonymous, display_name="Mia", request_id=request_id)
    queue = await listed(platform, robin.token, conversation_pb2.INBOX_VIEW_QUEUE)
    assert [each.head_sequence for each in queue] == [4]


@pytest.mark.parametrize("body", ["", " \n\t ", "\u2003\u3000", "x" * 4001, "a\x00b"])
async def test_what_cannot_be_said_is_refused_and_not_repeated(platform: Platform, tenant: Tenant, body: str) -> None:
    visitor = await tenant.visitor()
    with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID") as raised:
        await post(platform, visitor.token, visitor.conversation.id, body)
    assert [field for field, _ in raised.value.fields] == ["body"]
    assert "xxx" not in raised.value.detail + str(raised.value.fields)
    assert len(await read(platform, visitor.token, visitor.conversation.id)) == 1


async def test_the_longest_message_in_the_widest_letters_is_kept_whole(platform: Platform, tenant: Tenant) -> None:
    visitor = await tenant.visitor()
    body = "🦉" * 4000
    await post(platform, visitor.token, visitor.conversation.id, body)
    assert (await read(platform, visitor.token, visitor.conversation.id))[-1].body == body


async def test_bytes_that_are_no_text_are_refused_as_a_call(platform: Platform, tenant: Tenant) -> None:
    visitor = await tenant.visitor()
    conversation_id = visitor.conversation.id.encode()
    raw = b"\x0a" + bytes([len(conversation_id)]) + conversation_id + b"\x12\x0aclient-123" + b"\x1a\x03a\xff\xfe"
    call: Any = platform.channels.of("chat").unary_unary("/parley.chat.v1.ConversationService/PostMessage")
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call(raw, metadata=(("authorization", f"Bearer {visitor.token}"),), timeout=5)
    assert raised.value.code() in (grpc.StatusCode.INTERNAL, grpc.StatusCode.INVALID_ARGUMENT)
    assert "client-123" not in str(raised.value.details())
    assert len(await read(platform, visitor.token, visitor.conversation.id)) == 1


async def test_only_the_operator_who_holds_it_answers(platform: Platform, tenant: Tenant) -> None:
    robin, maria, lead = await tenant.member(), await tenant.member(), await tenant.member(SUPERVISOR)
    visitor = await tenant.visitor()
    conversation_id = visitor.conversation.id
    with pytest.raises(PermissionDenied, match="NOT_THE_OPERATOR"):
        await post(platform, robin.token, conversation_id)
    await claim(platform, robin.token, conversation_id)
    await post(platform, robin.token, conversation_id)
    with pytest.raises(NotFound):
        await post(platform, maria.token, conversation_id)
    with pytest.raises(PermissionDenied, match="NOT_THE_OPERATOR"):
        await post(platform, lead.token, conversation_id)
    assert (await get(platform, visitor.token, conversation_id)).state == OPEN


async def watched(platform: Platform, token: str, conversation_id: str, after: int) -> AsyncIterator[object]:
    """Watches a conversation."""
    stream = platform.chat.WatchConversation(
        conversation_pb2.WatchConversationRequest(conversation_id=conversation_id, after_sequence=after),
        metadata=(("authorization", f"Bearer {token}"),),
        timeout=20,
    )
    async for change in stream:
        yield change


async def test_a_watch_comes_back_by_its_cursor_and_misses_nothing(platform: Platform, tenant: Tenant) -> None:
    visitor = await tenant.visitor()
    conversation_id = visitor.conversation.id
    for _ in range(3):
        await post(platform, visitor.token, conversation_id)
    seen: list[int] = []
    cursor = 0
    for stop in (2, 3, 4):
        async for change in watched(platform, visitor.token, conversation_id, cursor):
            assert isinstance(change, conversation_pb2.WatchConversationResponse)
            cursor = change.cursor
            if change.HasField("message"):
                seen.append(change.message.sequence)
            if len(seen) == stop:
                break
    assert seen == [1, 2, 3, 4]
