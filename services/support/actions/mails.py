"""Mails confirmations and answers, and closes what was resolved long enough ago. A job names ids and nothing else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, ParleyError
from kernel.jobs import Job
from kernel.mail import Letter
from kernel.mail.addresses import fingerprint
from services.support.actions.changing import keep
from services.support.actions.wiring import CHANGED, Wiring
from services.support.domain import tickets
from services.support.domain.changes import By, Work
from services.support.domain.tickets import Ticket
from services.support.store import mails as mail_store
from services.support.store import thread
from services.support.store import tickets as store
from services.support.store.mails import TicketMail
from services.support.store.tickets import Requester

ATTEMPTS = 8


async def confirm(wiring: Wiring, job: Job) -> None:
    """Mails whoever asked that it came in, with the address under which it is read."""
    tenant, ticket_id = ids.to_uuid(job.tenant_id, "ten"), ids.to_uuid(str(job.arguments["ticket"]), "tkt")
    async with wiring.database.transaction(job.tenant_id) as connection:
        try:
            ticket = await store.get_ticket(connection, tenant, ticket_id, None)
        except NotFound:
            return
        requester = await store.get_requester(connection, tenant, ticket.requester_id)
    # Who wrote without saying which site it is about is asked, and answers by mail.
    template = "support_confirmation" if ticket.site_url else "support_site_asked"
    await _send(wiring, job, template, ticket, requester, words="")


async def send_answer(wiring: Wiring, job: Job) -> None:
    """Mails an answer that nobody took back, and notes what became of it."""
    tenant, entry_id = ids.to_uuid(job.tenant_id, "ten"), ids.to_uuid(str(job.arguments["entry"]), "ent")
    async with wiring.database.transaction(job.tenant_id) as connection:
        # It is sent inside: whoever wants to take it back waits, and then hears that it went out.
        entry = await thread.find_entry(connection, tenant, entry_id, lock=True)
        if entry is None or entry.is_withdrawn or entry.send_state != tickets.WAITING:
            return
        ticket = await store.get_ticket(connection, tenant, entry.ticket_id, None)
        requester = await store.get_requester(connection, tenant, ticket.requester_id)
        sent = await _send(wiring, job, "support_answer", ticket, requester, words=entry.body)
        state = tickets.SENT if sent else tickets.FAILED
        await thread.note_sent(connection, tenant, entry.id, state, wiring.clock.now())
    if not sent:
        async with wiring.database.transaction(job.tenant_id) as connection:
            await note_failure(connection, wiring, job.tenant_id, ticket.id)


async def note_failure(connection: AsyncConnection, wiring: Wiring, tenant_id: str, ticket_id: UUID) -> None:
    """Notes on a ticket that a mail to its requester did not arrive."""
    tenant = ids.to_uuid(tenant_id, "ten")
    ticket = await store.get_ticket(connection, tenant, ticket_id, None, lock=True)
    work = Work.on(ticket, By(), wiring.clock.now())
    work.note("ANSWER_FAILED")
    await keep(connection, wiring, tenant_id, work)
    wiring.hints.send_after(connection, CHANGED)


async def claim_thread(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, ticket_id: UUID, message_id: str, now: datetime
) -> TicketMail:
    """Returns how a ticket goes on by mail; where it has no thread yet it begins with a mail."""
    tenant = ids.to_uuid(tenant_id, "ten")
    made = TicketMail(
        ticket_id=ticket_id,
        fingerprint=fingerprint(wiring.addresses.of(tenant, ticket_id)),
        last_message_id=message_id,
        create_time=now,
    )
    return await mail_store.claim_mail(connection, tenant, made)


async def _send(wiring: Wiring, job: Job, template: str, ticket: Ticket, requester: Requester, *, words: str) -> bool:
    """Sends a mail and says whether it went out; raises where it may be tried again."""
    written = wiring.templates.render(
        template,
        "en",
        {
            "tenant_name": await wiring.peers.tenant_name(job.tenant_id),
            "reference": ticket.reference,
            "subject_line": ticket.subject,
            "words": words,
            "address": wiring.links.address(job.tenant_id, ticket.id),
            "days": await wiring.kept_days(job.tenant_id),
        },
    )
    tenant, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(job.tenant_id) as connection:
        before = await claim_thread(connection, wiring, job.tenant_id, ticket.id, "", now)
    address = wiring.addresses.of(tenant, ticket.id)
    letter = Letter(
        to=requester.email,
        to_name=requester.display_name,
        subject=written.subject,
        text=written.text,
        html=written.html,
        reply_to=address,
        return_path=address,
        in_reply_to=before.last_message_id,
        from_name=await wiring.peers.tenant_name(job.tenant_id),
        is_written=bool(words),
    )
    try:
        message_id = await wiring.mailer.send(letter)
    except (InvalidArgument, FailedPrecondition):
        return False
    except ParleyError:
        if job.attempt < ATTEMPTS:
            raise
        return False
    async with wiring.database.transaction(job.tenant_id) as connection:
        await mail_store.note_message(connection, tenant, ticket.id, message_id)
    return True


async def close_resolved(wiring: Wiring, job: Job) -> None:
    """Closes a ticket that was resolved long enough ago and in which nothing happened since."""
    tenant, ticket_id = ids.to_uuid(job.tenant_id, "ten"), ids.to_uuid(str(job.arguments["ticket"]), "tkt")
    async with wiring.database.transaction(job.tenant_id) as connection:
        try:
            ticket = await store.get_ticket(connection, tenant, ticket_id, None, lock=True)
        except NotFound:
            return
        # Opened and resolved again, it has a job of its own; a note or a tag does not keep it open.
        resolved = [
            each.time
            for each in await thread.list_events(connection, tenant, [ticket_id], 500)
            if each.kind == "STATE_CHANGED" and each.to_value == "RESOLVED"
        ]
        now = wiring.clock.now()
        due = await wiring.close_after(job.tenant_id)
        if ticket.state != tickets.RESOLVED or (resolved and resolved[-1] + due > now):
            return
        work = Work.on(ticket, By(), now)
        work.move(tickets.CLOSED)
        await keep(connection, wiring, job.tenant_id, work)
        wiring.hints.send_after(connection, CHANGED)
