"""Reads and writes spaces, and who belongs to which group."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, insert, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.spaces import EVERYBODY, GROUP, JOINED, Space, no_such_space
from services.community.store.tables import memberships, spaces

_s, _b = spaces.c, memberships.c


def _values(tenant_id: UUID, space: Space) -> dict[str, Any]:
    return {
        "tenant_id": tenant_id,
        "id": ids.to_uuid(space.id, "spc"),
        "slug": space.slug,
        "display_name": space.display_name,
        "description": space.description,
        "category": space.category,
        "visibility": space.visibility,
        "is_indexed": space.is_indexed,
        "has_feed": space.has_feed,
        "is_exported": space.is_exported,
        "joining": space.joining,
        "position": space.position,
        "topic_count": space.topic_count,
        "is_archived": space.is_archived,
        "revision": space.revision,
        "create_time": space.create_time,
    }


def _space(row: Row[Any]) -> Space:
    return Space(
        id=ids.from_uuid("spc", row.id),
        slug=row.slug,
        display_name=row.display_name,
        description=row.description,
        category=row.category,
        visibility=row.visibility,
        is_indexed=row.is_indexed,
        has_feed=row.has_feed,
        is_exported=row.is_exported,
        joining=row.joining,
        position=row.position,
        topic_count=row.topic_count,
        is_archived=row.is_archived,
        revision=row.revision,
        create_time=row.create_time,
        membership=row.membership or 0,
    )


def _selected(tenant_id: UUID, member_id: str) -> Select[Any]:
    if not member_id:
        return select(spaces, literal(0).label("membership")).where(_s.tenant_id == tenant_id)
    mine = and_(_b.tenant_id == _s.tenant_id, _b.space_id == _s.id, _b.member_id == ids.to_uuid(member_id, "mem"))
    return select(spaces, _b.state.label("membership")).outerjoin(memberships, mine).where(_s.tenant_id == tenant_id)


async def add_space(connection: AsyncConnection, tenant_id: UUID, space: Space) -> None:
    """Adds a space."""
    await connection.execute(insert(spaces).values(_values(tenant_id, space)))


async def get_space(
    connection: AsyncConnection, tenant_id: UUID, space_id: str, member_id: str = "", *, lock: bool = False
) -> Space:
    """Returns a space, with what a member is to it; `lock` holds it until the transaction ends."""
    query = _selected(tenant_id, member_id).where(_s.id == ids.to_uuid(space_id, "spc"))
    row = (await connection.execute(query.with_for_update(of=spaces) if lock else query)).one_or_none()
    if row is None:
        raise no_such_space()
    return _space(row)


async def find_by_slug(connection: AsyncConnection, tenant_id: UUID, slug: str, member_id: str = "") -> Space | None:
    """Returns the space with a name in addresses."""
    row = (await connection.execute(_selected(tenant_id, member_id).where(_s.slug == slug))).one_or_none()
    return None if row is None else _space(row)


async def save_space(connection: AsyncConnection, tenant_id: UUID, space: Space) -> None:
    """Writes a locked space back."""
    values = _values(tenant_id, space)
    await connection.execute(update(spaces).where(_s.tenant_id == tenant_id, _s.id == values["id"]).values(values))


async def list_spaces(
    connection: AsyncConnection,
    tenant_id: UUID,
    member_id: str,
    after: tuple[int, UUID] | None,
    limit: int,
    *,
    sees_all: bool,
) -> list[Space]:
    """Returns a page of the spaces that somebody may know of, as they are listed.

    A group by invitation is known to whoever is in it or invited, and to staff.
    """
    query = _selected(tenant_id, member_id)
    if not sees_all:
        known = [_s.visibility == EVERYBODY, and_(_s.visibility == GROUP, _s.joining != 2)]
        if member_id:
            known += [_s.visibility != GROUP, _b.state.is_not(None)]
        query = query.where(or_(*known))
    if after is not None:
        query = query.where(tuple_(_s.position, _s.id) > after)
    return [_space(row) for row in await connection.execute(query.order_by(_s.position, _s.id).limit(limit))]


async def count_topic(connection: AsyncConnection, tenant_id: UUID, space_id: str, by: int) -> None:
    """Counts a space's topics up or down."""
    at = (_s.tenant_id == tenant_id, _s.id == ids.to_uuid(space_id, "spc"))
    await connection.execute(update(spaces).where(*at).values(topic_count=_s.topic_count + by))


async def is_in(connection: AsyncConnection, tenant_id: UUID, space_id: str, member_id: str) -> bool:
    """Says whether a member belongs to a group."""
    query = select(_b.state).where(
        _b.tenant_id == tenant_id,
        _b.space_id == ids.to_uuid(space_id, "spc"),
        _b.member_id == ids.to_uuid(member_id, "mem"),
        _b.state == JOINED,
    )
    return (await connection.execute(query)).first() is not None
