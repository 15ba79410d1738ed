"""Keeps requests to close tenants, and closes them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import missing
from services.identity.domain.closing import Closure
from services.identity.store.tables import api_keys, closures, sessions, tenants


async def find_closure(connection: AsyncConnection, tenant_id: UUID, *, lock: bool = False) -> Closure | None:
    """Returns the request to close the bound tenant that was not taken back."""
    query = select(closures).where(closures.c.tenant_id == tenant_id, closures.c.cancel_time.is_(None))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        return None
    return Closure(
        id=ids.from_uuid("clo", row.id),
        requested_by=ids.from_uuid("stf", row.requested_by),
        create_time=row.create_time,
        due_time=row.due_time,
    )


async def get_closure(connection: AsyncConnection, tenant_id: UUID) -> Closure:
    """Returns the request to close the bound tenant."""
    found = await find_closure(connection, tenant_id)
    if found is None:
        raise missing("closure")
    return found


async def add_closure(connection: AsyncConnection, tenant_id: UUID, closure: Closure) -> bool:
    """Adds a request; False where there is one."""
    added = await connection.execute(
        upsert(closures)
        .values(
            tenant_id=tenant_id,
            id=ids.to_uuid(closure.id, "clo"),
            requested_by=ids.to_uuid(closure.requested_by, "stf"),
            create_time=closure.create_time,
            due_time=closure.due_time,
        )
        .on_conflict_do_nothing()
    )
    return added.rowcount == 1


async def cancel_closure(connection: AsyncConnection, tenant_id: UUID, now: datetime) -> bool:
    """Takes the request back; False where there is none."""
    taken = await connection.execute(
        update(closures)
        .where(closures.c.tenant_id == tenant_id, closures.c.cancel_time.is_(None))
        .values(cancel_time=now)
    )
    return taken.rowcount == 1


async def close_tenant(connection: AsyncConnection, tenant_id: UUID, now: datetime) -> None:
    """Notes that the bound tenant is closed."""
    await connection.execute(update(tenants).where(tenants.c.tenant_id == tenant_id).values(close_time=now))


async def end_all_credentials(
    connection: AsyncConnection, tenant_id: UUID, now: datetime
) -> tuple[list[str], list[str]]:
    """Ends every session and every key of the bound tenant, and returns their ids."""
    ended = await connection.execute(
        update(sessions)
        .where(sessions.c.tenant_id == tenant_id, sessions.c.revoke_time.is_(None), sessions.c.expire_time > now)
        .values(revoke_time=now)
        .returning(sessions.c.id)
    )
    revoked = await connection.execute(
        update(api_keys)
        .where(api_keys.c.tenant_id == tenant_id, api_keys.c.revoke_time.is_(None))
        .values(revoke_time=now)
        .returning(api_keys.c.id)
    )
    return (
        [ids.from_uuid("ses", found) for found in ended.scalars()],
        [ids.from_uuid("key", found) for found in revoked.scalars()],
    )
