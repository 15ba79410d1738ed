"""Keeps the grants by which platform staff come into a tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import SupportGrant, missing
from services.identity.store.rows import insert_row
from services.identity.store.tables import support_grants

_c = support_grants.c


async def add_support_grant(connection: AsyncConnection, tenant_id: UUID, grant: SupportGrant) -> None:
    """Adds a grant."""
    values = asdict(grant) | {
        "tenant_id": tenant_id,
        "id": ids.to_uuid(grant.id, "gra"),
        "granted_by": ids.to_uuid(grant.granted_by, "stf"),
    }
    await insert_row(connection, support_grants, values)


async def get_support_grant(
    connection: AsyncConnection, tenant_id: UUID, grant_id: str, *, lock: bool = False
) -> SupportGrant:
    """Returns a grant of the bound tenant; `lock` holds it until the transaction ends."""
    query = select(support_grants).where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(grant_id, "gra"))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise missing("support grant")
    return _grant(row)


async def list_support_grants(
    connection: AsyncConnection, tenant_id: UUID, before: Sequence[Any] | None, limit: int
) -> list[SupportGrant]:
    """Returns a page of grants, newest first, before an id."""
    query = select(support_grants).where(_c.tenant_id == tenant_id).order_by(_c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_c.id < ids.to_uuid(str(before[0]), "gra"))
    return [_grant(row) for row in await connection.execute(query)]


async def revoke_support_grant(connection: AsyncConnection, tenant_id: UUID, grant_id: str, now: datetime) -> None:
    """Ends a grant; one that was ended keeps its first moment."""
    await connection.execute(
        update(support_grants)
        .where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(grant_id, "gra"))
        .values(revoke_time=func.coalesce(_c.revoke_time, now))
    )


async def use_support_grant(connection: AsyncConnection, tenant_id: UUID, now: datetime) -> SupportGrant | None:
    """Returns the running grant that lasts longest, marked as used now; None where no grant runs.

    It is held until the transaction ends: whoever ends it announces a later moment than that of any token by it.
    """
    query = (
        select(support_grants)
        .where(_c.tenant_id == tenant_id, _c.revoke_time.is_(None), _c.expire_time > now)
        .order_by(_c.expire_time.desc())
        .limit(1)
        .with_for_update()
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    await connection.execute(
        update(support_grants).where(_c.tenant_id == tenant_id, _c.id == row.id).values(use_time=now)
    )
    return _grant(row)


def _grant(row: Row[Any]) -> SupportGrant:
    values = dict(row._mapping)
    values.pop("tenant_id")
    return SupportGrant(
        **values | {"id": ids.from_uuid("gra", row.id), "granted_by": ids.from_uuid("stf", row.granted_by)}
    )
