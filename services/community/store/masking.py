"""Keeps what is masked in posts until somebody has decided, and finds where else something stands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, and_, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.masking import Masked
from services.community.domain.moderation import Worded
from services.community.store.tables import cases, flags, masked, posts, revisions, topics

_c, _f, _k, _p, _o, _v = cases.c, flags.c, masked.c, posts.c, topics.c, revisions.c


async def hold(connection: AsyncConnection, tenant_id: UUID) -> None:
    """Lets one transaction at a time mask or unmask in a community: each touches posts of several cases."""
    await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"masked {tenant_id}", 0))))


def _read(row: Row[Any]) -> Masked:
    return Masked(
        case_id=ids.from_uuid("mcs", row.case_id),
        post_id=ids.from_uuid("pst", row.post_id),
        author_id="" if row.author_id is None else ids.from_uuid("mem", row.author_id),
        body=row.body,
        title=row.title,
        state=row.state,
        words=orjson.loads(row.words),
    )


async def keep(connection: AsyncConnection, tenant_id: UUID, kept: Masked) -> None:
    """Keeps what a case masks in a post; what the post said before anything was masked in it is what was kept first."""
    there = await list_of_post(connection, tenant_id, kept.post_id)
    own = next((each for each in there if each.case_id == kept.case_id), None)
    first = there[0] if there else kept
    title = next((each.title for each in [*there, kept] if each.title), "") if kept.title or (own and own.title) else ""
    # The whole post stays hidden where one report hid it.
    words = [] if not kept.words or (own and not own.words) else [*(own.words if own else ()), *kept.words]
    values = {"body": first.body, "title": title, "state": first.state, "words": orjson.dumps(words).decode()}
    key = {"case_id": ids.to_uuid(kept.case_id, "mcs"), "post_id": ids.to_uuid(kept.post_id, "pst")}
    if own is not None:
        at = (_k.tenant_id == tenant_id, _k.case_id == key["case_id"], _k.post_id == key["post_id"])
        await connection.execute(update(masked).where(*at).values(**values))
        return
    author = ids.to_uuid(kept.author_id, "mem") if kept.author_id else None
    await connection.execute(insert(masked).values(tenant_id=tenant_id, author_id=author, **key, **values))


async def list_of_post(connection: AsyncConnection, tenant_id: UUID, post_id: str) -> list[Masked]:
    """Returns what cases mask in a post, the oldest case first."""
    at = (_k.tenant_id == tenant_id, _k.post_id == ids.to_uuid(post_id, "pst"))
    return [_read(row) for row in await connection.execute(select(masked).where(*at).order_by(_k.case_id))]


async def list_of_topic(connection: AsyncConnection, tenant_id: UUID, topic_id: str) -> list[Masked]:
    """Returns what cases mask in the posts of a topic."""
    query = (
        select(masked)
        .join(posts, and_(_p.tenant_id == _k.tenant_id, _p.id == _k.post_id))
        .where(_k.tenant_id == tenant_id, _p.topic_id == ids.to_uuid(topic_id, "top"))
    )
    return [_read(row) for row in await connection.execute(query)]


async def list_of_case(connection: AsyncConnection, tenant_id: UUID, case_id: str) -> list[Masked]:
    """Returns what a case masks."""
    at = (_k.tenant_id == tenant_id, _k.case_id == ids.to_uuid(case_id, "mcs"))
    return [_read(row) for row in await connection.execute(select(masked).where(*at).order_by(_k.post_id))]


async def list_all(connection: AsyncConnection, tenant_id: UUID) -> list[Masked]:
    """Returns all that is masked in a community until somebody has decided."""
    rows = await connection.execute(select(masked).where(_k.tenant_id == tenant_id).order_by(_k.case_id, _k.post_id))
    return [_read(row) for row in rows]


async def is_masked(connection: AsyncConnection, tenant_id: UUID, post_id: str) -> bool:
    """Says whether something in a post is masked until somebody has decided."""
    at = (_k.tenant_id == tenant_id, _k.post_id == ids.to_uuid(post_id, "pst"))
    return (await connection.execute(select(_k.case_id).where(*at).limit(1))).first() is not None


async def is_hidden(connection: AsyncConnection, tenant_id: UUID, post_id: str) -> bool:
    """Says whether a case hides a whole post until somebody has decided."""
    return any(not each.words for each in await list_of_post(connection, tenant_id, post_id))


async def save(connection: AsyncConnection, tenant_id: UUID, kept: Masked) -> None:
    """Writes what is kept of a post."""
    at = (
        _k.tenant_id == tenant_id,
        _k.case_id == ids.to_uuid(kept.case_id, "mcs"),
        _k.post_id == ids.to_uuid(kept.post_id, "pst"),
    )
    await connection.execute(update(masked).where(*at).values(body=kept.body, title=kept.title))


async def take(connection: AsyncConnection, tenant_id: UUID, case_id: str) -> list[Masked]:
    """Returns what posts said before they were masked in a case, and keeps it no longer."""
    at = (_k.tenant_id == tenant_id, _k.case_id == ids.to_uuid(case_id, "mcs"))
    rows = await connection.execute(delete(masked).where(*at).returning(*masked.columns))
    return sorted(map(_read, rows), key=lambda each: each.post_id)


async def drop_snapshots(connection: AsyncConnection, tenant_id: UUID, post_ids: Collection[str]) -> None:
    """Empties what reports kept of some posts, in whichever case."""
    keys = [ids.to_uuid(each, "pst") for each in post_ids]
    of = select(_c.id).where(_c.tenant_id == tenant_id, _c.post_id.in_(keys))
    await connection.execute(update(flags).where(_f.tenant_id == tenant_id, _f.case_id.in_(of)).values(snapshot=""))


async def drop_snapshot(connection: AsyncConnection, tenant_id: UUID, case_id: str) -> None:
    """Empties what the reports of one case kept."""
    of = (_f.tenant_id == tenant_id, _f.case_id == ids.to_uuid(case_id, "mcs"))
    await connection.execute(update(flags).where(*of).values(snapshot=""))


async def list_quoting(connection: AsyncConnection, tenant_id: UUID, post_id: str, topic_id: str) -> list[Worded]:
    """Returns the other posts of a topic in which something is quoted, locked."""
    query = (
        select(_p.id, _p.author_id, _p.body, _p.state)
        .where(
            _p.tenant_id == tenant_id,
            _p.topic_id == ids.to_uuid(topic_id, "top"),
            _p.id != ids.to_uuid(post_id, "pst"),
            _p.body.like("%>%"),
        )
        .order_by(_p.number)
        .with_for_update()
    )
    return [
        Worded(
            post_id=ids.from_uuid("pst", row.id),
            topic_id=topic_id,
            author_id="" if row.author_id is None else ids.from_uuid("mem", row.author_id),
            body=row.body,
            state=row.state,
        )
        for row in await connection.execute(query)
    ]


async def list_titled(connection: AsyncConnection, tenant_id: UUID, words: str, limit: int) -> list[UUID]:
    """Returns some topics in whose title words stand."""
    query = (
        select(_o.id)
        .where(_o.tenant_id == tenant_id, func.strpos(func.lower(_o.title), words.lower()) > 0)
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def list_with_words(
    connection: AsyncConnection,
    tenant_id: UUID,
    words: str,
    *,
    topic_ids: Collection[UUID],
    post_ids: Collection[UUID],
    titled: Collection[UUID],
) -> list[Worded]:
    """Returns the posts of some topics, and some others, in which words stand or stood, locked; a first one with its
    title.
    """
    is_in_history = (
        select(_v.number)
        .where(_v.tenant_id == _p.tenant_id, _v.post_id == _p.id, func.strpos(func.lower(_v.body), words.lower()) > 0)
        .exists()
    )
    is_in_title = and_(_p.number == 1, func.strpos(func.lower(_o.title), words.lower()) > 0)
    query = (
        select(
            _p.id, _p.author_id, _p.body, _p.state, _p.topic_id, case((is_in_title, _o.title), else_="").label("title")
        )
        .join(topics, and_(_o.tenant_id == _p.tenant_id, _o.id == _p.topic_id))
        .where(
            _p.tenant_id == tenant_id,
            or_(
                _p.topic_id.in_(topic_ids),
                _p.id.in_(post_ids),
                and_(_p.topic_id.in_(titled), _p.number == 1),
            ),
            or_(func.strpos(func.lower(_p.body), words.lower()) > 0, is_in_title, is_in_history),
        )
        .order_by(_p.topic_id, _p.number)
        .with_for_update(of=posts)
    )
    return [
        Worded(
            post_id=ids.from_uuid("pst", row.id),
            topic_id=ids.from_uuid("top", row.topic_id),
            author_id="" if row.author_id is None else ids.from_uuid("mem", row.author_id),
            body=row.body,
            state=row.state,
            title=row.title,
        )
        for row in await connection.execute(query)
    ]
