"""Fills a tenant with what routing keeps: who is there, a rule for a team, and a conversation that was handed on."""

from __future__ import annotations

from parley.chat.v1 import presence_pb2, routing_pb2

from tests.platform import Member, Platform, Visitor


async def hand_something_on(
    platform: Platform, everything: Member, giver: Member, taker: Member, visitor: Visitor, team_id: str
) -> None:
    """Offers a running conversation to a colleague who is there and takes it back, so that it stays where it is."""
    await platform.call(
        platform.presence.SetMyPresence,
        presence_pb2.SetMyPresenceRequest(state=presence_pb2.OPERATOR_STATE_ONLINE),
        token=taker.token,
    )
    await platform.call(
        platform.routing.SetTeamRouting,
        routing_pb2.SetTeamRoutingRequest(team_id=team_id, mode=routing_pb2.ROUTING_MODE_MANUAL),
        token=everything.token,
    )
    await platform.call(
        platform.routing.TransferConversation,
        routing_pb2.TransferConversationRequest(
            conversation_id=visitor.conversation.id, staff_id=taker.id, note="They ask about opening hours."
        ),
        token=giver.token,
    )
    await platform.call(
        platform.routing.ReturnTransfer,
        routing_pb2.ReturnTransferRequest(conversation_id=visitor.conversation.id),
        token=giver.token,
    )
