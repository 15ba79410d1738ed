"""Gives out what waits, and takes back what somebody who went silent answered: the work that nobody asks for.

It runs as jobs, each taken by one replica at a time and taken over by another one where that dies; there is no leader.
"""

from __future__ import annotations

from dataclasses import replace

from parley.events.v1 import events_pb2
from parley.identity.v1 import staff_pb2
from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity.revocations import STAFF_ID
from kernel.jobs import Job
from services.chat import domain
from services.chat.actions.moving import (
    OFFER_JOB,
    RELEASE_JOB,
    News,
    give,
    put_back,
    soon,
    wake_router,
    watch_lease,
)
from services.chat.actions.wiring import Wiring
from services.chat.domain import routing
from services.chat.store import conversations, operators, queue
from services.chat.store import routing as rules

#: How much of the queue one look gives out.
AT_ONCE = 200
#: Nobody answers more at once.
MOST_HELD = 1000
_ANSWERING = frozenset({access_pb2.CALLER_OPERATOR, access_pb2.CALLER_SUPERVISOR})


async def route(wiring: Wiring, job: Job) -> None:
    """Gives what waits to those who have room for it, as far as the tenant has it given out."""
    tenant_id, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(job.tenant_id) as connection:
        await wiring.jobs.finish(connection, job)
        # Whoever takes something by hand writes the own row, so that what somebody holds is settled once it is locked.
        there = await operators.lock_available(connection, tenant_id, now - wiring.lease)
        if not there:
            return
        held = await queue.count_held(connection, tenant_id, [each.staff_id for each in there])
        there = [replace(each, held=held.get(each.staff_id, 0)) for each in there]
        known = {rule.scope_id: rule for rule in await rules.list_rules(connection, tenant_id)}
        waiting = [
            each
            for each in await queue.lock_queue(connection, tenant_id, AT_ONCE)
            if routing.mode_of(known, each) == routing.AUTOMATIC
        ]
        given = routing.assign(waiting, there)
        news = await give(connection, wiring, tenant_id, given, now)
        if len(given) == AT_ONCE:
            await wake_router(connection, wiring, tenant_id, now)
    await news.tell(wiring)


async def end_lease(wiring: Wiring, job: Job) -> None:
    """Puts back into the queue what somebody answered who was not heard of for as long as a lease lasts."""
    tenant_id, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    staff_id = ids.to_uuid(str(job.arguments["staff_id"]), "stf")
    async with wiring.database.transaction(job.tenant_id) as connection:
        operator = await operators.find_operator(connection, tenant_id, staff_id, lock=True)
        await wiring.jobs.finish(connection, job)
        ends = now if operator is None or operator.seen_time is None else operator.seen_time + wiring.lease
        count = (await queue.count_held(connection, tenant_id, [staff_id])).get(staff_id, 0)
        news = News(tenant_id)
        if count and ends <= now:
            held = await queue.lock_held(connection, tenant_id, staff_id, MOST_HELD)
            news = await put_back(connection, wiring, tenant_id, held, now)
            count -= len(held)
            ends = soon(now)
        if count:
            await watch_lease(connection, wiring, tenant_id, staff_id, ends)
    await news.tell(wiring)


async def release(wiring: Wiring, job: Job) -> None:
    """Puts back into the queue what somebody answered who may not answer any more."""
    tenant_id, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    staff_id = ids.to_uuid(str(job.arguments["staff_id"]), "stf")
    account = (await wiring.peers.staff_of(job.tenant_id, [ids.from_uuid("stf", staff_id)])).get(
        ids.from_uuid("stf", staff_id)
    )
    if account is not None and account.state == staff_pb2.Staff.STATE_ACTIVE and _ANSWERING & set(account.roles):
        return
    async with wiring.database.transaction(job.tenant_id) as connection:
        held = await queue.lock_held(connection, tenant_id, staff_id, MOST_HELD, waits=True)
        news = await put_back(connection, wiring, tenant_id, held, now)
        await operators.leave(connection, tenant_id, staff_id)
    await news.tell(wiring)


async def end_offer(wiring: Wiring, job: Job) -> None:
    """Ends an offer to which nobody answered in time; the conversation stays with whoever made it."""
    tenant_id, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    conversation_id = ids.to_uuid(str(job.arguments["conversation_id"]), "cnv")
    async with wiring.database.transaction(job.tenant_id) as connection:
        current = await conversations.find_conversation(connection, tenant_id, conversation_id, lock=True)
        await wiring.jobs.finish(connection, job)
        if current is None or current.offer_end_time is None:
            return
        if current.offer_end_time > now:
            # It was offered again meanwhile.
            await watch_offer(connection, wiring, current)
            return
        await conversations.save_conversation(connection, routing.end_offer(current))
        await rules.end_transfers(connection, tenant_id, conversation_id, routing.RETURNED)
    wiring.hub.state_changed(tenant_id, [conversation_id])


async def watch_offer(connection: AsyncConnection, wiring: Wiring, conversation: domain.Conversation) -> None:
    """Has somebody look, when an offer is over, whether anybody answered to it."""
    key = ids.from_uuid("cnv", conversation.id)
    assert conversation.offer_end_time is not None
    await wiring.jobs.enqueue(
        connection,
        OFFER_JOB,
        tenant_id=ids.from_uuid("ten", conversation.tenant_id),
        now=conversation.offer_end_time,
        due=conversation.offer_end_time,
        key=key,
        arguments={"conversation_id": key},
    )


async def hear_staff(wiring: Wiring, connection: AsyncConnection, event: events_pb2.Event) -> None:
    """Hears that somebody's roles or state changed, and has what the person answers looked at."""
    await wiring.jobs.enqueue(
        connection,
        RELEASE_JOB,
        tenant_id=event.tenant_id,
        now=wiring.clock.now(),
        arguments={"staff_id": event.attributes[STAFF_ID]},
    )
