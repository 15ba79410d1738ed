"""Removes what has outlived its retention class, with all that belongs to it, a bounded number of rows at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, MetaData, Table, and_, delete, func, not_, select, tuple_

from kernel import ids
from kernel.privacy.seals import Holds
from kernel.privacy.subjects.coverage import holds_personal
from kernel.storage import leftovers
from kernel.storage.database import Database

ROWS_AT_ONCE = 200

#: Returns how many days a tenant keeps what a setting names.
DaysOf = Callable[[str], Awaitable[int]]


@dataclass(slots=True)
class Purged:
    """How many records of one store were, or would be, purged; `held` counts what a legal hold keeps."""

    store: str
    deleted: int = 0
    held: int = 0


async def purge_expired(
    database: Database, metadata: MetaData, tenant_id: str, days_of: DaysOf, now: datetime, *, dry_run: bool = False
) -> list[Purged]:
    """Removes a tenant's expired records and says how many there were in each store; `dry_run` only counts."""
    purged: list[Purged] = []
    tenant = ids.to_uuid(tenant_id, "ten")
    for table in metadata.sorted_tables:
        if table.info.get("purge") is None:
            continue
        name, period = table.info["purge"]
        days = period if isinstance(period, int) else await days_of(period)
        expired = and_(table.c.tenant_id == tenant, table.c[name] <= now - timedelta(days=days))
        counted = [Purged(each.fullname) for each, _ in _family(table, expired)]
        if not dry_run:
            while await _purge_some(database, tenant_id, table, expired, counted, now):
                pass
        async with database.transaction(tenant_id) as connection:
            holds = await Holds.of(connection, metadata, tenant)
            if holds.is_any:
                held = select(func.count()).select_from(table).where(expired, holds.within_row(table))
                counted[0].held = int((await connection.execute(held)).scalar_one())
            if dry_run:
                family = _family(table, _free(holds, table, expired))
                for count, (each, condition) in zip(counted, family, strict=True):
                    query = select(func.count()).select_from(each).where(condition)
                    count.deleted = int((await connection.execute(query)).scalar_one())
        purged.extend(counted)
    return purged


def _free(holds: Holds, table: Table, rows: ColumnElement[bool]) -> ColumnElement[bool]:
    # A record stays as long as anything that belongs to it is held for a legal case.
    return and_(rows, not_(holds.within_row(table))) if holds.is_any else rows


async def _purge_some(
    database: Database,
    tenant_id: str,
    table: Table,
    expired: ColumnElement[bool],
    counted: list[Purged],
    now: datetime,
) -> bool:
    keys = list(table.primary_key)
    async with database.transaction(tenant_id) as connection:
        holds = await Holds.of(connection, table.metadata, ids.to_uuid(tenant_id, "ten"))
        # Replicas that purge at the same time take different rows.
        free = select(*keys).where(_free(holds, table, expired)).order_by(*keys).limit(ROWS_AT_ONCE)
        chosen = free.with_for_update(skip_locked=True)
        found = [tuple(row) for row in await connection.execute(chosen)]
        if not found:
            return False
        family = list(_family(table, tuple_(*keys).in_(found)))
        touched: list[str] = []
        for count, (each, condition) in reversed(list(zip(counted, family, strict=True))):
            gone = (await connection.execute(delete(each).where(condition))).rowcount
            count.deleted += gone
            if gone and holds_personal(each):
                touched.append(each.name)
        await leftovers.mark(connection, table.metadata, touched, now)
    return len(found) == ROWS_AT_ONCE


def _family(table: Table, rows: ColumnElement[bool]) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yields a table and the tables that belong to it, each with the condition of the rows that go together."""
    yield table, rows
    for child in table.metadata.sorted_tables:
        for constraint in child.foreign_key_constraints:
            if constraint.referred_table is table and child is not table:
                own: list[Any] = [element.parent for element in constraint.elements]
                theirs = [element.column for element in constraint.elements]
                yield from _family(child, tuple_(*own).in_(select(*theirs).where(rows)))
