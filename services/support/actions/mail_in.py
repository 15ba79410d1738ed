"""Reads the mails that come to the desk: a new one opens a ticket, and one that answers a ticket goes on with it.

What answers is known by its address, which only whoever was written to has, and by its sender: from anybody else, or
where the sender's domain disowns it, it is a ticket of its own in triage, linked with the one that it answers, in which
nothing is said to its author. What a
machine wrote never answers anything: a report that a mail failed is noted, an absence note passed over, and anything
else waits among the unwanted ones. Whoever opens ticket after ticket by mail is confirmed a few, and then no more: so
no machine can be drawn into a conversation with ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import InvalidArgument, NotFound
from kernel.jobs import Job
from kernel.mail import intake
from kernel.mail.addresses import fingerprint, read_reply
from kernel.mail.arrivals import READ, Arrival
from kernel.mail.intake import Incoming
from services.support.actions import files, mails, opening
from services.support.actions.linking import RELATED
from services.support.actions.wiring import Wiring
from services.support.domain import requests
from services.support.domain.checks import Checks
from services.support.domain.files import TicketFile
from services.support.domain.tickets import MOST_COPIES, Ticket
from services.support.store import copies
from services.support.store import mails as mail_store
from services.support.store import tickets as store
from services.support.store.tickets import Requester

#: The mailbox that every company has.
SUPPORT = "support"
#: How many tickets somebody opens by mail in an hour and is told so; the others wait among the unwanted ones.
MOST_OPENED, WITHIN = 3, timedelta(hours=1)
_SITE = re.compile(r"https?://[^\s<>\"')\]]+")


async def is_known(wiring: Wiring, tenant_id: str, local_part: str) -> bool:
    """Says whether the desk takes mail for an address."""
    tenant = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        if read_reply(local_part) is not None:
            return await mail_store.find_mail(connection, tenant, fingerprint(local_part)) is not None
        return local_part == SUPPORT or await mail_store.find_mailbox(connection, tenant, local_part) is not None


async def read(wiring: Wiring, job: Job) -> None:
    """Reads a mail that came in; what it becomes and that it is read are one transaction."""
    async with wiring.database.transaction(job.tenant_id) as connection:
        arrival = await wiring.arrivals.find(connection, job)
    if arrival is None:
        return
    mail = await asyncio.to_thread(intake.read, arrival.data, checked_by=wiring.mail_checked_by)
    taken = await files.take_from_mail(wiring, job.tenant_id, arrival.id, mail.files)
    async with wiring.database.transaction(job.tenant_id) as connection:
        again = await wiring.arrivals.find(connection, job)
        if again is None:
            return
        now = wiring.clock.now()
        if read_reply(arrival.local_part) is not None:
            outcome = await _answer(connection, wiring, job.tenant_id, arrival, mail, taken, now)
        else:
            outcome = await _ask(connection, wiring, job.tenant_id, arrival, mail, taken, now)
        await wiring.arrivals.remove(connection, job.tenant_id, arrival, now)
    READ.labels("support", outcome).inc()


async def _answer(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    arrival: Arrival,
    mail: Incoming,
    taken: Sequence[TicketFile],
    now: datetime,
) -> str:
    tenant = ids.to_uuid(tenant_id, "ten")
    thread = await mail_store.find_mail(connection, tenant, fingerprint(arrival.local_part))
    if thread is None:
        return "nobody"
    try:
        ticket = await store.get_ticket(connection, tenant, thread.ticket_id, None)
    except NotFound:
        return "nobody"
    if mail.report or mail.is_automatic or not arrival.return_path:
        if mail.report == "failed":
            await mails.note_failure(connection, wiring, tenant_id, ticket.id)
        return "machine"
    requester = await store.get_requester(connection, tenant, ticket.requester_id)
    on_copy = {each.email: each.id for each in await copies.list_copies(connection, tenant, ticket.id)}
    checks = Checks.of(mail.checks)
    if checks.is_forged or (mail.sender != requester.email and mail.sender not in on_copy):
        return await _quarantine(connection, wiring, tenant_id, ticket, mail, taken, now)
    entry = await opening.add_reply(
        connection,
        wiring,
        tenant_id,
        ticket.id,
        mail.fresh or mail.text or mail.subject,
        now=now,
        author_id=on_copy.get(mail.sender),
        checks=checks,
        quoted_text=_quoted(mail),
        site_url="" if ticket.site_url else _site_in(mail),
        language="" if ticket.language or mail.sender in on_copy else mail.language,
    )
    await mail_store.note_message(connection, tenant, ticket.id, mail.message_id)
    await files.keep_of_mail(connection, wiring, tenant_id, entry.ticket_id, entry.id, taken, now)
    return "kept"


async def _quarantine(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    ticket: Ticket,
    mail: Incoming,
    taken: Sequence[TicketFile],
    now: datetime,
) -> str:
    opened = await _open(connection, wiring, tenant_id, mail, taken, now, queue_id=ticket.queue_id, confirms=False)
    if opened is None:
        return "nobody"
    tenant = ids.to_uuid(tenant_id, "ten")
    for one, other in ((opened, ticket.id), (ticket.id, opened)):
        await store.set_link(connection, tenant, one, other, RELATED)
    return "held"


async def _ask(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    arrival: Arrival,
    mail: Incoming,
    taken: Sequence[TicketFile],
    now: datetime,
) -> str:
    if mail.report:
        return "machine"
    tenant = ids.to_uuid(tenant_id, "ten")
    mailbox = await mail_store.find_mailbox(connection, tenant, arrival.local_part)
    is_machine = mail.is_automatic or not arrival.return_path
    opened = await _open(
        connection,
        wiring,
        tenant_id,
        mail,
        taken,
        now,
        queue_id=mailbox.queue_id if mailbox else None,
        confirms=not is_machine,
        is_spam=is_machine,
        copy_emails=() if is_machine else _on_copy(wiring, mail),
    )
    return "nobody" if opened is None else "machine" if is_machine else "kept"


async def _open(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    mail: Incoming,
    taken: Sequence[TicketFile],
    now: datetime,
    *,
    queue_id: UUID | None,
    confirms: bool,
    is_spam: bool = False,
    copy_emails: Sequence[str] = (),
) -> UUID | None:
    """Opens a ticket with what a mail says, and returns it; None where it is from nobody."""
    tenant = ids.to_uuid(tenant_id, "ten")
    words = mail.text if requests.is_said(mail.text) else mail.subject or "…"
    try:
        asked = requests.checked(
            email=mail.sender,
            site_url=_site_in(mail),
            description=words,
            display_name=mail.sender_name,
            subject=mail.subject[:200],
            language=mail.language,
            needs_site=False,
        )
    except InvalidArgument:
        return None
    requester: Requester = await store.requester_for(
        connection, tenant, new_id=ids.new_uuid(), email=asked.email, display_name=asked.display_name, now=now
    )
    checks = Checks.of(mail.checks)
    before = await mail_store.count_opened(connection, tenant, requester.id, opening.MAIL, now - WITHIN)
    is_too_often = before >= MOST_OPENED
    opened = await opening.open_request(
        connection,
        wiring,
        tenant_id,
        asked,
        source=opening.MAIL,
        now=now,
        queue_id=queue_id,
        is_spam=is_spam or is_too_often,
        # Whoever's address was only put upon it did not ask, and is told nothing.
        confirms=confirms and not is_too_often and not checks.is_forged,
        copy_emails=() if is_too_often or checks.is_forged else copy_emails,
        checks=checks,
    )
    await mails.claim_thread(connection, wiring, tenant_id, opened.ticket.id, mail.message_id, now)
    await files.keep_of_mail(connection, wiring, tenant_id, opened.ticket.id, opened.entry.id, taken, now)
    return opened.ticket.id


def _on_copy(wiring: Wiring, mail: Incoming) -> list[str]:
    """Returns to whom else a mail went, whom its author lets hear of the answers; never an address of our own."""
    found: list[str] = []
    for each in mail.others:
        host = each.rpartition("@")[2]
        if host == wiring.addresses.host or host.endswith(f".{wiring.addresses.host}") or each == mail.sender:
            continue
        with contextlib.suppress(ValueError):
            found.append(requests.email_of(each))
    return list(dict.fromkeys(found))[:MOST_COPIES]


def _quoted(mail: Incoming) -> str:
    """Returns what stands in a mail besides what was written in it: what it quotes, and its signature."""
    left = Counter(mail.fresh.splitlines())
    quoted = []
    for line in mail.text.splitlines():
        if left[line.rstrip()] > 0:
            left[line.rstrip()] -= 1
        else:
            quoted.append(line)
    return "\n".join(quoted).strip()


def _site_in(mail: Incoming) -> str:
    """Returns the first address of a site that somebody wrote; empty where there is none."""
    for found in _SITE.findall(mail.fresh[:20_000])[:10]:
        try:
            return requests.site_of(found.rstrip(".,;:!?"))
        except ValueError:
            continue
    return ""
