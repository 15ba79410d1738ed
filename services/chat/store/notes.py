"""Reads and writes what staff note beside conversations."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain.desk import Note
from services.chat.store.tables import conversations, notes

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


async def add_note(connection: AsyncConnection, note: Note) -> int:
    """Adds a note and returns how many there are now; the conversation's row is held until the transaction ends."""
    count = await _count(connection, note, 1)
    await connection.execute(insert(notes).values(asdict(note)))
    return count


async def _count(connection: AsyncConnection, note: Note, by: int) -> int:
    counted = await connection.execute(
        update(conversations)
        .where(conversations.c.tenant_id == note.tenant_id, conversations.c.id == note.conversation_id)
        .values(note_count=conversations.c.note_count + by)
        .returning(conversations.c.note_count)
    )
    return int(counted.scalar_one())


async def delete_note(connection: AsyncConnection, note: Note) -> bool:
    """Deletes a note and says whether it was there still."""
    gone = await connection.execute(
        delete(notes).where(
            _n.tenant_id == note.tenant_id, _n.conversation_id == note.conversation_id, _n.id == note.id
        )
    )
    if gone.rowcount:
        await _count(connection, note, -1)
    return gone.rowcount > 0
