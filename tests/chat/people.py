"""What people do in a chat, as calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parley.chat.v1 import conversation_pb2, revision_pb2, revision_pb2_grpc
from parley.identity.v1 import tenant_pb2

from kernel import ids
from tests.platform import Platform, Tenant

QUEUED = conversation_pb2.Conversation.STATE_QUEUED
OPEN = conversation_pb2.Conversation.STATE_OPEN
CLOSED = conversation_pb2.Conversation.STATE_CLOSED


def a_client_id() -> str:
    """Returns an id as a client makes it."""
    return ids.random_id("cli")


async def start(
    platform: Platform, tenant: Tenant, token: str = "", **changes: Any
) -> conversation_pb2.StartConversationResponse:
    """Starts a conversation, as somebody who knows nothing of the contract's rules might."""
    values: dict[str, Any] = {"notice_id": tenant.notice.id, "language": "en", "page_path": "/page"} | changes
    request = conversation_pb2.StartConversationRequest(**values)
    started: conversation_pb2.StartConversationResponse = await platform.call(
        platform.chat.StartConversation, request, token=token or await tenant.anonymous()
    )
    return started


async def get(platform: Platform, token: str, conversation_id: str) -> conversation_pb2.Conversation:
    """Returns a conversation."""
    answer = await platform.call(
        platform.chat.GetConversation,
        conversation_pb2.GetConversationRequest(conversation_id=conversation_id),
        token=token,
    )
    found: conversation_pb2.Conversation = answer.conversation
    return found


async def claim(platform: Platform, token: str, conversation_id: str) -> conversation_pb2.Conversation:
    """Takes a conversation from the queue."""
    answer = await platform.call(
        platform.chat.ClaimConversation,
        conversation_pb2.ClaimConversationRequest(conversation_id=conversation_id),
        token=token,
    )
    found: conversation_pb2.Conversation = answer.conversation
    return found


async def close(platform: Platform, token: str, conversation_id: str) -> conversation_pb2.Conversation:
    """Ends a conversation."""
    answer = await platform.call(
        platform.chat.CloseConversation,
        conversation_pb2.CloseConversationRequest(conversation_id=conversation_id),
        token=token,
    )
    found: conversation_pb2.Conversation = answer.conversation
    return found


async def post(
    platform: Platform, token: str, conversation_id: str, body: str = "hello", client_id: str = ""
) -> conversation_pb2.Message:
    """Says something."""
    answer = await platform.call(
        platform.chat.PostMessage,
        conversation_pb2.PostMessageRequest(
            conversation_id=conversation_id, client_message_id=client_id or a_client_id(), body=body
        ),
        token=token,
    )
    said: conversation_pb2.Message = answer.message
    return said


async def read(
    platform: Platform, token: str, conversation_id: str, after: int = 0, size: int = 0
) -> Sequence[conversation_pb2.Message]:
    """Returns what was said."""
    answer = await platform.call(
        platform.chat.ListMessages,
        conversation_pb2.ListMessagesRequest(conversation_id=conversation_id, after_sequence=after, page_size=size),
        token=token,
    )
    found: Sequence[conversation_pb2.Message] = answer.messages
    return found


async def mark(platform: Platform, token: str, conversation_id: str, sequence: int) -> None:
    """Moves a read mark."""
    await platform.call(
        platform.chat.MarkRead,
        conversation_pb2.MarkReadRequest(conversation_id=conversation_id, sequence=sequence),
        token=token,
    )


async def show_readers(platform: Platform, tenant: Tenant) -> None:
    """Lets the tenant show its visitors the names of who reads."""
    await platform.call(
        platform.tenants.UpdateSetting,
        tenant_pb2.UpdateSettingRequest(name="ledger.reader_names", value_json="true"),
        token=tenant.admin.token,
    )


async def readers(platform: Platform, token: str, conversation_id: str) -> Sequence[conversation_pb2.Reader]:
    """Returns who has read a conversation."""
    answer = await platform.call(
        platform.chat.ListReaders,
        conversation_pb2.ListReadersRequest(conversation_id=conversation_id),
        token=token,
    )
    found: Sequence[conversation_pb2.Reader] = answer.readers
    return found


async def _revise(platform: Platform, name: str, token: str, request: Any) -> Any:
    stub = revision_pb2_grpc.RevisionServiceStub(platform.channels.of("chat"))
    return await platform.call(getattr(stub, name), request, token=token)


async def edit(
    platform: Platform, token: str, conversation_id: str, sequence: int, body: str
) -> conversation_pb2.Message:
    """Changes what was said."""
    request = revision_pb2.EditMessageRequest(conversation_id=conversation_id, sequence=sequence, body=body)
    said: conversation_pb2.Message = (await _revise(platform, "EditMessage", token, request)).message
    return said


async def retract(platform: Platform, token: str, conversation_id: str, sequence: int) -> conversation_pb2.Message:
    """Takes back what was said."""
    request = revision_pb2.RetractMessageRequest(conversation_id=conversation_id, sequence=sequence)
    said: conversation_pb2.Message = (await _revise(platform, "RetractMessage", token, request)).message
    return said


async def redact(
    platform: Platform, token: str, conversation_id: str, sequence: int
) -> revision_pb2.RedactMessageResponse:
    """Removes for good what was said."""
    request = revision_pb2.RedactMessageRequest(conversation_id=conversation_id, sequence=sequence)
    done: revision_pb2.RedactMessageResponse = await _revise(platform, "RedactMessage", token, request)
    return done


async def previous(platform: Platform, token: str, conversation_id: str, sequence: int) -> Sequence[str]:
    """Returns what stood in a message before."""
    request = revision_pb2.ListPreviousTextsRequest(conversation_id=conversation_id, sequence=sequence)
    return [each.body for each in (await _revise(platform, "ListPreviousTexts", token, request)).texts]
