"""Finds and reads tickets, and tells those who listen which of them changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from parley.support.v1 import ticket_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.hints import wait
from kernel.identity import Actor
from kernel.privacy.seals import may_read
from kernel.storage.paging import page_size
from services.support.actions.seeing import reader_of, visible_queues
from services.support.actions.wiring import Wiring, staff_of, tenant_of
from services.support.domain import tickets
from services.support.store import lists, opened, search, thread
from services.support.store import tickets as store
from services.support.store.lists import Filter, Shown
from services.support.store.opened import Whole
from services.support.store.search import Hit
from services.support.store.thread import Viewer

#: For how long somebody who says so is taken to look at a ticket.
PRESENT = timedelta(seconds=30)
_ORDERS = {
    ticket_pb2.ORDER_UNSPECIFIED: "updated",
    ticket_pb2.ORDER_UPDATED: "updated",
    ticket_pb2.ORDER_OLDEST: "oldest",
    ticket_pb2.ORDER_NEWEST: "newest",
    ticket_pb2.ORDER_DUE: "due",
    ticket_pb2.ORDER_PRIORITY: "priority",
}
#: A transaction may be committed this much later than the moment that it writes.
_LATE = timedelta(seconds=5)
_LOOK_SECONDS, _AT_ONCE = 10.0, 200


async def get_ticket(actor: Actor, wiring: Wiring, ticket_id: UUID) -> Whole:
    """Returns a ticket with all that belongs to it; the reading is recorded before anything leaves."""
    now, reader = wiring.clock.now(), reader_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        whole = await opened.get_whole(connection, tenant_of(actor), ticket_id, reader, since=now - PRESENT)
        ticket = whole.shown.ticket
        await wiring.access.record(connection, actor, ticket.id, ticket.requester_id, now)
    return whole


def filter_of(actor: Actor, asked: ticket_pb2.TicketFilter) -> Filter:
    """Reads a filter of the contract, within the queues that somebody sees."""
    me = staff_of(actor) if actor.is_staff else UUID(int=0)
    assignee = me if asked.assignee == ticket_pb2.ASSIGNEE_ME else None
    if asked.assignee_id:
        assignee = ids.to_uuid(asked.assignee_id, "stf")
    return Filter(
        reader=reader_of(actor),
        queue_id=ids.to_uuid(asked.queue_id, "que") if asked.queue_id else None,
        states=list(asked.states),
        assignee_id=assignee,
        is_unassigned=asked.assignee == ticket_pb2.ASSIGNEE_NOBODY,
        follower_id=me if asked.assignee == ticket_pb2.ASSIGNEE_FOLLOWED else None,
        priorities=list(asked.priorities),
        tag_id=ids.to_uuid(asked.tag_id, "ttg") if asked.tag_id else None,
        requester_id=ids.to_uuid(asked.requester_id, "rqr") if asked.requester_id else None,
        snoozed=asked.snoozed,
        spam=asked.spam,
        breached=asked.breached,
        reply_last=asked.reply_last,
    )


async def list_tickets(
    actor: Actor, wiring: Wiring, asked: ticket_pb2.TicketFilter, order: int, size: int, token: str
) -> tuple[list[Shown], set[UUID], str]:
    """Returns a page of tickets, which of them are sealed, and the next page's token."""
    limit, named = page_size(size, default=50, maximum=200), _ORDERS[ticket_pb2.Order.ValueType(order)]
    scope = (actor.tenant_id, actor.subject_id, "ListTickets", named, asked.SerializeToString(deterministic=True).hex())
    after = wiring.pages.position(scope, token)
    wanted, now = filter_of(actor, asked), wiring.clock.now()
    found = await wiring.database.read(
        actor.tenant_id,
        lambda connection, tenant: lists.list_tickets(
            connection, tenant, wanted, named, after=after, limit=limit + 1, now=now
        ),
    )
    page, following = wiring.pages.cut(scope, found, limit, lambda each: lists.position_of(named, each.ticket))
    sealed = {each.ticket.id for each in page if each.sealed_for is not None and not may_read(actor, each.sealed_for)}
    return page, sealed, following


async def search_tickets(
    actor: Actor, wiring: Wiring, words: str, size: int, token: str
) -> tuple[list[tuple[Shown, Hit]], str]:
    """Returns a page of tickets with some words, each once, newest first; each reading is recorded first."""
    limit, tenant = page_size(size, default=25, maximum=100), tenant_of(actor)
    scope = (actor.tenant_id, actor.subject_id, "SearchTickets", words)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    reader = reader_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        hits = await wiring.database.aside(
            connection,
            actor.tenant_id,
            lambda where: search.find(where, tenant, words, reader, before=before, limit=limit + 1),
        )
        page, following = wiring.pages.cut(scope, hits, limit, lambda each: (str(each.key),))
        first: dict[UUID, Hit] = {}
        for each in page:
            first.setdefault(each.shown.ticket.id, each)
        people = {key: each.shown.ticket.requester_id for key, each in first.items()}
        sealed = await wiring.access.record_all(connection, actor, people, wiring.clock.now())
    return [(hit.shown, hit) for key, hit in first.items() if key not in sealed], following


async def count_tickets(actor: Actor, wiring: Wiring) -> tuple[int, int, int, int]:
    """Returns how many are in triage, the caller's, nobody's, and late."""
    now, unsolved = wiring.clock.now(), sorted(tickets.UNSOLVED)
    accepted, reader = [each for each in unsolved if each != tickets.TRIAGE], reader_of(actor)
    wanted = (
        Filter(reader=reader, states=[tickets.TRIAGE]),
        Filter(reader=reader, states=unsolved, assignee_id=staff_of(actor)),
        Filter(reader=reader, states=accepted, is_unassigned=True),
        Filter(reader=reader, states=unsolved, breached=True),
    )

    async def counted(connection: AsyncConnection, tenant: UUID) -> list[int]:
        return [await lists.count(connection, tenant, each, now) for each in wanted]

    triage, mine, nobodys, late = await wiring.database.read(actor.tenant_id, counted)
    return triage, mine, nobodys, late


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is new: tickets with their revisions, and where that changed everybody who looks at one."""

    changed: Sequence[tuple[UUID, int]]
    viewers: Sequence[Viewer] | None


async def watch_tickets(actor: Actor, wiring: Wiring) -> AsyncIterator[News]:
    """Yields what is new as long as somebody listens, beginning with who looks at what.

    A change is told by its ticket's id and revision; whoever listens reads the ticket itself, as everybody does.
    """
    tenant, told = tenant_of(actor), dict[UUID, int]()
    since, viewers = wiring.clock.now(), None
    is_first = True
    while True:
        woken = wiring.woken.next
        now = wiring.clock.now()
        async with wiring.database.transaction(actor.tenant_id) as connection:
            seen = await visible_queues(connection, actor)
            found = await store.list_changed(connection, tenant, seen, since - _LATE, _AT_ONCE)
            there = await thread.list_viewers(connection, tenant, now - PRESENT, seen)
        new = [(key, revision) for key, revision in found if told.get(key) != revision]
        told = dict(found)
        if is_first or new or there != viewers:
            yield News(changed=[] if is_first else new, viewers=there if is_first or there != viewers else None)
        is_first, since, viewers = False, now, there
        await wait(woken, _LOOK_SECONDS)
