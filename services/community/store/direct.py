"""Reads and writes what members write to one another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.direct import (
    DECLINED,
    Message,
    MessageReading,
    Thread,
    no_such_message,
    no_such_thread,
)
from services.community.domain.moderation import OPEN
from services.community.domain.posts import AUTHOR_DELETED, PURGED, Author
from services.community.store.tables import (
    cases,
    direct_messages,
    flags,
    members,
    message_readings,
    thread_sides,
    threads,
)

_t, _s, _d, _m = threads.c, thread_sides.c, direct_messages.c, members.c
_c, _f, _g = cases.c, flags.c, message_readings.c
_other = thread_sides.alias("other")


async def open_thread(
    connection: AsyncConnection, tenant_id: UUID, pair: bytes, member_id: str, other_id: str, state: int, now: datetime
) -> tuple[UUID, bool]:
    """Returns the one thread of two members, and whether it was made now."""
    key = ids.new_uuid()
    made = await connection.execute(
        upsert(threads)
        .values(
            tenant_id=tenant_id,
            id=key,
            pair=pair,
            state=state,
            last_number=0,
            last_message_time=now,
            create_time=now,
        )
        .on_conflict_do_nothing()
    )
    if not made.rowcount:
        query = select(_t.id).where(_t.tenant_id == tenant_id, _t.pair == pair)
        return (await connection.execute(query)).scalar_one(), False
    rows = [
        {
            "tenant_id": tenant_id,
            "thread_id": key,
            "member_id": ids.to_uuid(each, "mem"),
            "is_asker": each == member_id,
            "read_number": 0,
            "latest_id": key,
        }
        for each in (member_id, other_id)
    ]
    await connection.execute(insert(thread_sides), rows)
    return key, True


def _selected(tenant_id: UUID, member_id: str) -> Select[Any]:
    return (
        select(
            threads,
            _s.is_asker,
            _s.read_number,
            _s.latest_id,
            _other.c.member_id.label("author_id"),
            _m.handle,
            _m.display_name,
        )
        .join(thread_sides, and_(_s.tenant_id == _t.tenant_id, _s.thread_id == _t.id))
        .outerjoin(
            _other,
            and_(
                _other.c.tenant_id == _t.tenant_id,
                _other.c.thread_id == _t.id,
                _other.c.member_id != _s.member_id,
            ),
        )
        .outerjoin(members, and_(_m.tenant_id == _t.tenant_id, _m.id == _other.c.member_id))
        .where(_t.tenant_id == tenant_id, _s.member_id == ids.to_uuid(member_id, "mem"))
    )


def _thread(row: Row[Any]) -> Thread:
    return Thread(
        id=ids.from_uuid("thr", row.id),
        state=row.state,
        is_asker=row.is_asker,
        last_number=row.last_number,
        read_number=row.read_number,
        latest_id=str(row.latest_id),
        last_message_time=row.last_message_time,
        create_time=row.create_time,
        other=Author()
        if row.handle is None
        else Author(member_id=ids.from_uuid("mem", row.author_id), handle=row.handle, display_name=row.display_name),
    )


async def get_thread(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, thread_id: str, *, lock: bool = False
) -> Thread:
    """Returns a thread of a member's; `lock` holds it until the transaction ends."""
    query = _selected(tenant_id, member_id).where(_t.id == ids.to_uuid(thread_id, "thr"))
    row = (await connection.execute(query.with_for_update(of=threads) if lock else query)).one_or_none()
    if row is None:
        raise no_such_thread()
    return _thread(row)


async def list_threads(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, before: UUID | None, limit: int
) -> list[Thread]:
    """Returns a page of a member's threads, the latest message first."""
    query = _selected(tenant_id, member_id)
    if before is not None:
        query = query.where(_s.latest_id < before)
    return [_thread(row) for row in await connection.execute(query.order_by(_s.latest_id.desc()).limit(limit))]


