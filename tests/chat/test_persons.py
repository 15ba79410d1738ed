"""The person in a conversation: known only to who answers now, refused when too young, kept out for abuse."""

from __future__ import annotations

from typing import Any

import grpc.aio
import pytest
import pytest_asyncio
from parley.chat.v1 import block_pb2, block_pb2_grpc, conversation_pb2, person_pb2, person_pb2_grpc
from parley.identity.v1 import recognition_pb2, token_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.clock import SystemClock
from kernel.errors import NotFound, ParleyError, PermissionDenied
from kernel.limits import METADATA_ORIGIN, DailyHashes
from tests.chat.people import claim, close, get, post, read, readers, start
from tests.chat.test_revising import where
from tests.platform import OFFICER, SUPERVISOR, Member, Platform, Tenant, Visitor

SOLVING = access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT
ABUSE = block_pb2.BLOCK_REASON_ABUSE


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


async def ask(platform: Platform, method: str, token: str, **fields: Any) -> Any:
    """Calls one of the two services."""
    chat = platform.channels.of("chat")
    for stub, messages in (
        (person_pb2_grpc.PersonServiceStub(chat), person_pb2),
        (block_pb2_grpc.BlockServiceStub(chat), block_pb2),
    ):
        if hasattr(stub, method):
            return await platform.call(
                getattr(stub, method), getattr(messages, f"{method}Request")(**fields), token=token
            )
    raise AssertionError(method)


async def remembered(platform: Platform, tenant: Tenant) -> tuple[Visitor, str]:
    """Returns somebody who chose to be remembered, with a conversation that is over, and a token for the next one."""
    visitor, kim = await tenant.visitor("Zoë"), await tenant.member(name="Kim")
    await platform.call(
        platform.recognition.RememberVisitor,
        recognition_pb2.RememberVisitorRequest(notice_id=tenant.notice.id),
        token=visitor.token,
    )
    await claim(platform, kim.token, visitor.conversation.id)
    await post(platform, visitor.token, visitor.conversation.id, "my first order is late")
    await close(platform, kim.token, visitor.conversation.id)
    back = await platform.call(
        platform.tokens.ExchangeCredential,
        token_pb2.ExchangeCredentialRequest(site_key=tenant.site.key, remembered_credential=visitor.credential),
    )
    return visitor, back.access_token


async def come_back(
    platform: Platform, tenant: Tenant, token: str, operator: Member
) -> conversation_pb2.StartConversationResponse:
    """Starts the next conversation of somebody, which an operator takes."""
    started = await start(platform, tenant, token)
    await claim(platform, operator.token, started.conversation.id)
    return started


async def test_earlier_conversations_are_shown_by_way_of_the_one_that_is_answered_now(
    platform: Platform, tenant: Tenant
) -> None:
    first, token = await remembered(platform, tenant)
    robin, lee = await tenant.member(name="Robin"), await tenant.member(SUPERVISOR, name="Lee")
    now = await come_back(platform, tenant, token, robin)
    through, past = now.conversation.id, first.conversation.id
    assert now.conversation.visitor_id == first.conversation.visitor_id
    with pytest.raises(NotFound):
        await read(platform, robin.token, past)
    listed = (await ask(platform, "ListPersonConversations", robin.token, conversation_id=through)).conversations
    assert [each.id for each in listed] == [past]
    said = await ask(platform, "ListPersonMessages", robin.token, conversation_id=through, past_conversation_id=past)
    assert "my first order is late" in [each.body for each in said.messages]
    # Each look has its purpose, where the visitor sees it.
    for token_of, conversation_id in ((first.token, past), (now.access_token, through)):
        assert SOLVING in {each.purpose for each in await readers(platform, token_of, conversation_id)}
    # Nobody else has that way, and with the end of the conversation it is gone.
    for method, fields in (("ListPersonConversations", {}), ("ListPersonMessages", {"past_conversation_id": past})):
        with pytest.raises(PermissionDenied, match="NOT_THE_OPERATOR"):
            await ask(platform, method, lee.token, conversation_id=through, **fields)
        kim = await tenant.member()
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            await ask(platform, method, kim.token, conversation_id=through, **fields)
    await close(platform, robin.token, through)
    with pytest.raises(PermissionDenied, match="NOT_THE_OPERATOR"):
        await ask(platform, "ListPersonConversations", robin.token, conversation_id=through)


async def test_what_is_another_persons_or_a_colleagues_now_is_not_shown(platform: Platform, tenant: Tenant) -> None:
    first, token = await remembered(platform, tenant)
    robin, kim = await tenant.member(), await tenant.member()
    now = await come_back(platform, tenant, token, robin)
    beside = await come_back(platform, tenant, token, kim)
    stranger = await tenant.visitor("Somebody else")
    for past, refusal in (
        (stranger.conversation.id, "CONVERSATION_NOT_FOUND"),
        (ids.new_id("cnv"), "CONVERSATION_NOT_FOUND"),
        (beside.conversation.id, "MONITORING_NEEDS_REASON"),
    ):
        with pytest.raises(ParleyError, match=refusal):
            await ask(
                platform,
                "ListPersonMessages",
                robin.token,
                conversation_id=now.conversation.id,
                past_conversation_id=past,
            )
    # Whoever did not choose to be remembered is new each time.
    unknown = await tenant.visitor("Zoë")
    await claim(platform, robin.token, unknown.conversation.id)
    alone = await ask(platform, "ListPersonConversations", robin.token, conversation_id=unknown.conversation.id)
    assert not alone.conversations
    assert first.conversation.id


