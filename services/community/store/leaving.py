"""Counts what a member has posted, takes names off it, and empties it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.posts import AUTHOR_DELETED, PURGED
from services.community.store.tables import attachments, masked, polls, posts, revisions, topics

_l, _p, _t, _v = polls.c, posts.c, topics.c, revisions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoting:
    """A post of somebody else that may quote or name a member."""

    id: str
    topic_id: str
    body: str = field(repr=False)


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
        update(posts).where(*mine, _p.state != PURGED).values(body="", html="", state=AUTHOR_DELETED, has_poll=False)
    )
    await connection.execute(delete(polls).where(_l.tenant_id == tenant_id, _l.post_id.in_(select(_p.id).where(*mine))))
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
    for table in (topics, revisions, attachments, masked, polls):
        await connection.execute(
            update(table).where(table.c.tenant_id == tenant_id, table.c.author_id == member).values(author_id=None)
        )
    return done.rowcount


async def list_bodies(connection: AsyncConnection, tenant_id: UUID, member_id: str, limit: int) -> list[str]:
    """Returns what a member posted, the latest first."""
    query = (
        select(_p.body)
        .where(_p.tenant_id == tenant_id, _p.author_id == ids.to_uuid(member_id, "mem"))
        .order_by(_p.id.desc())
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def list_quoting(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, named: Sequence[UUID]
) -> list[Quoting]:
    """Returns the posts of others that answer a member's with a quotation, and some that name the member, locked."""
    member, own = ids.to_uuid(member_id, "mem"), posts.alias()
    answering = (
        select(_p.id)
        .join(
            own,
            (own.c.tenant_id == _p.tenant_id) & (own.c.topic_id == _p.topic_id) & (own.c.number == _p.reply_to),
        )
        .where(_p.tenant_id == tenant_id, own.c.author_id == member, _p.body.like("%> %"))
    )
    query = (
        select(_p.id, _p.topic_id, _p.body)
        .where(
            _p.tenant_id == tenant_id,
            _p.author_id.is_distinct_from(member),
            or_(_p.id.in_(answering), _p.id.in_(named)),
        )
        .order_by(_p.topic_id, _p.number)
        .with_for_update()
    )
    return [
        Quoting(id=ids.from_uuid("pst", row.id), topic_id=ids.from_uuid("top", row.topic_id), body=row.body)
        for row in await connection.execute(query)
    ]


async def list_titles_naming(
    connection: AsyncConnection, tenant_id: UUID, handle: str, limit: int
) -> list[tuple[str, str]]:
    """Returns topics in whose title a member is named."""
    query = (
        select(_t.id, _t.title)
        .where(_t.tenant_id == tenant_id, func.strpos(func.lower(_t.title), f"@{handle}") > 0)
        .limit(limit)
    )
    return [(ids.from_uuid("top", row.id), row.title) for row in await connection.execute(query)]
