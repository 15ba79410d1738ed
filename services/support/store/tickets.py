"""Reads and writes tickets, who asks in them, and what is on them besides words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.storage.rows import maker
from kernel.storage.statements import Statement
from services.support.domain.tickets import UNSOLVED, Ticket, no_such_ticket
from services.support.store.queues import VISIBLE, Reader
from services.support.store.tables import (
    copies,
    field_values,
    followers,
    links,
    requesters,
    ticket_tags,
    tickets,
)

_t, _r = tickets.c, requesters.c
_COLUMNS = [each for each in tickets.c if each.name != "tenant_id"]
_made = maker(Ticket, [each.name for each in _COLUMNS])


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Who asks."""

    id: UUID
    email: str
    display_name: str


def _ticket(row: Row[Any]) -> Ticket:
    found = {column.name: row._mapping[column.name] for column in _COLUMNS}
    return Ticket(**found)


async def get_ticket(
    connection: AsyncConnection,
    tenant_id: UUID,
    ticket_id: UUID,
    queue_ids: Sequence[UUID] | None,
    *,
    lock: bool = False,
) -> Ticket:
    """Returns a ticket of some queues, or of any; raises NotFound. `lock` holds it until the transaction ends."""
    query = select(*_COLUMNS).where(_t.tenant_id == tenant_id, _t.id == ticket_id)
    if queue_ids is not None:
        query = query.where(_t.queue_id.in_(queue_ids))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise no_such_ticket()
    return _ticket(row)


_SEEN = f"""
SELECT {", ".join(f"t.{each.name}" for each in _COLUMNS)} FROM support.tickets t
WHERE t.tenant_id = :tenant AND t.id = :ticket AND t.queue_id = ANY (ARRAY({VISIBLE}))
"""  # noqa: S608 - Names in the code.
_SEE, _SEE_AND_LOCK = Statement(_SEEN), Statement(f"{_SEEN} FOR UPDATE OF t")


async def get_seen(
    connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, reader: Reader, *, lock: bool = False
) -> Ticket:
    """Returns a ticket of the queues that somebody sees; raises NotFound. `lock` is as above."""
    given = {"tenant": tenant_id, "ticket": ticket_id, **reader.arguments()}
    rows = await (_SEE_AND_LOCK if lock else _SEE).rows(connection, given)
    if not rows:
        raise no_such_ticket()
    return _made(rows[0])


async def lock_tickets(
    connection: AsyncConnection, tenant_id: UUID, ticket_ids: Iterable[UUID], queue_ids: Sequence[UUID]
) -> dict[UUID, Ticket]:
    """Returns tickets of some queues by their ids, locked in one order; those that are not there are left out."""
    query = (
        select(*_COLUMNS)
        .where(_t.tenant_id == tenant_id, _t.id.in_(set(ticket_ids)), _t.queue_id.in_(queue_ids))
        .order_by(_t.id)
        .with_for_update()
    )
    return {row.id: _ticket(row) for row in await connection.execute(query)}


async def add_ticket(connection: AsyncConnection, tenant_id: UUID, ticket: Ticket) -> None:
    """Adds a ticket."""
    await connection.execute(insert(tickets).values(tenant_id=tenant_id, **asdict(ticket)))


async def save_ticket(connection: AsyncConnection, tenant_id: UUID, ticket: Ticket) -> None:
    """Writes a locked ticket back."""
    values = asdict(ticket)
    await connection.execute(update(tickets).where(_t.tenant_id == tenant_id, _t.id == values.pop("id")).values(values))


async def root_of(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, *, lock: bool = False) -> Ticket:
    """Returns the ticket of which another one is a part, over any number of merges; itself where it is none."""
    seen: set[UUID] = set()
    while True:
        ticket = await get_ticket(connection, tenant_id, ticket_id, None, lock=lock)
        if ticket.merged_into_id is None or ticket.id in seen:
            return ticket
        seen.add(ticket.id)
        ticket_id = ticket.merged_into_id


