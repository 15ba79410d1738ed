"""Keeps when somebody is there, and by which rules a site offers a chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.hours import Hours, Interval
from services.identity.domain import ChatInvitation
from services.identity.store.tables import chat_invitations, hours

#: The site under which the hours of all sites stand that have none of their own.
ALL_SITES = UUID(int=0)


async def find_hours(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, *, lock: bool = False
) -> tuple[Hours, int] | None:
    """Returns the hours that a site, or all sites, have of their own, and their revision."""
    query = select(hours).where(hours.c.tenant_id == tenant_id, hours.c.site_id == _key(site_id))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else (_hours(row), row.revision)


async def save_hours(connection: AsyncConnection, tenant_id: UUID, site_id: str, set_to: Hours, revision: int) -> None:
    """Writes hours."""
    values: dict[str, Any] = {
        "zone": set_to.zone,
        "country": set_to.country,
        "part": set_to.part,
        "days": [_written(each) for each in set_to.week],
        "special_days": {day.isoformat(): _written(each) for day, each in set_to.special.items()},
        "revision": revision,
    }
    await connection.execute(
        insert(hours)
        .values(tenant_id=tenant_id, site_id=_key(site_id), **values)
        .on_conflict_do_update(index_elements=["tenant_id", "site_id"], set_=values)
    )


async def delete_hours(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> None:
    """Takes hours away."""
    await connection.execute(delete(hours).where(hours.c.tenant_id == tenant_id, hours.c.site_id == _key(site_id)))


async def find_invitations(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, *, lock: bool = False
) -> tuple[Sequence[ChatInvitation], int]:
    """Returns a site's rules, and their revision; 0 where there were never any."""
    c = chat_invitations.c
    query = select(chat_invitations).where(c.tenant_id == tenant_id, c.site_id == _key(site_id))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return ((), 0) if row is None else (tuple(ChatInvitation(**each) for each in row.rules), row.revision)


async def save_invitations(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, rules: Sequence[ChatInvitation], revision: int
) -> None:
    """Writes a site's rules."""
    values: dict[str, Any] = {"rules": [asdict(each) for each in rules], "revision": revision}
    await connection.execute(
        insert(chat_invitations)
        .values(tenant_id=tenant_id, site_id=_key(site_id), **values)
        .on_conflict_do_update(index_elements=["tenant_id", "site_id"], set_=values)
    )


def _key(site_id: str) -> UUID:
    return ids.to_uuid(site_id, "sit") if site_id else ALL_SITES


def _written(day: Sequence[Interval]) -> list[list[int]]:
    return [[each.start, each.end] for each in day]


def _read(day: Sequence[Sequence[int]]) -> tuple[Interval, ...]:
    return tuple(Interval(start, end) for start, end in day)


def _hours(row: Row[Any]) -> Hours:
    return Hours(
        zone=row.zone,
        week=[_read(each) for each in row.days],
        country=row.country,
        part=row.part,
        special={date.fromisoformat(day): _read(each) for day, each in row.special_days.items()},
    )
