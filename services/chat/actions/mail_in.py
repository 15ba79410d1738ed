"""Reads the mails that answer conversations: what the visitor wrote becomes the next message, and its files with it.

The address is known to the visitor alone, and the sender has to be the one who was written to; a mail from elsewhere
waits for a person's decision, and so does one that comes too late. What a machine wrote is no message: an absence note
is passed over, and a report that a mail did not arrive is noted. Nothing is answered by itself but once that a
conversation is over, and never to a machine, so that no two machines can answer one another.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from parley.chat.v1 import attachment_pb2, held_mail_pb2
from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, ParleyError, Unavailable
from kernel.filenames import file_name
from kernel.identity import Actor, Regime
from kernel.jobs import Job
from kernel.mail import Letter, intake
from kernel.mail.addresses import fingerprint
from kernel.mail.arrivals import READ, Arrival
from kernel.mail.intake import Incoming
from services.chat import domain
from services.chat.actions import attachments
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring
from services.chat.domain import Attachment, Conversation, Entry
from services.chat.store import mail_threads, messages
from services.chat.store.left_messages import find_left_message
from services.chat.store.mail_threads import HeldMail, MailThread
from services.chat.store.messages import Appended

SENDER = held_mail_pb2.HeldMail.REASON_SENDER
LATE = held_mail_pb2.HeldMail.REASON_CLOSED
FILES = held_mail_pb2.HeldMail.REASON_FILES
LATE_JOB = "reply.late"
#: How many mails of one conversation wait for a decision at most; whoever sends more is not heard.
MOST_HELD = 20
_LONGEST, _MOST_FILES, _PIECE = 4000, 20, 256 * 1024


async def is_known(wiring: Wiring, tenant_id: str, local_part: str) -> bool:
    """Says whether a conversation is answered at an address."""
    async with wiring.database.transaction(tenant_id) as connection:
        found = await mail_threads.find_thread(connection, ids.to_uuid(tenant_id, "ten"), fingerprint(local_part))
    return found is not None


async def read(wiring: Wiring, job: Job) -> None:
    """Reads a mail that came in, and keeps it no longer than that takes."""
    async with wiring.database.transaction(job.tenant_id) as connection:
        arrival = await wiring.arrivals.find(connection, job)
    if arrival is None:
        return
    # It takes a while for a large one, in which others are served.
    mail = await asyncio.to_thread(intake.read, arrival.data)
    conversation = await _let_in(wiring, job, arrival, mail)
    if conversation is not None:
        refused = [
            each for each in mail.files[:_MOST_FILES] if not await _attach(wiring, job, conversation, mail, each)
        ]
        if refused or len(mail.files) > _MOST_FILES:
            await _hold_alone(wiring, job, conversation, arrival, mail)
    async with wiring.database.transaction(job.tenant_id) as connection:
        await wiring.arrivals.remove(connection, job.tenant_id, arrival, wiring.clock.now())


async def _let_in(wiring: Wiring, job: Job, arrival: Arrival, mail: Incoming) -> Conversation | None:
    """Says what a mail says in its conversation, or holds it; returns the conversation where its files are to follow.

    Each step is done once, however often the job runs.
    """
    tenant_id, kept = ids.to_uuid(job.tenant_id, "ten"), await wiring.kept_for(job.tenant_id)
    noted: list[tuple[Entry, Appended]] = []
    outcome, let_in = "nobody", None
    async with wiring.database.transaction(job.tenant_id) as connection:
        now = wiring.clock.now()
        thread = await mail_threads.find_thread(connection, tenant_id, fingerprint(arrival.local_part))
        found = thread and await find_kept(connection, wiring, tenant_id, thread.conversation_id, kept, lock=True)
        left = found and await find_left_message(connection, tenant_id, found.id)
        if thread is None or not found or found.erase_time is not None or not left:
            pass
        elif mail.report or mail.is_automatic or not arrival.return_path:
            outcome = "machine"
            if mail.report == "failed":
                noted = await _append(connection, found, _event(found, domain.MAIL_FAILED, arrival), now)
        elif not _is_from(mail, left[0]):
            outcome = "held"
            noted = await _hold(connection, found, arrival, mail, SENDER, now)
        elif found.state == domain.CLOSED:
            outcome = "late"
            noted = await _hold(connection, found, arrival, mail, LATE, now)
            await _tell_late(connection, wiring, job, thread, now)
        else:
            outcome, let_in = "kept", found
            noted = await _append(
                connection, found, words(found.id, mail.fresh or mail.text, _mark(mail, arrival)), now
            )
    READ.labels("chat", outcome).inc()
    if noted:
        wiring.hub.committed(tenant_id, noted)
    return let_in


def words(conversation_id: UUID, text: str, mark: str) -> list[Entry]:
    """Returns what was written as messages, cut where one would be too long; `mark` makes them the same ones again."""
    pieces = [text[at : at + _LONGEST] for at in range(0, len(text), _LONGEST)]
    return [
        Entry(
            conversation_id=conversation_id,
            id=ids.new_uuid(),
            kind=domain.TEXT,
            side=domain.VISITOR,
            client_message_id=f"{mark}-{number}",
            body=piece,
        )
        for number, piece in enumerate(pieces)
        if piece.strip()
    ]


async def _append(
    connection: AsyncConnection, conversation: Conversation, entries: list[Entry], now: datetime
) -> list[tuple[Entry, Appended]]:
    if not entries:
        return []
    appended = await messages.append_all(connection, conversation.tenant_id, entries, now)
    return [pair for pair in zip(entries, appended, strict=True) if pair[1].outcome == "fresh"]


def _event(conversation: Conversation, kind: int, arrival: Arrival) -> list[Entry]:
    return [
        Entry(
            conversation_id=conversation.id,
            id=ids.new_uuid(),
            kind=kind,
            side=domain.NEITHER,
            client_message_id=f"mail-{arrival.id.hex}",
        )
    ]


async def _hold(
    connection: AsyncConnection,
    conversation: Conversation,
    arrival: Arrival,
    mail: Incoming,
    reason: int,
    now: datetime,
) -> list[tuple[Entry, Appended]]:
    if await mail_threads.count_held(connection, conversation.tenant_id, conversation.id) >= MOST_HELD:
        return []
    held = HeldMail(
        tenant_id=conversation.tenant_id,
        id=arrival.id,
        conversation_id=conversation.id,
        sender=mail.sender,
        text=mail.fresh or mail.text,
        reason=reason,
        create_time=now,
    )
    if not await mail_threads.add_held(connection, held):
        return []
    return await _append(connection, conversation, _event(conversation, domain.MAIL_HELD, arrival), now)


async def _hold_alone(wiring: Wiring, job: Job, conversation: Conversation, arrival: Arrival, mail: Incoming) -> None:
    async with wiring.database.transaction(job.tenant_id) as connection:
        noted = await _hold(connection, conversation, arrival, mail, FILES, wiring.clock.now())
    wiring.hub.committed(conversation.tenant_id, noted)


async def _attach(wiring: Wiring, job: Job, conversation: Conversation, mail: Incoming, file: intake.Attached) -> bool:
    """Takes a file in as the visitor's; False where it finds no place."""
    request_id = hashlib.sha256(
        f"{mail.message_id}\0{file.filename}\0{file.content_id}\0".encode("utf-8", "replace") + file.data
    ).hexdigest()[:40]
    begun = attachment_pb2.UploadAttachmentRequest(
        conversation_id=ids.from_uuid("cnv", conversation.id), request_id=request_id
    )
    coming = Attachment(
        tenant_id=conversation.tenant_id,
        id=ids.new_uuid(),
        conversation_id=conversation.id,
        side=domain.NEITHER,
        filename=file_name(file.filename),
        media_type=file.media_type[:100],
        size=0,
        state=domain.PENDING,
        file_key="",
        create_time=wiring.clock.now(),
    )

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(file.data), _PIECE):
            yield file.data[at : at + _PIECE]

    visitor = Actor(
        tenant_id=job.tenant_id,
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_VISITOR}),
        subject_id=ids.from_uuid("vis", conversation.visitor_id),
        conversation_id=ids.from_uuid("cnv", conversation.id),
        purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
    )
    try:
        await attachments.upload_attachment(visitor, wiring, coming, pieces(), request_id, begun)
    except Unavailable:
        raise
    except ParleyError:
        return False
    return True