async def parts_of(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID) -> list[UUID]:
    """Returns the ids of all tickets that are part of one, at any depth."""
    top = select(_t.id).where(_t.tenant_id == tenant_id, _t.merged_into_id == ticket_id).cte(recursive=True)
    below = select(_t.id).where(_t.tenant_id == tenant_id, _t.merged_into_id == top.c.id)
    found = await connection.execute(select(top.union(below).c.id).limit(500))
    return [each for each in found.scalars() if each != ticket_id]


async def requester_for(
    connection: AsyncConnection, tenant_id: UUID, *, new_id: UUID, email: str, display_name: str, now: datetime
) -> Requester:
    """Returns who has an address, and makes somebody of it where nobody has."""
    row = (
        await connection.execute(
            upsert(requesters)
            .values(
                tenant_id=tenant_id, id=new_id, email=email, display_name=display_name, create_time=now, idle_time=None
            )
            .on_conflict_do_update(
                index_elements=["tenant_id", "email"],
                set_={
                    "idle_time": None,
                    # Who writes under an address is not proved: a name that is known stays as it is.
                    "display_name": func.coalesce(func.nullif(_r.display_name, ""), display_name),
                },
            )
            .returning(_r.id, _r.email, _r.display_name)
        )
    ).one()
    return Requester(id=row.id, email=row.email, display_name=row.display_name)


async def get_requester(connection: AsyncConnection, tenant_id: UUID, requester_id: UUID) -> Requester:
    """Returns who asks."""
    query = select(_r.id, _r.email, _r.display_name).where(_r.tenant_id == tenant_id, _r.id == requester_id)
    row = (await connection.execute(query)).one()
    return Requester(id=row.id, email=row.email, display_name=row.display_name)


async def language_of(connection: AsyncConnection, tenant_id: UUID, requester_id: UUID) -> str:
    """Returns in which language somebody was last written to; nothing where nobody said."""
    query = (
        select(_t.language)
        .where(_t.tenant_id == tenant_id, _t.requester_id == requester_id, _t.language != "")
        .order_by(_t.id.desc())
        .limit(1)
    )
    return str((await connection.execute(query)).scalar() or "")


async def list_of_email(connection: AsyncConnection, tenant_id: UUID, email: str, limit: int) -> list[Ticket]:
    """Returns the latest tickets of whoever has an address."""
    query = (
        select(*_COLUMNS)
        .join(requesters, and_(_r.tenant_id == _t.tenant_id, _r.id == _t.requester_id))
        .where(_t.tenant_id == tenant_id, _r.email == email)
        .order_by(_t.id.desc())
        .limit(limit)
    )
    return [_ticket(row) for row in await connection.execute(query)]


async def lock_of_visitor(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: UUID
) -> tuple[list[UUID], set[UUID]]:
    """Returns a visitor's tickets, locked, and those who ask in them or are on copy."""
    query = select(_t.id, _t.requester_id).where(_t.tenant_id == tenant_id, _t.visitor_id == visitor_id)
    found = (await connection.execute(query.order_by(_t.id).with_for_update())).all()
    own = [row.id for row in found]
    copied = select(copies.c.requester_id).where(copies.c.tenant_id == tenant_id, copies.c.ticket_id.in_(own))
    return own, {row.requester_id for row in found}.union((await connection.execute(copied)).scalars())


async def note_idle(
    connection: AsyncConnection,
    tenant_id: UUID,
    requester_ids: Iterable[UUID],
    now: datetime,
    *,
    besides: Sequence[UUID] = (),
) -> None:
    """Notes since when somebody has no open ticket any more, from which their own period counts; or that they have.

    `besides` names tickets that do not count.
    """
    is_running = and_(_t.tenant_id == tenant_id, _t.close_time.is_(None), _t.id.not_in(besides))
    own = exists().where(is_running, _t.requester_id == _r.id)
    copied = exists().where(
        is_running,
        copies.c.tenant_id == tenant_id,
        copies.c.ticket_id == _t.id,
        copies.c.requester_id == _r.id,
    )
    is_open = or_(own, copied)
    people = and_(_r.tenant_id == tenant_id, _r.id.in_(set(requester_ids)))
    await connection.execute(update(requesters).where(people, is_open).values(idle_time=None))
    await connection.execute(update(requesters).where(people, ~is_open).values(idle_time=now))


