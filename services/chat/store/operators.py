"""Keeps who answers visitors: what they chose, when they were last heard of, and what they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain.routing import CAPACITY, OFFLINE, ONLINE, Operator, no_such
from services.chat.store.tables import operators

_o = operators.c
# Rows are locked in the order of their key wherever several are, so that two replicas cannot deadlock.
_BEAT = text(
    """
    WITH locked AS MATERIALIZED (
      SELECT o.staff_id, o.seen_time AS before, h.seen_time
      FROM chat.operators o
      JOIN unnest(CAST(:ids AS uuid[]), CAST(:times AS timestamptz[])) AS h(staff_id, seen_time)
        ON h.staff_id = o.staff_id
      WHERE o.tenant_id = :tenant AND (o.seen_time IS NULL OR h.seen_time > o.seen_time)
      ORDER BY o.staff_id FOR UPDATE OF o
    )
    UPDATE chat.operators o SET seen_time = locked.seen_time FROM locked
    WHERE o.tenant_id = :tenant AND o.staff_id = locked.staff_id
    RETURNING locked.before
    """
)


async def arrive(connection: AsyncConnection, tenant_id: UUID, staff_id: UUID, name: str, now: datetime) -> Operator:
    """Notes that somebody gave a sign of life, holds the row, and returns the person as of before that."""
    await connection.execute(
        upsert(operators)
        .values(
            tenant_id=tenant_id,
            staff_id=staff_id,
            display_name=name,
            chosen=ONLINE,
            capacity=CAPACITY,
            languages=[],
            team_ids=[],
            revision=1,
        )
        .on_conflict_do_nothing()
    )
    before = await find_operator(connection, tenant_id, staff_id, lock=True)
    if before is None:
        raise no_such("operator")
    await connection.execute(
        update(operators)
        .where(_o.tenant_id == tenant_id, _o.staff_id == staff_id)
        .values(seen_time=func.greatest(_o.seen_time, now), display_name=name)
    )
    return before


async def beat(connection: AsyncConnection, tenant_id: UUID, seen: Mapping[UUID, datetime], since: datetime) -> bool:
    """Notes when several were last heard of, in one statement; says whether anybody of them was silent since before."""
    values = {"tenant": tenant_id, "ids": list(seen), "times": list(seen.values())}
    rows = (await connection.execute(_BEAT, values)).scalars().all()
    return any(before is None or before <= since for before in rows)


async def find_operator(
    connection: AsyncConnection, tenant_id: UUID, staff_id: UUID, *, lock: bool = False
) -> Operator | None:
    """Returns an operator of the bound tenant; `lock` holds the row until the transaction ends."""
    query = select(operators).where(_o.tenant_id == tenant_id, _o.staff_id == staff_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _operator(row)


async def get_operator(connection: AsyncConnection, tenant_id: UUID, staff_id: UUID, *, lock: bool = False) -> Operator:
    """Returns an operator of the bound tenant; raises NotFound where there is none."""
    found = await find_operator(connection, tenant_id, staff_id, lock=lock)
    if found is None:
        raise no_such("operator")
    return found


async def list_operators(
    connection: AsyncConnection, tenant_id: UUID, after: Sequence[Any] | None, limit: int
) -> list[Operator]:
    """Returns a page of operators by name, after a (name, id)."""
    query = select(operators).where(_o.tenant_id == tenant_id).order_by(_o.display_name, _o.staff_id).limit(limit)
    if after is not None:
        query = query.where(tuple_(_o.display_name, _o.staff_id) > (after[0], UUID(str(after[1]))))
    return [_operator(row) for row in await connection.execute(query)]


async def lock_available(connection: AsyncConnection, tenant_id: UUID, since: datetime) -> list[Operator]:
    """Returns those who take conversations and were heard of after a moment, and holds their rows."""
    query = (
        select(operators)
        .where(_o.tenant_id == tenant_id, _o.chosen == ONLINE, _o.seen_time > since)
        .order_by(_o.staff_id)
        .with_for_update()
    )
    return [_operator(row) for row in await connection.execute(query)]


async def is_any_available(connection: AsyncConnection, tenant_id: UUID, since: datetime) -> bool:
    """Says whether anybody takes conversations who was heard of after a moment."""
    query = select(_o.staff_id).where(_o.tenant_id == tenant_id, _o.chosen == ONLINE, _o.seen_time > since).limit(1)
    return (await connection.execute(query)).scalar() is not None


async def save_operator(connection: AsyncConnection, tenant_id: UUID, operator: Operator) -> None:
    """Writes a locked operator's choice and limits back."""
    await connection.execute(
        update(operators)
        .where(_o.tenant_id == tenant_id, _o.staff_id == operator.staff_id)
        .values(
            chosen=operator.chosen,
            capacity=operator.capacity,
            languages=list(operator.languages),
            revision=operator.revision,
        )
    )


async def note_given(connection: AsyncConnection, tenant_id: UUID, staff_ids: Sequence[UUID], now: datetime) -> None:
    """Notes who was given something, so that turns are taken."""
    await connection.execute(
        update(operators).where(_o.tenant_id == tenant_id, _o.staff_id.in_(staff_ids)).values(given_time=now)
    )


async def save_teams(connection: AsyncConnection, tenant_id: UUID, staff_id: UUID, team_ids: Sequence[UUID]) -> bool:
    """Writes to which teams somebody belongs; False where that is known."""
    wanted = sorted(team_ids)
    changed = await connection.execute(
        update(operators)
        .where(_o.tenant_id == tenant_id, _o.staff_id == staff_id, _o.team_ids != wanted)
        .values(team_ids=wanted)
    )
    return changed.rowcount == 1


async def leave(connection: AsyncConnection, tenant_id: UUID, staff_id: UUID) -> bool:
    """Notes that somebody may not answer any more; False where nobody of that id ever did."""
    left = await connection.execute(
        update(operators)
        .where(_o.tenant_id == tenant_id, _o.staff_id == staff_id)
        .values(chosen=OFFLINE, seen_time=None)
    )
    return left.rowcount == 1


def _operator(row: Row[Any]) -> Operator:
    return Operator(
        staff_id=row.staff_id,
        display_name=row.display_name,
        chosen=row.chosen,
        seen_time=row.seen_time,
        given_time=row.given_time,
        capacity=row.capacity,
        languages=tuple(row.languages),
        team_ids=tuple(row.team_ids),
        revision=row.revision,
    )
