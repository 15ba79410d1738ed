"""Mails a visitor a copy of the chat. The address is used for that mail alone and is kept until it is sent.

That the copy went out stays in the ledger, so that whoever is forgotten later hears that it did.
"""

from __future__ import annotations

from uuid import UUID

from google.protobuf.message import Message
from parley.chat.v1 import transcript_pb2
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2
from parley.survey.v1 import answering_pb2

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, ParleyError, ResourceExhausted
from kernel.events import EventType, an_id
from kernel.identity import Actor, Regime, Subject
from kernel.jobs import Job
from kernel.mail import Letter
from kernel.privacy.recipients import SUBJECT, permit
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.occasions import invitation_to
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.actions.written import PlainText
from services.chat.domain import Conversation
from services.chat.store import messages, transcript_mails
from services.chat.store.transcript_mails import TranscriptMail

WAITING, SENT = transcript_pb2.TranscriptMail.STATE_WAITING, transcript_pb2.TranscriptMail.STATE_SENT
JOB = "transcript.mail"
ATTEMPTS = 6
#: How many copies of one conversation are mailed in a day, and how many entries and letters one holds at most.
MOST, ENTRIES, LETTERS = 10, 2000, 1_000_000

#: A copy of a conversation went to its visitor by mail.
MAILED = EventType("transcript.mailed", {"record_id": an_id("cnv"), "mail_id": an_id("tml")})


class TooManyMails(ResourceExhausted):
    """A conversation was mailed several times already."""

    def __init__(self) -> None:
        """Says what next."""
        super().__init__(
            "TOO_MANY_MAILS", f"This chat was mailed {MOST} times today. Nothing was sent; try again tomorrow."
        )


async def mail_transcript(
    actor: Actor, wiring: Wiring, conversation_id: UUID, email: str, request_id: str, request: Message
) -> TranscriptMail:
    """Has a copy of what was said so far mailed to the visitor, once for each request id."""
    permit(actor.regime, SUBJECT)
    now, kept, tenant_id = wiring.clock.now(), await wiring.kept_for(actor.tenant_id), tenant_of(actor)
    mail = TranscriptMail(
        tenant_id=tenant_id,
        id=ids.new_uuid(),
        conversation_id=conversation_id,
        email=email,
        state=WAITING,
        create_time=now,
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_id, conversation_id, kept, lock=True)
        conversation = domain.check_read(viewer_of(actor), found, now)
        await wiring.access.record(connection, actor, conversation.id, conversation.visitor_id, now)
        made = await wiring.idempotency.claim(
            connection, actor, "MailTranscript", request_id, request, str(mail.id), now
        )
        if made != str(mail.id):
            earlier = await transcript_mails.find_mail(connection, tenant_id, UUID(made))
            return earlier or mail
        if await transcript_mails.count_mails(connection, tenant_id, conversation.id) >= MOST:
            raise TooManyMails
        await transcript_mails.add_mail(connection, mail)
        arguments = {"mail_id": ids.from_uuid("tml", mail.id)}
        await wiring.jobs.enqueue(connection, JOB, tenant_id=actor.tenant_id, now=now, arguments=arguments)
    return mail


async def send(wiring: Wiring, job: Job) -> None:
    """Sends a copy, forgets where it went, and tells the ledger.

    The address goes when the relay has taken the mail, when it is refused for good, and after the last attempt. Where
    the visitor was forgotten meanwhile, or the record sealed, nothing is sent.
    """
    tenant_id, mail_id = ids.to_uuid(job.tenant_id, "ten"), ids.to_uuid(str(job.arguments["mail_id"]), "tml")
    kept = await wiring.kept_for(job.tenant_id)
    async with wiring.database.transaction(job.tenant_id) as connection:
        mail = await transcript_mails.find_mail(connection, tenant_id, mail_id, lock=True)
        if mail is None or not mail.email:
            return
        found = await find_kept(connection, wiring, tenant_id, mail.conversation_id, kept)
        if found is None or found.erase_time is not None:
            await transcript_mails.forget_address(connection, mail, WAITING)
            return
        now = wiring.clock.now()
        visitor = Actor(
            tenant_id=job.tenant_id,
            regime=Regime.ASP,
            callers=frozenset({access_pb2.CALLER_VISITOR}),
            subject_id=ids.from_uuid("vis", found.visitor_id),
            conversation_id=ids.from_uuid("cnv", found.id),
            purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS,
        )
        try:
            await wiring.access.record(connection, visitor, found.id, found.visitor_id, now)
        except ParleyError:
            await transcript_mails.forget_address(connection, mail, WAITING)
            return
        link = await _survey_link(wiring, job.tenant_id, found)
        said = await messages.list_messages(connection, tenant_id, found.id, 0, ENTRIES)
        form = PlainText()
        text = form.begin(found, first=True) + form.entries(found, said, first=True)
        written = wiring.templates.render(
            "transcript", found.language or "en", {"transcript": text[:LETTERS], "link": link}
        )
        letter = Letter(to=mail.email, subject=written.subject, text=written.text, html=written.html)
        try:
            # It is sent inside: an erasure that comes now waits, and is then told of the mail by the ledger.
            await wiring.mailer.send(letter)
        except (InvalidArgument, FailedPrecondition):
            await transcript_mails.forget_address(connection, mail, WAITING)
            return
        except ParleyError:
            if job.attempt < ATTEMPTS:
                raise
            await transcript_mails.forget_address(connection, mail, WAITING)
            return
        await transcript_mails.forget_address(connection, mail, SENT)
        await wiring.outbox.append(
            connection,
            MAILED,
            tenant_id=job.tenant_id,
            now=now,
            subjects=[Subject(tenant_id=job.tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.subject_id)],
            attributes={"record_id": visitor.conversation_id, "mail_id": ids.from_uuid("tml", mail.id)},
        )


async def _survey_link(wiring: Wiring, tenant_id: str, conversation: Conversation) -> str:
    """Returns where the survey that is meant for a chat can be answered; nothing where none is, or it cannot be had.

    The copy is what was asked for: it does not wait for a survey.
    """
    if conversation.state != domain.CLOSED:
        return ""
    try:
        offer = await wiring.peers.invite_visitor(tenant_id, invitation_to(conversation, answering_pb2.CHANNEL_MAIL))
        if not offer.invitation:
            return ""
        key = await wiring.peers.site_key(tenant_id, ids.from_uuid("sit", conversation.site_id))
    except ParleyError:
        return ""
    return f"{wiring.widget_origin}/survey/{key}/from/{offer.invitation}"
