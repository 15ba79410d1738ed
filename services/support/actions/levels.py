"""Keeps what is promised, reckons the clocks of tickets anew when something happens, and says what is near or late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from parley.support.v1 import record_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.hours import Hours
from kernel.identity import Actor
from kernel.jobs import Every, Job
from services.support.actions import reports
from services.support.actions.wiring import CHANGED, Wiring, tenant_of
from services.support.domain import levels as domain
from services.support.domain.changes import By, Work
from services.support.domain.levels import Level
from services.support.domain.queues import no_such_queue
from services.support.domain.tickets import Happened, Ticket
from services.support.store import calendars, queues, thread
from services.support.store import levels as store
from services.support.store import tickets as ticket_store

JOB = "ticket.levels"
EVERY = Every(timedelta(minutes=1))
_AT_ONCE, _MOST_EVENTS = 100, 500


async def set_level(actor: Actor, wiring: Wiring, level: Level) -> Level:
    """Sets a promise."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if level.queue_id is not None and level.queue_id not in {
            each.id for each in await queues.list_queues(connection, tenant)
        }:
            raise no_such_queue()
        if level.calendar_id is not None:
            # It is held, so that nobody deletes it meanwhile.
            await calendars.get_calendar(connection, tenant, level.calendar_id, lock=True)
        await store.set_level(connection, tenant, level)
        await schedule(connection, wiring, actor.tenant_id, wiring.clock.now())
    return level


async def list_levels(actor: Actor, wiring: Wiring) -> list[Level]:
    """Returns all promises."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_levels(connection, tenant_of(actor))


async def delete_level(actor: Actor, wiring: Wiring, level_id: UUID) -> None:
    """Takes a promise away."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.delete_level(connection, tenant_of(actor), level_id)


async def schedule(connection: AsyncConnection, wiring: Wiring, tenant_id: str, now: datetime) -> None:
    """Makes sure, in the running transaction, that a tenant's deadlines are looked at every minute."""
    await wiring.jobs.enqueue(connection, JOB, tenant_id=tenant_id, now=now, due=EVERY.after(now), key=JOB)


async def reckon(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    ticket: Ticket,
    happened: Sequence[Happened],
    now: datetime,
) -> Ticket:
    """Reckons a ticket's clocks anew, after what just happened, and returns it with its nearest deadline."""
    tenant = ids.to_uuid(tenant_id, "ten")
    promised = await store.list_levels(connection, tenant)
    level = domain.level_for(promised, ticket.queue_id, ticket.priority)
    if level is None:
        if ticket.next_due_time is None:
            return ticket
        await store.save_clocks(connection, tenant, ticket.id, [])
        return replace(ticket, next_due_time=None, next_metric=0)
    before = {each.metric: each for each in await store.list_clocks(connection, tenant, ticket.id)}
    history = await thread.list_events(connection, tenant, [ticket.id], _MOST_EVENTS)
    known = {each.id for each in history}
    hours = await hours_of(connection, wiring, tenant_id, ticket, level)
    found = domain.reckon_all([*history, *(each for each in happened if each.id not in known)], level, hours, now)
    found = [
        replace(each, is_warned=each.metric in before and before[each.metric].is_warned and each.stop_time is None)
        for each in found
    ]
    await store.save_clocks(connection, tenant, ticket.id, found)
    next_ = domain.nearest(found)
    return replace(
        ticket,
        next_due_time=None if next_ is None else next_.due_time,
        next_metric=0 if next_ is None else next_.metric,
        is_breached=any(each.is_breached for each in found) or ticket.is_breached,
    )


async def hours_of(connection: AsyncConnection, wiring: Wiring, tenant_id: str, ticket: Ticket, level: Level) -> Hours:
    """Returns the hours that count for a ticket: those of the promise's calendar, its site's, or the tenant's."""
    if level.calendar_id is not None:
        return (await calendars.get_calendar(connection, ids.to_uuid(tenant_id, "ten"), level.calendar_id)).hours
    site_id = ids.from_uuid("sit", ticket.site_id) if ticket.site_id else ""
    return await wiring.peers.hours_of(tenant_id, site_id)


async def look(wiring: Wiring, job: Job) -> None:
    """Says of a tenant's tickets which deadlines are near, and which were missed; each once."""
    tenant, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(job.tenant_id) as connection:
        promised = await store.list_levels(connection, tenant)
        furthest = timedelta(minutes=max((each.warn_minutes for each in promised), default=0))
        near = await store.list_near(connection, tenant, now + furthest, _AT_ONCE)
    for ticket_id in near:
        await _say(wiring, job.tenant_id, ticket_id, promised, now)


async def _say(wiring: Wiring, tenant_id: str, ticket_id: UUID, promised: Sequence[Level], now: datetime) -> None:
    tenant = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        ticket = await ticket_store.get_ticket(connection, tenant, ticket_id, None, lock=True)
        level = domain.level_for(promised, ticket.queue_id, ticket.priority)
        if level is None:
            return
        work = Work.on(ticket, By(), now)
        clocks = await store.list_clocks(connection, tenant, ticket_id)
        changed = []
        for each in clocks:
            name = record_pb2.Metric.Name(record_pb2.Metric.ValueType(each.metric)).removeprefix("METRIC_")
            if each.due_time is None or each.is_breached:
                changed.append(each)
            elif each.due_time <= now:
                work.note("LEVEL_MISSED", "", name)
                changed.append(replace(each, is_breached=True))
            elif not each.is_warned and each.due_time <= now + timedelta(minutes=level.warn_minutes):
                work.note("LEVEL_NEAR", "", name)
                changed.append(replace(each, is_warned=True))
            else:
                changed.append(each)
        if not work.happened:
            return
        await store.save_clocks(connection, tenant, ticket_id, changed)
        is_breached = any(each.is_breached for each in changed)
        work.ticket = replace(
            ticket, is_breached=is_breached or ticket.is_breached, update_time=now, revision=ticket.revision + 1
        )
        await ticket_store.save_ticket(connection, tenant, work.ticket)
        await thread.add_events(connection, tenant, work.happened)
        await reports.note(connection, tenant, work)
        wiring.hints.send_after(connection, CHANGED)
