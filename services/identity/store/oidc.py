"""Keeps tenants' OpenID providers, sign-ins that are under way there, and whose account is whose."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain.oidc import Provider
from services.identity.store.tables import oidc_flows, oidc_links, oidc_providers


async def find_oidc_provider(connection: AsyncConnection, tenant_id: UUID) -> Provider | None:
    """Returns the bound tenant's provider."""
    query = select(oidc_providers).where(oidc_providers.c.tenant_id == tenant_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Provider(
        issuer=row.issuer, client_id=row.client_id, sealed_secret=row.sealed_secret, update_time=row.update_time
    )


async def put_oidc_provider(connection: AsyncConnection, tenant_id: UUID, provider: Provider) -> None:
    """Keeps the bound tenant's provider in the place of what it had."""
    values = {
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "sealed_secret": provider.sealed_secret,
        "update_time": provider.update_time,
    }
    await connection.execute(
        upsert(oidc_providers)
        .values(tenant_id=tenant_id, **values)
        .on_conflict_do_update(index_elements=["tenant_id"], set_=values)
    )


async def delete_oidc_provider(connection: AsyncConnection, tenant_id: UUID) -> bool:
    """Removes the bound tenant's provider; False where it has none."""
    gone = await connection.execute(delete(oidc_providers).where(oidc_providers.c.tenant_id == tenant_id))
    return gone.rowcount == 1


async def add_oidc_flow(
    connection: AsyncConnection,
    tenant_id: UUID,
    flow_hash: bytes,
    sealed: bytes,
    issuer: str,
    times: tuple[datetime, datetime],
) -> None:
    """Adds a sign-in that is under way, from the first to the second of `times`."""
    await connection.execute(
        insert(oidc_flows).values(
            tenant_id=tenant_id,
            flow_hash=flow_hash,
            sealed=sealed,
            issuer=issuer,
            create_time=times[0],
            expire_time=times[1],
        )
    )


async def take_oidc_flow(
    connection: AsyncConnection, tenant_id: UUID, flow_hash: bytes, now: datetime
) -> tuple[bytes, str] | None:
    """Takes a sign-in that is under way out, so that it comes back once; returns what was sealed, and the issuer."""
    c = oidc_flows.c
    taken = await connection.execute(
        delete(oidc_flows)
        .where(c.tenant_id == tenant_id, c.flow_hash == flow_hash)
        .returning(c.sealed, c.issuer, c.expire_time)
    )
    row = taken.one_or_none()
    return None if row is None or row.expire_time <= now else (row.sealed, row.issuer)


async def find_oidc_link(connection: AsyncConnection, tenant_id: UUID, subject_hash: bytes) -> str | None:
    """Returns the account of somebody whom the provider names."""
    c = oidc_links.c
    query = select(c.staff_id).where(c.tenant_id == tenant_id, c.subject_hash == subject_hash)
    found = (await connection.execute(query)).scalar_one_or_none()
    return None if found is None else ids.from_uuid("stf", found)


async def add_oidc_link(
    connection: AsyncConnection, tenant_id: UUID, subject_hash: bytes, staff_id: str, now: datetime
) -> None:
    """Keeps whose account is whose; what is kept already stays."""
    await connection.execute(
        upsert(oidc_links)
        .values(tenant_id=tenant_id, subject_hash=subject_hash, staff_id=ids.to_uuid(staff_id, "stf"), create_time=now)
        .on_conflict_do_nothing()
    )
