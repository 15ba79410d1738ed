"""Reads and writes the records of the files that people send."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain import Attachment
from services.chat.store.tables import attachments

_a = attachments.c


async def add_attachment(connection: AsyncConnection, attachment: Attachment) -> None:
    """Adds a file's record."""
    await connection.execute(insert(attachments).values(asdict(attachment)))


async def find_attachment(
    connection: AsyncConnection, tenant_id: UUID, attachment_id: UUID, *, lock: bool = False
) -> Attachment | None:
    """Returns a file's record; `lock` holds it until the transaction ends."""
    query = select(attachments).where(_a.tenant_id == tenant_id, _a.id == attachment_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _attachment(row)


async def list_attachments(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, limit: int
) -> list[Attachment]:
    """Returns a conversation's files, the first one first."""
    query = (
        select(attachments)
        .where(_a.tenant_id == tenant_id, _a.conversation_id == conversation_id)
        .order_by(_a.id)
        .limit(limit)
    )
    return [_attachment(row) for row in await connection.execute(query)]


async def save_examined(connection: AsyncConnection, attachment: Attachment) -> None:
    """Writes what became of a file."""
    await connection.execute(
        update(attachments)
        .where(_a.tenant_id == attachment.tenant_id, _a.id == attachment.id)
        .values(
            state=attachment.state,
            reason=attachment.reason,
            media_type=attachment.media_type,
            size=attachment.size,
            width=attachment.width,
            height=attachment.height,
        )
    )


async def used_bytes(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID) -> tuple[int, int, int]:
    """Returns how many files a conversation has and how many bytes, and how many bytes all of the tenant's have."""
    own = (_a.tenant_id == tenant_id, _a.conversation_id == conversation_id)
    query = select(
        select(func.count()).select_from(attachments).where(*own).scalar_subquery(),
        select(func.coalesce(func.sum(_a.size), 0)).where(*own).scalar_subquery(),
        select(func.coalesce(func.sum(_a.size), 0)).where(_a.tenant_id == tenant_id).scalar_subquery(),
    )
    count, together, of_tenant = (await connection.execute(query)).one()
    return int(count), int(together), int(of_tenant)


def _attachment(row: Row[Any]) -> Attachment:
    return Attachment(**row._mapping)
