"""Says things in a conversation: messages, typing, and how far somebody has read."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from kernel import ids
from kernel.errors import InvalidArgument, ParleyError
from kernel.identity import Actor
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation, Entry, Viewer
from services.chat.store import messages
from services.chat.store.messages import Appended


def entry_of(viewer: Viewer, conversation_id: UUID, client_message_id: str, body: str) -> Entry:
    """Returns what somebody says, on its way; a visitor speaks in the own conversation only."""
    side = domain.side_of(viewer)
    if side == domain.VISITOR and viewer.conversation_id != conversation_id:
        raise domain.no_such_conversation()
    if not body.strip() or "\x00" in body:
        raise InvalidArgument(
            "ARGUMENT_INVALID",
            "There is nothing to send.",
            fields=[("body", "must hold something that can be read")],
        )
    return Entry(
        conversation_id=conversation_id,
        id=ids.new_uuid(),
        kind=domain.TEXT,
        side=side,
        client_message_id=client_message_id,
        operator_id=viewer.staff_id,
        body=body,
    )


def judged(appended: Appended) -> Appended:
    """Returns an entry's place, or raises what the store found to be in the way."""
    match appended.outcome:
        case "fresh" | "duplicate":
            return appended
        case "closed":
            raise domain.ConversationClosed
        case "not_operator":
            raise domain.NotTheOperator
        case _:
            raise domain.no_such_conversation()


async def post_message(actor: Actor, wiring: Wiring, entry: Entry) -> Appended:
    """Says something and returns its place once it is durable; a retry returns the first place."""
    wiring.presence.note(actor)
    appended = await wiring.writer.append(tenant_of(actor), entry)
    return await explained(actor, wiring, entry, appended)


async def explained(actor: Actor, wiring: Wiring, entry: Entry, appended: Appended) -> Appended:
    """Returns an entry's place, or raises why there is none, as far as the caller may know."""
    # The place may be that of an earlier entry with the same id of the client.
    is_earlier = appended.sequence > 0 and appended.id != entry.id
    refused = appended.outcome in ("not_operator", "closed")
    if (is_earlier or refused) and domain.side_of(viewer_of(actor)) == domain.OPERATOR:
        # A conversation that the operator may not even see answers like a missing one.
        kept = await wiring.kept_for(actor.tenant_id)
        async with wiring.database.transaction(actor.tenant_id) as connection:
            domain.check_seen(
                viewer_of(actor),
                await find_kept(connection, wiring, tenant_of(actor), entry.conversation_id, kept),
            )
    if is_earlier:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            first = await messages.list_messages(
                connection, tenant_of(actor), entry.conversation_id, appended.sequence - 1, 1
            )
        if first and not domain.is_retry(entry, first[0]):
            raise domain.MessageIdReused
    return judged(appended)


def submit_message(
    tenant_id: UUID, wiring: Wiring, entry: Entry, done: Callable[[Appended | ParleyError], None]
) -> None:
    """Says something on the live path: `done` hears of the outcome, and no task waits for it."""
    wiring.writer.submit(tenant_id, entry, done)


async def set_typing(actor: Actor, wiring: Wiring, conversation_id: UUID, *, typing: bool) -> None:
    """Shows the other side that somebody types."""
    side, _ = await _speaking(actor, wiring, conversation_id)
    wiring.hub.seen(tenant_of(actor), conversation_id, side, typing=typing, read=0)


async def mark_read(actor: Actor, wiring: Wiring, conversation_id: UUID, sequence: int) -> None:
    """Moves the caller's read mark forward, no further than there is something to read, and shows the other side."""
    side, conversation = await _speaking(actor, wiring, conversation_id)
    marked = conversation.visitor_read if side == domain.VISITOR else conversation.operator_read
    read = max(marked, min(sequence, conversation.head))
    wiring.marks.move(tenant_of(actor), conversation_id, side, read)
    wiring.hub.seen(tenant_of(actor), conversation_id, side, typing=False, read=read)


async def _speaking(actor: Actor, wiring: Wiring, conversation_id: UUID) -> tuple[int, Conversation]:
    viewer = viewer_of(actor)
    kept = await wiring.kept_for(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        conversation = domain.check_seen(
            viewer, await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept)
        )
    side = domain.side_of(viewer)
    if side == domain.OPERATOR and conversation.operator_id != viewer.staff_id:
        raise domain.NotTheOperator
    wiring.presence.note(actor)
    return side, conversation
