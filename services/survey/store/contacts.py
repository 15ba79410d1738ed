"""Moves contact details away from their responses, lists them, and lets them go with their authors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.storage import leftovers
from services.survey.store.tables import contacts, metadata, responses, waiting_contacts

_c, _w, _r = contacts.c, waiting_contacts.c, responses.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What somebody left to be reached by."""

    id: UUID
    survey_id: UUID
    email: str = field(repr=False)
    week: datetime
    response_id: UUID | None = None
    visitor_id: UUID | None = None
    erase_mac: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An address that still stands with its response."""

    response_id: UUID
    survey_id: UUID
    email: str = field(repr=False)
    day: datetime
    visitor_id: UUID | None
    invitation_mac: bytes = field(repr=False)
    wants_follow_up: bool
    due_time: datetime


async def take_waiting(connection: AsyncConnection, tenant_id: UUID, now: datetime, limit: int) -> list[Waiting]:
    """Returns addresses that may move, and holds them until the transaction ends."""
    query = (
        select(
            _w.response_id,
            _r.survey_id,
            _w.email,
            _r.day,
            _r.visitor_id,
            _r.invitation_mac,
            _r.wants_follow_up,
            _w.due_time,
        )
        .join(responses, (_r.tenant_id == _w.tenant_id) & (_r.id == _w.response_id))
        .where(_w.tenant_id == tenant_id, _w.due_time <= now)
        .order_by(_w.due_time)
        .limit(limit)
        .with_for_update(of=waiting_contacts, skip_locked=True)
    )
    return [Waiting(**row) for row in (await connection.execute(query)).mappings()]


async def move(
    connection: AsyncConnection, tenant_id: UUID, waiting: Sequence[Waiting], moved: Sequence[Contact], now: datetime
) -> None:
    """Deletes addresses where they waited and adds them, in the order given, where they stay."""
    await connection.execute(
        delete(waiting_contacts).where(
            _w.tenant_id == tenant_id, _w.response_id.in_([each.response_id for each in waiting])
        )
    )
    await connection.execute(
        insert(contacts),
        [
            {"tenant_id": tenant_id, **{name: getattr(each, name) for name in Contact.__dataclass_fields__}}
            for each in moved
        ],
    )
    await leftovers.mark(connection, metadata, ["waiting_contacts"], now)


async def count_waiting(connection: AsyncConnection, tenant_id: UUID) -> int:
    """Returns how many addresses wait."""
    query = select(func.count()).select_from(waiting_contacts).where(_w.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def list_contacts(
    connection: AsyncConnection, tenant_id: UUID, survey_id: UUID, after: UUID | None, limit: int
) -> list[Contact]:
    """Returns a page of addresses in the order of their ids, which say nothing of time."""
    query = select(_c.id, _c.survey_id, _c.email, _c.week, _c.response_id, _c.visitor_id, _c.erase_mac).where(
        _c.tenant_id == tenant_id, _c.survey_id == survey_id
    )
    if after is not None:
        query = query.where(_c.id > after)
    return [Contact(**row) for row in (await connection.execute(query.order_by(_c.id).limit(limit))).mappings()]


async def delete_by_macs(connection: AsyncConnection, tenant_id: UUID, macs: Sequence[bytes], now: datetime) -> int:
    """Deletes the addresses that go with a person or an invitation, and returns how many there were."""
    gone = await connection.execute(delete(contacts).where(_c.tenant_id == tenant_id, _c.erase_mac.in_(macs)))
    if gone.rowcount:
        await leftovers.mark(connection, metadata, ["contacts"], now)
    return gone.rowcount
