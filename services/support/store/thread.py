"""Reads and writes what was written in tickets, what happened to them, drafts, and who looks at which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.support.domain.tickets import Entry, Happened
from services.support.store.tables import change_answers, drafts, entries, events, tickets, undos, viewers

_e, _h, _d, _v, _u, _a = entries.c, events.c, drafts.c, viewers.c, undos.c, change_answers.c
_ENTRY = [each for each in entries.c if each.name != "tenant_id"]
_EVENT = [each for each in events.c if each.name != "tenant_id"]


async def add_entries(connection: AsyncConnection, tenant_id: UUID, made: Sequence[Entry]) -> None:
    """Adds what was written."""
    if made:
        await connection.execute(insert(entries), [{"tenant_id": tenant_id, **asdict(each)} for each in made])


async def list_entries(
    connection: AsyncConnection, tenant_id: UUID, ticket_ids: Sequence[UUID], limit: int
) -> list[Entry]:
    """Returns the last that was written in some tickets, the first first."""
    query = (
        select(*_ENTRY)
        .where(_e.tenant_id == tenant_id, _e.ticket_id.in_(ticket_ids))
        .order_by(_e.id.desc())
        .limit(limit)
    )
    return [Entry(**row._mapping) for row in (await connection.execute(query)).all()][::-1]


async def find_entry(
    connection: AsyncConnection, tenant_id: UUID, entry_id: UUID, *, lock: bool = False
) -> Entry | None:
    """Returns an entry, or None."""
    query = select(*_ENTRY).where(_e.tenant_id == tenant_id, _e.id == entry_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else Entry(**row._mapping)


async def withdraw_entry(connection: AsyncConnection, tenant_id: UUID, entry_id: UUID) -> None:
    """Empties an answer that was taken back before it went out."""
    await connection.execute(
        update(entries)
        .where(_e.tenant_id == tenant_id, _e.id == entry_id)
        .values(is_withdrawn=True, body="", send_state=0)
    )


async def note_sent(connection: AsyncConnection, tenant_id: UUID, entry_id: UUID, state: int, now: datetime) -> None:
    """Notes what became of an answer on its way."""
    await connection.execute(
        update(entries).where(_e.tenant_id == tenant_id, _e.id == entry_id).values(send_state=state, send_time=now)
    )


async def add_events(connection: AsyncConnection, tenant_id: UUID, happened: Sequence[Happened]) -> None:
    """Adds what happened."""
    if happened:
        await connection.execute(insert(events), [{"tenant_id": tenant_id, **asdict(each)} for each in happened])


async def list_events(
    connection: AsyncConnection, tenant_id: UUID, ticket_ids: Sequence[UUID], limit: int
) -> list[Happened]:
    """Returns the last that happened to some tickets, the first first."""
    query = (
        select(*_EVENT)
        .where(_h.tenant_id == tenant_id, _h.ticket_id.in_(ticket_ids))
        .order_by(_h.id.desc())
        .limit(limit)
    )
    return [Happened(**row._mapping) for row in (await connection.execute(query)).all()][::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a member of staff is writing."""

    body: str
    is_internal: bool
    update_time: datetime


async def save_draft(
    connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, staff_id: UUID, draft: Draft
) -> None:
    """Keeps somebody's draft; one without words goes."""
    if not draft.body:
        await connection.execute(
            delete(drafts).where(_d.tenant_id == tenant_id, _d.ticket_id == ticket_id, _d.staff_id == staff_id)
        )
        return
    values = asdict(draft)
    await connection.execute(
        upsert(drafts)
        .values(tenant_id=tenant_id, ticket_id=ticket_id, staff_id=staff_id, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "ticket_id", "staff_id"], set_=values)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who looks at a ticket."""

    ticket_id: UUID
    staff_id: UUID
    display_name: str
    is_writing: bool


async def save_viewer(connection: AsyncConnection, tenant_id: UUID, viewer: Viewer, now: datetime | None) -> None:
    """Notes that somebody looks at a ticket, or without a moment that they do no more."""
    here = (_v.tenant_id == tenant_id, _v.ticket_id == viewer.ticket_id, _v.staff_id == viewer.staff_id)
    if now is None:
        await connection.execute(delete(viewers).where(*here))
        return
    values = {"display_name": viewer.display_name, "is_writing": viewer.is_writing, "seen_time": now}
    await connection.execute(
        upsert(viewers)
        .values(tenant_id=tenant_id, ticket_id=viewer.ticket_id, staff_id=viewer.staff_id, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "ticket_id", "staff_id"], set_=values)
    )


async def list_viewers(
    connection: AsyncConnection,
    tenant_id: UUID,
    since: datetime,
    queue_ids: Sequence[UUID],
    ticket_id: UUID | None = None,
) -> list[Viewer]:
    """Returns who was heard of since a moment, at one ticket or at all of some queues."""
    query = (
        select(_v.ticket_id, _v.staff_id, _v.display_name, _v.is_writing)
        .join(tickets, (tickets.c.tenant_id == _v.tenant_id) & (tickets.c.id == _v.ticket_id))
        .where(_v.tenant_id == tenant_id, _v.seen_time >= since, tickets.c.queue_id.in_(queue_ids))
        .order_by(_v.ticket_id, _v.staff_id)
        .limit(500)
    )
    if ticket_id is not None:
        query = query.where(_v.ticket_id == ticket_id)
    return [Viewer(**row._mapping) for row in await connection.execute(query)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What brings one ticket back to how it was before a change."""

    id: UUID
    ticket_id: UUID
    staff_id: UUID
    before: str
    create_time: datetime


async def add_undos(connection: AsyncConnection, tenant_id: UUID, made: Sequence[Undo]) -> None:
    """Keeps how tickets were, for a while."""
    if made:
        await connection.execute(insert(undos), [{"tenant_id": tenant_id, **asdict(each)} for each in made])


async def take_undos(connection: AsyncConnection, tenant_id: UUID, undo_id: UUID, staff_id: UUID) -> list[Undo]:
    """Returns how tickets were before somebody's change, once."""
    found = await connection.execute(
        delete(undos)
        .where(_u.tenant_id == tenant_id, _u.id == undo_id, _u.staff_id == staff_id)
        .returning(_u.id, _u.ticket_id, _u.staff_id, _u.before, _u.create_time)
    )
    return [Undo(**row._mapping) for row in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a change answered about one ticket."""

    id: UUID
    place: int
    ticket_id: UUID
    refusal: str
    etag: str
    entry_id: UUID | None
    is_undoable: bool
    create_time: datetime


async def add_answers(connection: AsyncConnection, tenant_id: UUID, made: Sequence[Answered]) -> None:
    """Keeps what a change answered, for a retry of it."""
    if made:
        await connection.execute(insert(change_answers), [{"tenant_id": tenant_id, **asdict(each)} for each in made])


async def list_answers(connection: AsyncConnection, tenant_id: UUID, undo_id: UUID) -> list[Answered]:
    """Returns what a change answered, in the order of its tickets."""
    query = (
        select(*(each for each in _a if each.name != "tenant_id"))
        .where(_a.tenant_id == tenant_id, _a.id == undo_id)
        .order_by(_a.place)
    )
    return [Answered(**row._mapping) for row in await connection.execute(query)]
