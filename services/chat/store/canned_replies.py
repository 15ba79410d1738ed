"""Reads and writes the texts that operators say often."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain.desk import CannedReply
from services.chat.store.tables import canned_replies

_r = canned_replies.c


def _of(tenant_id: UUID, staff_id: UUID | None) -> ColumnElement[bool]:
    return (_r.tenant_id == tenant_id) & or_(_r.owner_id.is_(None), _r.owner_id == staff_id)


async def list_replies(
    connection: AsyncConnection, tenant_id: UUID, staff_id: UUID | None, after: UUID | None, limit: int
) -> list[CannedReply]:
    """Returns a page of the tenant's texts and somebody's own, the oldest first."""
    query = select(canned_replies).where(_of(tenant_id, staff_id)).order_by(_r.id).limit(limit)
    rows = await connection.execute(query if after is None else query.where(_r.id > after))
    return [CannedReply(**row._mapping) for row in rows]


async def find_reply(
    connection: AsyncConnection, tenant_id: UUID, reply_id: UUID, *, lock: bool = False
) -> CannedReply | None:
    """Returns a text, or None where the tenant has none with this id."""
    query = select(canned_replies).where(_r.tenant_id == tenant_id, _r.id == reply_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else CannedReply(**row._mapping)


async def count_replies(connection: AsyncConnection, tenant_id: UUID) -> int:
    """Returns how many texts a tenant has, everybody's own included."""
    query = select(func.count()).select_from(canned_replies).where(_r.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def add_reply(connection: AsyncConnection, reply: CannedReply) -> None:
    """Adds a text; the index refuses a shortcut that is taken."""
    await connection.execute(insert(canned_replies).values(asdict(reply)))


async def save_reply(connection: AsyncConnection, reply: CannedReply) -> None:
    """Writes a text; the index refuses a shortcut that is taken."""
    await connection.execute(
        update(canned_replies)
        .where(_r.tenant_id == reply.tenant_id, _r.id == reply.id)
        .values(shortcut=reply.shortcut, language=reply.language, template=reply.template, revision=reply.revision)
    )


async def delete_reply(connection: AsyncConnection, reply: CannedReply) -> None:
    """Deletes a text."""
    await connection.execute(delete(canned_replies).where(_r.tenant_id == reply.tenant_id, _r.id == reply.id))
