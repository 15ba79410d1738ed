"""A running conversation is watched for a reason, for a while, and before the eyes of both its sides, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from services.chat.actions import conversations, monitoring
from services.chat.actions.following import Following
from services.chat.actions.wiring import viewer_of
from services.chat.domain import OPEN, MonitoringNeedsReason
from services.chat.store import conversations as store
from tests.chat.inside import Basket, a_conversation, a_wiring, say, staff_of
from tests.chat.lines import a_line
from tests.chat.people import claim, close, post, read, readers
from tests.platform import OFFICER, SUPERVISOR, Member, Platform, Tenant, Visitor

Kind = conversation_pb2.Message
MONITORING = access_pb2.PURPOSE_FUNCTIONAL_SERVICE_MONITORING


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


async def a_talk(platform: Platform, tenant: Tenant) -> tuple[Visitor, Member, Member, str]:
    """Returns a visitor, an operator and a supervisor, and a running conversation of the first two."""
    visitor, robin = await tenant.visitor("Zoë"), await tenant.member()
    await claim(platform, robin.token, visitor.conversation.id)
    return visitor, robin, await tenant.member(SUPERVISOR, name="Lee"), visitor.conversation.id


async def monitor(
    platform: Platform, token: str, conversation_id: str, reason: str = "Training", minutes: int = 10
) -> conversation_pb2.Conversation:
    answer = await platform.call(
        platform.chat.MonitorConversation,
        conversation_pb2.MonitorConversationRequest(conversation_id=conversation_id, reason=reason, minutes=minutes),
        token=token,
    )
    found: conversation_pb2.Conversation = answer.conversation
    return found


async def stop(platform: Platform, token: str, conversation_id: str) -> None:
    request = conversation_pb2.StopMonitoringRequest(conversation_id=conversation_id)
    await platform.call(platform.chat.StopMonitoring, request, token=token)


async def test_a_running_conversation_is_read_for_a_reason_that_both_sides_see(
    platform: Platform, tenant: Tenant
) -> None:
    visitor, robin, lee, conversation_id = await a_talk(platform, tenant)
    await post(platform, visitor.token, conversation_id, "my order is late")
    with pytest.raises(PermissionDenied, match="MONITORING_NEEDS_REASON"):
        await read(platform, lee.token, conversation_id)
    async with a_line(platform) as line:
        zoe = await line.open(visitor.token)
        await zoe.subscribe(conversation_id)
        watched = await monitor(platform, lee.token, conversation_id)
        assert watched.watcher_id == lee.id
        await zoe.until_sequence(4)
        notice = next(frame.message for frame in zoe.frames if frame.message.sequence == 4)
        assert (notice.kind, notice.body, notice.operator_id) == (Kind.KIND_WATCHED, "Training", lee.id)
    for token in (visitor.token, robin.token, lee.token):
        entries = await read(platform, token, conversation_id)
        assert [entry.kind for entry in entries][-1] == Kind.KIND_WATCHED
    # The reading is the watcher's, for that purpose, and so it stands in the list that the visitor sees.
    readings = {reader.staff_id: reader.purpose for reader in await readers(platform, robin.token, conversation_id)}
    assert readings[lee.id] == MONITORING
    assert MONITORING in [reader.purpose for reader in await readers(platform, visitor.token, conversation_id)]
    await stop(platform, lee.token, conversation_id)
    with pytest.raises(PermissionDenied, match="MONITORING_NEEDS_REASON"):
        await read(platform, lee.token, conversation_id)
    assert [entry.kind for entry in await read(platform, visitor.token, conversation_id)][-1] == (Kind.KIND_UNWATCHED)


async def test_without_a_reason_or_an_end_nobody_watches(platform: Platform, tenant: Tenant) -> None:
    _, robin, lee, conversation_id = await a_talk(platform, tenant)
    for reason, minutes in (("", 10), ("   ", 10), ("x" * 201, 10), ("Training", 0), ("Training", 61)):
        with pytest.raises(InvalidArgument, match="ARGUMENT_INVALID"):
            await monitor(platform, lee.token, conversation_id, reason, minutes)
    for other in (robin, await tenant.member(OFFICER)):
        with pytest.raises(PermissionDenied):
            await monitor(platform, other.token, conversation_id)
    stranger = await (await platform.tenant()).member(SUPERVISOR)
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await monitor(platform, stranger.token, conversation_id)


async def test_one_watches_at_a_time_and_only_what_runs(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, lee, conversation_id = await a_talk(platform, tenant)
    await monitor(platform, lee.token, conversation_id)
    second = await tenant.member(SUPERVISOR)
    with pytest.raises(FailedPrecondition, match="ALREADY_WATCHED"):
        await monitor(platform, second.token, conversation_id)
    again = await monitor(platform, lee.token, conversation_id, minutes=60)
    left = again.watch_end_time.ToDatetime(UTC) - SystemClock().now()
    assert timedelta(minutes=58) < left <= timedelta(minutes=60)
    await close(platform, robin.token, conversation_id)
    with pytest.raises(FailedPrecondition, match="CONVERSATION_NOT_RUNNING"):
        await monitor(platform, lee.token, conversation_id)
    # What is over is read as everything that is over: recorded, and without a reason.
    assert await read(platform, lee.token, visitor.conversation.id)


async def test_the_time_ends_by_itself(platform: Platform) -> None:
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        tenant_id = ids.new_id("ten")
        lee = staff_of(tenant_id, SUPERVISOR)
        conversation = await a_conversation(wiring, tenant_id, state=OPEN, operator_id=ids.new_uuid())
        await say(wiring, conversation)
        await monitoring.monitor_conversation(lee, wiring, conversation.id, "Training", 10)
        clock.advance(timedelta(minutes=9, seconds=59))
        assert (await conversations.list_messages(lee, wiring, conversation.id, 0, 0))[0]
        clock.advance(timedelta(seconds=1))
        with pytest.raises(MonitoringNeedsReason):
            await conversations.list_messages(lee, wiring, conversation.id, 0, 0)


async def test_whoever_follows_hears_nothing_after_the_end(platform: Platform) -> None:
    async with a_wiring(platform) as wiring:
        tenant_id = ids.new_id("ten")
        lee = staff_of(tenant_id, SUPERVISOR)
        conversation = await a_conversation(wiring, tenant_id, state=OPEN, operator_id=ids.new_uuid())
        watched = await monitoring.monitor_conversation(lee, wiring, conversation.id, "Training", 1)
        async with wiring.database.transaction(tenant_id) as connection:
            soon = wiring.clock.now() + timedelta(seconds=2)
            await store.save_conversation(connection, replace(watched, watch_end_time=soon))
        basket = Basket()
        following = Following(wiring, viewer_of(lee), conversation.id, 0, basket)
        await following.start()
        await basket.until_last(1)
        await basket.until("ended")
        assert isinstance(basket.error, MonitoringNeedsReason)
