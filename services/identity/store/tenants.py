"""Keeps tenants."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import (
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Regime
from services.identity.domain import Tenant, missing
from services.identity.store.rows import insert_row
from services.identity.store.tables import (
    tenants,
)


async def find_tenant_id(connection: AsyncConnection, slug: str) -> str | None:
    """Returns the id of the tenant with a short name, before any tenant is bound."""
    found = (await connection.execute(select(func.identity.find_tenant(slug)))).scalar()
    return None if found is None else ids.from_uuid("ten", found)


async def get_tenant(connection: AsyncConnection, tenant_id: UUID) -> Tenant:
    """Returns the bound tenant."""
    row = (await connection.execute(select(tenants).where(tenants.c.tenant_id == tenant_id))).one_or_none()
    if row is None:
        raise missing("tenant")
    return Tenant(
        id=ids.from_uuid("ten", row.tenant_id),
        slug=row.slug,
        display_name=row.display_name,
        regime=Regime(row.regime),
        create_time=row.create_time,
        close_time=row.close_time,
    )


async def add_tenant(connection: AsyncConnection, tenant: Tenant) -> None:
    """Adds a tenant; raises NameTaken where another one has its short name."""
    values = asdict(tenant) | {"tenant_id": ids.to_uuid(tenant.id, "ten"), "regime": tenant.regime.value}
    values.pop("id")
    await insert_row(connection, tenants, values, unique="slug")
