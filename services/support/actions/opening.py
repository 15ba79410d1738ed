"""Opens tickets, and takes in what requesters write later: by form, by mail, by a program, or by staff for somebody.

Every way in ends here. Mail calls `open_request` and `add_reply`; what follows from either (a confirmation, an open
state, a rule) is the same on every way.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from parley.support.v1 import record_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.events import EventType, an_id
from kernel.identity import Actor
from services.support.actions import crossings, files
from services.support.actions.changing import keep, whoever_is_next
from services.support.actions.seeing import check_purpose, see_ticket, visible_queues
from services.support.actions.wiring import CHANGED, Wiring, staff_of, tenant_of, visitor_of
from services.support.domain import queues, tickets
from services.support.domain.changes import By, Work
from services.support.domain.checks import Checks
from services.support.domain.queues import Queue, no_such_queue
from services.support.domain.requests import Request
from services.support.domain.tickets import Entry, Happened, Ticket
from services.support.store import queues as queue_store
from services.support.store import thread
from services.support.store import tickets as store
from services.support.store.tickets import Requester

FORM, MAIL, API = record_pb2.SOURCE_FORM, record_pb2.SOURCE_MAIL, record_pb2.SOURCE_API
STAFF, CHAT, COMMUNITY = record_pb2.SOURCE_STAFF, record_pb2.SOURCE_CHAT, record_pb2.SOURCE_COMMUNITY
BY_STAFF = (STAFF, CHAT, COMMUNITY)
CONFIRM_JOB = "ticket.confirm"
#: Signs that nobody mistakes for one another.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST_QUEUE = "Support"

#: A ticket came in. Whose words it holds is not told to anybody.
OPENED = EventType("ticket.opened", {"ticket_id": an_id("tkt")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A ticket that was opened, and who asks in it."""

    ticket: Ticket
    requester: Requester
    entry: Entry


