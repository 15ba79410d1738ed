"""Reads and writes drafts, and what members did with what would have led to a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.drafts import Draft, no_such_draft
from services.community.store.tables import drafts, exposure_choices

_d = drafts.c


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        id=ids.from_uuid("drf", row.id),
        author_id=ids.from_uuid("mem", row.author_id),
        space_id="" if row.space_id is None else ids.from_uuid("spc", row.space_id),
        topic_id="" if row.topic_id is None else ids.from_uuid("top", row.topic_id),
        kind=row.kind,
        title=row.title,
        body=row.body,
        tags=row.tags,
        reply_to=row.reply_to,
        revision=row.revision,
        update_time=row.update_time,
    )


def place_of(space_id: str, topic_id: str) -> UUID:
    """Returns the key of the space or topic that a draft is for."""
    return ids.to_uuid(topic_id, "top") if topic_id else ids.to_uuid(space_id, "spc")


async def save_draft(connection: AsyncConnection, tenant_id: UUID, draft: Draft) -> Draft:
    """Keeps a draft, in the place of the one that was there."""
    said = {
        "kind": draft.kind,
        "title": draft.title,
        "body": draft.body,
        "tags": draft.tags,
        "reply_to": draft.reply_to,
        "update_time": draft.update_time,
    }
    made = upsert(drafts).values(
        tenant_id=tenant_id,
        id=ids.to_uuid(draft.id, "drf"),
        author_id=ids.to_uuid(draft.author_id, "mem"),
        place_id=place_of(draft.space_id, draft.topic_id),
        space_id=ids.to_uuid(draft.space_id, "spc") if draft.space_id else None,
        topic_id=ids.to_uuid(draft.topic_id, "top") if draft.topic_id else None,
        revision=1,
        **said,
    )
    row = await connection.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "author_id", "place_id"], set_=said | {"revision": _d.revision + 1}
        ).returning(drafts)
    )
    return _draft(row.one())


async def find_draft(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, place_id: UUID, *, lock: bool = False
) -> Draft | None:
    """Returns a member's draft for a place; `lock` holds it until the transaction ends."""
    query = select(drafts).where(
        _d.tenant_id == tenant_id, _d.author_id == ids.to_uuid(member_id, "mem"), _d.place_id == place_id
    )
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _draft(row)


async def list_drafts(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, before: tuple[datetime, UUID] | None, limit: int
) -> list[Draft]:
    """Returns a page of a member's drafts, the newest first."""
    query = select(drafts).where(_d.tenant_id == tenant_id, _d.author_id == ids.to_uuid(member_id, "mem"))
    if before is not None:
        query = query.where(tuple_(_d.update_time, _d.id) < before)
    query = query.order_by(_d.update_time.desc(), _d.id.desc()).limit(limit)
    return [_draft(row) for row in await connection.execute(query)]


async def delete_draft(connection: AsyncConnection, tenant_id: UUID, member_id: str, draft_id: str) -> None:
    """Throws a member's draft away."""
    at = (_d.tenant_id == tenant_id, _d.id == ids.to_uuid(draft_id, "drf"))
    gone = await connection.execute(delete(drafts).where(*at, _d.author_id == ids.to_uuid(member_id, "mem")))
    if not gone.rowcount:
        raise no_such_draft()


async def delete_for(connection: AsyncConnection, tenant_id: UUID, member_id: str, place_id: UUID) -> None:
    """Throws a member's draft for a place away, if there is one."""
    at = (_d.tenant_id == tenant_id, _d.author_id == ids.to_uuid(member_id, "mem"), _d.place_id == place_id)
    await connection.execute(delete(drafts).where(*at))


async def add_choices(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, kinds: Iterable[int], choice: int, now: datetime
) -> None:
    """Keeps what a member did with what kinds of things, and never what they were."""
    rows = [
        {
            "tenant_id": tenant_id,
            "id": ids.new_uuid(),
            "member_id": ids.to_uuid(member_id, "mem"),
            "kind": kind,
            "choice": choice,
            "create_time": now,
        }
        for kind in sorted(set(kinds))
    ]
    if rows:
        await connection.execute(insert(exposure_choices), rows)
