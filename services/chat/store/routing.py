"""Keeps what a tenant set for its sites and teams, and how conversations were handed on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain.routing import AUTOMATIC, OFFERED, Rule, Transfer
from services.chat.store.tables import routing_rules, transfers

_r, _t = routing_rules.c, transfers.c
#: No tenant has more sites and teams for which it set something.
_MOST_RULES = 1000
_MOST_TRANSFERS = 50


async def list_rules(connection: AsyncConnection, tenant_id: UUID) -> list[Rule]:
    """Returns what a tenant set."""
    query = select(routing_rules).where(_r.tenant_id == tenant_id).order_by(_r.scope_id).limit(_MOST_RULES)
    return [_rule(row) for row in await connection.execute(query)]


async def find_rule(connection: AsyncConnection, tenant_id: UUID, scope_id: UUID, *, lock: bool = False) -> Rule | None:
    """Returns what a tenant set for a site or a team."""
    query = select(routing_rules).where(_r.tenant_id == tenant_id, _r.scope_id == scope_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _rule(row)


async def save_rule(connection: AsyncConnection, tenant_id: UUID, rule: Rule) -> None:
    """Writes what a tenant set for a site or a team."""
    values = asdict(rule)
    await connection.execute(
        upsert(routing_rules)
        .values(tenant_id=tenant_id, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "scope_id"], set_=values)
    )


async def gives_out(connection: AsyncConnection, tenant_id: UUID) -> bool:
    """Says whether a tenant has anything given out automatically."""
    query = select(exists().where(_r.tenant_id == tenant_id, _r.mode == AUTOMATIC))
    return bool((await connection.execute(query)).scalar_one())


async def add_transfer(connection: AsyncConnection, tenant_id: UUID, transfer: Transfer) -> None:
    """Adds a transfer."""
    await connection.execute(insert(transfers).values(tenant_id=tenant_id, **asdict(transfer)))


async def end_transfers(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, state: int) -> None:
    """Notes what became of a conversation's offer, where there is one."""
    await connection.execute(
        update(transfers)
        .where(_t.tenant_id == tenant_id, _t.conversation_id == conversation_id, _t.state == OFFERED)
        .values(state=state)
    )


async def list_transfers(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID) -> list[Transfer]:
    """Returns how a conversation was handed on, the latest first."""
    query = (
        select(transfers)
        .where(_t.tenant_id == tenant_id, _t.conversation_id == conversation_id)
        .order_by(_t.id.desc())
        .limit(_MOST_TRANSFERS)
    )
    return [
        Transfer(**{name: value for name, value in row._mapping.items() if name != "tenant_id"})
        for row in await connection.execute(query)
    ]


def _rule(row: Row[Any]) -> Rule:
    return Rule(scope_id=row.scope_id, is_site=row.is_site, mode=row.mode, team_id=row.team_id, revision=row.revision)
