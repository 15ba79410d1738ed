"""Decides who may keep a visitor out, and what a visitor hears who is kept out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from parley.chat.v1 import block_pb2, conversation_pb2

from kernel.errors import NotFound, PermissionDenied
from services.chat.domain import OPEN, Conversation, NotTheOperator, Viewer

BLOCKED = conversation_pb2.Message.KIND_BLOCKED

_WORDS = {
    block_pb2.BLOCK_REASON_ABUSE: ("ABUSE", "of insults in an earlier chat"),
    block_pb2.BLOCK_REASON_THREATS: ("THREATS", "of threats in an earlier chat"),
    block_pb2.BLOCK_REASON_SPAM: ("SPAM", "of advertising or repetition in an earlier chat"),
}


class VisitorBlocked(PermissionDenied):
    """The team chats with this visitor later again."""

    def __init__(self, block: Block, now: datetime) -> None:
        """Says why, and when to come back; nothing of what was asked is kept."""
        reason, words = _WORDS[block_pb2.BlockReason.ValueType(block.reason)]
        super().__init__(
            f"VISITOR_BLOCKED_{reason}",
            f"This chat is not open to you for now because {words}. Nothing was sent or stored.",
            retry_after=block.end_time - now,
        )


class BlockMissing(NotFound):
    """There is no such block."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("BLOCK_NOT_FOUND", "There is no such block.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One visitor, kept out for a while."""

    tenant_id: UUID
    id: UUID
    conversation_id: UUID
    visitor_id: UUID
    reason: int
    staff_id: UUID
    staff_name: str
    create_time: datetime
    end_time: datetime


def check_answers(viewer: Viewer, conversation: Conversation) -> None:
    """Raises where somebody does not answer in a conversation now."""
    if conversation.state != OPEN or conversation.operator_id != viewer.staff_id:
        raise NotTheOperator
