"""An operator's inbox tells of what is said in the conversations that the operator answers, and of nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from parley.chat.v1 import conversation_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from tests.platform import Member, Platform, Tenant, Visitor


@asynccontextmanager
async def an_inbox(tenant: Tenant, member: Member) -> AsyncIterator[Any]:
    """Follows somebody's inbox, from when it says its first word on."""
    metadata = (("authorization", f"Bearer {member.token}"),)
    stream = tenant.platform.chat.WatchInbox(conversation_pb2.WatchInboxRequest(), metadata=metadata)
    first = asyncio.create_task(stream.read())
    while not first.done():
        # Nothing tells that a stream is being served but what it says, so somebody rings until it is heard.
        await tenant.visitor("Bell")
        await asyncio.wait([first], timeout=0.5)
    yield stream
    stream.cancel()


async def until(stream: Any, conversation_id: str, head: int, read: int) -> None:
    """Reads an inbox until it says how far a conversation reaches and is read by its operator."""
    async with asyncio.timeout(10):
        while True:
            seen = (await stream.read()).conversation
            if seen.id == conversation_id and (seen.head_sequence, seen.operator_read_sequence) == (head, read):
                return


async def claim(platform: Platform, member: Member, visitor: Visitor) -> str:
    """Takes a visitor's conversation and returns its id."""
    conversation_id: str = visitor.conversation.id
    await platform.call(
        platform.chat.ClaimConversation,
        conversation_pb2.ClaimConversationRequest(conversation_id=conversation_id),
        token=member.token,
    )
    return conversation_id


async def say(platform: Platform, visitor: Visitor) -> int:
    """Lets a visitor say something, and returns how far the conversation reaches."""
    posted = await platform.call(
        platform.chat.PostMessage,
        conversation_pb2.PostMessageRequest(
            conversation_id=visitor.conversation.id, client_message_id=ids.new_id("cli"), body="Hello?"
        ),
        token=visitor.token,
    )
    return int(posted.message.sequence)


async def read(platform: Platform, member: Member, conversation_id: str, head: int) -> None:
    """Marks a conversation as read."""
    await platform.call(
        platform.chat.MarkRead,
        conversation_pb2.MarkReadRequest(conversation_id=conversation_id, sequence=head),
        token=member.token,
    )


async def test_an_inbox_tells_what_is_said_and_read_in_the_conversations_of_its_operator(platform: Platform) -> None:
    tenant = await platform.tenant()
    operator = await tenant.member(access_pb2.CALLER_OPERATOR)
    before, after = await tenant.visitor("Before"), await tenant.visitor("After")
    held = await claim(platform, operator, before)
    async with an_inbox(tenant, operator) as stream:
        # One that was held when the inbox was opened, and one that is taken while it is open.
        head = await say(platform, before)
        await until(stream, held, head, 0)
        await read(platform, operator, held, head)
        await until(stream, held, head, head)
        taken = await claim(platform, operator, after)
        head = await say(platform, after)
        await until(stream, taken, head, 0)
        await read(platform, operator, taken, head)
        await until(stream, taken, head, head)


async def test_an_inbox_is_silent_about_what_is_said_to_colleagues(platform: Platform) -> None:
    tenant = await platform.tenant()
    operator, colleague = [await tenant.member(access_pb2.CALLER_OPERATOR) for _ in range(2)]
    mine, theirs = await tenant.visitor("Mine"), await tenant.visitor("Theirs")
    held = await claim(platform, operator, mine)
    await claim(platform, colleague, theirs)
    async with an_inbox(tenant, operator) as stream:
        head = await say(platform, mine)
        await until(stream, held, head, 0)
        await say(platform, theirs)
        head = await say(platform, mine)
        async with asyncio.timeout(10):
            seen = conversation_pb2.Conversation()
            while (seen.id, seen.head_sequence) != (held, head):
                seen = (await stream.read()).conversation
                assert seen.id == held or seen.display_name == "Bell"
