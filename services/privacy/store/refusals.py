"""Counts, by day and site, whom the platform refused for their age. The table has no place for anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, Date, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from services.privacy.store.tables import Uuid, metadata

_T = "parley.privacy.v1.RefusalTally."
#: Stands for no site.
_NOWHERE = UUID(int=0)

refusals = tenant_table(
    "refusals",
    metadata,
    column("site_id", Uuid, _T + "site_id", prefix="sit"),
    column("day", Date, _T + "day"),
    column("count", BigInteger, _T + "count"),
    key=("day", "site_id"),
)
_r = refusals.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many were refused on one site on one day."""

    day: date
    site_id: str
    count: int


async def count_refusal(connection: AsyncConnection, tenant_id: UUID, site_id: str, day: date) -> None:
    """Counts one more."""
    site = ids.to_uuid(site_id, "sit") if site_id else _NOWHERE
    row = insert(refusals).values(tenant_id=tenant_id, site_id=site, day=day, count=1)
    await connection.execute(
        row.on_conflict_do_update(index_elements=["tenant_id", "day", "site_id"], set_={"count": _r["count"] + 1})
    )


async def list_tallies(
    connection: AsyncConnection, tenant_id: UUID, before: tuple[date, UUID] | None, limit: int
) -> list[Tally]:
    """Returns a page of days, the latest first."""
    query = select(_r.day, _r.site_id, _r["count"]).where(_r.tenant_id == tenant_id)
    if before is not None:
        query = query.where(tuple_(_r.day, _r.site_id) < tuple_(*before))
    rows = await connection.execute(query.order_by(_r.day.desc(), _r.site_id.desc()).limit(limit))
    return [
        Tally(day=day, site_id="" if site == _NOWHERE else ids.from_uuid("sit", site), count=count)
        for day, site, count in rows
    ]


def edge_of(day: str, site_id: str) -> tuple[date, UUID]:
    """Returns where a page ended."""
    return date.fromisoformat(day), ids.to_uuid(site_id, "sit") if site_id else _NOWHERE
