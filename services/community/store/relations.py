"""Reads and writes whom members ignore and block."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.posts import Author
from services.community.domain.relations import BLOCKED, Relation
from services.community.store.tables import members, relations

_r, _m = relations.c, members.c


async def save_relation(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, other_id: str, kind: int, now: datetime
) -> None:
    """Writes what a member makes of another."""
    made = upsert(relations).values(
        tenant_id=tenant_id,
        member_id=ids.to_uuid(member_id, "mem"),
        other_id=ids.to_uuid(other_id, "mem"),
        id=ids.new_uuid(),
        kind=kind,
        create_time=now,
    )
    await connection.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "member_id", "other_id"], set_={"kind": kind, "create_time": now}
        )
    )


async def delete_relation(connection: AsyncConnection, tenant_id: UUID, member_id: str, other_id: str) -> None:
    """Forgets what a member made of another."""
    at = (_r.tenant_id == tenant_id, _r.member_id == ids.to_uuid(member_id, "mem"))
    await connection.execute(delete(relations).where(*at, _r.other_id == ids.to_uuid(other_id, "mem")))


async def delete_about(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> None:
    """Forgets what others made of a member who leaves."""
    at = (_r.tenant_id == tenant_id, _r.other_id == ids.to_uuid(member_id, "mem"))
    await connection.execute(delete(relations).where(*at))


async def list_relations(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, before: UUID | None, limit: int
) -> list[Relation]:
    """Returns a page of whom a member ignores or blocks, the newest first."""
    query = (
        select(_r.id, _r.other_id, _r.kind, _r.create_time, _m.handle, _m.display_name)
        .join(members, and_(_m.tenant_id == _r.tenant_id, _m.id == _r.other_id))
        .where(_r.tenant_id == tenant_id, _r.member_id == ids.to_uuid(member_id, "mem"))
        .order_by(_r.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_r.id < before)
    return [
        Relation(
            id=str(row.id),
            member=Author(
                member_id=ids.from_uuid("mem", row.other_id), handle=row.handle, display_name=row.display_name
            ),
            kind=row.kind,
            create_time=row.create_time,
        )
        for row in await connection.execute(query)
    ]


async def is_blocked(connection: AsyncConnection, tenant_id: UUID, member_id: str, other_id: str) -> bool:
    """Says whether one of two blocks the other."""
    one, other = ids.to_uuid(member_id, "mem"), ids.to_uuid(other_id, "mem")
    either = or_(
        and_(_r.member_id == one, _r.other_id == other),
        and_(_r.member_id == other, _r.other_id == one),
    )
    query = select(_r.kind).where(_r.tenant_id == tenant_id, either, _r.kind == BLOCKED)
    return (await connection.execute(query.limit(1))).first() is not None
