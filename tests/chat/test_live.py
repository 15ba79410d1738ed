"""What is said live arrives once, in order, with whom it concerns, however slow, late or rude a client is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from google.protobuf.field_mask_pb2 import FieldMask
from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.identity.v1 import staff_pb2, token_pb2
from parley.live.v1 import live_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.identity import KeyRing, TokenVerifier
from kernel.rpc.process import Process
from services.identity.actions.signing import Signer
from services.identity.domain import ACCESS_TOKEN_LIFE
from tests.chat.lines import Line, a_line
from tests.chat.people import CLOSED, OPEN, claim, close, get, post, read, readers
from tests.platform import OPERATOR, SUPERVISOR, Member, Platform, Tenant, Visitor, free_ports, running_platform

SIDE_VISITOR, SIDE_OPERATOR = conversation_pb2.SIDE_VISITOR, conversation_pb2.SIDE_OPERATOR


@pytest_asyncio.fixture
async def line(platform: Platform) -> AsyncIterator[Line]:
    """A gateway's stream."""
    async with a_line(platform) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


async def a_talk(platform: Platform, tenant: Tenant) -> tuple[Visitor, Member, str]:
    """Returns a visitor and an operator in an open conversation, whose head is 2."""
    visitor, robin = await tenant.visitor("Zoë"), await tenant.member(name="Robin")
    await claim(platform, robin.token, visitor.conversation.id)
    return visitor, robin, visitor.conversation.id


