"""Reads and writes calendars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.hours import Hours, Interval
from services.support.domain.calendars import Calendar, no_such_calendar
from services.support.store.tables import calendars, levels

_c = calendars.c


def _intervals(written: Sequence[Sequence[int]]) -> list[Interval]:
    return [Interval(start, end) for start, end in written]


def _written(intervals: Sequence[Interval]) -> list[list[int]]:
    return [[each.start, each.end] for each in intervals]


def _calendar(row: Row[Any]) -> Calendar:
    special = orjson.loads(row.special_days)
    return Calendar(
        id=row.id,
        label=row.label,
        hours=Hours(
            zone=row.zone,
            week=[_intervals(each) for each in orjson.loads(row.days)],
            country=row.country,
            part=row.part,
            special={date.fromisoformat(day): _intervals(each) for day, each in special.items()},
        ),
        revision=row.revision,
    )


def _values(calendar: Calendar) -> dict[str, Any]:
    hours = calendar.hours
    return {
        "label": calendar.label,
        "zone": hours.zone,
        "country": hours.country,
        "part": hours.part,
        "days": orjson.dumps([_written(each) for each in hours.week]).decode(),
        "special_days": orjson.dumps(
            {day.isoformat(): _written(each) for day, each in sorted(hours.special.items())}
        ).decode(),
        "revision": calendar.revision,
    }


async def list_calendars(connection: AsyncConnection, tenant_id: UUID) -> list[Calendar]:
    """Returns all calendars in the order of their names."""
    query = select(calendars).where(_c.tenant_id == tenant_id).order_by(_c.label, _c.id)
    return [_calendar(row) for row in await connection.execute(query)]


async def get_calendar(
    connection: AsyncConnection, tenant_id: UUID, calendar_id: UUID, *, lock: bool = False
) -> Calendar:
    """Returns a calendar."""
    query = select(calendars).where(_c.tenant_id == tenant_id, _c.id == calendar_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise no_such_calendar()
    return _calendar(row)


async def add_calendar(connection: AsyncConnection, tenant_id: UUID, made: Calendar) -> None:
    """Adds a calendar; raises IntegrityError where its name is taken."""
    await connection.execute(insert(calendars).values(tenant_id=tenant_id, id=made.id, **_values(made)))


async def save_calendar(connection: AsyncConnection, tenant_id: UUID, changed: Calendar) -> None:
    """Writes what a calendar says now; raises IntegrityError where its name is taken."""
    at = (_c.tenant_id == tenant_id, _c.id == changed.id)
    await connection.execute(update(calendars).where(*at).values(**_values(changed)))


async def delete_calendar(connection: AsyncConnection, tenant_id: UUID, calendar_id: UUID) -> None:
    """Deletes a calendar."""
    gone = await connection.execute(delete(calendars).where(_c.tenant_id == tenant_id, _c.id == calendar_id))
    if not gone.rowcount:
        raise no_such_calendar()


async def is_in_use(connection: AsyncConnection, tenant_id: UUID, calendar_id: UUID) -> bool:
    """Says whether a promise counts by a calendar."""
    query = select(exists().where(levels.c.tenant_id == tenant_id, levels.c.calendar_id == calendar_id))
    return bool((await connection.execute(query)).scalar_one())
