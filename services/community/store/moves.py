"""Moves posts between topics, and keeps where they went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Integer, Uuid, column, func, select, update, values
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.store.tables import moved_posts, posts, topics

_p, _t, _v = posts.c, topics.c, moved_posts.c


async def numbers_of(connection: AsyncConnection, tenant_id: UUID, topic_id: str, numbers: Sequence[int]) -> list[int]:
    """Returns which of some posts of a topic are there, in their order, and holds them."""
    query = (
        select(_p.number)
        .where(_p.tenant_id == tenant_id, _p.topic_id == ids.to_uuid(topic_id, "top"), _p.number.in_(numbers))
        .order_by(_p.number)
        .with_for_update()
    )
    return list((await connection.execute(query)).scalars())


async def move(
    connection: AsyncConnection,
    tenant_id: UUID,
    from_topic: str,
    to_topic: str,
    space_id: str,
    becomes: Mapping[int, int],
) -> None:
    """Gives posts of a topic their numbers in another one, and keeps where they went."""
    source, target = ids.to_uuid(from_topic, "top"), ids.to_uuid(to_topic, "top")
    there = (_p.tenant_id == tenant_id, _p.topic_id == source, _p.number.in_(becomes))
    rows = (await connection.execute(select(_p.id, _p.number, _p.reply_to).where(*there))).all()
    if not rows:
        return
    kept = [{"tenant_id": tenant_id, "topic_id": source, "number": row.number, "post_id": row.id} for row in rows]
    await connection.execute(upsert(moved_posts).values(kept).on_conflict_do_nothing())
    # One statement for all: the new numbers stand beside the ids.
    new = values(column("id", Uuid), column("number", Integer), column("reply_to", Integer), name="new").data(
        [(row.id, becomes[row.number], becomes.get(row.reply_to, 0)) for row in rows]
    )
    await connection.execute(
        update(posts)
        .where(_p.tenant_id == tenant_id, _p.id == new.c.id)
        .values(
            topic_id=target,
            space_id=ids.to_uuid(space_id, "spc"),
            number=new.c.number,
            reply_to=new.c.reply_to,
        )
    )


async def recount(connection: AsyncConnection, tenant_id: UUID, topic_id: str) -> None:
    """Counts a topic's posts anew."""
    topic = ids.to_uuid(topic_id, "top")
    of = (_p.tenant_id == tenant_id, _p.topic_id == topic)
    query = select(func.count(), func.max(_p.number), func.max(_p.create_time)).where(*of)
    count, last, latest = (await connection.execute(query)).one()
    newest = select(_p.id).where(*of).order_by(_p.number.desc()).limit(1)
    key = (await connection.execute(newest)).scalar_one()
    await connection.execute(
        update(topics)
        .where(_t.tenant_id == tenant_id, _t.id == topic)
        .values(
            post_count=count,
            # What was said last keeps its number for good.
            last_number=func.greatest(_t.last_number, last),
            last_post_id=key,
            last_post_time=latest,
            version=_t.version + 1,
        )
    )
