"""Offers a survey when a chat is over: in the panel, and by the link in a mailed copy.

It tells surveys where the chat was, and nothing that was said in it. Whoever ignores the offer leaves nothing here.
"""

from __future__ import annotations

from uuid import UUID

from parley.survey.v1 import answering_pb2

from kernel.identity import Actor
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.occasions import invitation_to
from services.chat.actions.ratings import may_rate
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import CLOSED


async def offer_exit_survey(
    actor: Actor, wiring: Wiring, conversation_id: UUID, language: str
) -> tuple[answering_pb2.InviteVisitorResponse, bool, int]:
    """Returns the invitation that is meant for the visitor's chat, whether the chat itself may be rated, and how it is.

    There is none of it while the chat runs, and no invitation where none is meant.
    """
    kept, now = await wiring.kept_for(actor.tenant_id), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept)
        conversation = domain.check_read(viewer_of(actor), found, now)
    if conversation.state != CLOSED:
        return answering_pb2.InviteVisitorResponse(), False, 0
    asks_rating = await may_rate(wiring, actor.tenant_id, conversation, now)
    request = invitation_to(conversation, answering_pb2.CHANNEL_WIDGET, language)
    invited = await wiring.peers.invite_visitor(actor.tenant_id, request)
    return invited, asks_rating, conversation.rating
