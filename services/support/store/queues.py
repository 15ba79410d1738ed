"""Reads and writes queues with their members, tags, and the tenant's own fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.storage.statements import Statement
from services.support.domain.queues import Field, Queue, Tag, no_such_field, no_such_queue, no_such_tag
from services.support.store.tables import fields, queue_members, queues, tags

_q, _m, _g, _f = queues.c, queue_members.c, tags.c, fields.c
_FIELD = [each for each in fields.c if each.name != "tenant_id"]


#: Which queues a reader sees: all, or those that are open to everybody and their own. A part of what reads tickets.
VISIBLE = """
    SELECT q.id FROM support.queues q WHERE q.tenant_id = :tenant AND (
      CAST(:sees_all AS boolean) OR NOT q.is_private OR EXISTS (
        SELECT FROM support.queue_members m
        WHERE m.tenant_id = :tenant AND m.queue_id = q.id AND m.staff_id = CAST(:reader AS uuid)))
"""
_VISIBLE = Statement(VISIBLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whose queues are meant: nobody's own without a member of staff, and all of them where somebody sees all."""

    staff_id: UUID | None
    sees_all: bool

    def arguments(self) -> dict[str, object]:
        """Returns what `VISIBLE` is given, besides the tenant."""
        return {"reader": self.staff_id, "sees_all": self.sees_all}


async def list_visible(connection: AsyncConnection, tenant_id: UUID, reader: Reader) -> list[UUID]:
    """Returns the queues that somebody sees."""
    rows = await _VISIBLE.rows(connection, {"tenant": tenant_id, **reader.arguments()})
    return [row[0] for row in rows]


async def list_queues(connection: AsyncConnection, tenant_id: UUID) -> list[Queue]:
    """Returns all queues with their members, the first made first."""
    rows = (await connection.execute(select(queues).where(_q.tenant_id == tenant_id).order_by(_q.id))).all()
    members: dict[UUID, list[UUID]] = {}
    query = select(_m.queue_id, _m.staff_id).where(_m.tenant_id == tenant_id).order_by(_m.staff_id)
    for row in await connection.execute(query):
        members.setdefault(row.queue_id, []).append(row.staff_id)
    return [_queue(row, members.get(row.id, [])) for row in rows]


def _queue(row: Any, members: Sequence[UUID]) -> Queue:
    return Queue(
        id=row.id,
        label=row.label,
        assignment=row.assignment,
        is_private=row.is_private,
        is_retired=row.is_retired,
        revision=row.revision,
        create_time=row.create_time,
        member_ids=tuple(members),
    )


