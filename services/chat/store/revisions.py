"""Changes what was said: the message's own row, the entry that tells of it, and the texts of before."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import leftovers
from services.chat.domain import SENT_FILE, Entry
from services.chat.store.messages import Appended, list_messages
from services.chat.store.tables import attachments, conversations, messages, metadata, revisions

_m, _r, _f = messages.c, revisions.c, attachments.c


async def find_message(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, sequence: int
) -> Entry | None:
    """Returns the entry at a place, or None where there is none."""
    found = await list_messages(connection, tenant_id, conversation_id, sequence - 1, 1)
    return found[0] if found and found[0].sequence == sequence else None


async def add_event(connection: AsyncConnection, tenant_id: UUID, event: Entry, now: datetime) -> Appended:
    """Appends the entry that tells of a change to a conversation whose row is locked; its own row holds no text."""
    moved = await connection.execute(
        update(conversations)
        .where(conversations.c.tenant_id == tenant_id, conversations.c.id == event.conversation_id)
        .values(head=conversations.c.head + 1)
        .returning(conversations.c.head)
    )
    sequence = int(moved.scalar_one())
    await connection.execute(
        insert(messages).values(
            tenant_id=tenant_id,
            conversation_id=event.conversation_id,
            sequence=sequence,
            id=event.id,
            kind=event.kind,
            side=event.side,
            operator_id=event.operator_id,
            body="",
            create_time=now,
            target_sequence=event.target_sequence,
        )
    )
    return Appended("fresh", sequence, sequence, now, event.id)


async def revise(connection: AsyncConnection, tenant_id: UUID, said: Entry) -> None:
    """Writes a message as it stands from now on."""
    await connection.execute(
        update(messages)
        .where(_m.tenant_id == tenant_id, _m.conversation_id == said.conversation_id, _m.sequence == said.sequence)
        .values(body=said.body, revision=said.revision, revise_time=said.revise_time)
    )


async def keep_previous(
    connection: AsyncConnection, tenant_id: UUID, said: Entry, sequence: int, now: datetime
) -> None:
    """Keeps what stood in a message until the change at a sequence."""
    await connection.execute(
        insert(revisions).values(
            tenant_id=tenant_id,
            conversation_id=said.conversation_id,
            sequence=sequence,
            target_sequence=said.sequence,
            body=said.body,
            revise_time=now,
        )
    )


async def list_previous(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, target: int, since: datetime
) -> list[tuple[int, str, datetime]]:
    """Returns what stood in a message before, since a moment, the oldest first: (sequence, text, until when)."""
    query = (
        select(_r.sequence, _r.body, _r.revise_time)
        .where(
            _r.tenant_id == tenant_id,
            _r.conversation_id == conversation_id,
            _r.target_sequence == target,
            _r.revise_time > since,
        )
        .order_by(_r.sequence)
    )
    return [(row.sequence, row.body, row.revise_time) for row in await connection.execute(query)]


async def clear(
    connection: AsyncConnection,
    tenant_id: UUID,
    conversation_id: UUID,
    sequence: int,
    revision: int,
    now: datetime,
    *,
    message_id: UUID | None = None,
) -> bool:
    """Removes a message's text for good, with those of before, or a file, and marks where bytes are left.

    Says whether it was there; `message_id` makes sure that it is that very message.
    """
    said = await find_message(connection, tenant_id, conversation_id, sequence)
    if said is None or message_id not in (None, said.id):
        return False
    await connection.execute(
        update(messages)
        .where(_m.tenant_id == tenant_id, _m.conversation_id == conversation_id, _m.sequence == sequence)
        .values(body="", revision=revision, revise_time=now)
    )
    touched = [messages.name, revisions.name]
    if said.kind == SENT_FILE and said.body:
        # With the record of a file the database has its bytes removed, too.
        of_file = delete(attachments).where(_f.tenant_id == tenant_id, _f.id == ids.to_uuid(said.body, "att"))
        await connection.execute(of_file)
        touched.append(attachments.name)
    await connection.execute(
        delete(revisions).where(
            _r.tenant_id == tenant_id, _r.conversation_id == conversation_id, _r.target_sequence == sequence
        )
    )
    await leftovers.mark(connection, metadata, touched, now)
    return True
