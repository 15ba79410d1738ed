"""While nobody is there, a visitor leaves a message behind the same notice; it waits in the queue for whoever comes."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2, offline_pb2, offline_pb2_grpc, presence_pb2, presence_pb2_grpc
from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound
from tests.chat.people import QUEUED, a_client_id, claim, post, read
from tests.platform import Platform, Tenant

Message = conversation_pb2.Message


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


def stub(platform: Platform) -> offline_pb2_grpc.OfflineServiceStub:
    return offline_pb2_grpc.OfflineServiceStub(platform.channels.of("chat"))


async def leave(
    platform: Platform, tenant: Tenant, *, email: str = "", body: str = "Where is it?", token: str = "", **start: Any
) -> conversation_pb2.StartConversationResponse:
    request = offline_pb2.LeaveMessageRequest(
        start=conversation_pb2.StartConversationRequest(
            **{"notice_id": tenant.notice.id, "display_name": "Zoë"} | start
        ),
        body=body,
        reply_email=email,
    )
    answer = await platform.call(stub(platform).LeaveMessage, request, token=token or await tenant.anonymous())
    started: conversation_pb2.StartConversationResponse = answer.started
    return started


async def left(platform: Platform, token: str, conversation_id: str) -> offline_pb2.GetLeftMessageResponse:
    request = offline_pb2.GetLeftMessageRequest(conversation_id=conversation_id)
    answer: offline_pb2.GetLeftMessageResponse = await platform.call(
        stub(platform).GetLeftMessage, request, token=token
    )
    return answer


async def test_a_message_waits_in_the_queue_with_the_address_for_its_answer(platform: Platform, tenant: Tenant) -> None:
    started = await leave(platform, tenant, email="zoe@people.example")
    conversation_id = started.conversation.id
    assert started.conversation.state == QUEUED
    robin = await tenant.member()
    said = await read(platform, robin.token, conversation_id)
    assert [each.kind for each in said] == [Message.KIND_STARTED, Message.KIND_TEXT, Message.KIND_LEFT]
    assert (said[1].body, said[1].side) == ("Where is it?", conversation_pb2.SIDE_VISITOR)
    for token in (robin.token, started.access_token):
        assert (await left(platform, token, conversation_id)).left_message.reply_email == "zoe@people.example"
    # It goes on as any other talk does.
    await claim(platform, robin.token, conversation_id)
    await post(platform, robin.token, conversation_id, "It is on its way.")
    assert (await read(platform, started.access_token, conversation_id))[-1].body == "It is on its way."


async def test_the_desk_has_a_list_of_what_was_left_and_chats_are_not_in_it(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin = await tenant.member()
    started, chat = await leave(platform, tenant), await tenant.visitor()

    async def listed(view: conversation_pb2.InboxView.ValueType) -> dict[str, bool]:
        request = conversation_pb2.ListConversationsRequest(view=view)
        answer = await platform.call(platform.chat.ListConversations, request, token=robin.token)
        return {each.id: each.is_left_message for each in answer.conversations}

    assert await listed(conversation_pb2.INBOX_VIEW_LEFT) == {started.conversation.id: True}
    assert await listed(conversation_pb2.INBOX_VIEW_QUEUE) == {
        started.conversation.id: True,
        chat.conversation.id: False,
    }
    await claim(platform, robin.token, started.conversation.id)
    assert await listed(conversation_pb2.INBOX_VIEW_LEFT) == {}
    assert await listed(conversation_pb2.INBOX_VIEW_MINE) == {started.conversation.id: True}


async def test_a_visitor_hears_whether_anybody_is_there_and_not_who(platform: Platform) -> None:
    tenant = await platform.tenant()
    anonymous = await tenant.anonymous()

    async def attended() -> bool:
        answer = await platform.call(stub(platform).GetAttendance, offline_pb2.GetAttendanceRequest(), token=anonymous)
        assert answer.DESCRIPTOR.fields_by_name.keys() == ["attended"]
        return bool(answer.attended)

    assert not await attended()
    robin = await tenant.member()
    presence = presence_pb2_grpc.PresenceServiceStub(platform.channels.of("chat"))
    for chosen, there in ((presence_pb2.OPERATOR_STATE_ONLINE, True), (presence_pb2.OPERATOR_STATE_AWAY, False)):
        request = presence_pb2.SetMyPresenceRequest(state=chosen)
        await platform.call(presence.SetMyPresence, request, token=robin.token)
        assert await attended() is there
    # Whoever is there for another company is there for that one alone.
    assert not (
        await platform.call(
            stub(platform).GetAttendance,
            offline_pb2.GetAttendanceRequest(),
            token=await (await platform.tenant()).anonymous(),
        )
    ).attended


async def test_other_services_hear_of_it_without_a_word(platform: Platform, tenant: Tenant) -> None:
    started = await leave(platform, tenant, email="zoe@people.example", body="a secret word")
    events = events_pb2_grpc.EventServiceStub(platform.channels.of("chat"))
    after, found = 0, None
    while found is None:
        page = await platform.call(events.ListEvents, events_pb2.ListEventsRequest(after=after))
        assert page.events
        after = page.next
        found = next(
            (
                each
                for each in page.events
                if each.type == "message.left" and each.attributes["conversation_id"] == started.conversation.id
            ),
            None,
        )
    assert b"secret word" not in found.SerializeToString()
    assert b"zoe@" not in found.SerializeToString()


async def test_a_retry_is_one_message(platform: Platform, tenant: Tenant) -> None:
    token, request_id = await tenant.anonymous(), a_client_id()
    first, again = [await leave(platform, tenant, token=token, request_id=request_id) for _ in range(2)]
    assert first.conversation.id == again.conversation.id
    assert len(await read(platform, again.access_token, first.conversation.id)) == 3


@pytest.mark.parametrize("wrong", [{"email": "no address"}, {"body": " \n "}, {"body": "a\x00b"}, {"body": ""}])
async def test_what_cannot_be_answered_is_refused(platform: Platform, tenant: Tenant, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument):
        await leave(platform, tenant, **wrong)


async def test_it_stands_behind_the_notice_in_force(platform: Platform, tenant: Tenant) -> None:
    with pytest.raises(FailedPrecondition) as refused:
        await leave(platform, tenant, notice_id=ids.new_id("ntc"))
    assert refused.value.reason == "NOTICE_STALE"


async def test_a_chat_has_no_such_address_and_nobody_elsewhere_learns_of_one(
    platform: Platform, tenant: Tenant
) -> None:
    chat = await tenant.visitor()
    assert not (await left(platform, chat.token, chat.conversation.id)).HasField("left_message")
    started = await leave(platform, tenant, email="zoe@people.example")
    with pytest.raises(NotFound):
        await left(platform, chat.token, started.conversation.id)


async def test_the_address_goes_with_its_visitor(platform: Platform, tenant: Tenant) -> None:
    started = await leave(platform, tenant, email="gone@people.example")
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat"))
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=started.conversation.visitor_id)
    held = await platform.call(
        subjects.ExportSubject, subject_pb2.ExportSubjectRequest(subject=subject), tenant_id=tenant.id
    )
    assert "gone@people.example" in {value.value for record in held.records for value in record.values}
    done = await platform.call(
        subjects.EraseSubject, subject_pb2.EraseSubjectRequest(subject=subject), tenant_id=tenant.id
    )
    assert {each.store: each.deleted for each in done.stores}["chat.left_messages"] == 1
