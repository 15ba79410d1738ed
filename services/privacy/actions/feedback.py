"""Takes feedback, shows it to its author and to the privacy officer, and answers it. Nothing else is done with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import NotFound
from kernel.events import EventType, an_id
from kernel.identity import Actor, Subject
from kernel.identity.tokens import derive_key
from kernel.jobs import Job
from kernel.journal import TakenBack
from kernel.mail import Letter, Templates
from kernel.storage import leftovers
from kernel.storage.paging import page_size
from kernel.telemetry import logs, metrics
from services.privacy.actions import ledger
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.codes import code_for, hashed
from services.privacy.domain.feedback import DUE, Feedback, answered, is_overdue
from services.privacy.domain.texts import check_said
from services.privacy.store import feedback as store
from services.privacy.store.tables import metadata

DUE_JOB, MAIL_JOB = "feedback.due", "feedback.mail"
OVERDUE = EventType("feedback.overdue", {"feedback_id": an_id("fbk")})
MAILED = EventType("feedback.mailed", {"feedback_id": an_id("fbk")})

_log = logs.get("feedback")
_missed = metrics.counter("deadlines_missed", "Answers that were not given when they were due.", ("kind",))
_templates = Templates()


async def submit_feedback(
    actor: Actor, wiring: Wiring, given: Feedback, request_id: str, request: Message
) -> tuple[Feedback, str]:
    """Keeps feedback and returns it with the code by which its author finds it again; a retry returns the same code."""
    check_said(text=given.text)
    tenant_id, key = ids.to_uuid(actor.tenant_id, "ten"), _key(wiring)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(
            connection, actor, "SubmitFeedback", request_id, request, given.id, given.create_time
        )
        code = code_for(key, made)
        if made != given.id:
            return await store.get_feedback(connection, tenant_id, made), code
        author = await _author(connection, wiring, actor)
        kept = replace(
            given,
            visitor_id=author,
            conversation_id=actor.conversation_id if author else "",
            site_id=actor.site_id,
            due_time=given.create_time + DUE,
            code_mac=hashed(key, code),
        )
        await store.add_feedback(connection, tenant_id, kept)
        await wiring.jobs.enqueue(
            connection,
            DUE_JOB,
            tenant_id=actor.tenant_id,
            now=given.create_time,
            due=kept.due_time,
            key=kept.id,
            arguments={"feedback_id": kept.id},
        )
        await wiring.retention.schedule(connection, actor.tenant_id, given.create_time)
    return kept, code


async def _author(connection: AsyncConnection, wiring: Wiring, actor: Actor) -> str:
    """Returns the visitor who writes; nobody where the visitor was forgotten, who may complain all the same."""
    if not actor.subject_id.startswith("vis_"):
        return ""
    subject = Subject(tenant_id=actor.tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=actor.subject_id)
    return "" if await ledger.is_forgotten(connection, wiring, subject) else actor.subject_id


async def track_feedback(actor: Actor, wiring: Wiring, code: str) -> Feedback:
    """Returns the feedback that a code belongs to."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_by_code(connection, ids.to_uuid(actor.tenant_id, "ten"), hashed(_key(wiring), code))


async def withdraw_feedback(actor: Actor, wiring: Wiring, code: str, now: datetime) -> None:
    """Deletes the feedback that a code belongs to, with its answer.

    It is in the journal before it is committed, so that no backup from before brings it back.
    """
    async with wiring.database.transaction(actor.tenant_id) as connection:
        gone = await store.delete_by_code(connection, ids.to_uuid(actor.tenant_id, "ten"), hashed(_key(wiring), code))
        feedback_id = ids.from_uuid("fbk", gone)
        for job in (DUE_JOB, MAIL_JOB):
            await wiring.jobs.cancel(connection, job, feedback_id)
        # The bytes go with the next rewrite, as after every erasure.
        await leftovers.mark(connection, metadata, ["feedback"], now)
        await wiring.journal.append(
            TakenBack(tenant_id=actor.tenant_id, record_id=feedback_id, store="privacy.feedback")
        )


