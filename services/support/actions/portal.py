"""The requester's side: a mailed address reads one ticket, and whoever proves the e-mail address answers, closes it,
opens it again, and sees all of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import NotFound
from kernel.identity import Actor, Regime
from services.support.actions import files
from services.support.actions.changing import keep
from services.support.actions.links import no_such_link
from services.support.actions.opening import add_reply
from services.support.actions.wiring import CHANGED, Wiring, tenant_of
from services.support.domain import requests, tickets
from services.support.domain.changes import By, Work
from services.support.domain.files import TicketFile, no_such_file
from services.support.domain.tickets import ChangeMalformed, Entry, Ticket, no_such_ticket
from services.support.store import copies, thread
from services.support.store import files as file_store
from services.support.store import tickets as store

_LAST = 500
_WRITTEN = (tickets.REQUEST, tickets.REPLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A ticket as its requester sees it, and whose it is."""

    tenant_id: str
    ticket: Ticket
    entries: list[Entry]
    email: str
    kept_days: int
    files: list[TicketFile]
    #: The addresses of those who wrote in place of the requester.
    authors: dict[UUID, str]


async def open_ticket_link(wiring: Wiring, link: str) -> Opened:
    """Returns the ticket to which a mailed address leads; one that is sealed, or gone, leads nowhere."""
    linked = wiring.links.read(link)
    tenant = ids.to_uuid(linked.tenant_id, "ten")
    async with wiring.database.transaction(linked.tenant_id) as connection:
        try:
            ticket = await store.get_ticket(connection, tenant, linked.ticket_id, None)
        except NotFound:
            raise no_such_link() from None
        requester = await store.get_requester(connection, tenant, ticket.requester_id)
        await wiring.access.record(
            connection, _themselves(linked.tenant_id, requester.id), ticket.id, requester.id, wiring.clock.now()
        )
        shown = await _own_whole(connection, tenant, ticket)
        entries = await thread.list_entries(connection, tenant, shown, _LAST)
        authors = await copies.list_emails(connection, tenant, (each.author_id for each in entries))
        found = await file_store.list_files(connection, tenant, shown, _LAST)
    entries = [each for each in entries if _is_shown(each)]
    there = {each.id for each in entries}
    return Opened(
        tenant_id=linked.tenant_id,
        ticket=ticket,
        entries=entries,
        email=requester.email,
        kept_days=await wiring.kept_days(linked.tenant_id),
        authors=authors,
        files=[each for each in found if each.entry_id in there],
    )


async def open_own_file(wiring: Wiring, link: str, file_id: UUID) -> tuple[str, datetime]:
    """Returns an address at which whoever has a ticket's link reads one of its files for a moment, and its end."""
    opened = await open_ticket_link(wiring, link)
    for each in opened.files:
        if each.id == file_id:
            return files.address_of(wiring, opened.tenant_id, each)
    raise no_such_file()


async def _own_whole(connection: AsyncConnection, tenant: UUID, ticket: Ticket) -> list[UUID]:
    """Returns the tickets whose words somebody sees with one: those with which it was merged, where they are theirs."""
    root = await store.root_of(connection, tenant, ticket.id)
    if root.id == ticket.id or root.requester_id != ticket.requester_id:
        return [ticket.id]
    return [root.id, ticket.id]


def _is_shown(entry: Entry) -> bool:
    # What can still be taken back was not said yet.
    return entry.kind in _WRITTEN or (entry.kind == tickets.ANSWER and entry.send_state == tickets.SENT)


async def list_own_tickets(actor: Actor, wiring: Wiring, email_proof: str) -> list[Ticket]:
    """Returns the latest tickets of the address that was proved."""
    email = await wiring.peers.proved_email(actor.tenant_id, email_proof)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_of_email(connection, tenant_of(actor), email, 100)


async def write_own_reply(
    actor: Actor,
    wiring: Wiring,
    email_proof: str,
    ticket_id: UUID,
    body: str,
    file_ids: Sequence[UUID],
    language: str,
    request_id: str,
    request: Message,
) -> None:
    """Adds what the requester writes, in whose language it goes on where one is given."""
    if not requests.is_said(body):
        raise ChangeMalformed("body")
    email, now = await wiring.peers.proved_email(actor.tenant_id, email_proof), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        ticket = await _own(connection, actor, wiring, email, ticket_id)
        entry_id = ids.new_uuid()
        made = await wiring.idempotency.claim(
            connection, actor, "WriteOwnReply", request_id, request, str(entry_id), now
        )
        if made == str(entry_id):
            entry = await add_reply(
                connection,
                wiring,
                actor.tenant_id,
                ticket.id,
                body,
                now=now,
                entry_id=entry_id,
                language=language,
            )
            await files.attach(connection, wiring, actor.tenant_id, entry.ticket_id, entry.id, file_ids, now)


async def move_own_ticket(
    actor: Actor, wiring: Wiring, email_proof: str, ticket_id: UUID, *, closes: bool, language: str
) -> None:
    """Closes a ticket or opens it again; one that stands so already stays."""
    email, now = await wiring.peers.proved_email(actor.tenant_id, email_proof), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        ticket = await _own(connection, actor, wiring, email, ticket_id, lock=True)
        is_over = ticket.state in (tickets.RESOLVED, tickets.CLOSED)
        if ticket.state == tickets.CLOSED if closes else not is_over:
            return
        work = Work.on(ticket, By(), now)
        work.move(tickets.CLOSED if closes else tickets.OPEN)
        work.ticket = replace(work.ticket, language=language or ticket.language)
        await keep(connection, wiring, actor.tenant_id, work)
        wiring.hints.send_after(connection, CHANGED)


async def _own(
    connection: AsyncConnection, actor: Actor, wiring: Wiring, email: str, ticket_id: UUID, *, lock: bool = False
) -> Ticket:
    tenant = tenant_of(actor)
    ticket = await store.get_ticket(connection, tenant, ticket_id, None, lock=lock)
    requester = await store.get_requester(connection, tenant, ticket.requester_id)
    if requester.email != email:
        raise no_such_ticket()
    await wiring.access.record(
        connection, _themselves(actor.tenant_id, requester.id), ticket.id, requester.id, wiring.clock.now()
    )
    return ticket


def _themselves(tenant_id: str, requester_id: UUID) -> Actor:
    """Returns the requester, who is no member of staff: what is sealed is closed to them, and nothing is recorded."""
    return Actor(
        tenant_id=tenant_id,
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_ANONYMOUS}),
        subject_id=ids.from_uuid("rqr", requester_id),
        purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_OPERATIONS_SUPPORT,
    )
