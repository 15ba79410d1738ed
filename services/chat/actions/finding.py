"""Finds a conversation as long as it is kept: one whose time is over is gone for everybody, purged or not."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.actions.wiring import Wiring
from services.chat.domain import Conversation, is_expired
from services.chat.store import conversations


async def find_kept(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: UUID,
    conversation_id: UUID,
    kept: timedelta,
    *,
    lock: bool = False,
) -> Conversation | None:
    """Returns a conversation of the bound tenant that is still kept; `lock` holds it until the transaction ends."""
    found = await conversations.find_conversation(connection, tenant_id, conversation_id, lock=lock)
    return None if found is None or is_expired(found, kept, wiring.clock.now()) else found
