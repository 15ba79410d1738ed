"""Lets the people of a tenant do in a conversation what can be done there besides talking."""

from __future__ import annotations

from collections.abc import Mapping

from parley.chat.v1 import (
    block_pb2,
    block_pb2_grpc,
    canned_reply_pb2,
    canned_reply_pb2_grpc,
    conversation_pb2,
    note_pb2,
    note_pb2_grpc,
    revision_pb2,
    revision_pb2_grpc,
    tag_pb2,
    tag_pb2_grpc,
)

from tests.platform import Member, Platform, Tenant, Visitor


async def talk_on(
    platform: Platform, tenant: Tenant, opened: Visitor, queued: Visitor, operator: Member, everything: Member
) -> Mapping[str, str]:
    """Changes what was said, notes and tags it; returns one id of each kind that this made."""
    chat = platform.channels.of("chat")
    conversation_id = opened.conversation.id
    await platform.call(
        revision_pb2_grpc.RevisionServiceStub(chat).EditMessage,
        revision_pb2.EditMessageRequest(conversation_id=conversation_id, sequence=3, body="Is it open today?"),
        token=opened.token,
    )
    made = [
        await platform.call(
            note_pb2_grpc.NoteServiceStub(chat).AddNote,
            note_pb2.AddNoteRequest(conversation_id=conversation_id, body=body),
            token=operator.token,
        )
        for body in ("Asks every week.", "Was told the hours.")
    ]
    tags = tag_pb2_grpc.TagServiceStub(chat)
    words = [
        await platform.call(tags.CreateTag, tag_pb2.CreateTagRequest(word=word), token=everything.token)
        for word in ("Hours", "Orders")
    ]
    tag_ids = [each.tag.id for each in words]
    # Two that wait have the tag, so that the list of those that wait with it has a second page.
    other = await tenant.visitor("Fi", answers=["4711"])
    for tagged in (opened, queued, other):
        await platform.call(
            tags.SetConversationTags,
            tag_pb2.SetConversationTagsRequest(conversation_id=tagged.conversation.id, tag_ids=tag_ids),
            token=everything.token,
        )
    await a_reply(platform, operator, "mine", personal=True)
    replies = [await a_reply(platform, everything, shortcut) for shortcut in ("hours", "orders")]
    blocks = [await a_block(platform, tenant, operator) for _ in range(2)]
    return {"nte": made[0].note.id, "tag": tag_ids[0], "cnd": replies[0], "blk": blocks[0]}


async def a_block(platform: Platform, tenant: Tenant, operator: Member) -> str:
    """Keeps somebody out and returns the block's id."""
    visitor = await tenant.visitor("Al", answers=["4711"])
    conversation_id = visitor.conversation.id
    await platform.call(
        platform.chat.ClaimConversation,
        conversation_pb2.ClaimConversationRequest(conversation_id=conversation_id),
        token=operator.token,
    )
    answer = await platform.call(
        block_pb2_grpc.BlockServiceStub(platform.channels.of("chat")).BlockVisitor,
        block_pb2.BlockVisitorRequest(conversation_id=conversation_id, reason=block_pb2.BLOCK_REASON_SPAM, hours=720),
        token=operator.token,
    )
    return str(answer.block.id)


async def a_reply(platform: Platform, member: Member, shortcut: str, *, personal: bool = False) -> str:
    """Adds a canned reply and returns its id."""
    answer = await platform.call(
        canned_reply_pb2_grpc.CannedReplyServiceStub(platform.channels.of("chat")).CreateCannedReply,
        canned_reply_pb2.CreateCannedReplyRequest(
            shortcut=shortcut, template="Hello {visitor_name|there}.", personal=personal
        ),
        token=member.token,
    )
    return str(answer.canned_reply.id)
