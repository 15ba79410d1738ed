"""Serves `parley.chat.v1.ExitService`."""

from __future__ import annotations

from typing import Any

import grpc.aio
from parley.chat.v1 import exit_pb2, exit_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import exits, ratings
from services.chat.actions.messages import stamp
from services.chat.actions.wiring import Wiring


class ExitServicer(exit_pb2_grpc.ExitServiceServicer):
    """What is offered when a chat is over."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def OfferExitSurvey(
        self, request: exit_pb2.OfferExitSurveyRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> exit_pb2.OfferExitSurveyResponse:
        """Offers a survey."""
        offer, asks_rating, rating = await exits.offer_exit_survey(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"), request.language
        )
        return exit_pb2.OfferExitSurveyResponse(
            invitation=offer.invitation,
            title=offer.title,
            question_count=offer.question_count,
            asks_rating=asks_rating,
            rating=rating,
        )

    async def RateConversation(
        self, request: exit_pb2.RateConversationRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> exit_pb2.RateConversationResponse:
        """Keeps a rating."""
        rated, until = await ratings.rate_conversation(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"), request.rating
        )
        return exit_pb2.RateConversationResponse(rating=rated.rating, change_until_time=stamp(until))
