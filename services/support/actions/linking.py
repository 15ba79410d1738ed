"""Brings tickets together and apart: a merge is a pointer that can be taken back, a link says how two belong."""

from __future__ import annotations

from uuid import UUID

from google.protobuf.message import Message
from parley.support.v1 import record_pb2

from kernel import ids
from kernel.identity import Actor
from services.support.actions.changing import change_tickets, keep
from services.support.actions.seeing import see_ticket
from services.support.actions.wiring import CHANGED, Wiring, staff_of, tenant_of
from services.support.domain import tickets
from services.support.domain.changes import Asked, By, Work
from services.support.domain.tickets import Kind
from services.support.store import tickets as store

RELATED, BLOCKED_BY = record_pb2.LINK_KIND_RELATED, record_pb2.LINK_KIND_BLOCKED_BY
BLOCKS = record_pb2.LINK_KIND_BLOCKS


async def merge_ticket(
    actor: Actor, wiring: Wiring, ticket_id: UUID, into_id: UUID, request_id: str, request: Message
) -> None:
    """Makes a ticket a part of another one: no row moves, and whatever comes later follows the pointer."""
    merge = Asked(kind=Kind.Value("CHANGE_KIND_DUPLICATE"), value=ids.from_uuid("tkt", into_id))
    await change_tickets(
        actor, wiring, [ticket_id], [merge], etag="", seen_entries=0, request_id=request_id, request=request
    )


async def unmerge_ticket(actor: Actor, wiring: Wiring, ticket_id: UUID) -> None:
    """Takes a merge back; one that is no part of another is left as it is."""
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        ticket = await see_ticket(connection, actor, wiring, ticket_id, lock=True)
        if ticket.merged_into_id is None:
            return
        work = Work.on(ticket, By(staff_id=staff_of(actor), staff_name=actor.display_name), now)
        work.set("merged_into_id", None, "UNMERGED", ids.from_uuid("tkt", ticket.merged_into_id), "")
        if ticket.state == tickets.CLOSED:
            work.move(tickets.OPEN)
        await keep(connection, wiring, actor.tenant_id, work)
        wiring.hints.send_after(connection, CHANGED)


async def link_tickets(actor: Actor, wiring: Wiring, ticket_id: UUID, other_id: UUID, kind: int) -> None:
    """Links two tickets, each with the other; 0 takes the link away."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    if ticket_id == other_id:
        raise tickets.ChangeMalformed("other_id")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        first, second = sorted((ticket_id, other_id))
        by_id = {
            first: await see_ticket(connection, actor, wiring, first, lock=True),
            second: await see_ticket(connection, actor, wiring, second, lock=True),
        }
        for one, other, is_back in ((ticket_id, other_id, False), (other_id, ticket_id, True)):
            await store.set_link(connection, tenant, one, other, _seen_from(kind, is_back=is_back))
            work = Work.on(by_id[one], By(staff_id=staff_of(actor), staff_name=actor.display_name), now)
            work.note("LINKED" if kind else "UNLINKED", "", ids.from_uuid("tkt", other))
            await keep(connection, wiring, actor.tenant_id, work)
        wiring.hints.send_after(connection, CHANGED)


def _seen_from(kind: int, *, is_back: bool) -> int:
    return BLOCKS if is_back and kind == BLOCKED_BY else kind
