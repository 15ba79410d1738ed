"""Keeps what reports are added up from. It never looks at a message or a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, column, delete, func, insert, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.chat.store.tables import report_cells, report_facts

#: Stands where a conversation had no operator or no team.
NOBODY = UUID(int=0)
_SUMS = ("volume", "taken", "answered", "wait_seconds", "response_seconds", "handling_seconds")
_c = report_cells.c
_REBUILD = text(
    """
    INSERT INTO chat.report_cells (tenant_id, quarter, site_id, operator_id, team_id, volume, taken, answered,
      wait_seconds, response_seconds, handling_seconds)
    SELECT tenant_id, quarter, site_id, operator_id, team_id, count(*), count(wait_seconds), count(response_seconds),
      coalesce(sum(wait_seconds), 0), coalesce(sum(response_seconds), 0), coalesce(sum(handling_seconds), 0)
    FROM chat.report_facts WHERE tenant_id = :tenant
    GROUP BY tenant_id, quarter, site_id, operator_id, team_id
    """
)
_NAMES = text(
    """
    SELECT o.id, c.operator_name FROM unnest(CAST(:operators AS uuid[])) AS o(id)
    CROSS JOIN LATERAL (
      SELECT c.operator_name FROM chat.conversations c
      WHERE c.operator_id = o.id AND c.tenant_id = :tenant AND c.state IN (2, 3) ORDER BY c.state, c.id DESC LIMIT 1
    ) c
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """How one conversation went that is over; nothing in it says which."""

    tenant_id: UUID
    quarter: datetime
    site_id: UUID
    operator_id: UUID = NOBODY
    team_id: UUID = NOBODY
    wait_seconds: int | None = None
    response_seconds: int | None = None
    handling_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which figures: of a period, and of one site, operator or team only."""

    since: datetime
    until: datetime
    site_id: UUID | None = None
    operator_id: UUID | None = None
    team_id: UUID | None = None


async def add_fact(connection: AsyncConnection, fact: Fact) -> None:
    """Adds how a conversation went, to the facts and to the sums."""
    keys = {
        "tenant_id": fact.tenant_id,
        "quarter": fact.quarter,
        "site_id": fact.site_id,
        "operator_id": fact.operator_id,
        "team_id": fact.team_id,
    }
    durations = {
        "wait_seconds": fact.wait_seconds,
        "response_seconds": fact.response_seconds,
        "handling_seconds": fact.handling_seconds,
    }
    await connection.execute(insert(report_facts).values(id=ids.random_uuid(), **keys, **durations))
    adding = upsert(report_cells).values(
        **keys,
        volume=1,
        taken=int(fact.wait_seconds is not None),
        answered=int(fact.response_seconds is not None),
        **{name: value or 0 for name, value in durations.items()},
    )
    await connection.execute(
        adding.on_conflict_do_update(
            index_elements=list(keys), set_={name: _c[name] + adding.excluded[name] for name in _SUMS}
        )
    )


async def rebuild(connection: AsyncConnection, tenant_id: UUID) -> int:
    """Adds a tenant's sums up again from the facts, and returns how many facts there are.

    Whoever adds meanwhile waits: what was committed before is in the facts, and what comes after is added on top.
    """
    await connection.execute(text("LOCK TABLE chat.report_cells IN SHARE ROW EXCLUSIVE MODE"))
    await connection.execute(delete(report_cells).where(_c.tenant_id == tenant_id))
    await connection.execute(_REBUILD, {"tenant": tenant_id})
    query = select(func.count()).where(report_facts.c.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def sums(connection: AsyncConnection, tenant_id: UUID, wanted: Wanted, by: str, zone: str) -> Sequence[Row[Any]]:
    """Returns the sums of a period by `day`, `hour`, `operator_id`, `team_id` or `site_id`, or in all."""
    local = func.timezone(zone, _c.quarter)
    key: ColumnElement[Any]
    if by == "day":
        key = func.to_char(local, "YYYY-MM-DD")
    elif by == "hour":
        key = func.to_char(local, "FMHH24")
    elif by:
        key = _c[by]
    else:
        key = literal_column("''")
    query = (
        select(key.label("key"), *(func.sum(_c[name]).label(name) for name in _SUMS))
        .where(_c.tenant_id == tenant_id, _c.quarter >= wanted.since, _c.quarter < wanted.until)
        .group_by(column("key"))
        .order_by(func.sum(_c.volume).desc(), column("key"))
    )
    for name in ("site_id", "operator_id", "team_id"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(_c[name] == value)
    return (await connection.execute(query)).all()


async def names_of(connection: AsyncConnection, tenant_id: UUID, operators: Sequence[UUID]) -> dict[UUID, str]:
    """Returns under which names operators answered last, as far as a conversation of theirs is kept."""
    rows = await connection.execute(_NAMES, {"tenant": tenant_id, "operators": list(operators)})
    return {row.id: row.operator_name for row in rows}
