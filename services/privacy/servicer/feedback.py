"""Serves feedback."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from parley.privacy.v1 import feedback_pb2, feedback_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.privacy.actions import feedback
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.feedback import Feedback, is_overdue
from services.privacy.servicer.times import Context, stamp


def feedback_message(given: Feedback, now: datetime) -> feedback_pb2.Feedback:
    """Writes feedback as it stands at a moment."""
    state = feedback_pb2.Feedback.STATE_WAITING if given.answer_time is None else feedback_pb2.Feedback.STATE_ANSWERED
    return feedback_pb2.Feedback(
        id=given.id,
        kind=cast("feedback_pb2.FeedbackKind.ValueType", given.kind),
        text=given.text,
        contact=given.contact,
        state=state,
        create_time=stamp(given.create_time),
        due_time=stamp(given.due_time),
        overdue=is_overdue(given, now),
        answer_time=stamp(given.answer_time),
        answer=given.answer,
        site_id=given.site_id,
    )


class FeedbackServicer(feedback_pb2_grpc.FeedbackServiceServicer):
    """Serves `parley.privacy.v1.FeedbackService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SubmitFeedback(
        self, request: feedback_pb2.SubmitFeedbackRequest, context: Context
    ) -> feedback_pb2.SubmitFeedbackResponse:
        """Takes feedback."""
        now = self._wiring.clock.now()
        given = Feedback(
            id=ids.new_id("fbk"),
            kind=request.kind,
            text=request.text,
            contact=request.contact,
            language=request.language,
            code_mac=b"",
            create_time=now,
            due_time=now,
        )
        kept, code = await feedback.submit_feedback(current_actor(), self._wiring, given, request.request_id, request)
        return feedback_pb2.SubmitFeedbackResponse(code=code, due_time=stamp(kept.due_time), feedback_id=kept.id)

    async def TrackFeedback(
        self, request: feedback_pb2.TrackFeedbackRequest, context: Context
    ) -> feedback_pb2.TrackFeedbackResponse:
        """Shows where feedback stands."""
        found = await feedback.track_feedback(current_actor(), self._wiring, request.code)
        return feedback_pb2.TrackFeedbackResponse(feedback=self._written(found))

    async def WithdrawFeedback(
        self, request: feedback_pb2.WithdrawFeedbackRequest, context: Context
    ) -> feedback_pb2.WithdrawFeedbackResponse:
        """Deletes feedback."""
        await feedback.withdraw_feedback(current_actor(), self._wiring, request.code, self._wiring.clock.now())
        return feedback_pb2.WithdrawFeedbackResponse()

    async def ListFeedback(
        self, request: feedback_pb2.ListFeedbackRequest, context: Context
    ) -> feedback_pb2.ListFeedbackResponse:
        """Lists feedback."""
        found, following, overdue = await feedback.list_feedback(
            current_actor(), self._wiring, request.view, request.page_size, request.page_token
        )
        return feedback_pb2.ListFeedbackResponse(
            feedback=[self._written(each) for each in found], next_page_token=following, overdue_count=overdue
        )

    async def GetFeedback(
        self, request: feedback_pb2.GetFeedbackRequest, context: Context
    ) -> feedback_pb2.GetFeedbackResponse:
        """Returns feedback."""
        found = await feedback.get_feedback(current_actor(), self._wiring, request.feedback_id)
        return feedback_pb2.GetFeedbackResponse(feedback=self._written(found))

    async def AnswerFeedback(
        self, request: feedback_pb2.AnswerFeedbackRequest, context: Context
    ) -> feedback_pb2.AnswerFeedbackResponse:
        """Answers feedback."""
        changed = await feedback.answer_feedback(current_actor(), self._wiring, request.feedback_id, request.answer)
        return feedback_pb2.AnswerFeedbackResponse(feedback=self._written(changed))

    def _written(self, given: Feedback) -> feedback_pb2.Feedback:
        return feedback_message(given, self._wiring.clock.now())
