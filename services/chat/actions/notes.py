"""Keeps what staff write to one another beside a conversation; the visitor does not see it there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.storage import leftovers
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation, desk
from services.chat.domain.desk import Note
from services.chat.store import notes as store
from services.chat.store.tables import metadata, notes


async def add_note(
    actor: Actor, wiring: Wiring, conversation_id: UUID, body: str, request_id: str, request: Message
) -> Note:
    """Adds a note to a conversation that the caller may read; a retry returns the first one."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        # Held, so that no note comes after an erasure that is under way.
        conversation, now = await _read(actor, wiring, connection, conversation_id, lock=True)
        note_id = ids.new_uuid()
        made = await wiring.idempotency.claim(connection, actor, "AddNote", request_id, request, str(note_id), now)
        if made != str(note_id):
            found = await store.find_note(connection, conversation.tenant_id, conversation.id, UUID(made))
            if found is not None:
                return found
        note = await put_note(connection, actor, conversation, body, now, note_id=note_id)
    # Whoever answers sees it at once, as a whisper of whoever watches.
    wiring.hub.state_changed(conversation.tenant_id, [conversation.id])
    return note


async def put_note(
    connection: AsyncConnection,
    actor: Actor,
    conversation: Conversation,
    body: str,
    now: datetime,
    *,
    note_id: UUID | None = None,
) -> Note:
    """Writes a note in the running transaction, for actions that leave one with what they do."""
    staff_id = viewer_of(actor).staff_id
    assert staff_id is not None
    note = Note(
        tenant_id=conversation.tenant_id,
        conversation_id=conversation.id,
        id=note_id or ids.new_uuid(),
        staff_id=staff_id,
        staff_name=actor.display_name,
        body=desk.check_text("body", body),
        create_time=now,
    )
    if await store.add_note(connection, note) > desk.MOST_NOTES:
        raise desk.too_many("notes")
    return note


async def list_notes(actor: Actor, wiring: Wiring, conversation_id: UUID) -> list[Note]:
    """Returns a conversation's notes. The reading is recorded first."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        conversation, _ = await _read(actor, wiring, connection, conversation_id)
        return await store.list_notes(connection, conversation.tenant_id, conversation.id)


async def delete_note(actor: Actor, wiring: Wiring, conversation_id: UUID, note_id: UUID) -> None:
    """Deletes a note; one that is not there is deleted already."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        conversation, now = await _read(actor, wiring, connection, conversation_id)
        note = await store.find_note(connection, conversation.tenant_id, conversation.id, note_id)
        if note is None:
            return
        if not desk.may_delete(viewer_of(actor), note):
            raise desk.NoteNotYours
        if not await store.delete_note(connection, note):
            return
        await leftovers.mark(connection, metadata, [notes.name], now)
    wiring.hub.state_changed(conversation.tenant_id, [conversation.id])


async def _read(
    actor: Actor, wiring: Wiring, connection: AsyncConnection, conversation_id: UUID, *, lock: bool = False
) -> tuple[Conversation, datetime]:
    kept = await wiring.kept_for(actor.tenant_id)
    viewer, now = viewer_of(actor), wiring.clock.now()
    conversation = domain.check_read(
        viewer, await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept, lock=lock), now
    )
    reader = domain.reader_of(viewer, conversation, now)
    await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
    return conversation, now
