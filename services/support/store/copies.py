"""Reads and writes who hears of a ticket's answers besides its requester."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.support.store.tables import copies, requesters
from services.support.store.tickets import Requester

_c, _r = copies.c, requesters.c


async def list_copies(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID) -> list[Requester]:
    """Returns who hears of a ticket's answers, the first added first."""
    query = (
        select(_r.id, _r.email, _r.display_name)
        .join(copies, and_(_c.tenant_id == _r.tenant_id, _c.requester_id == _r.id))
        .where(_c.tenant_id == tenant_id, _c.ticket_id == ticket_id)
        .order_by(_c.create_time, _r.id)
    )
    return [Requester(**row._mapping) for row in await connection.execute(query)]


async def count_copies(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID) -> int:
    """Returns how many hear of a ticket's answers."""
    query = select(func.count()).where(_c.tenant_id == tenant_id, _c.ticket_id == ticket_id)
    return int((await connection.execute(query)).scalar_one())


async def add_copy(
    connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, requester_id: UUID, now: datetime
) -> bool:
    """Lets somebody hear of a ticket's answers; False where they do already."""
    values = {"tenant_id": tenant_id, "ticket_id": ticket_id, "requester_id": requester_id, "create_time": now}
    return (await connection.execute(insert(copies).values(values).on_conflict_do_nothing())).rowcount == 1


async def remove_copy(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, requester_id: UUID) -> bool:
    """Ends that; False where they did not."""
    here = and_(_c.tenant_id == tenant_id, _c.ticket_id == ticket_id, _c.requester_id == requester_id)
    return (await connection.execute(delete(copies).where(here))).rowcount == 1


async def list_emails(connection: AsyncConnection, tenant_id: UUID, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Returns the addresses of some people, as far as they are still known."""
    wanted: Sequence[UUID] = sorted({each for each in ids if each is not None})
    if not wanted:
        return {}
    query = select(_r.id, _r.email).where(_r.tenant_id == tenant_id, _r.id.in_(wanted))
    return {row.id: row.email for row in await connection.execute(query)}
