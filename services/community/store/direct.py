"""Reads and writes what members write to one another."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.direct import DECLINED, Message, Thread, no_such_message, no_such_thread
from services.community.domain.posts import Author
from services.community.store.tables import direct_messages, members, thread_sides, threads

_t, _s, _d, _m = threads.c, thread_sides.c, direct_messages.c, members.c
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
    return [
        Message(
            thread_id=thread_id,
            number=row.number,
            author_id=ids.from_uuid("mem", row.author_id),
            body=row.body,
            html=row.html,
            create_time=row.create_time,
        )
        for row in await connection.execute(query.order_by(_d.number.desc()).limit(limit))
    ]


async def get_message(connection: AsyncConnection, tenant_id: UUID, thread_id: str, number: int) -> Message:
    """Returns one message of a thread."""
    found = await list_messages(connection, tenant_id, thread_id, number + 1, 1)
    if not found or found[0].number != number:
        raise no_such_message()
    return found[0]


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
        update(direct_messages).where(*at, _d.author_id == ids.to_uuid(member_id, "mem")).values(body="", html="")
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
