"""Writes what surveys are told of a chat that is over: where it was, and nothing that was said in it."""

from __future__ import annotations

from parley.survey.v1 import answering_pb2

from kernel import ids
from services.chat.domain import Conversation

#: As many of a chat's tags as an invitation carries.
_TAGS = 20


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
