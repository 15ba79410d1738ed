"""Shows the mails that could not be let in as a visitor's words, and does with each what a person decides."""

from __future__ import annotations

from uuid import UUID

from kernel import ids
from kernel.errors import NotFound
from kernel.identity import Actor
from kernel.storage import leftovers
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.mail_in import words
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Conversation
from services.chat.store import mail_threads, messages
from services.chat.store.mail_threads import HeldMail
from services.chat.store.tables import held_mails, metadata


def no_such_mail() -> NotFound:
    """Returns the one answer to a mail that does not wait, or is not the caller's to see."""
    return NotFound("HELD_MAIL_NOT_FOUND", "There is no such mail. Perhaps a colleague has decided already.")


async def list_held_mails(actor: Actor, wiring: Wiring, conversation_id: UUID) -> list[HeldMail]:
    """Returns a conversation's held mails. The reading is recorded first."""
    kept, now, viewer = await wiring.kept_for(actor.tenant_id), wiring.clock.now(), viewer_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept)
        conversation = domain.check_read(viewer, found, now)
        reader = domain.reader_of(viewer, conversation, now)
        await wiring.access.record(connection, reader, conversation.id, conversation.visitor_id, now)
        return await mail_threads.list_held(connection, conversation.tenant_id, conversation.id)


async def admit_held_mail(actor: Actor, wiring: Wiring, conversation_id: UUID, held_id: UUID) -> None:
    """Makes a held mail's words the visitor's next message."""
    kept, now, viewer = await wiring.kept_for(actor.tenant_id), wiring.clock.now(), viewer_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept, lock=True)
        conversation = _decides(viewer, found, wiring)
        if conversation.state == domain.CLOSED:
            raise domain.ConversationClosed
        held = await mail_threads.take_held(connection, conversation.tenant_id, conversation.id, held_id)
        if held is None:
            raise no_such_mail()
        await leftovers.mark(connection, metadata, [held_mails.name], now)
        entries = words(conversation.id, held.text, f"held-{ids.from_uuid('hml', held.id)}")
        appended = await messages.append_all(connection, conversation.tenant_id, entries, now) if entries else []
    wiring.hub.committed(conversation.tenant_id, list(zip(entries, appended, strict=True)))


async def delete_held_mail(actor: Actor, wiring: Wiring, conversation_id: UUID, held_id: UUID) -> None:
    """Deletes a held mail; one that is not there is deleted already."""
    kept, viewer = await wiring.kept_for(actor.tenant_id), viewer_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept)
        conversation = _decides(viewer, found, wiring)
        if await mail_threads.take_held(connection, conversation.tenant_id, conversation.id, held_id):
            await leftovers.mark(connection, metadata, [held_mails.name], wiring.clock.now())


def _decides(viewer: domain.Viewer, found: Conversation | None, wiring: Wiring) -> Conversation:
    return domain.check_read(viewer, found, wiring.clock.now())
