"""Takes out of lists what a sealed conversation says of its visitor; that it is there stays to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identity import Actor
from kernel.privacy.seals import may_read, reasons_among
from services.chat.domain import Conversation
from services.chat.store.tables import metadata


async def covered(
    connection: AsyncConnection, tenant_id: UUID, found: Sequence[Conversation], actor: Actor | None = None
) -> list[Conversation]:
    """Returns the same conversations, those without a word of the visitor that the actor may not read.

    Without an actor, it is for anybody on the staff.
    """
    records = {each.id: each.visitor_id for each in found}
    sealed = await reasons_among(connection, metadata, tenant=tenant_id, records=records)
    hidden = {id_ for id_, reason in sealed.items() if actor is None or not may_read(actor, reason)}
    return [
        replace(each, display_name="", language="", page_path="", tag_ids=(), rating=0) if each.id in hidden else each
        for each in found
    ]
