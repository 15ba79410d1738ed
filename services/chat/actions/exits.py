"""Offers a survey when a chat is over: in the panel, and by the link in a mailed copy.

It tells surveys where the chat was, and nothing that was said in it. Whoever ignores the offer leaves nothing here.
"""

from __future__ import annotations

from uuid import UUID

from parley.survey.v1 import answering_pb2

from kernel import ids
from kernel.identity import Actor
from services.chat import domain
from services.chat.actions.finding import find_kept
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import CLOSED, Conversation

#: As many of a chat's tags as an invitation carries.
_TAGS = 20


async def offer_exit_survey(
    actor: Actor, wiring: Wiring, conversation_id: UUID, language: str
) -> answering_pb2.InviteVisitorResponse:
    """Returns the invitation that is meant for the visitor's chat; nothing while it runs, and where none is meant."""
    kept = await wiring.kept_for(actor.tenant_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await find_kept(connection, wiring, tenant_of(actor), conversation_id, kept)
        conversation = domain.check_read(viewer_of(actor), found, wiring.clock.now())
    if conversation.state != CLOSED:
        return answering_pb2.InviteVisitorResponse()
    request = invitation_to(conversation, answering_pb2.CHANNEL_WIDGET, language)
    return await wiring.peers.invite_visitor(actor.tenant_id, request)


def invitation_to(
    conversation: Conversation, channel: answering_pb2.Channel.ValueType, language: str = ""
) -> answering_pb2.InviteVisitorRequest:
    """Returns what surveys are told of a chat that is over."""
    team = conversation.team_id
    return answering_pb2.InviteVisitorRequest(
        channel=channel,
        language=language or conversation.language,
        occasion=answering_pb2.Occasion(
            visitor_id=ids.from_uuid("vis", conversation.visitor_id),
            conversation_id=ids.from_uuid("cnv", conversation.id),
            site_id=ids.from_uuid("sit", conversation.site_id),
            team_id="" if team is None else ids.from_uuid("tea", team),
            tags=[ids.from_uuid("tag", each) for each in conversation.tag_ids[:_TAGS]],
        ),
    )