def _is_from(mail: Incoming, email: str) -> bool:
    return bool(mail.sender) and mail.sender.casefold() == email.casefold()


def _mark(mail: Incoming, arrival: Arrival) -> str:
    """Returns by which id a mail's words are known: the same for every copy of it that arrives."""
    known = hashlib.sha256(mail.message_id.encode()).hexdigest() if mail.message_id else arrival.id.hex
    return f"mail-{known[:32]}"


async def _tell_late(connection: AsyncConnection, wiring: Wiring, job: Job, thread: MailThread, now: datetime) -> None:
    if await mail_threads.claim_late(connection, thread, now):
        arguments = {"conversation": str(thread.conversation_id)}
        await wiring.jobs.enqueue(connection, LATE_JOB, tenant_id=job.tenant_id, now=now, arguments=arguments)


async def tell_late(wiring: Wiring, job: Job) -> None:
    """Tells a visitor, once, that an answer came after the end."""
    tenant_id, conversation_id = ids.to_uuid(job.tenant_id, "ten"), UUID(str(job.arguments["conversation"]))
    kept = await wiring.kept_for(job.tenant_id)
    async with wiring.database.transaction(job.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_id, conversation_id, kept)
        left = found and await find_left_message(connection, tenant_id, conversation_id)
    if not found or found.erase_time is not None or not left or not left[0]:
        return
    site = await wiring.peers.site_name(job.tenant_id, ids.from_uuid("sit", found.site_id))
    written = wiring.templates.render("reply_late", found.language or "en", {"site": site})
    letter = Letter(to=left[0], subject=written.subject, text=written.text, html=written.html, from_name=site)
    try:
        await wiring.mailer.send(letter)
    except (InvalidArgument, FailedPrecondition):
        return
