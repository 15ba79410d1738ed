"""Brings an operator's answer to a visitor who left a message and an address, by mail, unless it is read in the chat.

The database itself makes the job, in the transaction in which something is said, so that no way of saying it is
forgotten. The job waits a little: what is read or taken back meanwhile is not mailed, and what is changed goes as it
stands then. That a mail went out stays in the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, ParleyError
from kernel.events import EventType, an_id
from kernel.identity import Actor, Regime, Subject
from kernel.jobs import Job
from kernel.mail import Letter
from kernel.mail.addresses import fingerprint
from kernel.mail.delays import REPLY_DELAY
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring
from services.chat.domain import Conversation, Entry
from services.chat.store import mail_threads, messages
from services.chat.store.left_messages import find_left_message
from services.chat.store.mail_threads import MailThread
from services.chat.store.messages import Appended

JOB = "reply.mail"
ATTEMPTS = 12
#: However much is said, the first of it does not wait for more than so many delays.
_MOST_DELAYS = 5
_ENTRIES, _QUOTED = 200, 2000

#: What an operator said went to its visitor by mail.
MAILED = EventType("reply.mailed", {"record_id": an_id("cnv")})


async def look(connection: AsyncConnection, wiring: Wiring, conversation: Conversation, now: datetime) -> None:
    """Has it looked, in the running transaction, whether anything waits to be mailed."""
    key = str(conversation.id)
    await wiring.jobs.enqueue(
        connection,
        JOB,
        tenant_id=ids.from_uuid("ten", conversation.tenant_id),
        now=now,
        arguments={"conversation": key},
        key=key,
    )


async def send(wiring: Wiring, job: Job) -> None:
    """Mails what the visitor has not read, once it has waited; says when to look again where there is more to come."""
    tenant_id, conversation_id = ids.to_uuid(job.tenant_id, "ten"), UUID(str(job.arguments["conversation"]))
    kept = await wiring.kept_for(job.tenant_id)
    seconds: int = await wiring.settings.get(job.tenant_id, REPLY_DELAY)
    delay = timedelta(seconds=seconds)
    async with wiring.database.transaction(job.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_id, conversation_id, kept, lock=True)
        left = await find_left_message(connection, tenant_id, conversation_id)
        if found is None or found.erase_time is not None or left is None or not left[0]:
            return
        thread = await _thread_of(connection, wiring, found)
        due = await _due(connection, found, thread, delay)
    now = wiring.clock.now()
    if due is not None and due <= now:
        site = await wiring.peers.site_name(job.tenant_id, ids.from_uuid("sit", found.site_id))
        await _mail(wiring, job, found, site)
    await _look_again(wiring, job, found, delay)


async def _due(
    connection: AsyncConnection, conversation: Conversation, thread: MailThread, delay: timedelta
) -> datetime | None:
    after = max(conversation.visitor_read, thread.mailed_sequence)
    said = await mail_threads.find_unmailed(connection, conversation.tenant_id, conversation.id, after)
    return None if said is None else min(said[1] + delay, said[0] + _MOST_DELAYS * delay)


async def _look_again(wiring: Wiring, job: Job, conversation: Conversation, delay: timedelta) -> None:
    """Ends the job, and makes the next one where something waits still or was said meanwhile."""
    kept = await wiring.kept_for(job.tenant_id)
    async with wiring.database.transaction(job.tenant_id) as connection:
        # Whoever says something holds the conversation before the job: in the other order, two would wait for each
        # other. Then the job goes, and only then it is looked.
        found = await find_kept(connection, wiring, conversation.tenant_id, conversation.id, kept, lock=True)
        if not await wiring.jobs.finish(connection, job) or found is None or found.erase_time is not None:
            return
        due = await _due(connection, found, await _thread_of(connection, wiring, found), delay)
        if due is not None:
            await wiring.jobs.enqueue(
                connection,
                JOB,
                tenant_id=job.tenant_id,
                now=wiring.clock.now(),
                due=due,
                arguments=dict(job.arguments),
                key=job.key,
            )


async def _thread_of(connection: AsyncConnection, wiring: Wiring, conversation: Conversation) -> MailThread:
    address = wiring.addresses.of(conversation.tenant_id, conversation.id)
    return await mail_threads.claim_thread(
        connection,
        MailThread(
            tenant_id=conversation.tenant_id,
            conversation_id=conversation.id,
            fingerprint=fingerprint(address),
            mailed_sequence=0,
            last_message_id="",
            told_late_time=None,
            create_time=wiring.clock.now(),
        ),
    )


async def _mail(wiring: Wiring, job: Job, conversation: Conversation, site: str) -> None:
    """Sends what waits, in the transaction that notes it: an erasure that comes now waits, and is told of it."""
    tenant_id = conversation.tenant_id
    noted: list[tuple[Entry, Appended]] = []
    async with wiring.database.transaction(job.tenant_id) as connection:
        thread = await _thread_of(connection, wiring, conversation)
        left = await find_left_message(connection, tenant_id, conversation.id)
        now = wiring.clock.now()
        visitor = _visitor(job, conversation)
        try:
            # What is sealed goes to nobody.
            await wiring.access.record(connection, visitor, conversation.id, conversation.visitor_id, now)
        except ParleyError:
            return
        after = max(conversation.visitor_read, thread.mailed_sequence)
        entries = await messages.list_messages(connection, tenant_id, conversation.id, after, _ENTRIES)
        said = [each for each in entries if each.kind == domain.TEXT and each.side == domain.OPERATOR and each.body]
        if left is None or not left[0] or not said:
            return
        written = wiring.templates.render(
            "reply",
            conversation.language or "en",
            {
                "said": [each.body for each in said],
                "operator": conversation.operator_name,
                "site": site,
                "asked": await _asked(connection, conversation, said[0].sequence),
            },
        )
        address = wiring.addresses.of(tenant_id, conversation.id)
        letter = Letter(
            to=left[0],
            subject=written.subject,
            text=written.text,
            html=written.html,
            from_name=site,
            reply_to=address,
            return_path=address,
            in_reply_to=thread.last_message_id,
            is_written=True,
        )
        kind = domain.MAILED
        try:
            message_id = await wiring.mailer.send(letter)
        except (InvalidArgument, FailedPrecondition):
            message_id, kind = thread.last_message_id, domain.MAIL_FAILED
        except ParleyError:
            if job.attempt < ATTEMPTS:
                raise
            message_id, kind = thread.last_message_id, domain.MAIL_FAILED
        await mail_threads.save_mailed(connection, thread, said[-1].sequence, message_id)
        entry = Entry(conversation_id=conversation.id, id=ids.new_uuid(), kind=kind, side=domain.NEITHER)
        noted.append((entry, await messages.append_one(connection, tenant_id, entry, now)))
        if kind == domain.MAILED:
            await wiring.outbox.append(
                connection,
                MAILED,
                tenant_id=job.tenant_id,
                now=now,
                subjects=[
                    Subject(tenant_id=job.tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.subject_id)
                ],
                attributes={"record_id": visitor.conversation_id},
            )
    wiring.hub.committed(tenant_id, [each for each in noted if each[1].outcome == "fresh"])


async def _asked(connection: AsyncConnection, conversation: Conversation, before: int) -> str:
    """Returns what the visitor said last before a place."""
    first = max(0, before - 1 - _ENTRIES)
    entries = await messages.list_messages(connection, conversation.tenant_id, conversation.id, first, _ENTRIES)
    said = [
        each.body
        for each in entries
        if each.sequence < before and each.kind == domain.TEXT and each.side == domain.VISITOR and each.body
    ]
    return said[-1][:_QUOTED] if said else ""


def _visitor(job: Job, conversation: Conversation) -> Actor:
    return Actor(
        tenant_id=job.tenant_id,
        regime=Regime.ASP,
        callers=frozenset({access_pb2.CALLER_VISITOR}),
        subject_id=ids.from_uuid("vis", conversation.visitor_id),
        conversation_id=ids.from_uuid("cnv", conversation.id),
        purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS,
    )
