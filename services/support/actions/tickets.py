"""Finds and reads tickets, and tells those who listen which of them changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from parley.support.v1 import ticket_pb2

from kernel import ids
from kernel.hints import wait
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.support.actions.seeing import see_ticket, visible_queues
from services.support.actions.wiring import Wiring, staff_of, tenant_of
from services.support.domain import tickets
from services.support.domain.files import MOST_FILES, TicketFile
from services.support.domain.levels import Clock
from services.support.domain.tickets import Entry, Happened
from services.support.store import copies, files, levels, search, thread
from services.support.store import tickets as store
from services.support.store.search import Hit
from services.support.store.thread import Draft, Viewer
from services.support.store.tickets import Filter, Requester, Shown

MOST_SHOWN = 500
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A ticket as it is opened."""

    shown: Shown
    entries: Sequence[Entry]
    events: Sequence[Happened]
    draft: Draft | None
    part_ids: Sequence[UUID]
    links: Sequence[tuple[UUID, int]]
    viewers: Sequence[Viewer]
    fields: Mapping[UUID, str]
    follower_ids: Sequence[UUID]
    clocks: Sequence[Clock]
    files: Sequence[TicketFile]
    copies: Sequence[Requester]
    #: The addresses of those who wrote in place of the requester.
    authors: Mapping[UUID, str]


async def get_ticket(actor: Actor, wiring: Wiring, ticket_id: UUID) -> Whole:
    """Returns a ticket with all that belongs to it; the reading is recorded first."""
    now, tenant = wiring.clock.now(), tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        ticket = await see_ticket(connection, actor, wiring, ticket_id)
        seen = await visible_queues(connection, actor)
        parts = await store.parts_of(connection, tenant, ticket.id)
        together = [ticket.id, *parts]
        staff_id = staff_of(actor) if actor.is_staff else None
        viewers = await thread.list_viewers(connection, tenant, now - PRESENT, seen, ticket.id)
        entries = await thread.list_entries(connection, tenant, together, MOST_SHOWN)
        return Whole(
            shown=(await store.list_by_ids(connection, tenant, [ticket.id]))[ticket.id],
            entries=entries,
            copies=await copies.list_copies(connection, tenant, ticket.id),
            authors=await copies.list_emails(connection, tenant, (each.author_id for each in entries)),
            events=await thread.list_events(connection, tenant, together, MOST_SHOWN),
            draft=await thread.find_draft(connection, tenant, ticket.id, staff_id) if staff_id else None,
            part_ids=parts,
            links=await store.list_links(connection, tenant, ticket.id),
            viewers=[each for each in viewers if each.staff_id != staff_id],
            fields=await store.list_field_values(connection, tenant, ticket.id),
            follower_ids=await store.list_followers(connection, tenant, ticket.id),
            clocks=await levels.list_clocks(connection, tenant, ticket.id),
            files=await files.list_files(connection, tenant, together, MOST_FILES),
        )


def filter_of(actor: Actor, asked: ticket_pb2.TicketFilter, seen: Sequence[UUID]) -> Filter:
    """Reads a filter of the contract, within the queues that somebody sees."""
    queue_ids = seen
    if asked.queue_id:
        queue_id = ids.to_uuid(asked.queue_id, "que")
        queue_ids = [queue_id] if queue_id in seen else []
    me = staff_of(actor) if actor.is_staff else UUID(int=0)
    assignee = me if asked.assignee == ticket_pb2.ASSIGNEE_ME else None
    if asked.assignee_id:
        assignee = ids.to_uuid(asked.assignee_id, "stf")
    return Filter(
        queue_ids=queue_ids,
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
    async with wiring.database.transaction(actor.tenant_id) as connection:
        seen = await visible_queues(connection, actor)
        wanted = filter_of(actor, asked, seen)
        found = await store.list_tickets(
            connection, tenant_of(actor), wanted, named, after=after, limit=limit + 1, now=wiring.clock.now()
        )
        page, following = wiring.pages.cut(scope, found, limit, lambda each: store.position_of(named, each.ticket))
        people = {each.ticket.id: each.ticket.requester_id for each in page}
        sealed = await wiring.access.sealed_among(connection, actor, people)
    return page, sealed, following


async def search_tickets(
    actor: Actor, wiring: Wiring, words: str, size: int, token: str
) -> tuple[list[tuple[Shown, Hit]], str]:
    """Returns a page of tickets with some words, each once, newest first; each reading is recorded first."""
    limit, tenant = page_size(size, default=25, maximum=100), tenant_of(actor)
    scope = (actor.tenant_id, actor.subject_id, "SearchTickets", words)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        seen = await visible_queues(connection, actor)
        hits = await search.find(connection, tenant, words, seen, before=before, limit=limit + 1)
        page, following = wiring.pages.cut(scope, hits, limit, lambda each: (str(each.key),))
        first: dict[UUID, Hit] = {}
        for each in page:
            first.setdefault(each.ticket_id, each)
        shown = await store.list_by_ids(connection, tenant, first)
        sealed = await wiring.access.record_all(
            connection, actor, {each.ticket.id: each.ticket.requester_id for each in shown.values()}, wiring.clock.now()
        )
    return [(shown[key], hit) for key, hit in first.items() if key in shown and key not in sealed], following


async def count_tickets(actor: Actor, wiring: Wiring) -> tuple[int, int, int, int]:
    """Returns how many are in triage, the caller's, nobody's, and late."""
    now, tenant, unsolved = wiring.clock.now(), tenant_of(actor), sorted(tickets.UNSOLVED)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        seen = await visible_queues(connection, actor)
        accepted = [each for each in unsolved if each != tickets.TRIAGE]
        wanted = (
            Filter(queue_ids=seen, states=[tickets.TRIAGE]),
            Filter(queue_ids=seen, states=unsolved, assignee_id=staff_of(actor)),
            Filter(queue_ids=seen, states=accepted, is_unassigned=True),
            Filter(queue_ids=seen, states=unsolved, breached=True),
        )
        triage, mine, nobodys, late = [await store.count(connection, tenant, each, now) for each in wanted]
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
