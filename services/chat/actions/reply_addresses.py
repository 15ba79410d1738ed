"""Keeps where answers go that the visitor of a running chat is not there to read.

The address stands where that of a message that was left does, and is used as that one: who answers sees it, what is not
read in time goes there by mail, and only what comes back from it is the visitor's word.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from kernel.errors import FailedPrecondition
from kernel.identity import Actor
from kernel.privacy.recipients import SUBJECT, permit
from services.chat import domain
from services.chat.actions import mail_out
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.store.conversations import save_conversation
from services.chat.store.left_messages import save_reply_email


class NothingToAnswer(FailedPrecondition):
    """Nobody answers in a chat that is over."""

    def __init__(self) -> None:
        """Says what is safe."""
        super().__init__("CONVERSATION_CLOSED", "This conversation is over; nobody answers in it. Nothing was kept.")


async def set_reply_address(actor: Actor, wiring: Wiring, conversation_id: UUID, email: str) -> str:
    """Keeps an address, or takes it away, also from a chat that is over; returns the one that is kept."""
    if email:
        permit(actor.regime, SUBJECT)
    kept, now = await wiring.kept_for(actor.tenant_id), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept, lock=True)
        conversation = domain.check_read(viewer_of(actor), found, now)
        if email and conversation.state == domain.CLOSED:
            raise NothingToAnswer
        await save_reply_email(connection, conversation.tenant_id, conversation.id, email, now)
        await save_conversation(connection, replace(conversation, reply_set_time=now))
        if email:
            # What was said before and not read goes there, too.
            await mail_out.look(connection, wiring, conversation, now)
    wiring.hub.state_changed(conversation.tenant_id, [conversation.id])
    return email
