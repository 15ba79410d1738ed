"""Keeps visitors out for a while, lists who is, and lets them in again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.chat import domain
from services.chat.actions.announcements import ENDED, announce
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Entry
from services.chat.domain.blocks import BLOCKED, Block, BlockMissing, check_answers
from services.chat.store import blocks as store
from services.chat.store import conversations, messages


async def block_visitor(actor: Actor, wiring: Wiring, conversation_id: UUID, reason: int, hours: int) -> Block:
    """Ends the conversation that the caller answers and blocks its visitor; a second time, the first block stands."""
    kept = await wiring.kept_for(actor.tenant_id)
    now, viewer, tenant_id = wiring.clock.now(), viewer_of(actor), tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = domain.check_seen(
            viewer, await find_kept(connection, wiring, tenant_id, conversation_id, kept, lock=True)
        )
        known = await store.find_of_conversation(connection, tenant_id, current.id)
        if known is not None and known.staff_id == viewer.staff_id:
            return known
        check_answers(viewer, current)
        assert viewer.staff_id is not None
        block = Block(
            tenant_id=tenant_id,
            id=ids.new_uuid(),
            conversation_id=current.id,
            visitor_id=current.visitor_id,
            reason=reason,
            staff_id=viewer.staff_id,
            staff_name=actor.display_name,
            create_time=now,
            end_time=now + timedelta(hours=hours),
        )
        await store.add_block(connection, block)
        closed = domain.close(current, viewer, now)
        await conversations.save_conversation(connection, closed)
        # Both sides see what happened, and before that it ended.
        entries = [
            Entry(
                conversation_id=closed.id,
                id=ids.new_uuid(),
                kind=kind,
                side=domain.OPERATOR,
                operator_id=viewer.staff_id,
            )
            for kind in (BLOCKED, domain.ENDED)
        ]
        appended = [await messages.append_one(connection, tenant_id, entry, now) for entry in entries]
        await announce(connection, wiring, ENDED, closed, now=now)
    await wiring.origins.keep_out(tenant_id, closed.id, block.id)
    wiring.hub.committed(tenant_id, list(zip(entries, appended, strict=True)))
    wiring.hub.state_changed(tenant_id, [closed.id])
    return block


async def list_blocks(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Block], str]:
    """Returns a page of the blocks that hold, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, actor.subject_id, "blocks")
    position = wiring.pages.position(scope, token)
    edge = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_holding(connection, tenant_of(actor), wiring.clock.now(), edge, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (str(each.id),))


async def lift_block(actor: Actor, wiring: Wiring, block_id: UUID) -> Block:
    """Ends a block now; one that has ended stays as it is."""
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        block = await store.find_block(connection, tenant_of(actor), block_id)
        if block is None:
            raise BlockMissing
        if block.end_time > now:
            block = replace(block, end_time=now)
            await store.end_block(connection, block)
    return block
