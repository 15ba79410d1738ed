"""Shows what a recognised visitor talked about before, by way of a conversation that the caller answers now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.sealed import covered
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation, Entry
from services.chat.domain.blocks import check_answers
from services.chat.store import conversations, messages

#: How many earlier conversations are shown at once.
SHOWN = 50


async def list_person_conversations(actor: Actor, wiring: Wiring, conversation_id: UUID) -> list[Conversation]:
    """Returns the visitor's other conversations, the newest first. The look is recorded on the one that leads there."""
    kept = await wiring.kept_for(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        through, now = await _through(actor, wiring, connection, conversation_id)
        await wiring.access.record(connection, actor, through.id, through.visitor_id, now)
        found = await conversations.list_others_of_visitor(
            connection, through.tenant_id, through.visitor_id, but=through.id, since=now - kept, limit=SHOWN
        )
        return await covered(connection, through.tenant_id, found, actor)


async def list_person_messages(
    actor: Actor, wiring: Wiring, conversation_id: UUID, past_id: UUID, after: int, size: int
) -> tuple[list[Entry], int]:
    """Returns a page of what was said in another conversation of the same visitor. The reading is recorded on that."""
    kept = await wiring.kept_for(actor.tenant_id)
    limit = page_size(size, default=100, maximum=500)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        through, now = await _through(actor, wiring, connection, conversation_id)
        past = await find_kept(connection, wiring, through.tenant_id, past_id, kept)
        if past is None or past.visitor_id != through.visitor_id:
            raise domain.no_such_conversation()
        if past.erase_time is not None:
            raise domain.ConversationErased
        if past.state == domain.OPEN and past.operator_id != viewer_of(actor).staff_id:
            # What a colleague answers now is that colleague's.
            raise domain.MonitoringNeedsReason
        await wiring.access.record(connection, actor, past.id, past.visitor_id, now)
        page = await messages.list_messages(connection, past.tenant_id, past.id, after, limit)
    return page, max([past.head, *(entry.sequence for entry in page)])


async def report_minor(actor: Actor, wiring: Wiring, conversation_id: UUID) -> None:
    """Carries the platform's rule out on the visitor of a conversation that the caller answers."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        through, _ = await _through(actor, wiring, connection, conversation_id)
    # Nothing is held here meanwhile: the rule erases in every service, this one included.
    await wiring.peers.refuse_minor(
        actor.tenant_id, ids.from_uuid("vis", through.visitor_id), ids.from_uuid("sit", through.site_id)
    )


async def _through(
    actor: Actor, wiring: Wiring, connection: AsyncConnection, conversation_id: UUID
) -> tuple[Conversation, datetime]:
    kept = await wiring.kept_for(actor.tenant_id)
    viewer = viewer_of(actor)
    through = domain.check_seen(viewer, await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept))
    check_answers(viewer, through)
    return through, wiring.clock.now()
