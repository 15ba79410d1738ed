"""Keeps that purges ran, and how much they removed. It decides nothing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from services.privacy.domain.retention import RUNS_KEPT_DAYS, Purge, PurgedStore
from services.privacy.store.tables import Moment, Uuid, metadata

_P = "parley.privacy.v1.Purge."

purges = tenant_table(
    "purges",
    metadata,
    column("id", Uuid, _P + "id"),
    column("service", Text, _P + "service"),
    column("time", Moment, _P + "time"),
    column("stores", JSONB, "- names of tables, and numbers"),
    purge=("time", RUNS_KEPT_DAYS),
    uncovered="names of tables and how many of their rows went; about nobody",
)
_p = purges.c


async def add_purge(connection: AsyncConnection, tenant_id: UUID, purge: Purge) -> None:
    """Adds a run; one that is there already stays as it is."""
    values = {
        "tenant_id": tenant_id,
        "id": ids.to_uuid(purge.id, "evt"),
        "service": purge.service,
        "time": purge.time,
        "stores": [asdict(store) for store in purge.stores],
    }
    await connection.execute(upsert(purges).values(values).on_conflict_do_nothing())


async def list_purges(
    connection: AsyncConnection, tenant_id: UUID, before: tuple[datetime, UUID] | None, limit: int
) -> list[Purge]:
    """Returns a page of runs, newest first."""
    query = select(purges).where(_p.tenant_id == tenant_id)
    if before is not None:
        query = query.where(tuple_(_p.time, _p.id) < before)
    return [
        Purge(
            id=ids.from_uuid("evt", row.id),
            service=row.service,
            time=row.time,
            stores=tuple(PurgedStore(**each) for each in row.stores),
        )
        for row in await connection.execute(query.order_by(_p.time.desc(), _p.id.desc()).limit(limit))
    ]
