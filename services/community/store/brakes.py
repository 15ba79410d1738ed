"""Reads what is known of a member who is about to post."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.accounts import session_ended
from services.community.domain.brakes import Past
from services.community.domain.moderation import PURGE, REMOVE
from services.community.store.tables import decisions, members, posts, typing_signals

_m, _p, _d, _s = members.c, posts.c, decisions.c, typing_signals.c


async def get_past(connection: AsyncConnection, tenant_id: UUID, member_id: str, since: datetime) -> Past:
    """Returns what is known of a member, what was removed since a moment included."""
    member = ids.to_uuid(member_id, "mem")
    removed = (
        select(func.count())
        .select_from(decisions)
        .where(
            _d.tenant_id == tenant_id,
            _d.member_id == member,
            _d.action.in_((REMOVE, PURGE)),
            _d.create_time > since,
        )
        .scalar_subquery()
    )
    query = select(_m.create_time, _m.post_count, removed.label("removals")).where(
        _m.tenant_id == tenant_id, _m.id == member
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise session_ended()
    return Past(create_time=row.create_time, post_count=row.post_count, removals=row.removals)


async def add_signal(connection: AsyncConnection, tenant_id: UUID, member_id: str, now: datetime) -> None:
    """Notes that a form came back faster than people type."""
    await connection.execute(
        insert(typing_signals).values(
            tenant_id=tenant_id, id=ids.new_uuid(), member_id=ids.to_uuid(member_id, "mem"), create_time=now
        )
    )


async def count_signals(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> int:
    """Counts how often that was so; what is old was purged."""
    query = select(func.count()).where(_s.tenant_id == tenant_id, _s.member_id == ids.to_uuid(member_id, "mem"))
    return int((await connection.execute(query)).scalar_one())


async def last_bodies(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, since: datetime, limit: int
) -> list[str]:
    """Returns what a member posted last."""
    query = (
        select(_p.body, _p.create_time)
        .where(_p.tenant_id == tenant_id, _p.author_id == ids.to_uuid(member_id, "mem"))
        .order_by(_p.id.desc())
        .limit(limit)
    )
    return [row.body for row in await connection.execute(query) if row.create_time > since]


async def last_in_topic(connection: AsyncConnection, tenant_id: UUID, topic_id: str, member_id: str) -> datetime | None:
    """Returns when a member posted last in a topic."""
    query = select(func.max(_p.create_time)).where(
        _p.tenant_id == tenant_id,
        _p.topic_id == ids.to_uuid(topic_id, "top"),
        _p.author_id == ids.to_uuid(member_id, "mem"),
    )
    last: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    return last