async def save_state(connection: AsyncConnection, tenant_id: UUID, thread_id: str, state: int) -> None:
    """Writes where two members stand."""
    at = (_t.tenant_id == tenant_id, _t.id == ids.to_uuid(thread_id, "thr"))
    await connection.execute(update(threads).where(*at).values(state=state))


async def add_message(connection: AsyncConnection, tenant_id: UUID, message: Message) -> None:
    """Adds a message to a thread that is held."""
    thread = ids.to_uuid(message.thread_id, "thr")
    await connection.execute(
        insert(direct_messages).values(
            tenant_id=tenant_id,
            thread_id=thread,
            number=message.number,
            author_id=ids.to_uuid(message.author_id, "mem"),
            body=message.body,
            html=message.html,
            state=message.state,
            create_time=message.create_time,
        )
    )
    await connection.execute(
        update(threads)
        .where(_t.tenant_id == tenant_id, _t.id == thread)
        .values(last_number=message.number, last_message_time=message.create_time)
    )
    sides = (_s.tenant_id == tenant_id, _s.thread_id == thread)
    await connection.execute(update(thread_sides).where(*sides).values(latest_id=ids.new_uuid()))
    await mark_read(connection, tenant_id, message.author_id, message.thread_id, message.number)


async def list_messages(
    connection: AsyncConnection, tenant_id: UUID, thread_id: str, before: int, limit: int
) -> list[Message]:
    """Returns a page of a thread's messages, the latest first."""
    query = select(direct_messages).where(_d.tenant_id == tenant_id, _d.thread_id == ids.to_uuid(thread_id, "thr"))
    if before:
        query = query.where(_d.number < before)
    rows = await connection.execute(query.order_by(_d.number.desc()).limit(limit))
    return [_message(row) for row in rows]


def _message(row: Row[Any]) -> Message:
    return Message(
        thread_id=ids.from_uuid("thr", row.thread_id),
        number=row.number,
        author_id=ids.from_uuid("mem", row.author_id),
        body=row.body,
        html=row.html,
        state=row.state,
        create_time=row.create_time,
    )


async def get_message(connection: AsyncConnection, tenant_id: UUID, thread_id: str, number: int) -> Message:
    """Returns one message of a thread."""
    found = await list_messages(connection, tenant_id, thread_id, number + 1, 1)
    if not found or found[0].number != number:
        raise no_such_message()
    return found[0]


async def lock_message(connection: AsyncConnection, tenant_id: UUID, thread_id: str, number: int) -> Message | None:
    """Returns a message, held until the transaction ends; None where it went with its author."""
    at = (_d.tenant_id == tenant_id, _d.thread_id == ids.to_uuid(thread_id, "thr"), _d.number == number)
    row = (await connection.execute(select(direct_messages).where(*at).with_for_update())).one_or_none()
    return None if row is None else _message(row)


async def save_message_state(connection: AsyncConnection, tenant_id: UUID, message: Message, state: int) -> None:
    """Writes what became of a message; of one that is purged nothing is left."""
    at = (_d.tenant_id == tenant_id, _d.thread_id == ids.to_uuid(message.thread_id, "thr"))
    left = {"body": "", "html": ""} if state == PURGED else {}
    await connection.execute(
        update(direct_messages).where(*at, _d.number == message.number).values(state=state, **left)
    )


async def list_reported(
    connection: AsyncConnection, tenant_id: UUID, thread_id: str, numbers: Sequence[int], member_id: str
) -> set[int]:
    """Returns which of some messages of a thread a member has reported."""
    query = (
        select(_c.message_number)
        .join(flags, and_(_f.tenant_id == _c.tenant_id, _f.case_id == _c.id))
        .where(
            _c.tenant_id == tenant_id,
            _c.thread_id == ids.to_uuid(thread_id, "thr"),
            _c.message_number.in_(numbers),
            _f.reporter_id == ids.to_uuid(member_id, "mem"),
        )
    )
    return set((await connection.execute(query)).scalars())


