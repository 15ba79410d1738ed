"""Lets the people of a tenant do in a conversation what can be done there besides talking."""

from __future__ import annotations

from collections.abc import Mapping

from parley.chat.v1 import revision_pb2, revision_pb2_grpc

from tests.platform import Member, Platform, Tenant, Visitor


async def talk_on(platform: Platform, tenant: Tenant, opened: Visitor, operator: Member) -> Mapping[str, str]:
    """Changes what was said, and returns one id of each kind that this made."""
    chat = platform.channels.of("chat")
    conversation_id = opened.conversation.id
    await platform.call(
        revision_pb2_grpc.RevisionServiceStub(chat).EditMessage,
        revision_pb2.EditMessageRequest(conversation_id=conversation_id, sequence=3, body="Is it open today?"),
        token=opened.token,
    )
    return {}
