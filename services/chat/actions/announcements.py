"""Tells others what happened to a conversation: ids, closed values and durations, never what was said."""

from __future__ import annotations

from datetime import datetime

from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.events import EventType, an_id, one_of
from kernel.events.types import a_count
from kernel.identity import Subject
from services.chat.actions.wiring import Wiring
from services.chat.domain import NEITHER, OPERATOR, VISITOR, Conversation
from services.chat.store import messages

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


def _a_duration(value: str) -> bool:
    return not value or a_count(value)


#: How a conversation that is over went, for the reports: it names neither the conversation nor the visitor, and of the
#: time at which it began only the quarter of an hour.
MEASURED = EventType(
    "conversation.measured",
    {
        "quarter": a_count,
        "site_id": an_id("sit"),
        "operator_id": an_id("stf", optional=True),
        "team_id": an_id("tea", optional=True),
        "wait_seconds": _a_duration,
        "response_seconds": _a_duration,
        "handling_seconds": _a_duration,
    },
)
QUARTER_SECONDS = 900

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
    if kind is ENDED:
        await _measure(connection, wiring, conversation, now)


async def _measure(connection: AsyncConnection, wiring: Wiring, conversation: Conversation, now: datetime) -> None:
    """Notes how a conversation went, read off its own entries once, at its end."""
    began = conversation.create_time
    taken, answered = await messages.first_moments(connection, conversation.tenant_id, conversation.id)
    # Whoever took it before entries were kept of that, or without one, took it when it says.
    taken = taken or conversation.claim_time
    team_id = conversation.team_id
    await wiring.outbox.append(
        connection,
        MEASURED,
        tenant_id=ids.from_uuid("ten", conversation.tenant_id),
        now=now,
        attributes={
            "quarter": str(int(began.timestamp()) // QUARTER_SECONDS * QUARTER_SECONDS),
            "site_id": ids.from_uuid("sit", conversation.site_id),
            "operator_id": ids.from_uuid("stf", conversation.operator_id) if conversation.operator_id else "",
            "team_id": ids.from_uuid("tea", team_id) if team_id else "",
            "wait_seconds": _seconds(began, taken),
            "response_seconds": _seconds(began, answered),
            "handling_seconds": _seconds(taken, conversation.close_time or now) if taken else "",
        },
    )


def _seconds(since: datetime | None, until: datetime | None) -> str:
    if since is None or until is None:
        return ""
    return str(max(0, round((until - since).total_seconds())))
