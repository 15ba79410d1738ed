"""Keeps who chose to be remembered on which site."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import Bound
from services.identity.store.tables import recognitions

_c = recognitions.c


async def remember(
    connection: AsyncConnection, tenant_id: UUID, bound: Bound, notice_id: str, times: tuple[datetime, datetime]
) -> None:
    """Remembers a visitor on a site from the first to the second of `times`; a new choice replaces the one before."""
    chosen = {"notice_id": ids.to_uuid(notice_id, "ntc"), "create_time": times[0], "expire_time": times[1]}
    await connection.execute(
        upsert(recognitions)
        .values(
            tenant_id=tenant_id,
            visitor_id=ids.to_uuid(bound.visitor_id, "vis"),
            site_id=ids.to_uuid(bound.site_id, "sit"),
            **chosen,
        )
        .on_conflict_do_update(index_elements=["tenant_id", "visitor_id", "site_id"], set_=chosen)
    )


async def find_recognition(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: str, site_id: str, now: datetime
) -> datetime | None:
    """Returns until when a visitor is remembered on a site; None where the visitor is not."""
    query = select(_c.expire_time).where(
        _c.tenant_id == tenant_id,
        _c.visitor_id == ids.to_uuid(visitor_id, "vis"),
        _c.site_id == ids.to_uuid(site_id, "sit"),
        _c.expire_time > now,
    )
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def note_visit(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: str, site_id: str, now: datetime, apart: timedelta
) -> int:
    """Counts a visit that lies `apart` from the last page seen, and returns which one this is; 0 for nobody known."""
    last = func.coalesce(_c.visit_time, _c.create_time)
    counted = (
        update(recognitions)
        .where(
            _c.tenant_id == tenant_id,
            _c.visitor_id == ids.to_uuid(visitor_id, "vis"),
            _c.site_id == ids.to_uuid(site_id, "sit"),
            _c.expire_time > now,
        )
        .values(
            visits=_c.visits + case((last <= now - apart, 1), else_=0), visit_time=func.greatest(_c.visit_time, now)
        )
        .returning(_c.visits)
    )
    return int((await connection.execute(counted)).scalar() or 0)


async def find_chosen_notice(connection: AsyncConnection, tenant_id: UUID, visitor_id: str) -> str | None:
    """Returns the notice under which a visitor last chose to be remembered; None where the visitor did not."""
    query = (
        select(_c.notice_id)
        .where(_c.tenant_id == tenant_id, _c.visitor_id == ids.to_uuid(visitor_id, "vis"))
        .order_by(_c.create_time.desc())
        .limit(1)
    )
    found = (await connection.execute(query)).scalar()
    return None if found is None else ids.from_uuid("ntc", found)


async def forget_recognitions(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: str, *, until: datetime
) -> None:
    """Forgets a visitor on every site, as far as the visitor chose to be remembered up to a moment."""
    await connection.execute(
        delete(recognitions).where(
            _c.tenant_id == tenant_id, _c.visitor_id == ids.to_uuid(visitor_id, "vis"), _c.create_time <= until
        )
    )