async def test_both_sides_hear_what_is_said_once_and_in_order(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    zoe, operator = await line.open(visitor.token), await line.open(robin.token)
    for socket in (zoe, operator):
        answer = await socket.subscribe(conversation_id)
        assert answer.subscribed.conversation.state == OPEN
        await socket.until_sequence(2)
    acks = [await (zoe if number % 2 else operator).post(conversation_id, f"{number}") for number in range(6)]
    assert [each.ack.sequence for each in acks] == [3, 4, 5, 6, 7, 8]
    assert all(each.ack.head_sequence == each.ack.sequence for each in acks)
    for socket in (zoe, operator):
        await socket.until_sequence(8)
        assert socket.sequences() == list(range(1, 9))
        said = [each.message for each in socket.frames if each.message.body]
        assert [each.body for each in said] == [f"{number}" for number in range(6)]
        assert {(each.side, each.operator_id) for each in said} == {(SIDE_VISITOR, ""), (SIDE_OPERATOR, robin.id)}


async def test_a_client_comes_back_by_its_cursor(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    first = await line.open(visitor.token)
    await first.subscribe(conversation_id, 1)
    await first.until_sequence(2)
    await first.leave()
    for _ in range(5):
        await post(platform, robin.token, conversation_id)
    second = await line.open(visitor.token)
    await second.subscribe(conversation_id, 2)
    await second.until_sequence(7)
    assert (first.sequences(), second.sequences()) == ([2], [3, 4, 5, 6, 7])
    # A cursor from a database that was restored, or made up, starts again at the head.
    third = await line.open(visitor.token)
    await third.subscribe(conversation_id, 1_000_000)
    await post(platform, robin.token, conversation_id)
    await third.until_sequence(8)
    assert third.sequences() == [8]


async def test_a_client_far_behind_hears_of_the_gap_and_lists_it(
    platform: Platform, tenant: Tenant, line: Line
) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    writing = await line.open(visitor.token)
    await asyncio.gather(*(writing.post(conversation_id, f"{number}") for number in range(510)))
    late = await line.open(visitor.token)
    await late.subscribe(conversation_id, 2)
    gap = (await late.until(lambda each: each.HasField("gap"))).gap
    assert (gap.after_sequence, gap.head_sequence) == (2, 512)
    await writing.post(conversation_id)
    await late.until_sequence(513)
    assert late.sequences() == [513]
    listed = await read(platform, visitor.token, conversation_id, after=2, size=500)
    assert [each.sequence for each in listed] == list(range(3, 503))


async def test_a_slow_reader_loses_nothing_and_costs_no_memory(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    slow, fast = await line.open(visitor.token, credit=600), await line.open(robin.token)
    slow.is_fed = False
    for socket in (slow, fast):
        await socket.subscribe(conversation_id)
    await asyncio.gather(*(fast.post(conversation_id, "x" * 200) for _ in range(100)))
    await fast.until_sequence(102)
    # One frame may overdraw the credit; nothing more is sent, or kept for later.
    fed, largest = 600, 2000
    assert slow.bytes_heard < fed + largest
    for _ in range(10):
        fed += 1500
        await slow.feed(1500)
        await fast.ask(ping=frame_pb2.Ping())
        assert slow.bytes_heard < fed + largest
    slow.is_fed = True
    await slow.feed(1 << 20)
    await slow.until_sequence(102)
    assert slow.sequences() == list(range(1, 103))


async def test_the_same_message_again_is_the_same_message(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    zoe = await line.open(visitor.token)
    await zoe.subscribe(conversation_id)
    # In one batch, then on another socket, then as a call.
    answers = await asyncio.gather(*(zoe.post(conversation_id, "once", "the-same-id") for _ in range(5)))
    other = await line.open(visitor.token)
    answers.append(await other.post(conversation_id, "once", "the-same-id"))
    assert {each.ack.sequence for each in answers} == {3}
    assert (await post(platform, visitor.token, conversation_id, "once", "the-same-id")).sequence == 3
    # What is not the same is not taken for it.
    assert (await zoe.post(conversation_id, "twice", "the-same-id")).refused.reason == "MESSAGE_ID_REUSED"
    await zoe.post(conversation_id, "next")
    await zoe.until_sequence(4)
    assert zoe.sequences() == [1, 2, 3, 4]


async def test_many_who_speak_at_once_are_heard_in_one_order(platform: Platform, tenant: Tenant, line: Line) -> None:
    talks = [await a_talk(platform, tenant) for _ in range(3)]
    sockets = {
        conversation_id: (await line.open(visitor.token), await line.open(robin.token))
        for visitor, robin, conversation_id in talks
    }
    for conversation_id, pair in sockets.items():
        for socket in pair:
            await socket.subscribe(conversation_id)
    await asyncio.gather(
        *(
            socket.post(conversation_id, f"{number}")
            for conversation_id, pair in sockets.items()
            for socket in pair
            for number in range(60)
        )
    )
    for conversation_id, pair in sockets.items():
        bodies = []
        for socket in pair:
            await socket.until_sequence(122)
            assert socket.sequences(conversation_id) == list(range(1, 123))
            assert socket.sequences() == socket.sequences(conversation_id)
            bodies.append([each.message.body for each in socket.frames if each.HasField("message")])
        assert bodies[0] == bodies[1]


async def test_typing_and_reading_reach_the_other_side_only(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    zoe, operator = await line.open(visitor.token), await line.open(robin.token)
    for socket in (zoe, operator):
        await socket.subscribe(conversation_id)
        await socket.until_sequence(2)
    await zoe.say(typing=conversation_pb2.SetTypingRequest(conversation_id=conversation_id, typing=True))
    typing = (await operator.until(lambda each: each.HasField("presence"))).presence
    assert (typing.side, typing.typing) == (SIDE_VISITOR, True)
    await operator.say(read=conversation_pb2.MarkReadRequest(conversation_id=conversation_id, sequence=2))
    seen = (await zoe.until(lambda each: each.HasField("presence"))).presence
    assert (seen.side, seen.read_sequence) == (SIDE_OPERATOR, 2)
    await operator.say(read=conversation_pb2.MarkReadRequest(conversation_id=conversation_id, sequence=1))
    await operator.say(read=conversation_pb2.MarkReadRequest(conversation_id=conversation_id, sequence=1 << 60))
    await zoe.until(lambda each: [f.HasField("presence") for f in zoe.frames].count(True) == 3)
    reads = [each.presence.read_sequence for each in zoe.frames if each.HasField("presence")]
    assert reads == [2, 2, 2], "a mark neither moves back nor beyond what was sent"
    assert {each.presence.side for each in zoe.frames if each.HasField("presence")} == {SIDE_OPERATOR}
    stranger = await line.open((await tenant.visitor()).token)
    answer = await stranger.ask(typing=conversation_pb2.SetTypingRequest(conversation_id=conversation_id, typing=True))
    assert answer.refused.reason == "NOT_FOLLOWED"


async def test_who_may_not_read_follows_nothing(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    other = await platform.tenant()
    for token, reason in (
        ((await tenant.visitor()).token, "CONVERSATION_NOT_FOUND"),
        ((await tenant.member()).token, "CONVERSATION_NOT_FOUND"),
        ((await tenant.member(SUPERVISOR)).token, "MONITORING_NEEDS_REASON"),
        ((await other.member(SUPERVISOR)).token, "CONVERSATION_NOT_FOUND"),
    ):
        socket = await line.open(token)
        # The very next entry is the one that would be handed out without a look at the database.
        asking = asyncio.create_task(socket.subscribe(conversation_id, 2))
        await post(platform, visitor.token, conversation_id)
        assert (await asking).refused.reason == reason
        await post(platform, visitor.token, conversation_id)
        await socket.ask(ping=frame_pb2.Ping())
        assert socket.sequences() == []


async def test_an_operator_who_follows_is_among_the_readers(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, maria = await tenant.visitor(), await tenant.member(name="Maria")
    socket = await line.open(maria.token)
    await socket.subscribe(visitor.conversation.id)
    assert [each.staff_id for each in await readers(platform, maria.token, visitor.conversation.id)] == [maria.id]


async def test_whoever_stops_to_follow_hears_no_more(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    zoe = await line.open(visitor.token)
    await zoe.subscribe(conversation_id)
    await zoe.until_sequence(2)
    await zoe.say(unsubscribe=frame_pb2.Unsubscribe(conversation_id=conversation_id))
    await zoe.ask(ping=frame_pb2.Ping())
    await post(platform, robin.token, conversation_id)
    await close(platform, robin.token, conversation_id)
    pong = (await zoe.ask(ping=frame_pb2.Ping())).pong
    assert not pong.heads
    assert zoe.sequences() == [1, 2]
    assert not [each for each in zoe.frames if each.HasField("conversation")]


async def test_a_pong_tells_how_far_everything_reaches(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    zoe = await line.open(visitor.token)
    await zoe.subscribe(conversation_id)
    await post(platform, robin.token, conversation_id)
    await zoe.until_sequence(3)
    assert dict((await zoe.ask(ping=frame_pb2.Ping())).pong.heads) == {conversation_id: 3}


async def test_followers_hear_of_claim_and_close(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, robin = await tenant.visitor(), await tenant.member(name="Robin")
    conversation_id = visitor.conversation.id
    zoe = await line.open(visitor.token)
    await zoe.subscribe(conversation_id)
    await claim(platform, robin.token, conversation_id)
    await zoe.until(lambda each: each.conversation.state == OPEN and each.conversation.operator_name == "Robin")
    await close(platform, robin.token, conversation_id)
    ended = await zoe.until(lambda each: each.conversation.state == CLOSED)
    assert ended.conversation.closed_by == SIDE_OPERATOR
    assert (await zoe.post(conversation_id)).refused.reason == "CONVERSATION_CLOSED"
    assert (await (await line.open(robin.token)).post(conversation_id)).refused.reason == "CONVERSATION_CLOSED"


async def test_the_inbox_hears_of_changes_and_of_what_is_no_longer_to_be_seen(platform: Platform, line: Line) -> None:
    tenant = await platform.tenant()
    robin, maria, lead = await tenant.member(), await tenant.member(), await tenant.member(SUPERVISOR)
    sockets = {each.id: await line.open(each.token) for each in (robin, maria, lead)}
    for socket in sockets.values():
        await socket.say(subscribe_inbox=frame_pb2.SubscribeInbox())
        await socket.ask(ping=frame_pb2.Ping())
    visitor = await tenant.visitor("Zoë")
    conversation_id = visitor.conversation.id
    for socket in sockets.values():
        fresh = await socket.until(lambda each: each.inbox.conversation.id == conversation_id)
        assert (fresh.inbox.conversation.display_name, fresh.inbox.conversation.queue_position) == ("Zoë", 1)
    await claim(platform, robin.token, conversation_id)
    for person in (robin, lead):
        await sockets[person.id].until(lambda each: each.inbox.conversation.state == OPEN)
    gone = await sockets[maria.id].until(lambda each: each.inbox.removed_conversation_id == conversation_id)
    assert not gone.inbox.HasField("conversation")
    await close(platform, visitor.token, conversation_id)
    for person in (robin, lead):
        await sockets[person.id].until(lambda each: each.inbox.conversation.state == CLOSED)
    assert not [each for each in sockets[maria.id].frames if each.inbox.conversation.state == CLOSED]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xff\xff\xff", "FRAME_MALFORMED"),
        (b"", "FRAME_UNKNOWN"),
        (b"\x0a\x02id", "FRAME_UNKNOWN"),
        (b"\x0a\x02id\xfa\x7f\x00", "FRAME_UNKNOWN"),
        (b"\x0a\x02\xff\xfe\x4a\x00", "FRAME_MALFORMED"),
    ],
)
async def test_a_frame_that_is_none_is_refused_and_hurts_nobody(
    tenant: Tenant, line: Line, raw: bytes, reason: str
) -> None:
    rude, polite = await line.open((await tenant.visitor()).token), await line.open((await tenant.visitor()).token)
    await rude.raw(raw)
    refused = await rude.until(lambda each: each.HasField("refused"))
    assert refused.refused.reason == reason
    for socket in (rude, polite):
        assert (await socket.ask(ping=frame_pb2.Ping())).HasField("pong")


async def test_what_cannot_be_said_is_refused_live_as_well(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    zoe = await line.open(visitor.token)
    for body in ("", "   ", "x" * 4001, "a\x00b"):
        assert (await zoe.post(conversation_id, body)).refused.reason == "ARGUMENT_INVALID"
    post_frame = frame_pb2.ClientFrame(
        frame_id="bad",
        post=conversation_pb2.PostMessageRequest(
            conversation_id=conversation_id, client_message_id="client-1", body="MARK"
        ),
    ).SerializeToString()
    await zoe.raw(post_frame.replace(b"MARK", b"a\xff\xfeb"))
    assert (await zoe.until(lambda each: each.HasField("refused") and not each.frame_id)).refused.reason == (
        "FRAME_MALFORMED"
    )
    other = (await tenant.visitor()).conversation.id
    assert (await zoe.post(other)).refused.reason == "CONVERSATION_NOT_FOUND"
    assert (await zoe.post(ids.new_id("cnv"))).refused.reason == "CONVERSATION_NOT_FOUND"
    assert len(await read(platform, visitor.token, conversation_id)) == 2


async def test_a_revoked_session_closes_its_channel_within_seconds(
    platform: Platform, tenant: Tenant, line: Line
) -> None:
    _, robin, conversation_id = await a_talk(platform, tenant)
    maria = await tenant.member()
    gone, stays = await line.open(robin.token), await line.open(maria.token)
    await gone.subscribe(conversation_id)
    await platform.call(platform.tokens.SignOut, token_pb2.SignOutRequest(session=robin.session))
    assert await gone.until_closed() == "TOKEN_REVOKED"
    assert (await stays.ask(ping=frame_pb2.Ping())).HasField("pong")
    again = await line.open(robin.token)
    assert await again.until_closed() == "CREDENTIAL_REJECTED"


async def test_a_lowered_role_ends_what_it_does_not_reach(platform: Platform, tenant: Tenant, line: Line) -> None:
    lead = await tenant.member(OPERATOR, SUPERVISOR)
    socket = await line.open(lead.token)
    await socket.say(subscribe_inbox=frame_pb2.SubscribeInbox())
    current = await platform.call(
        platform.staff.GetStaff, staff_pb2.GetStaffRequest(staff_id=lead.id), token=tenant.admin.token
    )
    request = staff_pb2.UpdateStaffRequest(staff=current.staff, update_mask=FieldMask(paths=["roles"]))
    del request.staff.roles[:]
    request.staff.roles.append(OPERATOR)
    await platform.call(platform.staff.UpdateStaff, request, token=tenant.admin.token)
    assert await socket.until_closed() == "TOKEN_REVOKED"


async def test_a_forgotten_visitors_followers_are_ended(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, robin, conversation_id = await a_talk(platform, tenant)
    zoe, operator = await line.open(visitor.token), await line.open(robin.token)
    for socket in (zoe, operator):
        await socket.subscribe(conversation_id)
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id)
    for service in ("chat", "identity"):
        await platform.call(
            subject_pb2_grpc.SubjectServiceStub(platform.channels.of(service)).EraseSubject,
            subject_pb2.EraseSubjectRequest(subject=subject),
            tenant_id=tenant.id,
        )
    ended = await operator.until(lambda each: each.HasField("refused"))
    assert ended.refused.reason == "CONVERSATION_ERASED"
    assert await zoe.until_closed() == "TOKEN_REVOKED"


async def test_an_expired_token_closes_its_channel(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor = await tenant.visitor()
    socket = await line.open(await almost_expired(platform, visitor.token))
    assert (await socket.ask(ping=frame_pb2.Ping())).HasField("pong")
    assert await socket.until_closed() == "TOKEN_EXPIRED"


async def almost_expired(platform: Platform, token: str) -> str:
    """Returns a token for the same person that was issued long ago and lives for five seconds more."""
    clock = ManualClock(SystemClock().now() - ACCESS_TOKEN_LIFE + timedelta(seconds=5))
    process = Process(platform.config, clock=clock)
    signer = Signer(process.database("identity"), clock, platform.config.secret_key)
    await signer.refresh()
    keys = KeyRing()
    keys.replace({key.id: key.public_key for key in signer.keys})
    issued, _ = signer.issue(TokenVerifier(platform.channels.tokens, keys).actor(token))
    await process.close()
    return issued


async def test_a_channel_belongs_to_one_person(platform: Platform, tenant: Tenant, line: Line) -> None:
    visitor, robin, _ = await a_talk(platform, tenant)
    zoe = await line.open(visitor.token)
    welcome = await zoe.ask(authenticate=live_pb2.Authenticate(access_token=visitor.token))
    assert welcome.welcome.heartbeat_ms
    refused = await zoe.ask(authenticate=live_pb2.Authenticate(access_token="nonsense"))
    assert refused.refused.reason == "CREDENTIAL_REJECTED"
    await zoe.say(authenticate=live_pb2.Authenticate(access_token=robin.token))
    assert await zoe.until_closed() == "TOKEN_OF_ANOTHER"


async def test_the_platform_asks_for_patience_and_drains(platform: Platform, tenant: Tenant) -> None:
    visitor, _, conversation_id = await a_talk(platform, tenant)
    config = replace(platform.config, frame_rate=5.0, post_rate=2.0).with_addresses(
        {"chat": (f"127.0.0.1:{free_ports(1)[0]}",)}
    )
    async with running_platform(config, services=("chat",)) as replica, a_line(replica) as line:
        # A replica that has just started knows no keys yet, and asks to be tried again.
        await get(replica, visitor.token, conversation_id)
        zoe, other = await line.open(visitor.token), await line.open((await tenant.visitor()).token)
        answers = await asyncio.gather(*(zoe.post(conversation_id, client_id=f"client-{n}") for n in range(8)))
        limited = [each.refused for each in answers if each.HasField("refused")]
        assert {each.reason for each in limited} == {"POSTS_LIMITED"}
        assert len(limited) == 4
        assert all(0 < each.retry_after_ms <= 1000 for each in limited)
        answers = await asyncio.gather(*(zoe.ask(ping=frame_pb2.Ping()) for _ in range(40)))
        assert {each.refused.reason for each in answers if each.HasField("refused")} == {"FRAMES_LIMITED"}
        assert (await other.ask(ping=frame_pb2.Ping())).HasField("pong"), "the limit is each socket's own"
        assert replica.running is not None
        for part in replica.running.parts:
            assert part.drain is not None
            part.drain()
        assert {await each.until_closed() for each in (zoe, other)} == {"DRAINING"}
