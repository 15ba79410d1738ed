"""Reads and writes posts, what stood in them before, and what was put on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.files import Attachment
from services.community.domain.polls import Poll
from services.community.domain.posts import HELPFUL, Post, Revision, no_such_post
from services.community.store import attachments as attachment_store
from services.community.store import polls as poll_store
from services.community.store.tables import members, posts, reactions, revisions
from services.community.store.topics import author_of

_p, _m, _v, _r = posts.c, members.c, revisions.c, reactions.c


def _post(
    row: Row[Any],
    counted: dict[int, int],
    *,
    has_voted: bool,
    attachments: Sequence[Attachment] = (),
    poll: Poll | None = None,
) -> Post:
    return Post(
        id=ids.from_uuid("pst", row.id),
        topic_id=ids.from_uuid("top", row.topic_id),
        space_id=ids.from_uuid("spc", row.space_id),
        number=row.number,
        author_id="" if row.author_id is None else ids.from_uuid("mem", row.author_id),
        body=row.body,
        html=row.html,
        renderer=row.renderer,
        state=row.state,
        revision=row.revision,
        reply_to=row.reply_to,
        votes=row.votes,
        terms_id=ids.from_uuid("trm", row.terms_id),
        create_time=row.create_time,
        edit_time=row.edit_time,
        author=author_of(row),
        reactions=counted,
        has_voted=has_voted,
        attachments=attachments,
        poll=poll,
    )


def _selected(tenant_id: UUID) -> Any:
    return (
        select(posts, _m.handle, _m.display_name.label("author_display_name"))
        .outerjoin(members, and_(_m.tenant_id == _p.tenant_id, _m.id == _p.author_id))
        .where(_p.tenant_id == tenant_id)
    )


async def add_post(connection: AsyncConnection, tenant_id: UUID, post: Post) -> None:
    """Adds a post."""
    await connection.execute(
        insert(posts).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(post.id, "pst"),
            topic_id=ids.to_uuid(post.topic_id, "top"),
            space_id=ids.to_uuid(post.space_id, "spc"),
            number=post.number,
            author_id=ids.to_uuid(post.author_id, "mem"),
            body=post.body,
            html=post.html,
            renderer=post.renderer,
            state=post.state,
            revision=post.revision,
            reply_to=post.reply_to,
            votes=post.votes,
            terms_id=ids.to_uuid(post.terms_id, "trm"),
            create_time=post.create_time,
            has_poll=post.poll is not None,
        )
    )


async def get_post(connection: AsyncConnection, tenant_id: UUID, post_id: str, *, lock: bool = False) -> Post:
    """Returns a post; `lock` holds it until the transaction ends."""
    query = _selected(tenant_id).where(_p.id == ids.to_uuid(post_id, "pst"))
    row = (await connection.execute(query.with_for_update(of=posts) if lock else query)).one_or_none()
    if row is None:
        raise no_such_post()
    return _post(row, {}, has_voted=False)


async def get_at(connection: AsyncConnection, tenant_id: UUID, topic_id: str, number: int) -> Post:
    """Returns the post with a number in a topic."""
    query = _selected(tenant_id).where(_p.topic_id == ids.to_uuid(topic_id, "top"), _p.number == number)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_post()
    return _post(row, {}, has_voted=False)


async def author_at(connection: AsyncConnection, tenant_id: UUID, topic_id: str, number: int) -> str:
    """Returns who wrote the post with a number; nothing where there is none, or its author has left."""
    at = (_p.tenant_id == tenant_id, _p.topic_id == ids.to_uuid(topic_id, "top"), _p.number == number)
    found = (await connection.execute(select(_p.author_id).where(*at))).scalar_one_or_none()
    return "" if found is None else ids.from_uuid("mem", found)


async def first_of(connection: AsyncConnection, tenant_id: UUID, topic_id: str) -> str:
    """Returns the id of the post with which a topic begins; nothing where it is gone."""
    at = (_p.tenant_id == tenant_id, _p.topic_id == ids.to_uuid(topic_id, "top"), _p.number == 1)
    found = (await connection.execute(select(_p.id).where(*at))).scalar_one_or_none()
    return "" if found is None else ids.from_uuid("pst", found)


async def find_posts(
    connection: AsyncConnection, tenant_id: UUID, post_ids: Sequence[UUID], member_id: str = ""
) -> list[Post]:
    """Returns posts by their keys, newest first."""
    rows = (await connection.execute(_selected(tenant_id).where(_p.id.in_(post_ids)).order_by(_p.id.desc()))).all()
    return await _with_reactions(connection, tenant_id, rows, member_id)


async def _with_reactions(
    connection: AsyncConnection, tenant_id: UUID, rows: Sequence[Row[Any]], member_id: str
) -> list[Post]:
    keys = [row.id for row in rows]
    counted: dict[UUID, dict[int, int]] = {}
    for post_id, reaction, count in await connection.execute(
        select(_r.post_id, _r.reaction, func.count())
        .where(_r.tenant_id == tenant_id, _r.post_id.in_(keys))
        .group_by(_r.post_id, _r.reaction)
        .order_by(_r.reaction)
    ):
        counted.setdefault(post_id, {})[reaction] = count
    voted: set[UUID] = set()
    if member_id:
        query = select(_r.post_id).where(
            _r.tenant_id == tenant_id,
            _r.post_id.in_(keys),
            _r.member_id == ids.to_uuid(member_id, "mem"),
            _r.reaction == HELPFUL,
        )
        voted = set((await connection.execute(query)).scalars())
    carried = await attachment_store.of_posts(connection, tenant_id, keys)
    asking = [row.id for row in rows if row.has_poll]
    asked = await poll_store.of_posts(connection, tenant_id, asking, member_id) if asking else {}
    return [
        _post(
            row,
            counted.get(row.id, {}),
            has_voted=row.id in voted,
            attachments=carried.get(row.id, ()),
            poll=asked.get(row.id),
        )
        for row in rows
    ]


async def save_post(connection: AsyncConnection, tenant_id: UUID, post_id: str, **values: object) -> None:
    """Writes values of a post."""
    at = (_p.tenant_id == tenant_id, _p.id == ids.to_uuid(post_id, "pst"))
    await connection.execute(update(posts).where(*at).values(**values))


async def add_revision(
    connection: AsyncConnection, tenant_id: UUID, post: Post, *, files_added: int = 0, files_removed: int = 0
) -> None:
    """Keeps what stands in a post before it changes, and how many files come and go."""
    await connection.execute(
        insert(revisions).values(
            tenant_id=tenant_id,
            post_id=ids.to_uuid(post.id, "pst"),
            number=post.revision,
            author_id=ids.to_uuid(post.author_id, "mem") if post.author_id else None,
            body=post.body,
            html=post.html,
            write_time=post.edit_time or post.create_time,
            files_added=files_added,
            files_removed=files_removed,
        )
    )


async def list_revisions(connection: AsyncConnection, tenant_id: UUID, post_id: str, limit: int) -> list[Revision]:
    """Returns what stood in a post before, newest first."""
    query = (
        select(_v.number, _v.html, _v.write_time, _v.files_added, _v.files_removed)
        .where(_v.tenant_id == tenant_id, _v.post_id == ids.to_uuid(post_id, "pst"))
        .order_by(_v.number.desc())
        .limit(limit)
    )
    return [Revision(**row) for row in (await connection.execute(query)).mappings()]


async def delete_revisions(connection: AsyncConnection, tenant_id: UUID, post_id: str) -> None:
    """Removes what stood in a post before."""
    at = (_v.tenant_id == tenant_id, _v.post_id == ids.to_uuid(post_id, "pst"))
    await connection.execute(delete(revisions).where(*at))


async def put_reaction(
    connection: AsyncConnection, tenant_id: UUID, post_id: str, member_id: str, reaction: int, now: datetime
) -> bool:
    """Puts a reaction; returns False where it was there."""
    made = await connection.execute(
        upsert(reactions)
        .values(
            tenant_id=tenant_id,
            post_id=ids.to_uuid(post_id, "pst"),
            member_id=ids.to_uuid(member_id, "mem"),
            reaction=reaction,
            create_time=now,
        )
        .on_conflict_do_nothing()
    )
    return bool(made.rowcount)


async def take_reaction(
    connection: AsyncConnection, tenant_id: UUID, post_id: str, member_id: str, reaction: int
) -> bool:
    """Takes a reaction away; returns False where there was none."""
    gone = await connection.execute(
        delete(reactions).where(
            _r.tenant_id == tenant_id,
            _r.post_id == ids.to_uuid(post_id, "pst"),
            _r.member_id == ids.to_uuid(member_id, "mem"),
            _r.reaction == reaction,
        )
    )
    return bool(gone.rowcount)


async def count_vote(connection: AsyncConnection, tenant_id: UUID, post_id: str, by: int) -> None:
    """Counts votes up or down."""
    at = (_p.tenant_id == tenant_id, _p.id == ids.to_uuid(post_id, "pst"))
    await connection.execute(update(posts).where(*at).values(votes=_p.votes + by))


async def move_posts(connection: AsyncConnection, tenant_id: UUID, topic_id: str, space_id: str) -> None:
    """Says of a topic's posts that they stand in another space now."""
    at = (_p.tenant_id == tenant_id, _p.topic_id == ids.to_uuid(topic_id, "top"))
    await connection.execute(update(posts).where(*at).values(space_id=ids.to_uuid(space_id, "spc")))