def reference() -> str:
    """Makes the short code by which people speak of a ticket, such as `K7QM-2XPD`. It opens nothing."""
    signs = "".join(secrets.choice(_SIGNS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


async def open_request(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    asked: Request,
    *,
    source: int,
    now: datetime,
    ticket_id: UUID | None = None,
    queue_id: UUID | None = None,
    site_id: UUID | None = None,
    by: By | None = None,
    parent_id: UUID | None = None,
    conversation_id: UUID | None = None,
    topic_id: UUID | None = None,
    visitor_id: UUID | None = None,
    copy_emails: Sequence[str] = (),
    is_spam: bool = False,
    confirms: bool = True,
    checks: Checks | None = None,
) -> Opened:
    """Opens a ticket in the running transaction, on whatever way it came, and has it confirmed by mail."""
    tenant, by = ids.to_uuid(tenant_id, "ten"), by or By()
    first = Queue(id=ids.new_uuid(), label=_FIRST_QUEUE, create_time=now)
    requester = await store.requester_for(
        connection, tenant, new_id=ids.new_uuid(), email=asked.email, display_name=asked.display_name, now=now
    )
    ticket = Ticket(
        id=ticket_id or ids.new_uuid(),
        reference=reference(),
        requester_id=requester.id,
        subject=asked.subject,
        # What staff take down themselves was looked at by them.
        state=tickets.OPEN if source in BY_STAFF else tickets.TRIAGE,
        outcome=tickets.ACCEPTED if source in BY_STAFF else 0,
        queue_id=queue_id or await queue_store.first_queue_id(connection, tenant, first),
        source=source,
        create_time=now,
        update_time=now,
        last_entry_time=now,
        site_url=asked.site_url,
        language=asked.language or await store.language_of(connection, tenant, requester.id),
        site_id=site_id,
        parent_id=parent_id,
        conversation_id=conversation_id,
        topic_id=topic_id,
        visitor_id=visitor_id,
        is_spam=is_spam,
    )
    entry = Entry(
        id=ids.new_uuid(),
        ticket_id=ticket.id,
        kind=tickets.REQUEST,
        create_time=now,
        body=asked.description,
        staff_id=by.staff_id,
        staff_name=by.staff_name,
        **asdict(checks or Checks()),
    )
    await store.add_ticket(connection, tenant, ticket)
    await thread.add_entries(connection, tenant, [entry])
    work = Work.on(ticket, by, now)
    work.note("OPENED", "", record_pb2.Source.Name(record_pb2.Source.ValueType(source)).removeprefix("SOURCE_"))
    if conversation_id is not None:
        work.note("CAME_FROM_CHAT", ids.from_uuid("cnv", conversation_id), "")
    if topic_id is not None:
        work.note("CAME_FROM_TOPIC", ids.from_uuid("top", topic_id), "")
    work.copies_on = list(copy_emails)
    if parent_id is not None:
        work.note("SPLIT_FROM", ids.from_uuid("tkt", parent_id), "")
    chosen = await whoever_is_next(connection, tenant_id, ticket, now)
    if chosen is not None:
        work.set("assignee_id", chosen, "ASSIGNED", "", ids.from_uuid("stf", chosen))
    ticket = await keep(connection, wiring, tenant_id, work)
    await wiring.outbox.append(
        connection, OPENED, tenant_id=tenant_id, now=now, attributes={"ticket_id": ids.from_uuid("tkt", ticket.id)}
    )
    if confirms and not is_spam:
        await wiring.jobs.enqueue(
            connection,
            CONFIRM_JOB,
            tenant_id=tenant_id,
            now=now,
            key=str(ticket.id),
            arguments={"ticket": ids.from_uuid("tkt", ticket.id)},
        )
    await wiring.retention.schedule(connection, tenant_id, now)
    wiring.hints.send_after(connection, CHANGED)
    return Opened(ticket=ticket, requester=requester, entry=entry)


async def add_reply(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    ticket_id: UUID,
    words: str,
    *,
    now: datetime,
    author_id: UUID | None = None,
    quoted_text: str = "",
    entry_id: UUID | None = None,
    site_url: str = "",
    language: str = "",
    checks: Checks | None = None,
) -> Entry:
    """Adds what a requester, or somebody on copy, wrote later; a merged ticket's goes to that of which it is a part.

    Raises NotFound where the ticket is gone. What waited for it, or was over, is open again.
    """
    tenant = ids.to_uuid(tenant_id, "ten")
    ticket = await store.root_of(connection, tenant, ticket_id, lock=True)
    work = Work.on(ticket, By(), now)
    entry = Entry(
        id=entry_id or ids.new_uuid(),
        ticket_id=ticket.id,
        kind=tickets.REPLY,
        create_time=now,
        body=words.strip(),
        author_id=author_id,
        quoted_text=quoted_text,
        **asdict(checks or Checks()),
    )
    work.entries.append(entry)
    work.ticket = replace(
        ticket,
        entry_count=ticket.entry_count + 1,
        last_entry_time=now,
        is_reply_last=True,
        snooze_until_time=None,
        site_url=site_url or ticket.site_url,
        # A part of somebody else's ticket says nothing of in which language that one goes on.
        language=language if language and ticket.id == ticket_id else ticket.language,
    )
    work.note("REPLIED", "", ids.from_uuid("ent", entry.id))
    work.move(tickets.after_reply(ticket.state))
    await keep(connection, wiring, tenant_id, work)
    wiring.hints.send_after(connection, CHANGED)
    return entry


async def submit_ticket(
    actor: Actor,
    wiring: Wiring,
    asked: Request,
    fields: dict[UUID, str],
    file_ids: Sequence[UUID],
    request_id: str,
    request: Message,
) -> tuple[str, int]:
    """Takes in what somebody asks by the form or by a program, and returns its reference and how long it is kept."""
    check_purpose(actor)
    now, ticket_id, tenant = wiring.clock.now(), ids.new_uuid(), tenant_of(actor)
    kept = await wiring.kept_days(actor.tenant_id)
    is_program = actor.has(access_pb2.CALLER_SERVICE_ACCOUNT)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(
            connection, actor, "SubmitTicket", request_id, request, str(ticket_id), now
        )
        if made != str(ticket_id):
            first = await store.get_ticket(connection, tenant, UUID(made), None)
            return first.reference, kept
        known = {each.id: each for each in await queue_store.list_fields(connection, tenant) if each.is_asked}
        if fields.keys() - known.keys():
            raise queues.no_such_field()
        checked = {key: queues.check_value(known[key], value) for key, value in fields.items()}
        opened = await open_request(
            connection,
            wiring,
            actor.tenant_id,
            asked,
            source=API if is_program else FORM,
            now=now,
            ticket_id=ticket_id,
            site_id=ids.to_uuid(actor.site_id, "sit") if actor.site_id else None,
            visitor_id=visitor_of(actor),
            conversation_id=ids.to_uuid(actor.conversation_id, "cnv") if actor.conversation_id else None,
        )
        for field_id, value in checked.items():
            await store.set_field_value(connection, tenant, ticket_id, field_id, value)
        await files.attach(connection, wiring, actor.tenant_id, ticket_id, opened.entry.id, file_ids, now)
    return opened.ticket.reference, kept


async def open_ticket(
    actor: Actor,
    wiring: Wiring,
    asked: Request,
    *,
    queue_id: UUID | None,
    parent_id: UUID | None,
    conversation_id: UUID | None,
    topic_id: UUID | None,
    copy_emails: Sequence[str],
    request_id: str,
    request: Message,
    token: str,
) -> tuple[UUID, str]:
    """Opens a ticket for somebody: after a call, as a part of another ticket, out of a chat or out of a topic.

    Returns its id and its reference. Chat and community decide by the caller's own `token` whether they see what it
    comes from; that it came from there stands in the ticket's history, and those concerned are told.
    """
    check_purpose(actor)
    visitor_id = await crossings.check_crossing(
        actor, wiring, parent_id=parent_id, conversation_id=conversation_id, topic_id=topic_id, token=token
    )
    now, ticket_id = wiring.clock.now(), ids.new_uuid()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        seen = await visible_queues(connection, actor)
        made = await wiring.idempotency.claim(connection, actor, "OpenTicket", request_id, request, str(ticket_id), now)
        if made != str(ticket_id):
            first = await store.get_ticket(connection, tenant_of(actor), UUID(made), None)
            await wiring.access.record(connection, actor, first.id, first.requester_id, now)
            return first.id, first.reference
        if queue_id is not None and queue_id not in seen:
            raise no_such_queue()
        if parent_id is not None:
            parent = await see_ticket(connection, actor, wiring, parent_id)
            asked_first = await store.get_requester(connection, tenant_of(actor), parent.requester_id)
            if visitor_id is None and asked_first.email == asked.email:
                # What a part says was taken out of the whole; somebody else who is asked for it is no visitor.
                visitor_id = parent.visitor_id
        opened = await open_request(
            connection,
            wiring,
            actor.tenant_id,
            asked,
            source=CHAT if conversation_id else COMMUNITY if topic_id else STAFF,
            now=now,
            ticket_id=ticket_id,
            queue_id=queue_id,
            by=By(staff_id=staff_of(actor), staff_name=actor.display_name),
            parent_id=parent_id,
            conversation_id=conversation_id,
            topic_id=topic_id,
            visitor_id=visitor_id,
            copy_emails=copy_emails,
        )
        if parent_id is not None:
            happened = Happened(
                id=ids.new_uuid(),
                ticket_id=parent_id,
                kind="SPLIT_INTO",
                time=now,
                staff_id=staff_of(actor),
                to_value=ids.from_uuid("tkt", ticket_id),
            )
            await thread.add_events(connection, tenant_of(actor), [happened])
        await crossings.tell_later(connection, wiring, actor.tenant_id, opened.ticket, now)
        await wiring.access.record(connection, actor, opened.ticket.id, opened.requester.id, now)
    return ticket_id, opened.ticket.reference