async def test_who_says_to_be_too_young_is_refused_by_the_platforms_rule(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, lee = await tenant.visitor("Sam"), await tenant.member(), await tenant.member(SUPERVISOR)
    conversation_id = visitor.conversation.id
    with pytest.raises(PermissionDenied, match="NOT_THE_OPERATOR"):
        await ask(platform, "ReportMinor", robin.token, conversation_id=conversation_id)
    await claim(platform, robin.token, conversation_id)
    await post(platform, visitor.token, conversation_id, "I am 15")
    with pytest.raises(PermissionDenied, match="NOT_THE_OPERATOR"):
        await ask(platform, "ReportMinor", lee.token, conversation_id=conversation_id)
    await ask(platform, "ReportMinor", robin.token, conversation_id=conversation_id)
    for token in (robin.token, lee.token):
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            await get(platform, token, conversation_id)
    with pytest.raises(ParleyError):
        await platform.call(
            platform.tokens.ExchangeCredential,
            token_pb2.ExchangeCredentialRequest(visitor_credential=visitor.credential),
        )


async def block(platform: Platform, operator: Member, conversation_id: str, hours: int = 24) -> block_pb2.Block:
    """Blocks the visitor of a conversation."""
    answer = await ask(
        platform, "BlockVisitor", operator.token, conversation_id=conversation_id, reason=ABUSE, hours=hours
    )
    made: block_pb2.Block = answer.block
    return made


async def test_a_remembered_abuser_starts_nothing_until_the_time_is_over_or_somebody_lifts_it(
    platform: Platform, tenant: Tenant
) -> None:
    _, token = await remembered(platform, tenant)
    robin = await tenant.member(name="Robin")
    now = await come_back(platform, tenant, token, robin)
    made = await block(platform, robin, now.conversation.id)
    assert await block(platform, robin, now.conversation.id) == made
    entries = await read(platform, now.access_token, now.conversation.id)
    assert [each.kind for each in entries][-2:] == [
        conversation_pb2.Message.KIND_BLOCKED,
        conversation_pb2.Message.KIND_CLOSED,
    ]
    with pytest.raises(PermissionDenied, match="VISITOR_BLOCKED_ABUSE") as refused:
        await start(platform, tenant, token)
    assert refused.value.retry_after is not None
    assert 23 * 3600 < refused.value.retry_after.total_seconds() <= 24 * 3600
    listed = (await ask(platform, "ListBlocks", robin.token)).blocks
    assert [each.id for each in listed if each.conversation_id == now.conversation.id] == [made.id]
    elsewhere = await (await platform.tenant()).member()
    assert not (await ask(platform, "ListBlocks", elsewhere.token)).blocks
    with pytest.raises(NotFound, match="BLOCK_NOT_FOUND"):
        await ask(platform, "LiftBlock", elsewhere.token, block_id=made.id)
    for _ in range(2):
        await ask(platform, "LiftBlock", robin.token, block_id=made.id)
    assert made.id not in [each.id for each in (await ask(platform, "ListBlocks", robin.token)).blocks]
    assert (await start(platform, tenant, token)).conversation.id


async def test_who_is_not_remembered_is_known_for_the_day_by_a_hash_of_the_network(
    platform: Platform, tenant: Tenant
) -> None:
    robin = await tenant.member()
    hashes = DailyHashes("a secret", "origins", SystemClock())
    here, there = hashes.of("192.0.2.7"), hashes.of("192.0.2.8")
    request = conversation_pb2.StartConversationRequest(notice_id=tenant.notice.id)

    async def begin(origin: str) -> conversation_pb2.StartConversationResponse:
        anonymous = await tenant.anonymous()
        metadata = (("authorization", f"Bearer {anonymous}"), (METADATA_ORIGIN, origin))
        started: conversation_pb2.StartConversationResponse = await platform.chat.StartConversation(
            request, metadata=metadata
        )
        return started

    first = await begin(here)
    await claim(platform, robin.token, first.conversation.id)
    await block(platform, robin, first.conversation.id)
    with pytest.raises(grpc.aio.AioRpcError, match="not open to you for now"):
        await begin(here)
    assert await where(platform, here) == set()
    assert (await begin(there)).conversation.id
    # What is no hash counts for nothing, and neither is it kept.
    assert (await begin("192.0.2.7")).conversation.id


async def test_only_who_answers_blocks_and_never_for_more_than_thirty_days(platform: Platform, tenant: Tenant) -> None:
    visitor, robin = await tenant.visitor("Zoë"), await tenant.member()
    with pytest.raises(PermissionDenied, match="NOT_THE_OPERATOR"):
        await block(platform, robin, visitor.conversation.id)
    await claim(platform, robin.token, visitor.conversation.id)
    for hours in (0, 721):
        with pytest.raises(ParleyError, match="ARGUMENT_INVALID"):
            await block(platform, robin, visitor.conversation.id, hours)
    for other in (await tenant.member(SUPERVISOR), await tenant.member(OFFICER)):
        with pytest.raises(PermissionDenied):
            await block(platform, other, visitor.conversation.id)
    await close(platform, robin.token, visitor.conversation.id)
    with pytest.raises(PermissionDenied, match="NOT_THE_OPERATOR"):
        await block(platform, robin, visitor.conversation.id)
