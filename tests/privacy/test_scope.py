"""A token opens one conversation: whoever has it reaches no other one of the same visitor, and brings nobody back."""

from __future__ import annotations

from typing import Any

import pytest
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import receipt_code_pb2, recognition_pb2, token_pb2
from parley.privacy.v1 import choice_pb2, feedback_pb2, held_pb2, request_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel.errors import NotFound
from tests.platform import Member, Platform, Tenant, Visitor
from tests.privacy.rights import (
    VISITOR,
    Kind,
    archive,
    ask,
    claim,
    held,
    my_ledger,
    read,
    say,
    settled,
    until,
)


async def a_second_chat(platform: Platform, shop: Tenant, first: Visitor) -> Visitor:
    """Lets a visitor be remembered, come back to the same browser, and chat again."""
    await platform.call(
        platform.recognition.RememberVisitor,
        recognition_pb2.RememberVisitorRequest(notice_id=shop.notice.id),
        token=first.token,
    )
    recognised = await platform.call(
        platform.tokens.ExchangeCredential,
        token_pb2.ExchangeCredentialRequest(remembered_credential=first.credential),
    )
    started = await platform.call(
        platform.chat.StartConversation,
        conversation_pb2.StartConversationRequest(notice_id=shop.notice.id, language="en", page_path="/second"),
        token=recognised.access_token,
    )
    assert started.conversation.visitor_id == first.conversation.visitor_id
    return Visitor(started.access_token, started.visitor_credential, started.conversation)


async def by_receipt(platform: Platform, shop: Tenant, visitor: Visitor) -> str:
    """Returns the token that the code on a conversation's receipt opens."""
    issued = await platform.call(
        platform.receipt_codes.IssueReceiptCode, receipt_code_pb2.IssueReceiptCodeRequest(), token=visitor.token
    )
    opened = await platform.call(
        platform.tokens.ExchangeCredential,
        token_pb2.ExchangeCredentialRequest(
            receipt_code=token_pb2.ReceiptCode(tenant_slug=shop.slug, code=issued.receipt_code)
        ),
    )
    return str(opened.access_token)


def conversations_in(records: list[Any]) -> set[str]:
    """Returns the conversations that records name anywhere."""
    values = [value.value for record in records for value in record.values]
    return {each for each in [*values, *(record.record_id for record in records)] if each.startswith("cnv_")}


async def test_the_code_and_the_browser_of_one_chat_reach_no_other_chat_of_the_same_visitor(
    platform: Platform, shop: Tenant, robin: Member
) -> None:
    first = await shop.visitor("Zoë")
    await say(platform, first.token, first, "about the first 4471")
    await claim(platform, robin.token, first)
    assert await read(platform, robin.token, first.conversation.id)
    mine = await until(lambda: my_ledger(platform, first.token), bool)
    assert mine[0].record_id == first.conversation.id
    wish = await ask(platform, first.token, Kind.KIND_OBJECT, details="about my first chat 4472")
    await platform.call(
        platform.feedback.SubmitFeedback,
        feedback_pb2.SubmitFeedbackRequest(kind=feedback_pb2.FEEDBACK_KIND_COMMENT, text="on the first 4473"),
        token=first.token,
    )
    second = await a_second_chat(platform, shop, first)
    await say(platform, second.token, second, "about the second 4481")
    # The browser in the chat, and the code on its receipt wherever it is typed.
    for token, own, other in (
        (second.token, second, first),
        (await by_receipt(platform, shop, second), second, first),
        (await by_receipt(platform, shop, first), first, second),
    ):
        records = await held(platform, token)
        assert conversations_in(records) == {own.conversation.id}
        data, page = await archive(platform.held.DownloadCopy, held_pb2.DownloadCopyRequest(), token)
        for text in (str(records), str(data), page):
            assert ("first 447" in text, "second 448" in text) == (own is first, own is second)
            assert other.conversation.id not in text
    assert not [each for each in await my_ledger(platform, second.token) if each.record_id == first.conversation.id]
    asked = await platform.call(
        platform.requests.ListMyRequests, request_pb2.ListMyRequestsRequest(), token=second.token
    )
    assert not asked.requests
    with pytest.raises(NotFound, match="REQUEST_NOT_FOUND"):
        await platform.call(
            platform.requests.GetRequest,
            request_pb2.GetRequestRequest(privacy_request_id=wish.request.id),
            token=second.token,
        )
    # A request for a copy counts, and hands out, as much as its token reaches.
    copy = await ask(platform, second.token, Kind.KIND_ACCESS)
    receipt = (await settled(platform, shop, copy.tracking_code)).receipt
    assert {line.store: line.found for line in receipt.lines}["chat.conversations"] == 1


async def test_whoever_was_forgotten_is_not_brought_back_by_a_token_that_still_lives(
    platform: Platform, shop: Tenant
) -> None:
    visitor = await shop.visitor("Zoë")
    subject = subject_pb2.Subject(kind=VISITOR, id=visitor.conversation.visitor_id)
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("privacy"))
    # Only this service has forgotten yet, so that the token is still good.
    await platform.call(subjects.EraseSubject, subject_pb2.EraseSubjectRequest(subject=subject), tenant_id=shop.id)
    for kind in (Kind.KIND_ERASE, Kind.KIND_ACCESS):
        with pytest.raises(NotFound, match="SUBJECT_NOT_FOUND"):
            await ask(platform, visitor.token, kind)
    with pytest.raises(NotFound, match="SUBJECT_NOT_FOUND"):
        await platform.call(
            platform.choices.RecordChoice,
            choice_pb2.RecordChoiceRequest(
                kind=choice_pb2.CHOICE_KIND_INVITATIONS,
                decision=choice_pb2.CHOICE_DECISION_REFUSED,
                notice_id=shop.notice.id,
            ),
            token=visitor.token,
        )
    # A complaint about that arrives all the same, from nobody.
    given = await platform.call(
        platform.feedback.SubmitFeedback,
        feedback_pb2.SubmitFeedbackRequest(kind=feedback_pb2.FEEDBACK_KIND_COMPLAINT, text="Was I forgotten?"),
        token=visitor.token,
    )
    found = await platform.call(
        platform.feedback.TrackFeedback,
        feedback_pb2.TrackFeedbackRequest(code=given.code),
        token=await shop.anonymous(),
    )
    assert found.feedback.text == "Was I forgotten?"
    exported = await platform.call(
        subjects.ExportSubject, subject_pb2.ExportSubjectRequest(subject=subject), tenant_id=shop.id
    )
    assert not exported.records
