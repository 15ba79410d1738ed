"""Keeps the calendars by which promises count their time."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.exc import IntegrityError

from kernel.hours import Hours, check_hours
from kernel.identity import Actor
from services.support.actions.wiring import Wiring, tenant_of
from services.support.domain.calendars import MOST, Calendar, CalendarInUse
from services.support.domain.queues import NameTaken, too_many
from services.support.domain.tickets import check_etag
from services.support.store import calendars as store


async def list_calendars(actor: Actor, wiring: Wiring) -> list[Calendar]:
    """Returns all calendars."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.list_calendars(connection, tenant_of(actor))


async def create_calendar(actor: Actor, wiring: Wiring, made: Calendar, request_id: str, request: Message) -> Calendar:
    """Keeps a calendar; a retry returns the first one."""
    check_hours(made.hours)
    tenant = tenant_of(actor)
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            claimed = await wiring.idempotency.claim(
                connection, actor, "CreateCalendar", request_id, request, str(made.id), wiring.clock.now()
            )
            if claimed != str(made.id):
                return await store.get_calendar(connection, tenant, UUID(claimed))
            if len(await store.list_calendars(connection, tenant)) >= MOST:
                raise too_many("calendars")
            await store.add_calendar(connection, tenant, made)
    except IntegrityError:
        raise NameTaken from None
    return made


async def update_calendar(
    actor: Actor, wiring: Wiring, calendar_id: UUID, label: str, hours: Hours, etag: str
) -> Calendar:
    """Replaces what a calendar says."""
    check_hours(hours)
    tenant = tenant_of(actor)
    try:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            current = await store.get_calendar(connection, tenant, calendar_id, lock=True)
            check_etag(etag, current.revision)
            changed = replace(current, label=label, hours=hours, revision=current.revision + 1)
            await store.save_calendar(connection, tenant, changed)
    except IntegrityError:
        raise NameTaken from None
    return changed


async def delete_calendar(actor: Actor, wiring: Wiring, calendar_id: UUID) -> None:
    """Deletes a calendar by which no promise counts."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        # Whoever promises by it at the same moment holds it, and is waited for.
        await store.get_calendar(connection, tenant, calendar_id, lock=True)
        if await store.is_in_use(connection, tenant, calendar_id):
            raise CalendarInUse
        await store.delete_calendar(connection, tenant, calendar_id)
