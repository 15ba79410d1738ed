"""Serves `parley.survey.v1.RatingService`."""

from __future__ import annotations

from parley.survey.v1 import rating_pb2, rating_pb2_grpc

from kernel.rpc.gates import current_actor
from services.survey.actions import ratings
from services.survey.actions.wiring import Wiring
from services.survey.servicer.answering import occasion_of
from services.survey.servicer.times import Context


class RatingServicer(rating_pb2_grpc.RatingServiceServicer):
    """The RPC of what is asked in chats themselves."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def TakeRating(
        self, request: rating_pb2.TakeRatingRequest, context: Context
    ) -> rating_pb2.TakeRatingResponse:
        """Takes a rating over."""
        occasion = occasion_of(request.occasion, request.language)
        await ratings.take_rating(current_actor(), self._wiring, occasion, request.rating)
        return rating_pb2.TakeRatingResponse()