async def list_readings(
    connection: AsyncConnection, tenant_id: UUID, thread_id: str, numbers: Sequence[int], member_id: str
) -> list[MessageReading]:
    """Returns who else read some messages of a thread; whoever wrote one is told once it was decided about."""
    query = (
        select(message_readings)
        .join(cases, and_(_c.tenant_id == _g.tenant_id, _c.id == _g.case_id))
        .where(
            _g.tenant_id == tenant_id,
            _g.thread_id == ids.to_uuid(thread_id, "thr"),
            _g.number.in_(numbers),
            or_(_c.state != OPEN, _g.author_id.is_distinct_from(ids.to_uuid(member_id, "mem"))),
        )
        .order_by(_g.first_time)
    )
    return [
        MessageReading(
            number=row.number, by_platform=row.by_platform, first_time=row.first_time, last_time=row.last_time
        )
        for row in await connection.execute(query)
    ]


async def record_reading(
    connection: AsyncConnection,
    tenant_id: UUID,
    *,
    case_id: str,
    thread_id: str,
    number: int,
    author_id: str,
    staff_id: str,
    by_platform: bool,
    purpose: int,
    now: datetime,
    since: datetime,
) -> None:
    """Notes that somebody reads a reported message; reading on since a moment is the same interval."""
    case, staff = ids.to_uuid(case_id, "mcs"), ids.to_uuid(staff_id, "stf")
    at = (_g.tenant_id == tenant_id, _g.case_id == case, _g.staff_id == staff, _g.last_time >= since)
    stretched = await connection.execute(update(message_readings).where(*at).values(last_time=now))
    if stretched.rowcount:
        return
    await connection.execute(
        insert(message_readings).values(
            tenant_id=tenant_id,
            id=ids.new_uuid(),
            case_id=case,
            thread_id=ids.to_uuid(thread_id, "thr"),
            number=number,
            author_id=ids.to_uuid(author_id, "mem") if author_id else None,
            staff_id=staff,
            by_platform=by_platform,
            purpose=purpose,
            first_time=now,
            last_time=now,
        )
    )


async def mark_read(connection: AsyncConnection, tenant_id: UUID, member_id: str, thread_id: str, number: int) -> None:
    """Notes how far a member has read a thread."""
    at = (_s.tenant_id == tenant_id, _s.thread_id == ids.to_uuid(thread_id, "thr"))
    mine = (*at, _s.member_id == ids.to_uuid(member_id, "mem"))
    await connection.execute(
        update(thread_sides).where(*mine).values(read_number=func.greatest(_s.read_number, number))
    )


async def empty_message(
    connection: AsyncConnection, tenant_id: UUID, thread_id: str, number: int, member_id: str
) -> None:
    """Empties a message of a member's own."""
    at = (_d.tenant_id == tenant_id, _d.thread_id == ids.to_uuid(thread_id, "thr"), _d.number == number)
    done = await connection.execute(
        update(direct_messages)
        .where(*at, _d.author_id == ids.to_uuid(member_id, "mem"))
        .values(body="", html="", state=AUTHOR_DELETED)
    )
    if not done.rowcount:
        raise no_such_message()


async def end_threads(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> None:
    """Ends all threads of a member who leaves; what the other wrote goes with the other."""
    mine = select(_s.thread_id).where(_s.tenant_id == tenant_id, _s.member_id == ids.to_uuid(member_id, "mem"))
    at = (_t.tenant_id == tenant_id, _t.id.in_(mine))
    await connection.execute(update(threads).where(*at).values(state=DECLINED))
    alone = (
        select(_s.thread_id)
        .where(_s.tenant_id == tenant_id, _s.thread_id.in_(mine))
        .group_by(_s.thread_id)
        .having(func.count() == 1)
    )
    await connection.execute(delete(threads).where(_t.tenant_id == tenant_id, _t.id.in_(alone)))
