"""Keeps sites' secrets, whom sites named, and which tokens were used."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain.visitor_identity import Claims, IdentitySecret, VerifiedVisitor
from services.identity.store.tables import identity_secrets, identity_tokens, verified_visitors

_s, _v = identity_secrets.c, verified_visitors.c


async def find_identity_secret(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, *, lock: bool = False
) -> IdentitySecret | None:
    """Returns a site's secrets, sealed."""
    query = select(identity_secrets).where(_s.tenant_id == tenant_id, _s.site_id == ids.to_uuid(site_id, "sit"))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        return None
    return IdentitySecret(
        sealed=row.sealed_secret,
        create_time=row.create_time,
        sealed_previous=row.sealed_previous,
        previous_expire_time=row.previous_expire_time,
    )


async def put_identity_secret(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, secret: IdentitySecret
) -> None:
    """Keeps a site's secrets in the place of what it had."""
    values = {
        "sealed_secret": secret.sealed,
        "create_time": secret.create_time,
        "sealed_previous": secret.sealed_previous,
        "previous_expire_time": secret.previous_expire_time,
    }
    await connection.execute(
        upsert(identity_secrets)
        .values(tenant_id=tenant_id, site_id=ids.to_uuid(site_id, "sit"), **values)
        .on_conflict_do_update(index_elements=["tenant_id", "site_id"], set_=values)
    )


async def delete_identity_secret(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> bool:
    """Removes a site's secrets; False where it had none."""
    gone = await connection.execute(
        delete(identity_secrets).where(_s.tenant_id == tenant_id, _s.site_id == ids.to_uuid(site_id, "sit"))
    )
    return gone.rowcount == 1


async def use_identity_token(connection: AsyncConnection, tenant_id: UUID, claims: Claims) -> bool:
    """Uses a token up; False where it was used before."""
    used = await connection.execute(
        upsert(identity_tokens)
        .values(tenant_id=tenant_id, token_hash=claims.token_hash, expire_time=claims.expire_time)
        .on_conflict_do_nothing()
    )
    return used.rowcount == 1


async def put_verified_visitor(
    connection: AsyncConnection, tenant_id: UUID, external_hash: bytes, visitor: VerifiedVisitor
) -> str:
    """Keeps whom a site named, and returns the visitor that this person is: the one from before where there is one."""
    said = {
        "external_id": visitor.external_id,
        "display_name": visitor.display_name,
        "email": visitor.email,
        "verify_time": visitor.verify_time,
    }
    put = await connection.execute(
        upsert(verified_visitors)
        .values(
            tenant_id=tenant_id,
            site_id=ids.to_uuid(visitor.site_id, "sit"),
            external_hash=external_hash,
            visitor_id=ids.to_uuid(visitor.visitor_id, "vis"),
            **said,
        )
        .on_conflict_do_update(index_elements=["tenant_id", "site_id", "external_hash"], set_=said)
        .returning(_v.visitor_id)
    )
    return ids.from_uuid("vis", put.scalar_one())


async def find_verified_visitor(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: str
) -> VerifiedVisitor | None:
    """Returns whom a site said that a visitor is."""
    query = select(verified_visitors).where(_v.tenant_id == tenant_id, _v.visitor_id == ids.to_uuid(visitor_id, "vis"))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _visitor(row)


def _visitor(row: Row[Any]) -> VerifiedVisitor:
    return VerifiedVisitor(
        visitor_id=ids.from_uuid("vis", row.visitor_id),
        site_id=ids.from_uuid("sit", row.site_id),
        external_id=row.external_id,
        display_name=row.display_name,
        email=row.email,
        verify_time=row.verify_time,
    )
