"""Keeps the browser log and its counts. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Integer,
    Row,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from services.privacy.domain.browser_log import Count, Entry
from services.privacy.store.tables import Moment, Uuid, metadata

_E = "parley.privacy.v1.BrowserLogEntry."
_C = "parley.privacy.v1.BrowserCount."
ROWS_AT_ONCE = 1000

browser_log = tenant_table(
    "browser_log",
    metadata,
    column("id", Uuid, _E + "id", prefix="brw"),
    column("site_id", Uuid, _E + "site_id", prefix="sit"),
    column("network_address", Text, _E + "network_address"),
    column("family", Integer, _E + "family"),
    column("major_version", Integer, _E + "major_version"),
    column("hour_time", Moment, _E + "hour_time"),
    column("is_shortened", Boolean, _E + "is_shortened"),
    purge=("hour_time", "retention.browser_log_days"),
    uncovered="it knows no visitor and no conversation, so that nobody can be found in it",
)
browser_counts = tenant_table(
    "browser_counts",
    metadata,
    column("site_id", Uuid, _C + "site_id", prefix="sit"),
    column("day", Date, _C + "day"),
    column("family", Integer, _C + "counted_family"),
    column("count", BigInteger, _C + "count"),
    key=("site_id", "day", "family"),
)
_l, _c = browser_log.c, browser_counts.c


async def add_entry(connection: AsyncConnection, tenant_id: UUID, entry: Entry) -> None:
    """Adds an entry, and counts it for good."""
    await connection.execute(
        insert(browser_log).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(entry.id, "brw"),
            site_id=ids.to_uuid(entry.site_id, "sit"),
            network_address=entry.network_address,
            family=entry.family,
            major_version=entry.major_version,
            hour_time=entry.hour_time,
            is_shortened=entry.is_shortened,
        )
    )
    await connection.execute(
        upsert(browser_counts)
        .values(
            tenant_id=tenant_id,
            site_id=ids.to_uuid(entry.site_id, "sit"),
            day=entry.hour_time.date(),
            family=entry.family,
            count=1,
        )
        .on_conflict_do_update(
            index_elements=["tenant_id", "site_id", "day", "family"], set_={"count": browser_counts.c.count + 1}
        )
    )


async def shorten(connection: AsyncConnection, tenant_id: UUID, until: datetime) -> int:
    """Cuts the addresses of a bounded number of entries up to an hour down to their networks; returns how many."""
    address = cast(func.nullif(_l.network_address, ""), INET)
    network = func.network(func.set_masklen(address, case((func.family(address) == 4, 24), else_=48)))
    chosen = (
        select(_l.id)
        .where(_l.tenant_id == tenant_id, _l.is_shortened.is_(False), _l.hour_time <= until)
        .order_by(_l.id)
        .limit(ROWS_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    done = await connection.execute(
        update(browser_log)
        .where(_l.tenant_id == tenant_id, _l.id.in_(chosen))
        .values(network_address=func.coalesce(cast(network, Text), ""), is_shortened=True)
    )
    return done.rowcount


async def list_entries(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, after: Sequence[Any] | None, limit: int
) -> list[Entry]:
    """Returns a page of a site's entries, the latest first, after an (hour, id)."""
    query = select(browser_log).where(_l.tenant_id == tenant_id, _l.site_id == ids.to_uuid(site_id, "sit"))
    if after is not None:
        edge = (datetime.fromisoformat(str(after[0])), ids.to_uuid(str(after[1]), "brw"))
        query = query.where(tuple_(_l.hour_time, _l.id) < tuple_(*edge))
    rows = await connection.execute(query.order_by(_l.hour_time.desc(), _l.id.desc()).limit(limit))
    return [_entry(row) for row in rows]


async def list_counts(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, after: Sequence[Any] | None, limit: int
) -> list[Count]:
    """Returns a page of a site's counts, the latest day first, after a (day, family)."""
    query = select(browser_counts).where(_c.tenant_id == tenant_id, _c.site_id == ids.to_uuid(site_id, "sit"))
    if after is not None:
        day = date.fromisoformat(str(after[0]))
        query = query.where(or_(_c.day < day, and_(_c.day == day, _c.family > int(after[1]))))
    rows = await connection.execute(query.order_by(_c.day.desc(), _c.family).limit(limit))
    return [
        Count(site_id=ids.from_uuid("sit", row.site_id), day=row.day, family=row.family, count=row._mapping["count"])
        for row in rows
    ]


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=ids.from_uuid("brw", row.id),
        site_id=ids.from_uuid("sit", row.site_id),
        network_address=row.network_address,
        family=row.family,
        major_version=row.major_version,
        hour_time=row.hour_time,
        is_shortened=row.is_shortened,
    )
