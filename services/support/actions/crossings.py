"""Tells those concerned that a ticket came out of their chat or topic; who that is, chat and community know alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import NotFound, PermissionDenied
from kernel.identity import Actor
from kernel.jobs import Job
from services.support.actions.wiring import Wiring
from services.support.domain.tickets import Ticket

JOB = "ticket.crossed"
ATTEMPTS = 20
_AT_THE_DESK = (access_pb2.CALLER_SUPPORT_AGENT, access_pb2.CALLER_SUPERVISOR)


class CrossingRefused(PermissionDenied):
    """Somebody who does not work on tickets makes one out of something that is not theirs to bring here."""

    def __init__(self) -> None:
        """Says what they may do."""
        super().__init__(
            "CROSSING_REFUSED",
            "Without working on tickets, one is made out of a chat that one answers, or out of a topic by a moderator."
            " Nothing was opened.",
        )


def works_on_tickets(actor: Actor) -> bool:
    """Says whether somebody works at the desk; everybody else brings something there and sees it no more."""
    return any(actor.has(each) for each in _AT_THE_DESK)


async def check_crossing(
    actor: Actor,
    wiring: Wiring,
    *,
    parent_id: UUID | None,
    conversation_id: UUID | None,
    topic_id: UUID | None,
    token: str,
) -> UUID | None:
    """Returns the visitor out of whose chat a ticket is to come, where it comes out of one.

    Raises where somebody does not see what it is to come out of, or may not bring it to the desk.
    """
    visitor_id = ""
    outside = not works_on_tickets(actor)
    if outside and (parent_id is not None or (conversation_id is None) is (topic_id is None)):
        raise CrossingRefused
    if conversation_id is not None:
        answered_by, visitor_id = await wiring.peers.check_conversation(ids.from_uuid("cnv", conversation_id), token)
        if outside and answered_by != actor.subject_id:
            raise CrossingRefused
    if topic_id is not None:
        await wiring.peers.check_topic(ids.from_uuid("top", topic_id), token)
        if outside and not actor.has(access_pb2.CALLER_MODERATOR):
            raise CrossingRefused
    return ids.to_uuid(visitor_id, "vis") if visitor_id else None


async def tell_later(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, ticket: Ticket, now: datetime
) -> None:
    """Has those concerned told once the ticket is committed."""
    if ticket.conversation_id is None and ticket.topic_id is None:
        return
    arguments = {
        "conversation": "" if ticket.conversation_id is None else ids.from_uuid("cnv", ticket.conversation_id),
        "topic": "" if ticket.topic_id is None else ids.from_uuid("top", ticket.topic_id),
        "reference": ticket.reference,
    }
    await wiring.jobs.enqueue(connection, JOB, tenant_id=tenant_id, now=now, key=str(ticket.id), arguments=arguments)


async def tell(wiring: Wiring, job: Job) -> None:
    """Says in the chat, or to whoever began the topic, that a ticket came out of it; what is gone hears nothing."""
    conversation_id, topic_id = str(job.arguments["conversation"]), str(job.arguments["topic"])
    try:
        if conversation_id:
            await wiring.peers.note_in_chat(job.tenant_id, conversation_id, str(job.arguments["reference"]))
        if topic_id:
            await wiring.peers.tell_community(job.tenant_id, topic_id)
    except NotFound:
        return
