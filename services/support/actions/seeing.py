"""The one door to tickets: which queues somebody sees, for which purpose, and that a reading is on record."""

from __future__ import annotations

from uuid import UUID

from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identity import Actor
from services.support.actions.wiring import Wiring, staff_of, tenant_of
from services.support.domain.tickets import PurposeRefused, Ticket
from services.support.store import queues, tickets
from services.support.store.queues import Reader

#: What support content may be read for. Every other purpose is refused, whoever calls.
PURPOSES = frozenset(
    {access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT, access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION}
)


def check_purpose(actor: Actor) -> None:
    """Raises PurposeRefused where a call serves something else than solving the problem."""
    if actor.purpose not in PURPOSES:
        raise PurposeRefused


def reader_of(actor: Actor) -> Reader:
    """Returns whose queues an actor reads: supervisors see all, others those that are open and their own."""
    check_purpose(actor)
    return Reader(
        staff_id=staff_of(actor) if actor.is_staff else None, sees_all=actor.has(access_pb2.CALLER_SUPERVISOR)
    )


async def visible_queues(connection: AsyncConnection, actor: Actor) -> list[UUID]:
    """Returns the queues that somebody sees."""
    return await queues.list_visible(connection, tenant_of(actor), reader_of(actor))


async def see_ticket(
    connection: AsyncConnection, actor: Actor, wiring: Wiring, ticket_id: UUID, *, lock: bool = False
) -> Ticket:
    """Returns a ticket that somebody sees, whose reading is recorded first; raises NotFound for every other."""
    ticket = await tickets.get_seen(connection, tenant_of(actor), ticket_id, reader_of(actor), lock=lock)
    await wiring.access.record(connection, actor, ticket.id, ticket.requester_id, wiring.clock.now())
    return ticket
