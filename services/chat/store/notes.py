"""Reads and writes what staff note beside conversations."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain.desk import Note
from services.chat.store.tables import notes

_n = notes.c


async def list_notes(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID) -> list[Note]:
    """Returns a conversation's notes, the oldest first."""
    query = select(notes).where(_n.tenant_id == tenant_id, _n.conversation_id == conversation_id).order_by(_n.id)
    return [Note(**row._mapping) for row in await connection.execute(query)]


async def find_note(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, note_id: UUID) -> Note | None:
    """Returns a note of a conversation, or None where it has none with this id."""
    query = select(notes).where(_n.tenant_id == tenant_id, _n.conversation_id == conversation_id, _n.id == note_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Note(**row._mapping)


async def count_notes(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID) -> int:
    """Returns how many notes a conversation has."""
    query = select(func.count()).select_from(notes)
    query = query.where(_n.tenant_id == tenant_id, _n.conversation_id == conversation_id)
    return int((await connection.execute(query)).scalar_one())


async def add_note(connection: AsyncConnection, note: Note) -> None:
    """Adds a note."""
    await connection.execute(insert(notes).values(asdict(note)))


async def delete_note(connection: AsyncConnection, note: Note) -> None:
    """Deletes a note."""
    await connection.execute(
        delete(notes).where(
            _n.tenant_id == note.tenant_id, _n.conversation_id == note.conversation_id, _n.id == note.id
        )
    )
