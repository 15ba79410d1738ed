"""Keeps the public keys of sites' back ends."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain.visitor_identity import IdentityKey
from services.identity.store.tables import identity_keys

_k = identity_keys.c


async def find_identity_key(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> IdentityKey | None:
    """Returns a site's public keys."""
    query = select(identity_keys).where(_k.tenant_id == tenant_id, _k.site_id == ids.to_uuid(site_id, "sit"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return IdentityKey(
        public=row.public_key,
        create_time=row.create_time,
        previous=row.previous_key,
        previous_expire_time=row.previous_expire_time,
    )


async def put_identity_key(connection: AsyncConnection, tenant_id: UUID, site_id: str, key: IdentityKey) -> None:
    """Keeps a site's public keys in the place of what it had."""
    values = {
        "public_key": key.public,
        "create_time": key.create_time,
        "previous_key": key.previous,
        "previous_expire_time": key.previous_expire_time,
    }
    await connection.execute(
        upsert(identity_keys)
        .values(tenant_id=tenant_id, site_id=ids.to_uuid(site_id, "sit"), **values)
        .on_conflict_do_update(index_elements=["tenant_id", "site_id"], set_=values)
    )


async def delete_identity_key(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> bool:
    """Removes a site's public keys; False where it had none."""
    gone = await connection.execute(
        delete(identity_keys).where(_k.tenant_id == tenant_id, _k.site_id == ids.to_uuid(site_id, "sit"))
    )
    return gone.rowcount == 1
