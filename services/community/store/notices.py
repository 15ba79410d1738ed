"""Reads and writes what members follow, what they were told, and how they are told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.notices import (
    MUTED,
    OFF,
    Due,
    Notification,
    Subscription,
    no_such_notification,
)
from services.community.domain.posts import SHOWN, Author
from services.community.domain.spaces import GROUP, JOINED
from services.community.store.tables import (
    members,
    memberships,
    notifications,
    posts,
    relations,
    spaces,
    subscriptions,
    thread_sides,
    topics,
)

_s, _n, _m, _b, _r = subscriptions.c, notifications.c, members.c, memberships.c, relations.c
_p, _t, _sp = posts.c, topics.c, spaces.c
_author, _side = members.alias("author"), thread_sides.alias("side")
#: Up to how many are counted that a member has not seen.
MOST_UNREAD = 100


async def save_subscription(
    connection: AsyncConnection,
    tenant_id: UUID,
    member_id: str,
    space_id: str,
    topic_id: str,
    level: int,
    now: datetime,
    *,
    keep: bool = False,
) -> None:
    """Writes what a member wants to hear of a place; `keep` leaves what they said before as it is."""
    made = upsert(subscriptions).values(
        tenant_id=tenant_id,
        member_id=ids.to_uuid(member_id, "mem"),
        place_id=ids.to_uuid(topic_id, "top") if topic_id else ids.to_uuid(space_id, "spc"),
        id=ids.new_uuid(),
        space_id=ids.to_uuid(space_id, "spc"),
        topic_id=ids.to_uuid(topic_id, "top") if topic_id else None,
        level=level,
        create_time=now,
    )
    if keep:
        await connection.execute(made.on_conflict_do_nothing())
        return
    await connection.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "member_id", "place_id"], set_={"level": level, "create_time": now}
        )
    )


async def delete_subscription(connection: AsyncConnection, tenant_id: UUID, member_id: str, place_id: UUID) -> None:
    """Forgets what a member said of a place."""
    at = (_s.tenant_id == tenant_id, _s.member_id == ids.to_uuid(member_id, "mem"), _s.place_id == place_id)
    await connection.execute(delete(subscriptions).where(*at))


async def list_subscriptions(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, before: UUID | None, limit: int
) -> list[Subscription]:
    """Returns a page of what a member follows and still reads, the newest first."""
    member = ids.to_uuid(member_id, "mem")
    query = (
        select(_s.id, _s.level, _s.create_time, _s.topic_id, _sp.id.label("space_id"), _sp.display_name, _t.title)
        .outerjoin(topics, and_(_t.tenant_id == _s.tenant_id, _t.id == _s.topic_id))
        .join(spaces, and_(_sp.tenant_id == _s.tenant_id, _sp.id == func.coalesce(_t.space_id, _s.space_id)))
        .where(_s.tenant_id == tenant_id, _s.member_id == member, _reads(member))
        .order_by(_s.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_s.id < before)
    return [
        Subscription(
            id=str(row.id),
            space_id=ids.from_uuid("spc", row.space_id),
            topic_id="" if row.topic_id is None else ids.from_uuid("top", row.topic_id),
            display_name=row.display_name if row.topic_id is None else row.title,
            level=row.level,
            create_time=row.create_time,
        )
        for row in await connection.execute(query)
    ]


def _reads(member: UUID | ColumnElement[UUID]) -> ColumnElement[bool]:
    """Says of a row that was joined to its space whether a member reads there."""
    joined = select(_b.member_id).where(
        _b.tenant_id == _sp.tenant_id, _b.space_id == _sp.id, _b.member_id == member, _b.state == JOINED
    )
    return or_(_sp.visibility != GROUP, joined.exists())


async def list_deaf(
    connection: AsyncConnection,
    tenant_id: UUID,
    member_ids: Collection[UUID],
    author: UUID,
    place_ids: Collection[UUID],
) -> set[UUID]:
    """Returns who of some members hears nothing of an author, or of a place."""
    muted = select(_s.member_id).where(
        _s.tenant_id == tenant_id, _s.member_id.in_(member_ids), _s.place_id.in_(place_ids), _s.level == MUTED
    )
    distant = select(_r.member_id).where(_r.tenant_id == tenant_id, _r.member_id.in_(member_ids), _r.other_id == author)
    return set((await connection.execute(muted.union(distant))).scalars())


async def list_readers(
    connection: AsyncConnection, tenant_id: UUID, space_id: UUID, member_ids: Collection[UUID]
) -> dict[UUID, int]:
    """Returns who of some members reads a space, and when each is mailed."""
    query = (
        select(_m.id, _m.mail_mode)
        .join(spaces, and_(_sp.tenant_id == _m.tenant_id, _sp.id == space_id))
        .where(_m.tenant_id == tenant_id, _m.id.in_(member_ids), _reads(_m.id))
    )
    return {row.id: row.mail_mode for row in await connection.execute(query)}


async def add_notifications(
    connection: AsyncConnection,
    tenant_id: UUID,
    kinds: Mapping[UUID, int],
    modes: Mapping[UUID, int],
    now: datetime,
    **about: UUID,
) -> int:
    """Adds what members are told of a post or a thread; who was told already is not told again."""
    rows = [
        {
            "tenant_id": tenant_id,
            "id": ids.new_uuid(),
            "member_id": member,
            "kind": kind,
            "is_read": False,
            # Whoever wants no mails has none to come.
            "is_mailed": modes[member] == OFF,
            "create_time": now,
            **about,
        }
        for member, kind in kinds.items()
    ]
    if not rows:
        return 0
    made = await connection.execute(upsert(notifications).values(rows).on_conflict_do_nothing())
    return made.rowcount


async def forget_unread_of_thread(connection: AsyncConnection, tenant_id: UUID, thread: UUID, member: UUID) -> None:
    """Removes what a member was told of a thread and has not seen, so that it is told once."""
    at = (_n.tenant_id == tenant_id, _n.thread_id == thread, _n.member_id == member, _n.is_read.is_(False))
    await connection.execute(delete(notifications).where(*at))


def _selected(tenant_id: UUID) -> Select[Any]:
    """Selects notifications of what their receivers still read, with what they are about."""
    visible = or_(
        _n.post_id.is_(None), and_(_p.state.in_(sorted(SHOWN)), _t.state.in_(sorted(SHOWN)), _reads(_n.member_id))
    )
    return (
        select(
            notifications,
            _t.title,
            _p.number,
            func.coalesce(_p.author_id, _side.c.member_id).label("author_id"),
            _author.c.handle,
            _author.c.display_name,
        )
        .outerjoin(posts, and_(_p.tenant_id == _n.tenant_id, _p.id == _n.post_id))
        .outerjoin(topics, and_(_t.tenant_id == _n.tenant_id, _t.id == _p.topic_id))
        .outerjoin(spaces, and_(_sp.tenant_id == _n.tenant_id, _sp.id == _t.space_id))
        .outerjoin(
            _side,
            and_(
                _side.c.tenant_id == _n.tenant_id,
                _side.c.thread_id == _n.thread_id,
                _side.c.member_id != _n.member_id,
            ),
        )
        .outerjoin(
            _author,
            and_(
                _author.c.tenant_id == _n.tenant_id,
                _author.c.id == func.coalesce(_p.author_id, _side.c.member_id),
            ),
        )
        .where(_n.tenant_id == tenant_id, visible)
    )


def _notification(row: Row[Any]) -> Notification:
    return Notification(
        id=ids.from_uuid("ntf", row.id),
        kind=row.kind,
        is_read=row.is_read,
        create_time=row.create_time,
        topic_id="" if row.topic_id is None else ids.from_uuid("top", row.topic_id),
        topic_title=row.title or "",
        post_id="" if row.post_id is None else ids.from_uuid("pst", row.post_id),
        number=row.number or 0,
        thread_id="" if row.thread_id is None else ids.from_uuid("thr", row.thread_id),
        author=Author()
        if row.handle is None
        else Author(member_id=ids.from_uuid("mem", row.author_id), handle=row.handle, display_name=row.display_name),
    )


async def list_notifications(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, before: UUID | None, limit: int
) -> list[Notification]:
    """Returns a page of what a member was told, newest first."""
    query = _selected(tenant_id).where(_n.member_id == ids.to_uuid(member_id, "mem"))
    if before is not None:
        query = query.where(_n.id < before)
    return [_notification(row) for row in await connection.execute(query.order_by(_n.id.desc()).limit(limit))]


async def count_unread(connection: AsyncConnection, tenant_id: UUID, member_id: str, most: int) -> int:
    """Counts what a member has not seen, up to a bound."""
    unread = _selected(tenant_id).where(_n.member_id == ids.to_uuid(member_id, "mem"), _n.is_read.is_(False))
    some = unread.with_only_columns(literal(1)).limit(most).subquery()
    return int((await connection.execute(select(func.count()).select_from(some))).scalar_one())


async def mark_read(connection: AsyncConnection, tenant_id: UUID, member_id: str, notification_id: str) -> None:
    """Marks one notification of a member as seen, or all."""
    query = update(notifications).where(_n.tenant_id == tenant_id, _n.member_id == ids.to_uuid(member_id, "mem"))
    if not notification_id:
        await connection.execute(query.where(_n.is_read.is_(False)).values(is_read=True))
        return
    done = await connection.execute(query.where(_n.id == ids.to_uuid(notification_id, "ntf")).values(is_read=True))
    if not done.rowcount:
        raise no_such_notification()


async def take_due(
    connection: AsyncConnection, tenant_id: UUID, mode: int, limit: int, member: UUID | None = None
) -> list[Due]:
    """Returns what is to be mailed and was not, and notes it as mailed; two that ask at once get different ones."""
    waiting = (
        select(_n.id)
        .join(members, and_(_m.tenant_id == _n.tenant_id, _m.id == _n.member_id))
        .where(_n.tenant_id == tenant_id, _n.is_mailed.is_(False), _m.mail_mode == mode)
        .order_by(_n.id)
        .limit(limit)
        .with_for_update(of=notifications, skip_locked=True)
    )
    if member is not None:
        waiting = waiting.where(_n.member_id == member)
    taken = (await connection.execute(waiting)).scalars().all()
    if not taken:
        return []
    mine = (_n.tenant_id == tenant_id, _n.id.in_(taken))
    query = (
        _selected(tenant_id)
        .add_columns(_m.email)
        .join(members, and_(_m.tenant_id == _n.tenant_id, _m.id == _n.member_id))
        .where(_n.id.in_(taken), _n.is_read.is_(False))
        .order_by(_n.id)
    )
    found = [
        Due(notification=_notification(row), member_id=ids.from_uuid("mem", row.member_id), email=row.email)
        for row in await connection.execute(query)
    ]
    await connection.execute(update(notifications).where(*mine).values(is_mailed=True))
    return found


async def put_back(connection: AsyncConnection, tenant_id: UUID, notification_ids: Sequence[str]) -> None:
    """Says of notifications that they were not mailed after all."""
    keys = [ids.to_uuid(each, "ntf") for each in notification_ids]
    at = (_n.tenant_id == tenant_id, _n.id.in_(keys))
    await connection.execute(update(notifications).where(*at).values(is_mailed=False))


async def list_awaiting(connection: AsyncConnection, tenant_id: UUID, mode: int, limit: int) -> list[UUID]:
    """Returns some members for whom something waits to be mailed."""
    query = (
        select(_n.member_id)
        .join(members, and_(_m.tenant_id == _n.tenant_id, _m.id == _n.member_id))
        .where(_n.tenant_id == tenant_id, _n.is_mailed.is_(False), _m.mail_mode == mode)
        .distinct()
        .limit(limit)
    )
    return list((await connection.execute(query)).scalars())


async def get_settings(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> tuple[int, bool]:
    """Returns when a member is mailed, and whether they follow the topics in which they post."""
    query = select(_m.mail_mode, _m.follows_own).where(
        _m.tenant_id == tenant_id, _m.id == ids.to_uuid(member_id, "mem")
    )
    row = (await connection.execute(query)).one_or_none()
    return (OFF, False) if row is None else (row.mail_mode, row.follows_own)


async def save_settings(connection: AsyncConnection, tenant_id: UUID, member_id: str, **values: object) -> None:
    """Writes how a member is told; who wants no mails has none to come any more."""
    member = ids.to_uuid(member_id, "mem")
    await connection.execute(update(members).where(_m.tenant_id == tenant_id, _m.id == member).values(**values))
    if values.get("mail_mode") == OFF:
        mine = (_n.tenant_id == tenant_id, _n.member_id == member, _n.is_mailed.is_(False))
        await connection.execute(update(notifications).where(*mine).values(is_mailed=True))
