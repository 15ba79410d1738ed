"""Counts: what happened on each day, kept as bare numbers, and how what is there now is spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.support.domain.tickets import UNSOLVED
from services.support.store.tables import tallies, tickets

NOBODY = UUID(int=0)
_y, _t = tallies.c, tickets.c

# Made once: that which it adds is named by a copy of the table, which costs more than the rest of the statement, and
# which only the collector frees.
_made = upsert(tallies)
_add = _made.on_conflict_do_update(
    index_elements=["tenant_id", "day", "queue_id", "kind", "staff_id"], set_={"count": _y.count + _made.excluded.count}
)


async def add(
    connection: AsyncConnection, tenant_id: UUID, day: datetime, queue_id: UUID, counted: Mapping[tuple[str, UUID], int]
) -> None:
    """Counts what happened on a day, each kind by whom of the staff."""
    # In one order, so that two who count at once wait for one another and not each for the other.
    for (kind, staff_id), count in sorted(counted.items()):
        values = {"tenant_id": tenant_id, "day": day, "queue_id": queue_id, "kind": kind, "staff_id": staff_id}
        await connection.execute(_add, {**values, "count": count})


async def by_day(
    connection: AsyncConnection, tenant_id: UUID, since: datetime, queue_ids: Sequence[UUID]
) -> Sequence[Any]:
    """Returns what was counted since a day, by day and kind."""
    query = (
        select(_y.day, _y.kind, func.sum(_y.count).label("many"))
        .where(_y.tenant_id == tenant_id, _y.day >= since, _y.queue_id.in_(queue_ids))
        .group_by(_y.day, _y.kind)
        .order_by(_y.day)
    )
    return (await connection.execute(query)).all()


async def by_staff(
    connection: AsyncConnection, tenant_id: UUID, since: datetime, queue_ids: Sequence[UUID]
) -> Sequence[Any]:
    """Returns what was counted since a day, by who did it and kind."""
    query = (
        select(_y.staff_id, _y.kind, func.sum(_y.count).label("many"))
        .where(_y.tenant_id == tenant_id, _y.day >= since, _y.queue_id.in_(queue_ids), _y.staff_id != NOBODY)
        .group_by(_y.staff_id, _y.kind)
    )
    return (await connection.execute(query)).all()


async def by_state(connection: AsyncConnection, tenant_id: UUID, queue_ids: Sequence[UUID]) -> Sequence[Any]:
    """Returns how many tickets stand in each state."""
    query = (
        select(_t.state, func.count().label("many"))
        .where(_t.tenant_id == tenant_id, _t.queue_id.in_(queue_ids), _t.merged_into_id.is_(None))
        .group_by(_t.state)
        .order_by(_t.state)
    )
    return (await connection.execute(query)).all()


async def by_assignee(connection: AsyncConnection, tenant_id: UUID, queue_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Returns how many unsolved tickets everybody has."""
    query = (
        select(_t.assignee_id, func.count().label("many"))
        .where(
            _t.tenant_id == tenant_id,
            _t.queue_id.in_(queue_ids),
            _t.assignee_id.is_not(None),
            _t.state.in_(UNSOLVED),
        )
        .group_by(_t.assignee_id)
    )
    return {row.assignee_id: row.many for row in await connection.execute(query)}


async def by_age(
    connection: AsyncConnection, tenant_id: UUID, queue_ids: Sequence[UUID], since: Sequence[datetime]
) -> list[int]:
    """Returns how many unsolved tickets came before each of some moments, the latest first."""
    counted = [func.count().filter(_t.create_time <= moment) for moment in since]
    query = select(*counted).where(
        _t.tenant_id == tenant_id, _t.queue_id.in_(queue_ids), _t.state.in_(UNSOLVED), _t.merged_into_id.is_(None)
    )
    return [int(each) for each in (await connection.execute(query)).one()]