async def list_feedback(
    actor: Actor, wiring: Wiring, view: int, size: int, token: str
) -> tuple[list[Feedback], str, int]:
    """Returns a page of one of the lists, the next page's token, and how many answers are overdue."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListFeedback", view)
    position = wiring.pages.position(scope, token)
    edge = None if position is None else UUID(str(position[0]))
    tenant_id, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_feedback(connection, tenant_id, view, now, edge, limit + 1)
        overdue = await store.count_overdue(connection, tenant_id, now)
    page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.id, "fbk")),))
    return page, following, overdue


async def get_feedback(actor: Actor, wiring: Wiring, feedback_id: str) -> Feedback:
    """Returns feedback."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_feedback(connection, ids.to_uuid(actor.tenant_id, "ten"), feedback_id)


async def answer_feedback(actor: Actor, wiring: Wiring, feedback_id: str, answer: str) -> Feedback:
    """Answers feedback, and has the answer mailed where its author left an address."""
    check_said(answer=answer)
    tenant_id, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await store.get_feedback(connection, tenant_id, feedback_id, lock=True)
        changed = answered(current, answer, now)
        if changed is current:
            return current
        await store.save_feedback(connection, tenant_id, changed)
        await wiring.jobs.cancel(connection, DUE_JOB, feedback_id)
        if changed.contact:
            await wiring.jobs.enqueue(
                connection,
                MAIL_JOB,
                tenant_id=actor.tenant_id,
                now=now,
                key=feedback_id,
                arguments={"feedback_id": feedback_id},
            )
    return changed


async def note_overdue(wiring: Wiring, job: Job) -> None:
    """Raises the alarm, once, where an answer was due and is not given."""
    tenant_id, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(job.tenant_id) as connection:
        try:
            current = await store.get_feedback(connection, tenant_id, str(job.arguments["feedback_id"]), lock=True)
        except NotFound:
            return  # It was withdrawn or erased.
        if not is_overdue(current, now) or current.overdue_time is not None:
            return
        await store.save_feedback(connection, tenant_id, replace(current, overdue_time=now))
        await wiring.outbox.append(
            connection, OVERDUE, tenant_id=job.tenant_id, now=now, attributes={"feedback_id": current.id}
        )
    _missed.labels("feedback").inc()
    _log.warning("an answer is overdue", kind="feedback", tenant=job.tenant_id)


async def mail_answer(wiring: Wiring, job: Job) -> None:
    """Mails an answer to the address that its author left, and notes that it was mailed.

    The feedback is held while the mail goes out: whoever withdraws it, or is forgotten, has done so before and gets no
    mail, or comes after and finds in the ledger that there was one.
    """
    tenant_id = ids.to_uuid(job.tenant_id, "ten")
    name = await wiring.peers.tenant_name(job.tenant_id)
    async with wiring.database.transaction(job.tenant_id) as connection:
        try:
            current = await store.get_feedback(connection, tenant_id, str(job.arguments["feedback_id"]), lock=True)
        except NotFound:
            return  # It was withdrawn or erased, and so is the address.
        if current.mail_time is not None or current.answer_time is None or not current.contact:
            return
        written = _templates.render(
            "feedback_answer",
            current.language,
            {
                "tenant_name": name,
                "text": current.text,
                "answer": current.answer,
                "date": f"{current.create_time:%Y-%m-%d}",
            },
        )
        letter = Letter(to=current.contact, subject=written.subject, text=written.text, html=written.html)
        await wiring.mailer.send(letter)
        now = wiring.clock.now()
        await store.save_feedback(connection, tenant_id, replace(current, mail_time=now))
        # What went out goes into the ledger of whom it is about.
        about = Subject(tenant_id=job.tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=current.visitor_id)
        await wiring.outbox.append(
            connection,
            MAILED,
            tenant_id=job.tenant_id,
            now=now,
            subjects=[about] if current.visitor_id else [],
            attributes={"feedback_id": current.id},
        )


def _key(wiring: Wiring) -> bytes:
    return derive_key(wiring.secret_key, "feedback codes")
