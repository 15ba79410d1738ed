"""Takes reports of messages between two members, and carries out what is decided about one.

Whoever decides reads the reported message and nothing else of the thread, and that they read it is written before it is
shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.privacy import reads
from kernel.storage import leftovers
from services.community.actions.flagging import ESCALATION
from services.community.actions.wiring import Wiring, standing_of, tenant_of
from services.community.domain import moderation, texts
from services.community.domain.direct import Message
from services.community.domain.moderation import ESCALATED, NONE, OPEN, PURGE, Case, Decision, Flag, Statement
from services.community.domain.reviews import reason_of
from services.community.domain.terms import no_such_terms
from services.community.store import direct as direct_store
from services.community.store import masking as masking_store
from services.community.store import moderation as store
from services.community.store import reviews as review_store
from services.community.store import terms as terms_store
from services.community.store.tables import metadata

#: Who reads on within this time is the same reader of the same interval.
STRETCH = timedelta(minutes=15)


async def flag_message(actor: Actor, wiring: Wiring, thread_id: str, number: int, kind: int, text: str) -> str:
    """Takes a report of a message as its reader sees it now, and returns its id; this needs no terms."""
    texts.check_kept(text=text)
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        thread = await direct_store.get_thread(connection, tenant, actor.subject_id, thread_id)
        message = await direct_store.get_message(connection, tenant, thread.id, number)
        message.check_reportable(actor.subject_id)
        terms = await terms_store.find_current(connection, tenant, message.create_time)
        if terms is None:
            raise no_such_terms()
        case = Case(
            id=ids.new_id("mcs"),
            post_id="",
            thread_id=thread.id,
            message_number=number,
            terms_id=terms.id,
            author_id=message.author_id,
            state=OPEN,
            is_escalated=kind in ESCALATED,
            flag_count=1,
            create_time=now,
        )
        case_id, is_new = await store.open_case(connection, tenant, case)
        flag = Flag(
            # Its id opens its outcome, so that it must not be guessed.
            id=ids.random_id("flg"),
            case_id=case_id,
            reporter_id=actor.subject_id,
            staff_id="",
            kind=kind,
            text=text,
            snapshot=message.html,
            revision=0,
            is_upheld=False,
            create_time=now,
        )
        await store.add(connection, tenant, flag)
        if reason := reason_of(kind):
            await review_store.add_review(connection, tenant, case_id, reason, now)
            if is_new:
                told = {"case_id": case_id, "post_id": ""}
                await wiring.outbox.append(connection, ESCALATION, tenant_id=actor.tenant_id, now=now, attributes=told)
    return flag.id


async def record_reading(connection: AsyncConnection, actor: Actor, wiring: Wiring, case: Case) -> None:
    """Notes that somebody reads what a case is about, where that is a message; a post is read by everybody."""
    if case.is_message:
        now = wiring.clock.now()
        await direct_store.record_reading(
            connection,
            tenant_of(actor),
            case_id=case.id,
            thread_id=case.thread_id,
            number=case.message_number,
            author_id=case.author_id,
            staff_id=actor.subject_id,
            by_platform=actor.has(access_pb2.CALLER_PLATFORM_REVIEWER),
            purpose=actor.purpose,
            now=now,
            since=now - STRETCH,
        )
    reads.met()


async def carry_out(
    connection: AsyncConnection,
    actor: Actor,
    decision: Decision,
    message: Message,
    flags: Sequence[Flag],
    now: datetime,
) -> None:
    """Does to a message what was decided, and writes its author the statement of reasons where it is taken away."""
    tenant = tenant_of(actor)
    after = moderation.state_after(decision.action, message.state)
    if after != message.state:
        await direct_store.save_message_state(connection, tenant, message, after)
    if decision.action == PURGE:
        # What the reports kept of it goes as well.
        await masking_store.drop_snapshot(connection, tenant, decision.case_id)
        await leftovers.mark(connection, metadata, ["direct_messages", "flags"], now)
    if decision.action == NONE:
        return
    words = moderation.words_of(decision.action, [each.kind for each in flags], by_notice=True)
    statement = Statement(
        id=ids.new_id("stm"),
        decision_id=decision.id,
        member_id=message.author_id,
        topic_id="",
        thread_id=message.thread_id,
        number=message.number,
        decision_account="",
        clause_id=decision.clause_id,
        facts=decision.facts,
        # Its author keeps a copy, except of what exposes somebody.
        content="" if decision.action == PURGE else message.body,
        create_time=now,
        **words,
    )
    await store.add(connection, tenant, statement)
