"""Reads a community to write it out, a page at a time, and writes one that was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Table, and_, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.community.domain.posts import SHOWN
from services.community.store.tables import members, poll_options, polls, posts, spaces, terms, topic_tags, topics

_p, _t, _s, _m, _g, _r, _l = posts.c, topics.c, spaces.c, members.c, topic_tags.c, terms.c, polls.c
_SHOWN = sorted(SHOWN)


async def is_empty(connection: AsyncConnection, tenant_id: UUID) -> bool:
    """Says whether there are neither spaces nor terms."""
    query = select(
        exists(select(_s.id).where(_s.tenant_id == tenant_id)) | exists(select(_r.id).where(_r.tenant_id == tenant_id))
    )
    return not (await connection.execute(query)).scalar_one()


async def list_terms(connection: AsyncConnection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Returns all versions of the terms."""
    return (await connection.execute(select(terms).where(_r.tenant_id == tenant_id).order_by(_r.number))).all()


async def list_spaces(connection: AsyncConnection, tenant_id: UUID) -> Sequence[Row[Any]]:
    """Returns the spaces whose label says that an export carries them."""
    query = select(spaces).where(_s.tenant_id == tenant_id, _s.is_exported).order_by(_s.id)
    return (await connection.execute(query)).all()


async def list_authors(
    connection: AsyncConnection, tenant_id: UUID, space_ids: Sequence[UUID], after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns a page of the members who posted in some spaces what everybody sees."""
    posted = (
        select(_p.id)
        .where(
            _p.tenant_id == _m.tenant_id,
            _p.author_id == _m.id,
            _p.space_id.in_(space_ids),
            _p.state.in_(_SHOWN),
        )
        .exists()
    )
    query: Select[Any] = select(_m.id, _m.handle, _m.display_name, _m.about).where(_m.tenant_id == tenant_id, posted)
    if after is not None:
        query = query.where(_m.id > after)
    rows: Sequence[Row[Any]] = (await connection.execute(query.order_by(_m.id).limit(limit))).all()
    return rows


async def list_topics(
    connection: AsyncConnection, tenant_id: UUID, space_ids: Sequence[UUID], after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns a page of the topics of some spaces that everybody sees."""
    tags = select(func.array_agg(_g.tag)).where(_g.tenant_id == _t.tenant_id, _g.topic_id == _t.id).scalar_subquery()
    query = (
        select(topics, _m.handle, tags.label("tags"))
        .outerjoin(members, and_(_m.tenant_id == _t.tenant_id, _m.id == _t.author_id))
        .where(_t.tenant_id == tenant_id, _t.space_id.in_(space_ids), _t.state.in_(_SHOWN))
    )
    if after is not None:
        query = query.where(_t.id > after)
    return (await connection.execute(query.order_by(_t.id).limit(limit))).all()


async def list_posts(
    connection: AsyncConnection, tenant_id: UUID, topic_ids: Sequence[UUID], after: tuple[UUID, int] | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns a page of the posts of some topics that everybody sees."""
    query = (
        select(posts, _m.handle)
        .outerjoin(members, and_(_m.tenant_id == _p.tenant_id, _m.id == _p.author_id))
        .where(_p.tenant_id == tenant_id, _p.topic_id.in_(topic_ids), _p.state.in_(_SHOWN))
    )
    if after is not None:
        query = query.where((_p.topic_id > after[0]) | ((_p.topic_id == after[0]) & (_p.number > after[1])))
    return (await connection.execute(query.order_by(_p.topic_id, _p.number).limit(limit))).all()


TABLES: dict[str, Table] = {
    "terms": terms,
    "space": spaces,
    "member": members,
    "topic": topics,
    "tag": topic_tags,
    "post": posts,
    "poll": polls,
    "poll_option": poll_options,
}


async def add_rows(connection: AsyncConnection, kind: str, rows: Sequence[dict[str, Any]]) -> None:
    """Writes rows of one kind."""
    if rows:
        await connection.execute(insert(TABLES[kind]), list(rows))


async def taken_handles(connection: AsyncConnection, tenant_id: UUID) -> set[str]:
    """Returns the names that members of the community have."""
    return set((await connection.execute(select(_m.handle).where(_m.tenant_id == tenant_id))).scalars())


async def count_up(connection: AsyncConnection, tenant_id: UUID, now: datetime) -> None:
    """Counts what was taken in: posts of topics and members, topics of spaces, and what was accepted."""
    of_topic = (
        select(
            _p.topic_id,
            func.count().label("count"),
            func.max(_p.number).label("last"),
            func.max(_p.create_time).label("latest"),
        )
        .where(_p.tenant_id == tenant_id)
        .group_by(_p.topic_id)
        .subquery()
    )
    last = select(_p.id).where(
        _p.tenant_id == tenant_id, _p.topic_id == of_topic.c.topic_id, _p.number == of_topic.c.last
    )
    accepted = select(_p.id).where(
        _p.tenant_id == tenant_id, _p.topic_id == of_topic.c.topic_id, _p.number == _t.accepted_number
    )
    await connection.execute(
        update(topics)
        .where(_t.tenant_id == tenant_id, _t.id == of_topic.c.topic_id)
        .values(
            post_count=of_topic.c.count,
            last_number=of_topic.c.last,
            last_post_time=of_topic.c.latest,
            last_post_id=last.scalar_subquery(),
            accepted_post_id=accepted.scalar_subquery(),
        )
    )
    asking = select(_l.post_id).where(_l.tenant_id == tenant_id)
    await connection.execute(update(posts).where(_p.tenant_id == tenant_id, _p.id.in_(asking)).values(has_poll=True))
    topics_of = select(func.count()).where(_t.tenant_id == tenant_id, _t.space_id == _s.id).scalar_subquery()
    await connection.execute(update(spaces).where(_s.tenant_id == tenant_id).values(topic_count=topics_of))
    of_author = (
        select(_p.author_id, func.count().label("count"))
        .where(_p.tenant_id == tenant_id)
        .group_by(_p.author_id)
        .subquery()
    )
    await connection.execute(
        update(members)
        .where(_m.tenant_id == tenant_id, _m.id == of_author.c.author_id, _m.create_time == now)
        .values(post_count=of_author.c.count)
    )
