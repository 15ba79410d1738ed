"""A visitor who chose to be remembered comes back as the same one; everybody else is new each time."""

from __future__ import annotations

import asyncio

import pytest
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import recognition_pb2, token_pb2
from parley.options.v1 import access_pb2
from parley.privacy.v1 import choice_pb2, choice_pb2_grpc

from kernel import ids
from kernel.errors import NotFound, ParleyError, Unauthenticated
from tests.identity.test_credentials import actor_of, exchange
from tests.identity.test_receipt_codes import erase
from tests.identity.test_sign_in import the_database
from tests.platform import Platform, Tenant, Visitor


async def remember(platform: Platform, tenant: Tenant, visitor: Visitor) -> None:
    """Chooses to be remembered."""
    await platform.call(
        platform.recognition.RememberVisitor,
        recognition_pb2.RememberVisitorRequest(notice_id=tenant.notice.id),
        token=visitor.token,
    )


async def forget(platform: Platform, visitor: Visitor) -> None:
    """Withdraws the choice."""
    await platform.call(platform.recognition.ForgetVisitor, recognition_pb2.ForgetVisitorRequest(), token=visitor.token)


async def next_visit(platform: Platform, tenant: Tenant, token: str) -> conversation_pb2.StartConversationResponse:
    """Starts another conversation."""
    started: conversation_pb2.StartConversationResponse = await platform.call(
        platform.chat.StartConversation,
        conversation_pb2.StartConversationRequest(notice_id=tenant.notice.id, language="en", page_path="/"),
        token=token,
    )
    return started


