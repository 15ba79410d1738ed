"""Reads and writes what is promised, and how the clocks of tickets stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.support.domain.levels import Clock, Level, no_such_level
from services.support.store.tables import clocks, levels, tickets

_c, _l, _t = clocks.c, levels.c, tickets.c
_LEVEL = [each for each in levels.c if each.name != "tenant_id"]
_CLOCK = [each for each in clocks.c if each.name not in ("tenant_id", "ticket_id")]


async def list_levels(connection: AsyncConnection, tenant_id: UUID) -> list[Level]:
    """Returns all promises."""
    query = select(*_LEVEL).where(_l.tenant_id == tenant_id).order_by(_l.id)
    return [Level(**row._mapping) for row in await connection.execute(query)]


async def set_level(connection: AsyncConnection, tenant_id: UUID, level: Level) -> None:
    """Sets a promise in the place of the one for the same queue and priority."""
    same = _l.queue_id == level.queue_id if level.queue_id else _l.queue_id.is_(None)
    await connection.execute(delete(levels).where(_l.tenant_id == tenant_id, same, _l.priority == level.priority))
    await connection.execute(insert(levels).values(tenant_id=tenant_id, **asdict(level)))


async def delete_level(connection: AsyncConnection, tenant_id: UUID, level_id: UUID) -> None:
    """Takes a promise away."""
    gone = await connection.execute(delete(levels).where(_l.tenant_id == tenant_id, _l.id == level_id))
    if not gone.rowcount:
        raise no_such_level()


async def list_clocks(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID) -> list[Clock]:
    """Returns a ticket's clocks."""
    query = select(*_CLOCK).where(_c.tenant_id == tenant_id, _c.ticket_id == ticket_id).order_by(_c.metric)
    return [Clock(**row._mapping) for row in await connection.execute(query)]


async def save_clocks(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, found: Sequence[Clock]) -> None:
    """Writes a ticket's clocks anew."""
    await connection.execute(delete(clocks).where(_c.tenant_id == tenant_id, _c.ticket_id == ticket_id))
    if found:
        rows = [{"tenant_id": tenant_id, "ticket_id": ticket_id, **asdict(each)} for each in found]
        await connection.execute(insert(clocks), rows)


async def note_warned(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, metric: int) -> None:
    """Notes that it was said that a deadline is near."""
    await connection.execute(
        update(clocks)
        .where(_c.tenant_id == tenant_id, _c.ticket_id == ticket_id, _c.metric == metric)
        .values(is_warned=True)
    )


async def list_near(connection: AsyncConnection, tenant_id: UUID, until: datetime, limit: int) -> list[UUID]:
    """Returns the tickets with a running clock that is due before a moment and of which that was not said yet."""
    query = (
        select(_c.ticket_id)
        .join(tickets, (_t.tenant_id == _c.tenant_id) & (_t.id == _c.ticket_id))
        .where(
            _t.tenant_id == tenant_id,
            _t.next_due_time <= until,
            _c.due_time <= until,
            _c.is_breached.is_(False),
        )
        .order_by(_c.ticket_id)
        .distinct()
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())