async def get_queue(connection: AsyncConnection, tenant_id: UUID, queue_id: UUID, *, lock: bool = False) -> Queue:
    """Returns a queue; `lock` holds it until the transaction ends."""
    query = select(queues).where(_q.tenant_id == tenant_id, _q.id == queue_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise no_such_queue()
    members = select(_m.staff_id).where(_m.tenant_id == tenant_id, _m.queue_id == queue_id).order_by(_m.staff_id)
    return _queue(row, list((await connection.execute(members)).scalars()))


async def first_queue_id(connection: AsyncConnection, tenant_id: UUID, made: Queue) -> UUID:
    """Returns the tenant's first queue, which is made where there is none."""
    query = select(_q.id).where(_q.tenant_id == tenant_id).order_by(_q.id).limit(1)
    found = (await connection.execute(query)).scalar()
    if found is None:
        await connection.execute(upsert(queues).values(tenant_id=tenant_id, **_values(made)).on_conflict_do_nothing())
        found = (await connection.execute(query)).scalar_one()
    assert isinstance(found, UUID)
    return found


def _values(queue: Queue) -> dict[str, Any]:
    return {name: value for name, value in asdict(queue).items() if name != "member_ids"}


async def add_queue(connection: AsyncConnection, tenant_id: UUID, queue: Queue) -> None:
    """Adds a queue; the index refuses a name that is taken."""
    await connection.execute(insert(queues).values(tenant_id=tenant_id, **_values(queue)))
    await _set_members(connection, tenant_id, queue)


async def save_queue(connection: AsyncConnection, tenant_id: UUID, queue: Queue) -> None:
    """Writes a locked queue back."""
    values = _values(queue)
    await connection.execute(update(queues).where(_q.tenant_id == tenant_id, _q.id == values.pop("id")).values(values))
    await _set_members(connection, tenant_id, queue)


async def _set_members(connection: AsyncConnection, tenant_id: UUID, queue: Queue) -> None:
    here = (_m.tenant_id == tenant_id, _m.queue_id == queue.id)
    await connection.execute(delete(queue_members).where(*here, _m.staff_id.not_in(queue.member_ids)))
    if queue.member_ids:
        rows = [
            {"tenant_id": tenant_id, "queue_id": queue.id, "staff_id": each, "last_time": None}
            for each in queue.member_ids
        ]
        await connection.execute(upsert(queue_members).on_conflict_do_nothing(), rows)


async def count_queues(connection: AsyncConnection, tenant_id: UUID) -> int:
    """Returns how many queues there are."""
    query = select(func.count()).select_from(queues).where(_q.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def members_in_turn(connection: AsyncConnection, tenant_id: UUID, queue_id: UUID) -> list[UUID]:
    """Returns a queue's members, whoever was given something longest ago first; they are locked."""
    query = (
        select(_m.staff_id)
        .where(_m.tenant_id == tenant_id, _m.queue_id == queue_id)
        .order_by(_m.last_time.asc().nulls_first(), _m.staff_id)
        .with_for_update()
    )
    return list((await connection.execute(query)).scalars())


async def note_given(
    connection: AsyncConnection, tenant_id: UUID, queue_id: UUID, staff_id: UUID, now: datetime
) -> None:
    """Notes that somebody was given something out of a queue."""
    await connection.execute(
        update(queue_members)
        .where(_m.tenant_id == tenant_id, _m.queue_id == queue_id, _m.staff_id == staff_id)
        .values(last_time=now)
    )


async def list_tags(connection: AsyncConnection, tenant_id: UUID) -> list[Tag]:
    """Returns all tags in the order of their words."""
    query = select(_g.id, _g.word, _g.is_retired).where(_g.tenant_id == tenant_id).order_by(_g.word)
    return [Tag(**row._mapping) for row in await connection.execute(query)]


async def get_tag(connection: AsyncConnection, tenant_id: UUID, tag_id: UUID) -> Tag:
    """Returns a tag."""
    query = select(_g.id, _g.word, _g.is_retired).where(_g.tenant_id == tenant_id, _g.id == tag_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_tag()
    return Tag(**row._mapping)


async def add_tag(connection: AsyncConnection, tenant_id: UUID, tag: Tag) -> None:
    """Adds a tag; the index refuses a word that is taken."""
    await connection.execute(insert(tags).values(tenant_id=tenant_id, **asdict(tag)))


async def save_tag(connection: AsyncConnection, tenant_id: UUID, tag: Tag) -> None:
    """Writes a tag; the index refuses a word that is taken."""
    await connection.execute(
        update(tags).where(_g.tenant_id == tenant_id, _g.id == tag.id).values(word=tag.word, is_retired=tag.is_retired)
    )


async def list_fields(connection: AsyncConnection, tenant_id: UUID) -> list[Field]:
    """Returns the tenant's own fields, the first made first."""
    query = select(*_FIELD).where(_f.tenant_id == tenant_id).order_by(_f.id)
    return [_field(row) for row in await connection.execute(query)]


def _field(row: Any) -> Field:
    return Field(**{**row._mapping, "choices": tuple(row.choices)})


async def get_field(connection: AsyncConnection, tenant_id: UUID, field_id: UUID, *, lock: bool = False) -> Field:
    """Returns a field."""
    query = select(*_FIELD).where(_f.tenant_id == tenant_id, _f.id == field_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise no_such_field()
    return _field(row)


async def add_field(connection: AsyncConnection, tenant_id: UUID, made: Field) -> None:
    """Adds a field; the index refuses a name that is taken."""
    await connection.execute(
        insert(fields).values(tenant_id=tenant_id, **{**asdict(made), "choices": list(made.choices)})
    )


async def save_field(connection: AsyncConnection, tenant_id: UUID, changed: Field) -> None:
    """Writes a locked field back."""
    values = {**asdict(changed), "choices": list(changed.choices)}
    await connection.execute(update(fields).where(_f.tenant_id == tenant_id, _f.id == values.pop("id")).values(values))
