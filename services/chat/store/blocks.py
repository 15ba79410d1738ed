"""Reads and writes blocks."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain.blocks import Block
from services.chat.store.tables import blocks

_b = blocks.c


async def find_holding(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: UUID, block_id: UUID | None, now: datetime
) -> Block | None:
    """Returns the block that holds longest against a visitor, known by the id or by a block of where they come from."""
    known = or_(_b.visitor_id == visitor_id, _b.id == block_id) if block_id else _b.visitor_id == visitor_id
    query = select(blocks).where(_b.tenant_id == tenant_id, _b.end_time > now, known)
    row = (await connection.execute(query.order_by(_b.end_time.desc()).limit(1))).one_or_none()
    return None if row is None else Block(**row._mapping)


async def find_block(connection: AsyncConnection, tenant_id: UUID, block_id: UUID) -> Block | None:
    """Returns a block, held until the transaction ends."""
    query = select(blocks).where(_b.tenant_id == tenant_id, _b.id == block_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Block(**row._mapping)


async def find_of_conversation(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID) -> Block | None:
    """Returns the block that was made in a conversation."""
    query = select(blocks).where(_b.tenant_id == tenant_id, _b.conversation_id == conversation_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Block(**row._mapping)


async def list_holding(
    connection: AsyncConnection, tenant_id: UUID, now: datetime, before: UUID | None, limit: int
) -> list[Block]:
    """Returns a page of the blocks that hold, the newest first."""
    query = select(blocks).where(_b.tenant_id == tenant_id, _b.end_time > now).order_by(_b.id.desc()).limit(limit)
    rows = await connection.execute(query if before is None else query.where(_b.id < before))
    return [Block(**row._mapping) for row in rows]


async def add_block(connection: AsyncConnection, block: Block) -> None:
    """Adds a block."""
    await connection.execute(insert(blocks).values(asdict(block)))


async def end_block(connection: AsyncConnection, block: Block) -> None:
    """Writes when a block ends."""
    await connection.execute(
        update(blocks).where(_b.tenant_id == block.tenant_id, _b.id == block.id).values(end_time=block.end_time)
    )
