"""Lets a supervisor watch a running conversation: for a reason, for a while, and before the eyes of both its sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from kernel import ids
from kernel.identity import Actor
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.sealed import covered
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation, Entry
from services.chat.store import conversations, messages


async def monitor_conversation(
    actor: Actor, wiring: Wiring, conversation_id: UUID, reason: str, minutes: int
) -> Conversation:
    """Opens a running conversation to the caller for so many minutes; again, it goes on for so many from now."""

    def watched(current: Conversation, now: datetime) -> Conversation:
        return domain.watch(current, viewer_of(actor), now + timedelta(minutes=minutes), now)

    return await _changed(actor, wiring, conversation_id, watched, domain.WATCHED, reason)


async def stop_monitoring(actor: Actor, wiring: Wiring, conversation_id: UUID) -> Conversation:
    """Ends the caller's watching."""

    def unwatched(current: Conversation, now: datetime) -> Conversation:
        return domain.unwatch(current, viewer_of(actor), now)

    return await _changed(actor, wiring, conversation_id, unwatched, domain.UNWATCHED, "")


async def _changed(
    actor: Actor,
    wiring: Wiring,
    conversation_id: UUID,
    change: Callable[[Conversation, datetime], Conversation],
    kind: int,
    body: str,
) -> Conversation:
    kept = await wiring.kept_for(actor.tenant_id)
    now = wiring.clock.now()
    viewer = viewer_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = domain.check_seen(
            viewer, await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept, lock=True)
        )
        changed = change(current, now)
        (shown,) = await covered(connection, changed.tenant_id, [changed], actor)
        if changed is current:
            return shown
        await conversations.save_conversation(connection, changed)
        # What both sides see stands in the transcript, in its place, before the first word is read.
        entry = Entry(
            conversation_id=changed.id,
            id=ids.new_uuid(),
            kind=kind,
            side=domain.NEITHER,
            operator_id=viewer.staff_id,
            body=body,
        )
        appended = await messages.append_one(connection, changed.tenant_id, entry, now)
    wiring.hub.committed(changed.tenant_id, [(entry, appended)])
    wiring.hub.state_changed(changed.tenant_id, [changed.id])
    return replace(shown, head=appended.head)
