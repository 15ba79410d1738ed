"""Tells other services what happened to a conversation: ids and closed values, never what was said."""

from __future__ import annotations

from datetime import datetime

from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.events import EventType, an_id, one_of
from kernel.identity import Subject
from services.chat.actions.wiring import Wiring
from services.chat.domain import NEITHER, OPERATOR, VISITOR, Conversation

_ATTRIBUTES = {
    "conversation_id": an_id("cnv"),
    "site_id": an_id("sit"),
    "operator_id": an_id("stf", optional=True),
    "closed_by": one_of("", "visitor", "operator"),
}
STARTED = EventType("conversation.started", _ATTRIBUTES)
#: The conversation is a message that was left while nobody was there; whoever answers mail may pick it up.
LEFT = EventType("message.left", _ATTRIBUTES)
CLAIMED = EventType("conversation.claimed", _ATTRIBUTES)
#: It waits again: its operator is not there any more, or handed it to a team. Whoever takes it claims it anew.
REQUEUED = EventType("conversation.requeued", _ATTRIBUTES)
ENDED = EventType("conversation.closed", _ATTRIBUTES)

_SIDES: dict[int, str] = {NEITHER: "", VISITOR: "visitor", OPERATOR: "operator"}


async def announce(
    connection: AsyncConnection, wiring: Wiring, kind: EventType, conversation: Conversation, *, now: datetime
) -> None:
    """Writes the event in the running transaction."""
    tenant_id = ids.from_uuid("ten", conversation.tenant_id)
    await wiring.outbox.append(
        connection,
        kind,
        tenant_id=tenant_id,
        now=now,
        subjects=[
            Subject(
                tenant_id=tenant_id,
                kind=subject_pb2.SUBJECT_KIND_VISITOR,
                id=ids.from_uuid("vis", conversation.visitor_id),
            )
        ],
        attributes={
            "conversation_id": ids.from_uuid("cnv", conversation.id),
            "site_id": ids.from_uuid("sit", conversation.site_id),
            "operator_id": ids.from_uuid("stf", conversation.operator_id) if conversation.operator_id else "",
            "closed_by": _SIDES[conversation.closed_by],
        },
    )
