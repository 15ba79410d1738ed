"""Reads and writes what is known of messages that were left while nobody was there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.store.tables import conversations, left_messages


async def add_left_message(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, reply_email: str, now: datetime
) -> bool:
    """Notes that a conversation is a message that was left; False where that is noted already."""
    made = await connection.execute(
        insert(left_messages)
        .values(tenant_id=tenant_id, conversation_id=conversation_id, reply_email=reply_email, create_time=now)
        .on_conflict_do_nothing()
    )
    if made.rowcount != 1:
        return False
    c = conversations.c
    of = (c.tenant_id == tenant_id) & (c.id == conversation_id)
    await connection.execute(update(conversations).where(of).values(is_left=True))
    return True


async def save_reply_email(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, reply_email: str, now: datetime
) -> None:
    """Writes where a conversation is answered, in the place of what stood there; empty for nowhere."""
    made = insert(left_messages).values(
        tenant_id=tenant_id, conversation_id=conversation_id, reply_email=reply_email, create_time=now
    )
    await connection.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "conversation_id"], set_={"reply_email": made.excluded.reply_email}
        )
    )


async def find_left_message(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID
) -> tuple[str, datetime] | None:
    """Returns the address for the answer, and when the message was left; None for a chat."""
    c = left_messages.c
    query = select(c.reply_email, c.create_time).where(c.tenant_id == tenant_id, c.conversation_id == conversation_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (row.reply_email, row.create_time)
