"""Keeps who chose to be remembered on which site."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
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