async def test_who_chose_to_be_remembered_comes_back_as_the_same_visitor(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    await remember(platform, shop, visitor)
    kept = await exchange(platform, visitor_credential=visitor.credential)
    assert kept.is_remembered
    assert kept.HasField("remembered_until_time")
    back = await exchange(platform, remembered_credential=visitor.credential)
    actor = actor_of(platform, back.access_token)
    assert actor.callers == {access_pb2.CALLER_ANONYMOUS}
    assert (actor.subject_id, actor.conversation_id) == (visitor.conversation.visitor_id, "")
    started = await next_visit(platform, shop, back.access_token)
    assert started.conversation.visitor_id == visitor.conversation.visitor_id
    assert started.conversation.id != visitor.conversation.id
    # The next conversation's credential remembers as well, no longer than the first.
    again = await exchange(platform, visitor_credential=started.visitor_credential)
    chosen = await platform.call(
        platform.recognition.GetRecognition, recognition_pb2.GetRecognitionRequest(), token=visitor.token
    )
    assert again.remembered_until_time == chosen.expire_time
    # A token that recognises opens no conversation, the earlier one neither.
    with pytest.raises(ParleyError, match="NOT_ALLOWED"):
        await platform.call(
            platform.chat.GetConversation,
            conversation_pb2.GetConversationRequest(conversation_id=visitor.conversation.id),
            token=back.access_token,
        )


async def test_nobody_is_remembered_who_did_not_choose_it(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    assert not (await exchange(platform, visitor_credential=visitor.credential)).is_remembered
    with pytest.raises(Unauthenticated, match="CREDENTIAL_REJECTED"):
        await exchange(platform, remembered_credential=visitor.credential)
    started = await next_visit(platform, shop, await shop.anonymous())
    assert started.conversation.visitor_id != visitor.conversation.visitor_id


async def test_a_choice_that_was_withdrawn_is_withdrawn_at_once(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    await remember(platform, shop, visitor)
    found = await platform.call(
        platform.recognition.GetRecognition, recognition_pb2.GetRecognitionRequest(), token=visitor.token
    )
    assert found.is_remembered
    await forget(platform, visitor)
    await forget(platform, visitor)
    with pytest.raises(Unauthenticated):
        await exchange(platform, remembered_credential=visitor.credential)
    # The chat goes on all the same.
    assert not (await exchange(platform, visitor_credential=visitor.credential)).is_remembered
    found = await platform.call(
        platform.recognition.GetRecognition, recognition_pb2.GetRecognitionRequest(), token=visitor.token
    )
    assert not found.is_remembered
    assert not found.HasField("expire_time")


async def choices(platform: Platform, visitor: Visitor) -> list[tuple[int, int]]:
    """Returns what a visitor said about being remembered, the first word first."""
    listed = await platform.call(
        choice_pb2_grpc.ChoiceServiceStub(platform.channels.of("privacy")).ListChoices,
        choice_pb2.ListChoicesRequest(),
        token=visitor.token,
    )
    return [
        (each.decision, each.source)
        for each in reversed(listed.choices)
        if each.kind == choice_pb2.CHOICE_KIND_RECOGNITION
    ]


async def test_every_yes_and_no_is_on_record_with_its_notice(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    await remember(platform, shop, visitor)
    await forget(platform, visitor)
    await remember(platform, shop, visitor)
    await platform.call(
        platform.recognition.ForgetVisitor, recognition_pb2.ForgetVisitorRequest(by_signal=True), token=visitor.token
    )
    click, signal = choice_pb2.CHOICE_SOURCE_CLICK, choice_pb2.CHOICE_SOURCE_SIGNAL
    assert [source for _, source in await choices(platform, visitor)] == [click, click, click, signal]
    with pytest.raises(NotFound, match="NOTICE_NOT_FOUND"):
        await platform.call(
            platform.recognition.RememberVisitor,
            recognition_pb2.RememberVisitorRequest(notice_id=ids.new_id("ntc")),
            token=visitor.token,
        )
    assert not (await exchange(platform, visitor_credential=visitor.credential)).is_remembered


async def test_a_no_said_elsewhere_is_heard(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    await remember(platform, shop, visitor)
    await platform.call(
        choice_pb2_grpc.ChoiceServiceStub(platform.channels.of("privacy")).RecordChoice,
        choice_pb2.RecordChoiceRequest(
            kind=choice_pb2.CHOICE_KIND_RECOGNITION,
            decision=choice_pb2.CHOICE_DECISION_WITHDRAWN,
            notice_id=shop.notice.id,
        ),
        token=visitor.token,
    )
    # At once nobody is recognised any more, and in a moment nothing is left by which anybody could be.
    with pytest.raises(Unauthenticated):
        await exchange(platform, remembered_credential=visitor.credential)
    async with asyncio.timeout(10):
        while (await exchange(platform, visitor_credential=visitor.credential)).is_remembered:
            pass


async def test_recognition_ends_by_itself(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    await remember(platform, shop, visitor)
    async with the_database(platform) as owner:
        kept = await owner.fetchval(
            "SELECT expire_time - create_time FROM identity.recognitions WHERE visitor_id = $1",
            ids.to_uuid(visitor.conversation.visitor_id, "vis"),
        )
        assert kept.days == 90
        await owner.execute("UPDATE identity.recognitions SET expire_time = now()")
    with pytest.raises(Unauthenticated):
        await exchange(platform, remembered_credential=visitor.credential)


async def test_who_was_forgotten_is_not_remembered_again(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    await remember(platform, shop, visitor)
    await asyncio.gather(
        erase(platform, shop, visitor.conversation.visitor_id),
        *(remember(platform, shop, visitor) for _ in range(4)),
        return_exceptions=True,
    )
    async with the_database(platform) as owner:
        assert not await owner.fetchval(
            "SELECT count(*) FROM identity.recognitions WHERE visitor_id = $1",
            ids.to_uuid(visitor.conversation.visitor_id, "vis"),
        )
    with pytest.raises(ParleyError) as refused:
        await remember(platform, shop, visitor)
    assert isinstance(refused.value, NotFound | Unauthenticated)


async def test_pages_of_a_tenant_without_a_site_start_no_chat(platform: Platform, shop: Tenant) -> None:
    outside = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(tenant_slug=shop.slug)
    )
    actor = actor_of(platform, outside.access_token)
    assert (actor.tenant_id, actor.site_id, actor.subject_id) == (shop.id, "", "")
    with pytest.raises(ParleyError) as refused:
        await next_visit(platform, shop, outside.access_token)
    assert refused.value.reason != "INTERNAL"


async def test_visits_are_counted_of_whoever_chose_to_be_remembered_and_of_nobody_else(
    platform: Platform, shop: Tenant
) -> None:
    remembered, other = await shop.visitor(), await shop.visitor()
    await remember(platform, shop, remembered)

    async def visits(visitor: Visitor, *, tenant: Tenant = shop) -> int:
        request = recognition_pb2.NoteVisitRequest(
            visitor_id=visitor.conversation.visitor_id, site_id=visitor.conversation.site_id
        )
        answer: recognition_pb2.NoteVisitResponse = await platform.call(
            platform.recognition.NoteVisit, request, tenant_id=tenant.id
        )
        return answer.visits

    # The visit in which the choice was made is the first, with all of its pages.
    assert [await visits(remembered), await visits(remembered), await visits(other)] == [1, 1, 0]
    async with the_database(platform) as owner:
        moved = (
            "UPDATE identity.recognitions SET visit_time = visit_time - interval '31 minutes', "
            "create_time = create_time - interval '31 minutes' WHERE visitor_id = $1"
        )
        await owner.execute(moved, ids.to_uuid(remembered.conversation.visitor_id, "vis"))
    # Two pages at once are one visit.
    assert sorted(await asyncio.gather(visits(remembered), visits(remembered))) == [2, 2]
    assert await visits(remembered, tenant=await platform.tenant()) == 0
    await forget(platform, remembered)
    assert await visits(remembered) == 0
