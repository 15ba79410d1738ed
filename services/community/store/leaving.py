"""Counts what a member has posted, takes names off it, and empties it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.posts import AUTHOR_DELETED, PURGED
from services.community.store.tables import attachments, posts, revisions, topics

_p, _t, _v = posts.c, topics.c, revisions.c


async def count_own(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> tuple[int, int, int]:
    """Counts a member's posts and topics, and the posts of others that answer one of them with a quotation."""
    member = ids.to_uuid(member_id, "mem")
    own = posts.alias()
    counted: list[int] = []
    for query in (
        select(func.count()).select_from(posts).where(_p.tenant_id == tenant_id, _p.author_id == member),
        select(func.count()).select_from(topics).where(_t.tenant_id == tenant_id, _t.author_id == member),
        select(func.count())
        .select_from(posts)
        .join(
            own,
            (own.c.tenant_id == _p.tenant_id) & (own.c.topic_id == _p.topic_id) & (own.c.number == _p.reply_to),
        )
        .where(
            _p.tenant_id == tenant_id,
            own.c.author_id == member,
            _p.author_id.is_distinct_from(member),
            _p.body.like("> %"),
        ),
    ):
        counted.append(int((await connection.execute(query)).scalar_one()))  # noqa: PERF401 - One after another.
    return counted[0], counted[1], counted[2]


async def empty_posts(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> None:
    """Empties whatever a member posted; a topic in which nobody else spoke goes with it."""
    member = ids.to_uuid(member_id, "mem")
    mine = (_p.tenant_id == tenant_id, _p.author_id == member)
    await connection.execute(
        update(posts).where(*mine, _p.state != PURGED).values(body="", html="", state=AUTHOR_DELETED)
    )
    others = (
        select(_p.id)
        .where(_p.tenant_id == _t.tenant_id, _p.topic_id == _t.id, _p.author_id.is_distinct_from(member))
        .exists()
    )
    await connection.execute(
        update(topics).where(_t.tenant_id == tenant_id, _t.author_id == member).values(title="", version=_t.version + 1)
    )
    await connection.execute(
        update(topics).where(_t.tenant_id == tenant_id, _t.author_id == member, ~others).values(state=AUTHOR_DELETED)
    )


async def detach(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> int:
    """Takes a member's name off whatever they posted; returns how many posts that were."""
    member = ids.to_uuid(member_id, "mem")
    done = await connection.execute(
        update(posts).where(_p.tenant_id == tenant_id, _p.author_id == member).values(author_id=None)
    )
    for table in (topics, revisions, attachments):
        await connection.execute(
            update(table).where(table.c.tenant_id == tenant_id, table.c.author_id == member).values(author_id=None)
        )
    return done.rowcount
