"""The tenant's own questions before a chat: behind the notice, answered or not, and kept as the visitor's own."""

from __future__ import annotations

import asyncpg
import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2
from parley.privacy.v1 import notice_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound
from tests.chat.people import start
from tests.platform import OPERATOR, Platform, Tenant, Visitor

LINE, LINES, EMAIL = (
    notice_pb2.Question.KIND_LINE,
    notice_pb2.Question.KIND_LINES,
    notice_pb2.Question.KIND_EMAIL,
)
ADDRESS, ORDER = "sam@people.example", "Order 4711, left at the door"


@pytest_asyncio.fixture(scope="session")
async def asking(platform: Platform) -> Tenant:
    """A tenant that asks for an address, and for more if one likes."""
    tenant = await platform.tenant()
    published = await platform.call(
        platform.notices.PublishNotice,
        notice_pb2.PublishNoticeRequest(
            site_id=tenant.site.id,
            language="en",
            text="What we keep, and what we ask.",
            questions=[
                notice_pb2.Question(label="Your e-mail", kind=EMAIL, required=True),
                notice_pb2.Question(label="Your order", kind=LINES, hint="The number, or what it was."),
                notice_pb2.Question(label="Anything else", kind=LINE),
            ],
        ),
        token=tenant.admin.token,
    )
    tenant.notice = published.notice
    return tenant


def answers(*given: tuple[int, str]) -> list[conversation_pb2.PreChatAnswer]:
    """Writes answers."""
    return [conversation_pb2.PreChatAnswer(number=number, text=text) for number, text in given]


async def listed(platform: Platform, token: str, conversation_id: str) -> list[tuple[int, str, str]]:
    """Returns the answers as a caller sees them."""
    answer = await platform.call(
        platform.chat.ListAnswers,
        conversation_pb2.ListAnswersRequest(conversation_id=conversation_id),
        token=token,
    )
    return [(each.number, each.label, each.text) for each in answer.answers]


async def begin(platform: Platform, tenant: Tenant) -> Visitor:
    """Starts a conversation with two answers."""
    started = await start(platform, tenant, answers=answers((1, ADDRESS), (2, ORDER), (3, "  ")))
    return Visitor(started.access_token, started.visitor_credential, started.conversation)


async def test_answers_are_kept_with_what_was_asked_and_seen_by_those_in_the_chat(
    platform: Platform, asking: Tenant
) -> None:
    visitor = await begin(platform, asking)
    kept = [(1, "Your e-mail", ADDRESS), (2, "Your order", ORDER)]
    assert await listed(platform, visitor.token, visitor.conversation.id) == kept
    operator, other = await asking.member(OPERATOR), await asking.member(OPERATOR)
    await platform.call(
        platform.chat.ClaimConversation,
        conversation_pb2.ClaimConversationRequest(conversation_id=visitor.conversation.id),
        token=operator.token,
    )
    assert await listed(platform, operator.token, visitor.conversation.id) == kept
    with pytest.raises(NotFound):
        await listed(platform, other.token, visitor.conversation.id)
    readers = await platform.call(
        platform.chat.ListReaders,
        conversation_pb2.ListReadersRequest(conversation_id=visitor.conversation.id),
        token=operator.token,
    )
    assert [reader.staff_id for reader in readers.readers] == [operator.id]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([], "answers.1"),
        ([(1, "   ")], "answers.1"),
        ([(1, "not an address")], "answers.1"),
        ([(1, ADDRESS), (4, "x")], "answers[1].number"),
        ([(1, ADDRESS), (1, ADDRESS)], "answers[1].number"),
    ],
)
async def test_what_does_not_answer_the_questions_starts_no_chat_and_is_never_repeated(
    platform: Platform, asking: Tenant, given: list[tuple[int, str]], field: str
) -> None:
    with pytest.raises(InvalidArgument, match="ANSWERS_INCOMPLETE") as refused:
        await start(platform, asking, answers=answers(*given))
    assert [name for name, _ in refused.value.fields] == [field]
    assert "not an address" not in str(refused.value) + str(refused.value.fields)


async def test_answers_to_a_form_that_is_no_longer_in_force_are_refused(platform: Platform) -> None:
    tenant = await platform.tenant()
    stale = tenant.notice
    await platform.call(
        platform.notices.PublishNotice,
        notice_pb2.PublishNoticeRequest(
            site_id=tenant.site.id,
            language="en",
            text="Now we ask.",
            questions=[notice_pb2.Question(label="Your order", kind=LINE)],
        ),
        token=tenant.admin.token,
    )
    with pytest.raises(FailedPrecondition, match="NOTICE_STALE"):
        await start(platform, tenant, notice_id=stale.id, answers=answers((1, "4711")))


async def test_answers_are_in_the_copy_and_go_with_the_visitor(platform: Platform, asking: Tenant) -> None:
    visitor = await begin(platform, asking)
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat"))
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id)
    copy = await platform.call(
        subjects.ExportSubject, subject_pb2.ExportSubjectRequest(subject=subject), tenant_id=asking.id
    )
    held = [value.value for record in copy.records if record.record == "chat.answers" for value in record.values]
    assert {ADDRESS, ORDER} <= set(held)
    await platform.call(subjects.EraseSubject, subject_pb2.EraseSubjectRequest(subject=subject), tenant_id=asking.id)
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        rows = await connection.fetch(
            "SELECT text FROM chat.answers a JOIN chat.conversations c ON c.id = a.conversation_id "
            "WHERE c.erase_time IS NOT NULL AND c.tenant_id = $1",
            ids.to_uuid(asking.id, "ten"),
        )
        assert [row["text"] for row in rows] == ["", ""]
    finally:
        await connection.close()
