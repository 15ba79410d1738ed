"""Reads and writes tags, and which conversations have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain.desk import Tag
from services.chat.store.tables import conversation_tags, conversations, tags

_t, _a = tags.c, conversation_tags.c


async def list_tags(connection: AsyncConnection, tenant_id: UUID) -> list[Tag]:
    """Returns a tenant's tags, by word."""
    rows = await connection.execute(select(tags).where(_t.tenant_id == tenant_id).order_by(func.lower(_t.word), _t.id))
    return [Tag(**row._mapping) for row in rows]


async def find_tag(connection: AsyncConnection, tenant_id: UUID, tag_id: UUID, *, lock: bool = False) -> Tag | None:
    """Returns a tag, or None where the tenant has none with this id."""
    query = select(tags).where(_t.tenant_id == tenant_id, _t.id == tag_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else Tag(**row._mapping)


async def find_tags(connection: AsyncConnection, tenant_id: UUID, tag_ids: Sequence[UUID]) -> dict[UUID, Tag]:
    """Returns those of some tags that the tenant has."""
    rows = await connection.execute(select(tags).where(_t.tenant_id == tenant_id, _t.id.in_(tag_ids)))
    return {row.id: Tag(**row._mapping) for row in rows}


async def count_tags(connection: AsyncConnection, tenant_id: UUID) -> int:
    """Returns how many tags a tenant has."""
    query = select(func.count()).select_from(tags).where(_t.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def is_taken(connection: AsyncConnection, tenant_id: UUID, word: str, but: UUID) -> bool:
    """Says whether another tag is called so."""
    query = select(_t.id).where(_t.tenant_id == tenant_id, func.lower(_t.word) == func.lower(word), _t.id != but)
    return (await connection.execute(query)).first() is not None


async def add_tag(connection: AsyncConnection, tag: Tag) -> None:
    """Adds a tag."""
    await connection.execute(insert(tags).values(asdict(tag)))


async def save_tag(connection: AsyncConnection, tag: Tag) -> None:
    """Writes a tag, and its word wherever it stands on a conversation."""
    await connection.execute(
        update(tags)
        .where(_t.tenant_id == tag.tenant_id, _t.id == tag.id)
        .values(word=tag.word, colour=tag.colour, retired=tag.retired, revision=tag.revision)
    )
    await connection.execute(
        update(conversation_tags)
        .where(_a.tenant_id == tag.tenant_id, _a.tag_id == tag.id, _a.word != tag.word)
        .values(word=tag.word)
    )


async def put_tags(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, put: Sequence[Tag]) -> None:
    """Writes which tags a locked conversation has, in both places."""
    await connection.execute(
        delete(conversation_tags).where(_a.tenant_id == tenant_id, _a.conversation_id == conversation_id)
    )
    if put:
        await connection.execute(
            insert(conversation_tags),
            [
                {"tenant_id": tenant_id, "conversation_id": conversation_id, "tag_id": tag.id, "word": tag.word}
                for tag in put
            ],
        )
    await connection.execute(
        update(conversations)
        .where(conversations.c.tenant_id == tenant_id, conversations.c.id == conversation_id)
        .values(tag_ids=[tag.id for tag in put])
    )
