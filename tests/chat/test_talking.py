"""What is said in a conversation is there once, in order, for the two people in it."""

from __future__ import annotations

import asyncio

import pytest
from parley.chat.v1 import conversation_pb2

from kernel.errors import AlreadyExists, FailedPrecondition, NotFound
from tests.platform import Platform


def a_post(
    conversation_id: str, body: str = "hello", client_id: str = "client-1"
) -> conversation_pb2.PostMessageRequest:
    """Returns something to say."""
    return conversation_pb2.PostMessageRequest(conversation_id=conversation_id, client_message_id=client_id, body=body)


async def test_a_visitor_and_an_operator_talk(platform: Platform) -> None:
    tenant = await platform.tenant()
    maria, visitor = await tenant.member(name="Maria"), await tenant.visitor("Zoë")
    conversation_id = visitor.conversation.id
    await platform.call(platform.chat.PostMessage, a_post(conversation_id), token=visitor.token)
    claimed = await platform.call(
        platform.chat.ClaimConversation,
        conversation_pb2.ClaimConversationRequest(conversation_id=conversation_id),
        token=maria.token,
    )
    assert claimed.conversation.operator_name == "Maria"
    await platform.call(platform.chat.PostMessage, a_post(conversation_id, "hi", "client-2"), token=maria.token)
    listed = await platform.call(
        platform.chat.ListMessages,
        conversation_pb2.ListMessagesRequest(conversation_id=conversation_id),
        token=visitor.token,
    )
    assert [(each.sequence, each.body) for each in listed.messages] == [(1, ""), (2, "hello"), (3, ""), (4, "hi")]


async def test_a_retry_returns_the_first_message(platform: Platform) -> None:
    visitor = await (await platform.tenant()).visitor()
    first = await platform.call(platform.chat.PostMessage, a_post(visitor.conversation.id), token=visitor.token)
    again = await platform.call(platform.chat.PostMessage, a_post(visitor.conversation.id), token=visitor.token)
    assert again.message.sequence == first.message.sequence
    assert again.message.id == first.message.id


async def test_an_id_stands_for_one_message_of_one_person(platform: Platform) -> None:
    tenant = await platform.tenant()
    maria, visitor = await tenant.member(name="Maria"), await tenant.visitor()
    conversation_id = visitor.conversation.id
    await platform.call(platform.chat.PostMessage, a_post(conversation_id), token=visitor.token)
    await platform.call(
        platform.chat.ClaimConversation,
        conversation_pb2.ClaimConversationRequest(conversation_id=conversation_id),
        token=maria.token,
    )
    # Two at once, of which one comes first, and one that comes later: nobody is told that other words were kept.
    outcomes = await asyncio.gather(
        *(
            platform.call(platform.chat.PostMessage, a_post(conversation_id, body, "client-2"), token=visitor.token)
            for body in ("one", "two")
        ),
        platform.call(platform.chat.PostMessage, a_post(conversation_id, "else"), token=visitor.token),
        platform.call(platform.chat.PostMessage, a_post(conversation_id), token=maria.token),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, AlreadyExists) and each.reason == "MESSAGE_ID_REUSED"]
    assert len(refused) == 3
    listed = await platform.call(
        platform.chat.ListMessages,
        conversation_pb2.ListMessagesRequest(conversation_id=conversation_id),
        token=visitor.token,
    )
    (kept,) = (each for each in outcomes if not isinstance(each, BaseException))
    assert [each.body for each in listed.messages if each.body] == ["hello", kept.message.body]


async def test_a_closed_conversation_refuses_messages(platform: Platform) -> None:
    visitor = await (await platform.tenant()).visitor()
    await platform.call(
        platform.chat.CloseConversation,
        conversation_pb2.CloseConversationRequest(conversation_id=visitor.conversation.id),
        token=visitor.token,
    )
    with pytest.raises(FailedPrecondition, match="CONVERSATION_CLOSED"):
        await platform.call(platform.chat.PostMessage, a_post(visitor.conversation.id), token=visitor.token)


async def test_an_operator_of_another_tenant_finds_no_conversation(platform: Platform) -> None:
    visitor = await (await platform.tenant()).visitor()
    stranger = await (await platform.tenant()).member()
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await platform.call(platform.chat.PostMessage, a_post(visitor.conversation.id), token=stranger.token)
