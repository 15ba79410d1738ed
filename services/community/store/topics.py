"""Reads and writes topics, keyset by keyset: what they are sorted by stands on the row that is listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.posts import Author, Topic, no_such_topic
from services.community.domain.spaces import EVERYBODY
from services.community.store.tables import members, read_marks, spaces, topic_tags, topics

_t, _m, _g, _s, _r = topics.c, members.c, topic_tags.c, spaces.c, read_marks.c


def author_of(row: Row[Any]) -> Author:
    """Returns the author in a row that was joined to the members."""
    if row.handle is None:
        return Author()
    return Author(
        member_id=ids.from_uuid("mem", row.author_id), handle=row.handle, display_name=row.author_display_name
    )


def _topic(row: Row[Any]) -> Topic:
    return Topic(
        id=ids.from_uuid("top", row.id),
        space_id=ids.from_uuid("spc", row.space_id),
        space_slug=row.space_slug,
        kind=row.kind,
        title=row.title,
        state=row.state,
        author_id="" if row.author_id is None else ids.from_uuid("mem", row.author_id),
        is_locked=row.is_locked,
        is_pinned=row.is_pinned,
        accepted_post_id="" if row.accepted_post_id is None else ids.from_uuid("pst", row.accepted_post_id),
        accepted_number=row.accepted_number,
        post_count=row.post_count,
        last_number=row.last_number,
        last_post_id=ids.from_uuid("pst", row.last_post_id),
        last_post_time=row.last_post_time,
        create_time=row.create_time,
        version=row.version,
        slow_seconds=row.slow_seconds,
        tags=tuple(row.tags or ()),
        author=author_of(row),
        read_number=row.read_number or 0,
    )


def _selected(tenant_id: UUID, member_id: str) -> Select[Any]:
    tags = select(func.array_agg(_g.tag)).where(_g.tenant_id == _t.tenant_id, _g.topic_id == _t.id).scalar_subquery()
    read: Any = literal(0)
    if member_id:
        read = (
            select(_r.number)
            .where(_r.tenant_id == _t.tenant_id, _r.topic_id == _t.id, _r.member_id == ids.to_uuid(member_id, "mem"))
            .scalar_subquery()
        )
    return (
        select(
            topics,
            _s.slug.label("space_slug"),
            _m.handle,
            _m.display_name.label("author_display_name"),
            tags.label("tags"),
            read.label("read_number"),
        )
        .join(spaces, and_(_s.tenant_id == _t.tenant_id, _s.id == _t.space_id))
        .outerjoin(members, and_(_m.tenant_id == _t.tenant_id, _m.id == _t.author_id))
        .where(_t.tenant_id == tenant_id)
    )


async def add_topic(connection: AsyncConnection, tenant_id: UUID, topic: Topic) -> None:
    """Adds a topic with its tags."""
    key, space = ids.to_uuid(topic.id, "top"), ids.to_uuid(topic.space_id, "spc")
    await connection.execute(
        insert(topics).values(
            tenant_id=tenant_id,
            id=key,
            space_id=space,
            author_id=ids.to_uuid(topic.author_id, "mem") if topic.author_id else None,
            kind=topic.kind,
            title=topic.title,
            state=topic.state,
            is_locked=topic.is_locked,
            is_pinned=topic.is_pinned,
            accepted_number=topic.accepted_number,
            post_count=topic.post_count,
            last_number=topic.last_number,
            last_post_id=ids.to_uuid(topic.last_post_id, "pst"),
            last_post_time=topic.last_post_time,
            version=topic.version,
            slow_seconds=topic.slow_seconds,
            create_time=topic.create_time,
        )
    )
    if topic.tags:
        rows = [{"tenant_id": tenant_id, "topic_id": key, "space_id": space, "tag": tag} for tag in topic.tags]
        await connection.execute(insert(topic_tags), rows)


async def get_topic(connection: AsyncConnection, tenant_id: UUID, topic_id: str, member_id: str = "") -> Topic:
    """Returns a topic, with how far a member has read."""
    query = _selected(tenant_id, member_id).where(_t.id == ids.to_uuid(topic_id, "top"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_topic()
    return _topic(row)


async def lock_topic(connection: AsyncConnection, tenant_id: UUID, topic_id: str) -> Topic:
    """Returns a topic and holds it until the transaction ends."""
    query = _selected(tenant_id, "").where(_t.id == ids.to_uuid(topic_id, "top")).with_for_update(of=topics)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_topic()
    return _topic(row)


def _indexed(tenant_id: UUID, shown: Sequence[int], *columns: Any) -> Select[Any]:
    return (
        select(_t.id, _t.last_post_time, *columns)
        .join(spaces, and_(_s.tenant_id == _t.tenant_id, _s.id == _t.space_id))
        .where(_t.tenant_id == tenant_id, _s.visibility == EVERYBODY, _s.is_indexed, _t.state.in_(shown))
    )


async def list_indexed(
    connection: AsyncConnection, tenant_id: UUID, after: UUID | None, limit: int, shown: Sequence[int]
) -> list[tuple[str, datetime]]:
    """Returns a page of the topics that search engines may know, as they were begun, with their last activity."""
    query = _indexed(tenant_id, shown).order_by(_t.id).limit(limit)
    if after is not None:
        query = query.where(_t.id > after)
    return [(ids.from_uuid("top", row.id), row.last_post_time) for row in await connection.execute(query)]


async def list_indexed_ends(
    connection: AsyncConnection, tenant_id: UUID, size: int, shown: Sequence[int]
) -> list[UUID]:
    """Returns the last topic of each page of these but the last page."""
    columns = (func.row_number().over(order_by=_t.id).label("at"), func.count().over().label("total"))
    numbered = _indexed(tenant_id, shown, *columns).subquery()
    at = numbered.c.at
    query = select(numbered.c.id).where(at % size == 0, at < numbered.c.total).order_by(at)
    return list((await connection.execute(query)).scalars())


async def add_to_topic(
    connection: AsyncConnection, tenant_id: UUID, topic_id: str, post_id: str, now: datetime
) -> tuple[int, Topic]:
    """Takes the next number of a topic, which is held until the transaction ends, and notes the latest activity."""
    topic = await lock_topic(connection, tenant_id, topic_id)
    number = topic.last_number + 1
    await connection.execute(
        update(topics)
        .where(_t.tenant_id == tenant_id, _t.id == ids.to_uuid(topic_id, "top"))
        .values(
            last_number=number,
            post_count=_t.post_count + 1,
            # The latest of two that come at once stays the latest.
            last_post_id=func.greatest(_t.last_post_id, ids.to_uuid(post_id, "pst")),
            last_post_time=now,
            version=_t.version + 1,
        )
    )
    return number, topic


async def change_topic(connection: AsyncConnection, tenant_id: UUID, topic_id: str, **values: object) -> None:
    """Writes values of a topic, and counts the change."""
    key = ids.to_uuid(topic_id, "top")
    await connection.execute(
        update(topics).where(_t.tenant_id == tenant_id, _t.id == key).values(version=_t.version + 1, **values)
    )
    if "space_id" in values:
        await connection.execute(
            update(topic_tags).where(_g.tenant_id == tenant_id, _g.topic_id == key).values(space_id=values["space_id"])
        )


async def mark_read(connection: AsyncConnection, tenant_id: UUID, member_id: str, topic_id: str, number: int) -> None:
    """Notes how far a member has read; it only ever goes up."""
    made = upsert(read_marks).values(
        tenant_id=tenant_id,
        member_id=ids.to_uuid(member_id, "mem"),
        topic_id=ids.to_uuid(topic_id, "top"),
        number=number,
    )
    await connection.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "member_id", "topic_id"],
            set_={"number": func.greatest(_r.number, made.excluded.number)},
        )
    )
