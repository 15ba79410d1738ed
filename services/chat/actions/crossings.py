"""Says in a conversation, before both its sides, that it goes on elsewhere. Nothing that was said goes along."""

from __future__ import annotations

from uuid import UUID

from kernel import ids
from kernel.identity import Actor
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of
from services.chat.domain import Entry
from services.chat.store import messages


async def note_ticket(actor: Actor, wiring: Wiring, conversation_id: UUID, reference: str) -> None:
    """Says that a ticket was made out of a conversation, running or over; what was said already is not said again."""
    tenant, kept = tenant_of(actor), await wiring.kept_for(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        # Whoever tries again at the same moment waits here, and then finds what was said.
        if await find_kept(connection, wiring, tenant, conversation_id, kept, lock=True) is None:
            raise domain.no_such_conversation()
        if await messages.is_noted(connection, tenant, conversation_id, domain.TICKETED, reference):
            return
        entry = Entry(
            conversation_id=conversation_id,
            id=ids.new_uuid(),
            kind=domain.TICKETED,
            side=domain.NEITHER,
            body=reference,
        )
        appended = await messages.append_one(connection, tenant, entry, wiring.clock.now())
    wiring.hub.committed(tenant, [(entry, appended)])
