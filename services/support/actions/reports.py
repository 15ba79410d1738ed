"""Says how the desk is doing. What is past comes from counts that were kept with each deed, never from words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identity import Actor
from services.support.actions.seeing import visible_queues
from services.support.actions.wiring import Wiring, tenant_of
from services.support.domain.changes import Work
from services.support.store import reports as store

#: From how many hours on a ticket belongs to the next band.
AGES = (0, 4, 24, 72, 168, 720)
_COUNTED = frozenset({"OPENED", "REPLIED", "ANSWERED", "LEVEL_MISSED"})
DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How the desk is doing."""

    backlog: Sequence[tuple[int, int]]
    ages: Sequence[tuple[int, int]]
    agents: Mapping[UUID, Mapping[str, int]]
    days: Mapping[datetime, Mapping[str, int]]


async def note(connection: AsyncConnection, tenant: UUID, work: Work) -> None:
    """Counts, in the running transaction, what was just done to a ticket."""
    staff_id = work.by.staff_id or store.NOBODY
    counted = Counter((each.kind, staff_id) for each in work.happened if each.kind in _COUNTED)
    if any(each.kind == "STATE_CHANGED" and each.to_value == "RESOLVED" for each in work.happened):
        counted["RESOLVED", staff_id] += 1
    if counted:
        day = work.now.replace(hour=0, minute=0, second=0, microsecond=0)
        await store.add(connection, tenant, day, work.ticket.queue_id, counted)


async def get_report(actor: Actor, wiring: Wiring, days: int, queue_id: UUID | None) -> Report:
    """Returns the report on what the caller sees."""
    now, tenant = wiring.clock.now(), tenant_of(actor)
    since = (now - timedelta(days=days or DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)

    async def counted(connection: AsyncConnection) -> Report:
        seen = await visible_queues(connection, actor)
        if queue_id is not None:
            seen = [each for each in seen if each == queue_id]
        older = await store.by_age(connection, tenant, seen, [now - timedelta(hours=each) for each in AGES])
        agents: dict[UUID, dict[str, int]] = {
            staff_id: {"OPEN": many} for staff_id, many in (await store.by_assignee(connection, tenant, seen)).items()
        }
        for row in await store.by_staff(connection, tenant, since, seen):
            agents.setdefault(row.staff_id, {})[row.kind] = int(row.many)
        found: dict[datetime, dict[str, int]] = {}
        for row in await store.by_day(connection, tenant, since, seen):
            found.setdefault(row.day, {})[row.kind] = int(row.many)
        states = await store.by_state(connection, tenant, seen)
        return Report(
            backlog=[(row.state, row.many) for row in states],
            ages=[(hours, count - after) for hours, count, after in zip(AGES, older, [*older[1:], 0], strict=True)],
            agents=agents,
            days=found,
        )

    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await wiring.database.aside(connection, actor.tenant_id, counted)
