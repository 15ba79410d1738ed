"""Keeps the logos of sites."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.store.tables import site_logos

_c = site_logos.c


async def find_logo(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> bytes:
    """Returns a site's logo; nothing where there is none."""
    query = select(_c.image).where(_c.tenant_id == tenant_id, _c.site_id == ids.to_uuid(site_id, "sit"))
    return bytes((await connection.execute(query)).scalar() or b"")


async def has_logo(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> bool:
    """Says whether a site has a logo."""
    query = select(_c.site_id).where(_c.tenant_id == tenant_id, _c.site_id == ids.to_uuid(site_id, "sit"))
    return (await connection.execute(query)).scalar() is not None


async def save_logo(connection: AsyncConnection, tenant_id: UUID, site_id: str, image: bytes) -> None:
    """Sets a site's logo."""
    await connection.execute(
        insert(site_logos)
        .values(tenant_id=tenant_id, site_id=ids.to_uuid(site_id, "sit"), image=image)
        .on_conflict_do_update(index_elements=["tenant_id", "site_id"], set_={"image": image})
    )


async def delete_logo(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> bool:
    """Takes a site's logo away; False where there is none."""
    gone = await connection.execute(
        delete(site_logos).where(_c.tenant_id == tenant_id, _c.site_id == ids.to_uuid(site_id, "sit"))
    )
    return gone.rowcount == 1