async def count_open_by_assignee(
    connection: AsyncConnection, tenant_id: UUID, staff_ids: Sequence[UUID]
) -> dict[UUID, int]:
    """Returns how many unsolved tickets each of some people has."""
    query = (
        select(_t.assignee_id, func.count().label("many"))
        .where(_t.tenant_id == tenant_id, _t.assignee_id.in_(staff_ids), _t.state.in_(UNSOLVED))
        .group_by(_t.assignee_id)
    )
    return {row.assignee_id: row.many for row in await connection.execute(query)}


async def list_changed(
    connection: AsyncConnection, tenant_id: UUID, queue_ids: Sequence[UUID], since: datetime, limit: int
) -> list[tuple[UUID, int]]:
    """Returns which tickets changed since a moment, and their revisions."""
    query = (
        select(_t.id, _t.revision)
        .where(_t.tenant_id == tenant_id, _t.queue_id.in_(queue_ids), _t.update_time >= since)
        .order_by(_t.update_time.desc(), _t.id.desc())
        .limit(limit)
    )
    return [(row.id, row.revision) for row in await connection.execute(query)]


async def put_tag(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, tag_id: UUID) -> bool:
    """Puts a tag on, and says whether it was not there before."""
    made = await connection.execute(
        upsert(ticket_tags)
        .values(tenant_id=tenant_id, ticket_id=ticket_id, tag_id=tag_id)
        .on_conflict_do_nothing()
        .returning(ticket_tags.c.tag_id)
    )
    return made.scalar() is not None


async def take_tag(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, tag_id: UUID) -> bool:
    """Takes a tag off, and says whether it was there."""
    c = ticket_tags.c
    gone = await connection.execute(
        delete(ticket_tags).where(c.tenant_id == tenant_id, c.ticket_id == ticket_id, c.tag_id == tag_id)
    )
    return gone.rowcount > 0


async def set_field_value(
    connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, field_id: UUID, value: str
) -> str:
    """Writes what stands in a field, and returns what stood there before; nothing takes it out."""
    c = field_values.c
    here = and_(c.tenant_id == tenant_id, c.ticket_id == ticket_id, c.field_id == field_id)
    before = (await connection.execute(select(c.value).where(here))).scalar()
    if value:
        await connection.execute(
            upsert(field_values)
            .values(tenant_id=tenant_id, ticket_id=ticket_id, field_id=field_id, value=value)
            .on_conflict_do_update(index_elements=["tenant_id", "ticket_id", "field_id"], set_={"value": value})
        )
    else:
        await connection.execute(delete(field_values).where(here))
    return str(before or "")


async def set_follower(
    connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, staff_id: UUID, *, follows: bool
) -> None:
    """Lets somebody follow a ticket, or ends that."""
    c = followers.c
    if follows:
        await connection.execute(
            upsert(followers)
            .values(tenant_id=tenant_id, ticket_id=ticket_id, staff_id=staff_id)
            .on_conflict_do_nothing()
        )
    else:
        await connection.execute(
            delete(followers).where(c.tenant_id == tenant_id, c.ticket_id == ticket_id, c.staff_id == staff_id)
        )


async def set_link(connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, other_id: UUID, kind: int) -> None:
    """Links one ticket with another; 0 takes the link away."""
    c = links.c
    here = and_(c.tenant_id == tenant_id, c.ticket_id == ticket_id, c.other_id == other_id)
    await connection.execute(delete(links).where(here))
    if kind:
        await connection.execute(
            insert(links).values(tenant_id=tenant_id, ticket_id=ticket_id, other_id=other_id, kind=kind)
        )
