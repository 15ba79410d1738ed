"""Keeps sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import Site, missing
from services.identity.store.rows import by_name, insert_row
from services.identity.store.tables import (
    sites,
)


async def add_site(connection: AsyncConnection, tenant_id: UUID, site: Site) -> None:
    """Adds a site."""
    values = asdict(site) | {"tenant_id": tenant_id, "id": ids.to_uuid(site.id, "sit")}
    await insert_row(connection, sites, values | {"allowed_origins": list(site.allowed_origins)})


async def get_site(connection: AsyncConnection, tenant_id: UUID, site_id: str, *, lock: bool = False) -> Site:
    """Returns a site of the bound tenant; `lock` holds it until the transaction ends."""
    query = select(sites).where(sites.c.tenant_id == tenant_id, sites.c.id == ids.to_uuid(site_id, "sit"))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise missing("site")
    return _site(row)


async def list_sites(
    connection: AsyncConnection, tenant_id: UUID, after: Sequence[Any] | None, limit: int
) -> list[Site]:
    """Returns a page of sites by name, after a (name, id)."""
    rows = await connection.execute(by_name(sites, tenant_id, after, limit))
    return [_site(row) for row in rows]


async def save_site(connection: AsyncConnection, tenant_id: UUID, site: Site) -> None:
    """Writes a locked site back."""
    values = asdict(site) | {"allowed_origins": list(site.allowed_origins)}
    for key in ("id", "tenant_id", "create_time"):
        values.pop(key)
    await connection.execute(
        update(sites).where(sites.c.tenant_id == tenant_id, sites.c.id == ids.to_uuid(site.id, "sit")).values(values)
    )


async def mark_site_seen(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, origin: str, now: datetime
) -> None:
    """Notes when and on which origin the widget was loaded."""
    await connection.execute(
        update(sites)
        .where(sites.c.tenant_id == tenant_id, sites.c.id == ids.to_uuid(site_id, "sit"))
        .values(seen_time=now, seen_origin=origin)
    )


def _site(row: Row[Any]) -> Site:
    values = dict(row._mapping)
    return Site(
        **values
        | {
            "id": ids.from_uuid("sit", row.id),
            "tenant_id": ids.from_uuid("ten", row.tenant_id),
            "allowed_origins": tuple(row.allowed_origins),
        }
    )
