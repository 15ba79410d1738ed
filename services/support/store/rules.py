"""Reads and writes rules, and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.support.domain.changes import Asked
from services.support.domain.rules import Condition, Rule, no_such_rule
from services.support.store.tables import rule_runs, rules, tickets

_r, _n = rules.c, rule_runs.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One thing that a rule did."""

    id: UUID
    ticket_id: UUID
    rule_id: UUID
    refusal: str
    time: datetime


def _rule(row: Row[Any]) -> Rule:
    return Rule(
        id=row.id,
        label=row.label,
        trigger=row.trigger,
        conditions=[Condition(kind=kind, value=value) for kind, value in orjson.loads(row.conditions)],
        steps=[Asked(kind=kind, value=value, text=words) for kind, value, words in orjson.loads(row.steps)],
        is_on=row.is_on,
        revision=row.revision,
    )


def _values(rule: Rule) -> dict[str, Any]:
    return {
        "label": rule.label,
        "trigger": rule.trigger,
        "conditions": orjson.dumps([[each.kind, each.value] for each in rule.conditions]).decode(),
        "steps": orjson.dumps([[each.kind, each.value, each.text] for each in rule.steps]).decode(),
        "is_on": rule.is_on,
        "revision": rule.revision,
    }


async def list_rules(connection: AsyncConnection, tenant_id: UUID) -> list[Rule]:
    """Returns all rules, the first made first."""
    query = select(rules).where(_r.tenant_id == tenant_id).order_by(_r.id)
    return [_rule(row) for row in await connection.execute(query)]


async def get_rule(connection: AsyncConnection, tenant_id: UUID, rule_id: UUID, *, lock: bool = False) -> Rule:
    """Returns a rule."""
    query = select(rules).where(_r.tenant_id == tenant_id, _r.id == rule_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise no_such_rule()
    return _rule(row)


async def add_rule(connection: AsyncConnection, tenant_id: UUID, rule: Rule) -> None:
    """Adds a rule; the index refuses a name that is taken."""
    await connection.execute(insert(rules).values(tenant_id=tenant_id, id=rule.id, **_values(rule)))


async def save_rule(connection: AsyncConnection, tenant_id: UUID, rule: Rule) -> None:
    """Writes a locked rule back."""
    await connection.execute(update(rules).where(_r.tenant_id == tenant_id, _r.id == rule.id).values(_values(rule)))


async def delete_rule(connection: AsyncConnection, tenant_id: UUID, rule_id: UUID) -> None:
    """Deletes a rule."""
    gone = await connection.execute(delete(rules).where(_r.tenant_id == tenant_id, _r.id == rule_id))
    if not gone.rowcount:
        raise no_such_rule()


async def add_run(connection: AsyncConnection, tenant_id: UUID, run: Run) -> None:
    """Notes what a rule did."""
    await connection.execute(insert(rule_runs).values(tenant_id=tenant_id, **asdict(run)))


async def list_runs(
    connection: AsyncConnection, tenant_id: UUID, queue_ids: Sequence[UUID] | None, rule_id: UUID | None, limit: int
) -> list[Run]:
    """Returns what rules did last, on tickets of some queues or of all."""
    columns = [each for each in rule_runs.c if each.name != "tenant_id"]
    query = (
        select(*columns)
        .join(tickets, and_(tickets.c.tenant_id == _n.tenant_id, tickets.c.id == _n.ticket_id))
        .where(_n.tenant_id == tenant_id)
        .order_by(_n.id.desc())
        .limit(limit)
    )
    if queue_ids is not None:
        query = query.where(tickets.c.queue_id.in_(queue_ids))
    if rule_id is not None:
        query = query.where(_n.rule_id == rule_id)
    return [Run(**row._mapping) for row in await connection.execute(query)]
