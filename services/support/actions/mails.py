"""Mails confirmations and answers, and closes what was resolved long enough ago. A job names ids and nothing else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from parley.survey.v1 import answering_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, ParleyError
from kernel.jobs import Job
from kernel.mail import Letter
from kernel.mail.addresses import fingerprint
from kernel.privacy.tickets import SURVEY_ID
from services.support.actions.changing import keep
from services.support.actions.wiring import CHANGED, Wiring
from services.support.domain import tickets
from services.support.domain.changes import By, Work
from services.support.domain.tickets import Ticket
from services.support.store import copies, files, thread
from services.support.store import mails as mail_store
from services.support.store import tickets as store
from services.support.store.mails import TicketMail
from services.support.store.tickets import Requester

ATTEMPTS = 8
COPY_JOB = "ticket.copy"


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
        count = await files.count_in_entries(connection, tenant, [entry.id])
        sent = await _send(wiring, job, "support_answer", ticket, requester, words=entry.body, files=count)
        state = tickets.SENT if sent else tickets.FAILED
        if sent:
            await _enqueue_copies(connection, wiring, job.tenant_id, ticket.id, entry.id)
        await thread.note_sent(connection, tenant, entry.id, state, wiring.clock.now())
    if not sent:
        async with wiring.database.transaction(job.tenant_id) as connection:
            await note_failure(connection, wiring, job.tenant_id, ticket.id)


async def _enqueue_copies(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, ticket_id: UUID, entry_id: UUID
) -> None:
    for each in await copies.list_copies(connection, ids.to_uuid(tenant_id, "ten"), ticket_id):
        # One mail for each, so that one that fails is tried again alone.
        await wiring.jobs.enqueue(
            connection,
            COPY_JOB,
            tenant_id=tenant_id,
            now=wiring.clock.now(),
            key=f"{entry_id}:{each.id}",
            arguments={"entry": ids.from_uuid("ent", entry_id), "requester": ids.from_uuid("rqr", each.id)},
        )


async def send_copy(wiring: Wiring, job: Job) -> None:
    """Mails an answer that went out to somebody on copy, who does not get the address of the requester's page."""
    tenant = ids.to_uuid(job.tenant_id, "ten")
    entry_id = ids.to_uuid(str(job.arguments["entry"]), "ent")
    requester_id = ids.to_uuid(str(job.arguments["requester"]), "rqr")
    async with wiring.database.transaction(job.tenant_id) as connection:
        entry = await thread.find_entry(connection, tenant, entry_id)
        if entry is None:
            return
        ticket = await store.get_ticket(connection, tenant, entry.ticket_id, None)
        there = {each.id: each for each in await copies.list_copies(connection, tenant, ticket.id)}
        count = await files.count_in_entries(connection, tenant, [entry.id])
    if requester_id in there:
        await _send(wiring, job, "support_copy", ticket, there[requester_id], words=entry.body, files=count)


async def ask_how_it_went(wiring: Wiring, job: Job) -> None:
    """Mails whoever asked a survey, once, where the company has one for that and the ticket is still solved."""
    tenant, ticket_id = ids.to_uuid(job.tenant_id, "ten"), ids.to_uuid(str(job.arguments["ticket"]), "tkt")
    survey_id: str = await wiring.settings.get(job.tenant_id, SURVEY_ID)
    async with wiring.database.transaction(job.tenant_id) as connection:
        try:
            ticket = await store.get_ticket(connection, tenant, ticket_id, None, lock=True)
        except NotFound:
            return
        is_solved = ticket.state in (tickets.RESOLVED, tickets.CLOSED) and ticket.outcome == tickets.SOLVED
        happened = await thread.list_events(connection, tenant, [ticket_id], 500)
        is_asked = any(each.kind == "SURVEY_SENT" for each in happened)
        if not survey_id or not is_solved or is_asked or ticket.is_spam or ticket.merged_into_id is not None:
            return
        requester = await store.get_requester(connection, tenant, ticket.requester_id)
        address = await _survey_address(wiring, job.tenant_id, ticket, survey_id)
        if not address or not await _send(wiring, job, "support_survey", ticket, requester, words="", address=address):
            return
        work = Work.on(ticket, By(), wiring.clock.now())
        work.note("SURVEY_SENT", "", survey_id)
        await keep(connection, wiring, job.tenant_id, work)
        wiring.hints.send_after(connection, CHANGED)


async def survey_of(wiring: Wiring, tenant_id: str, ticket: Ticket) -> str:
    """Returns where whoever was mailed a survey about a ticket can still answer it; empty where none can.

    Where surveys are away it is empty as well: a ticket is read without them.
    """
    if ticket.state not in (tickets.RESOLVED, tickets.CLOSED):
        return ""
    async with wiring.database.transaction(tenant_id) as connection:
        happened = await thread.list_events(connection, ids.to_uuid(tenant_id, "ten"), [ticket.id], 500)
    sent = next((each for each in happened if each.kind == "SURVEY_SENT"), None)
    if sent is None:
        return ""
    try:
        survey_id = sent.to_value or await wiring.settings.get(tenant_id, SURVEY_ID)
        return await _survey_address(wiring, tenant_id, ticket, survey_id, sent.time) if survey_id else ""
    except ParleyError:
        return ""


async def _survey_address(
    wiring: Wiring, tenant_id: str, ticket: Ticket, survey_id: str, offered_before: datetime | None = None
) -> str:
    """Returns where somebody says how it went; empty where the survey is not there (any more).

    Surveys are told the site and the queue, and neither who was asked nor what about.
    """
    site_id = "" if ticket.site_id is None else ids.from_uuid("sit", ticket.site_id)
    occasion = answering_pb2.Occasion(site_id=site_id, tags=["ticket", ids.from_uuid("que", ticket.queue_id)])
    try:
        invitation = await wiring.peers.invite(
            tenant_id,
            survey_id,
            occasion,
            key=wiring.links.invitation_key(tenant_id, ticket.id),
            language=ticket.language or await wiring.language(tenant_id),
            offered_before=offered_before,
        )
        key = await wiring.peers.site_key(tenant_id, site_id)
    except (NotFound, FailedPrecondition, InvalidArgument):
        return ""
    return wiring.links.survey(key, invitation) if key and invitation else ""


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


async def _send(
    wiring: Wiring,
    job: Job,
    template: str,
    ticket: Ticket,
    requester: Requester,
    *,
    words: str,
    files: int = 0,
    address: str = "",
) -> bool:
    """Sends a mail and says whether it went out; raises where it may be tried again."""
    written = wiring.templates.render(
        template,
        ticket.language,
        {
            "tenant_name": await wiring.peers.tenant_name(job.tenant_id),
            "reference": ticket.reference,
            "subject_line": ticket.subject,
            "words": words,
            "files": files,
            "address": address or wiring.links.address(job.tenant_id, ticket.id),
            "days": await wiring.kept_days(job.tenant_id),
        },
        otherwise=await wiring.language(job.tenant_id),
    )
    tenant, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(job.tenant_id) as connection:
        before = await claim_thread(connection, wiring, job.tenant_id, ticket.id, "", now)
    replies = wiring.addresses.of(tenant, ticket.id)
    letter = Letter(
        to=requester.email,
        to_name=requester.display_name,
        subject=written.subject,
        text=written.text,
        html=written.html,
        reply_to=replies,
        return_path=replies,
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
    if requester.id == ticket.requester_id:
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
