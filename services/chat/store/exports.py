"""Keeps copies of transcripts: who asked, how far each is, and which conversations are in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain import CLOSED, Conversation
from services.chat.store.tables import conversations, export_items, exports
from services.chat.store.transcripts import Sought

_e = exports.c
_i = export_items.c
_COUNT = text(
    "SELECT count(DISTINCT conversation_id) FROM chat.search_messages(:query, CAST(:before AS uuid), 2000000000, "
    "p_since => :since, p_closed_after => :closed_after, p_operator_id => :operator_id, p_site_id => :site_id, "
    "p_tag_id => :tag_id)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One copy."""

    tenant_id: UUID
    id: UUID
    staff_id: UUID
    staff_name: str
    format: int
    purpose: int
    state: int
    create_time: datetime
    expire_time: datetime
    done: int = 0
    total: int = 0
    cut: bool = False
    query: str = ""
    filters: dict[str, Any] = field(default_factory=dict)
    reached: UUID | None = None


async def add_export(connection: AsyncConnection, export: Export) -> None:
    """Adds a copy."""
    await connection.execute(insert(exports).values(asdict(export)))


async def find_export(
    connection: AsyncConnection, tenant_id: UUID, export_id: UUID, *, lock: bool = False
) -> Export | None:
    """Returns a copy; `lock` holds it until the transaction ends."""
    query = select(exports).where(_e.tenant_id == tenant_id, _e.id == export_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else Export(**row._mapping)


async def save_export(connection: AsyncConnection, export: Export) -> None:
    """Writes back how far a copy is; words that were looked for go once they are not needed."""
    await connection.execute(
        update(exports)
        .where(_e.tenant_id == export.tenant_id, _e.id == export.id)
        .values(
            state=export.state,
            done=export.done,
            total=export.total,
            cut=export.cut,
            query=export.query,
            reached=export.reached,
        )
    )


async def delete_export(connection: AsyncConnection, tenant_id: UUID, export_id: UUID) -> None:
    """Takes a copy away, and what it names with it."""
    await connection.execute(delete(exports).where(_e.tenant_id == tenant_id, _e.id == export_id))


async def count_kept(connection: AsyncConnection, tenant_id: UUID, closed_after: datetime, most: int) -> int:
    """Returns how many conversations are over and kept, as far as `most`."""
    kept = _kept(tenant_id, closed_after).limit(most).subquery()
    return int((await connection.execute(select(func.count()).select_from(kept))).scalar_one())


async def list_kept(
    connection: AsyncConnection, tenant_id: UUID, closed_after: datetime, *, before: UUID | None, limit: int
) -> list[UUID]:
    """Returns a page of the conversations that are over and kept, newest first."""
    query = _kept(tenant_id, closed_after).order_by(conversations.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(conversations.c.id < before)
    return [row.id for row in await connection.execute(query)]


def _kept(tenant_id: UUID, closed_after: datetime) -> Select[tuple[UUID]]:
    c = conversations.c
    return select(c.id).where(
        c.tenant_id == tenant_id, c.state == CLOSED, c.erase_time.is_(None), c.close_time > closed_after
    )


async def list_exports(
    connection: AsyncConnection, tenant_id: UUID, staff_id: UUID, *, now: datetime, before: UUID | None, limit: int
) -> list[Export]:
    """Returns a page of somebody's copies that can still be had, newest first."""
    query = (
        select(exports)
        .where(_e.staff_id == staff_id, _e.tenant_id == tenant_id, _e.expire_time > now)
        .order_by(_e.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_e.id < before)
    return [Export(**row._mapping) for row in await connection.execute(query)]


async def count_exports(connection: AsyncConnection, tenant_id: UUID, staff_id: UUID, now: datetime) -> int:
    """Returns how many copies of somebody's can still be had."""
    query = select(func.count()).where(_e.staff_id == staff_id, _e.tenant_id == tenant_id, _e.expire_time > now)
    return int((await connection.execute(query)).scalar_one())


async def count_found(connection: AsyncConnection, sought: Sought, before: UUID | None) -> int:
    """Returns in how many conversations the words are."""
    values = {"query": sought.query.replace("\x00", " "), "before": before, **sought.filters()}
    return int((await connection.execute(_COUNT, values)).scalar_one())


async def add_items(
    connection: AsyncConnection, tenant_id: UUID, export_id: UUID, conversation_ids: Sequence[UUID]
) -> list[tuple[UUID, UUID]]:
    """Adds conversations to a copy; returns those that were not in it, each with its visitor."""
    if not conversation_ids:
        return []
    rows = [
        {"tenant_id": tenant_id, "export_id": export_id, "conversation_id": conversation_id}
        for conversation_id in conversation_ids
    ]
    added = insert_new(export_items).values(rows).on_conflict_do_nothing().returning(_i.conversation_id).cte("added")
    query = (
        select(conversations.c.id, conversations.c.visitor_id)
        .join(added, added.c.conversation_id == conversations.c.id)
        .where(conversations.c.tenant_id == tenant_id)
    )
    return [(row.id, row.visitor_id) for row in await connection.execute(query)]


async def list_items(
    connection: AsyncConnection,
    tenant_id: UUID,
    export_id: UUID,
    *,
    closed_after: datetime,
    after: UUID | None,
    limit: int,
) -> list[Conversation]:
    """Returns a page of the conversations that a copy names and that may still be read, oldest first."""
    query = (
        select(conversations)
        .join(
            export_items,
            (_i.tenant_id == conversations.c.tenant_id) & (_i.conversation_id == conversations.c.id),
        )
        .where(
            _i.tenant_id == tenant_id,
            _i.export_id == export_id,
            conversations.c.state == CLOSED,
            conversations.c.erase_time.is_(None),
            conversations.c.close_time > closed_after,
        )
        .order_by(_i.conversation_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(_i.conversation_id > after)
    rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return [Conversation(**row._mapping) for row in rows]
