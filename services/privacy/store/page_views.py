"""Keeps how often the house's pages are read: a site, a path, a day and a number. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Date, Text, and_, or_, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from services.privacy.domain.page_views import PATHS_A_DAY, PageViews
from services.privacy.store.tables import Uuid, metadata

_P = "parley.privacy.v1.PageViews."

page_views = tenant_table(
    "page_views",
    metadata,
    column("site_id", Uuid, _P + "site_id", prefix="sit"),
    column("path", Text, _P + "path"),
    column("day", Date, _P + "day"),
    column("count", BigInteger, _P + "count"),
    key=("site_id", "day", "path"),
)
_c = page_views.c


async def lock_pages(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> None:
    """Makes those who count for the same site take turns until the transaction ends."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"page views {tenant_id} {site_id}"}
    )


async def paths_of(connection: AsyncConnection, tenant_id: UUID, site_id: str, day: date) -> list[str]:
    """Returns the paths that are counted apart on a day; there are never more than a bounded number."""
    query = (
        select(_c.path)
        .where(_c.tenant_id == tenant_id, _c.site_id == ids.to_uuid(site_id, "sit"), _c.day == day)
        .limit(PATHS_A_DAY + 1)
    )
    return list((await connection.execute(query)).scalars())


async def add_views(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, day: date, counted: Mapping[str, int]
) -> None:
    """Adds to the numbers of a day."""
    made = upsert(page_views).values(
        [
            {
                "tenant_id": tenant_id,
                "site_id": ids.to_uuid(site_id, "sit"),
                "path": path,
                "day": day,
                "count": count,
            }
            for path, count in sorted(counted.items())
        ]
    )
    await connection.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "site_id", "day", "path"], set_={"count": _c.count + made.excluded.count}
        )
    )


async def list_views(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, after: Sequence[Any] | None, limit: int
) -> list[PageViews]:
    """Returns a page of a site's numbers, the latest day first, after a (day, path)."""
    query = select(page_views).where(_c.tenant_id == tenant_id, _c.site_id == ids.to_uuid(site_id, "sit"))
    if after is not None:
        day = date.fromisoformat(str(after[0]))
        query = query.where(or_(_c.day < day, and_(_c.day == day, _c.path > str(after[1]))))
    rows = await connection.execute(query.order_by(_c.day.desc(), _c.path).limit(limit))
    return [
        PageViews(site_id=ids.from_uuid("sit", row.site_id), path=row.path, day=row.day, count=row._mapping["count"])
        for row in rows
    ]
