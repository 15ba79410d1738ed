"""Serves `parley.community.v1.ReviewService`."""

from __future__ import annotations

from parley.community.v1 import review_pb2, review_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import reviews
from services.community.actions.wiring import Wiring
from services.community.domain.reviews import Review
from services.community.servicer.moderation import case_message
from services.community.servicer.terms import clause_message
from services.community.servicer.times import Context, stamp


def _review(review: Review, community: str) -> review_pb2.Review:
    return review_pb2.Review(
        id=review.id,
        reason=review_pb2.ReviewReason.ValueType(review.reason),
        community=community,
        create_time=stamp(review.create_time),
    )


class ReviewServicer(review_pb2_grpc.ReviewServiceServicer):
    """The RPCs of the platform's reviewers."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListReviews(
        self, request: review_pb2.ListReviewsRequest, context: Context
    ) -> review_pb2.ListReviewsResponse:
        """Lists what waits."""
        page, following = await reviews.list_reviews(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return review_pb2.ListReviewsResponse(
            reviews=[_review(each, community) for each, community in page], next_page_token=following
        )

    async def GetReview(self, request: review_pb2.GetReviewRequest, context: Context) -> review_pb2.GetReviewResponse:
        """Returns what waits, with its case."""
        review, community, whole, clauses = await reviews.get_review(current_actor(), self._wiring, request.review_id)
        made = _review(review, community)
        made.case.CopyFrom(case_message(whole))
        made.clauses.extend(clause_message(each) for each in clauses)
        return review_pb2.GetReviewResponse(review=made)

    async def DecideReview(
        self, request: review_pb2.DecideReviewRequest, context: Context
    ) -> review_pb2.DecideReviewResponse:
        """Decides."""
        decided = await reviews.decide_review(
            current_actor(),
            self._wiring,
            request.review_id,
            is_upheld=request.is_upheld,
            action=request.action,
            clause_id=request.clause_id,
            facts=request.facts,
        )
        return review_pb2.DecideReviewResponse(case=case_message(decided))
