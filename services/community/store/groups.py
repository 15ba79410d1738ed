"""Reads and writes who belongs to which group."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.posts import Author
from services.community.store.tables import members, memberships

_b, _m = memberships.c, members.c


async def find_state(connection: AsyncConnection, tenant_id: UUID, space_id: str, member_id: str) -> int:
    """Returns what a member is to a group; 0 for nothing."""
    query = (
        select(_b.state)
        .where(
            _b.tenant_id == tenant_id,
            _b.space_id == ids.to_uuid(space_id, "spc"),
            _b.member_id == ids.to_uuid(member_id, "mem"),
        )
        .with_for_update()
    )
    return (await connection.execute(query)).scalar_one_or_none() or 0


async def save_state(
    connection: AsyncConnection, tenant_id: UUID, space_id: str, member_id: str, state: int, now: datetime
) -> None:
    """Writes what a member is to a group."""
    made = upsert(memberships).values(
        tenant_id=tenant_id,
        space_id=ids.to_uuid(space_id, "spc"),
        member_id=ids.to_uuid(member_id, "mem"),
        state=state,
        create_time=now,
    )
    await connection.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "space_id", "member_id"], set_={"state": state, "create_time": now}
        )
    )


async def delete_membership(connection: AsyncConnection, tenant_id: UUID, space_id: str, member_id: str) -> bool:
    """Says of a member that they are nothing to a group any more; returns False where they were nothing before."""
    gone = await connection.execute(
        delete(memberships).where(
            _b.tenant_id == tenant_id,
            _b.space_id == ids.to_uuid(space_id, "spc"),
            _b.member_id == ids.to_uuid(member_id, "mem"),
        )
    )
    return bool(gone.rowcount)


async def list_memberships(
    connection: AsyncConnection, tenant_id: UUID, space_id: str, after: UUID | None, limit: int
) -> list[tuple[Author, int, datetime]]:
    """Returns a page of who belongs to a group, is invited, or has asked."""
    query = (
        select(_b.member_id, _b.state, _b.create_time, _m.handle, _m.display_name)
        .join(members, and_(_m.tenant_id == _b.tenant_id, _m.id == _b.member_id))
        .where(_b.tenant_id == tenant_id, _b.space_id == ids.to_uuid(space_id, "spc"))
        .order_by(_b.member_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(_b.member_id > after)
    return [
        (
            Author(member_id=ids.from_uuid("mem", row.member_id), handle=row.handle, display_name=row.display_name),
            row.state,
            row.create_time,
        )
        for row in await connection.execute(query)
    ]
