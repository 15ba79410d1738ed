"""Serves `parley.survey.v1.AnsweringService`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from parley.survey.v1 import answering_pb2, answering_pb2_grpc

from kernel.rpc.gates import current_actor
from services.survey.actions import answering, offering
from services.survey.actions.wiring import Wiring
from services.survey.domain.surveys import Occasion
from services.survey.servicer.times import Context, stamp


def occasion_of(told: answering_pb2.Occasion, language: str) -> Occasion:
    """Reads after which chat somebody is asked."""
    return Occasion(
        site_id=told.site_id,
        team_id=told.team_id,
        tags=tuple(told.tags),
        language=language,
        visitor_id=told.visitor_id,
        conversation_id=told.conversation_id,
    )


class AnsweringServicer(answering_pb2_grpc.AnsweringServiceServicer):
    """The RPCs of those who are asked."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def OfferSurvey(
        self, request: answering_pb2.OfferSurveyRequest, context: Context
    ) -> answering_pb2.OfferSurveyResponse:
        """Offers a survey."""
        actor = current_actor()
        occasion, channel = offering.occasion_of(actor, request.language), offering.channel_of(actor)
        offer = await offering.offer_survey(actor, self._wiring, request.survey_id, channel, occasion)
        return answering_pb2.OfferSurveyResponse(
            invitation=offer.invitation, title=offer.title, question_count=offer.question_count
        )

    async def InviteVisitor(
        self, request: answering_pb2.InviteVisitorRequest, context: Context
    ) -> answering_pb2.InviteVisitorResponse:
        """Offers a survey to a visitor."""
        occasion = replace(occasion_of(request.occasion, request.language), invitation_key=request.invitation_key)
        offer = await offering.offer_survey(
            current_actor(),
            self._wiring,
            request.survey_id,
            request.channel,
            occasion,
            offered_before=request.offer_time.ToDatetime(tzinfo=UTC) if request.HasField("offer_time") else None,
        )
        return answering_pb2.InviteVisitorResponse(
            invitation=offer.invitation, title=offer.title, question_count=offer.question_count
        )

    async def OpenSurvey(
        self, request: answering_pb2.OpenSurveyRequest, context: Context
    ) -> answering_pb2.OpenSurveyResponse:
        """Opens an invitation."""
        opened = await offering.open_survey(
            current_actor(), self._wiring, request.invitation, request.language, is_again=request.is_again
        )
        return answering_pb2.OpenSurveyResponse(
            definition=opened.definition,
            needs_age=opened.needs_age,
            is_answered=opened.is_answered,
            replace_until_time=stamp(opened.replace_until_time),
            version_id=opened.version_id,
            kept_days=opened.kept_days,
            texts_kept_days=opened.texts_kept_days,
            is_of_visitor=opened.is_of_visitor,
        )

    async def ListShown(
        self, request: answering_pb2.ListShownRequest, context: Context
    ) -> answering_pb2.ListShownResponse:
        """Says which questions are shown."""
        shown = await offering.list_shown(current_actor(), self._wiring, request.invitation, request.answers)
        return answering_pb2.ListShownResponse(question_ids=shown)

    async def CheckAge(
        self, request: answering_pb2.CheckAgeRequest, context: Context
    ) -> answering_pb2.CheckAgeResponse:
        """Checks an age."""
        age_pass = await answering.check_age(current_actor(), self._wiring, request.invitation, request.age)
        return answering_pb2.CheckAgeResponse(age_pass=age_pass)

    async def SubmitResponse(
        self, request: answering_pb2.SubmitResponseRequest, context: Context
    ) -> answering_pb2.SubmitResponseResponse:
        """Takes answers."""
        kept = await answering.submit_response(
            current_actor(),
            self._wiring,
            request.invitation,
            request.age_pass,
            request.answers,
            wants_follow_up=request.wants_follow_up,
            language=request.language,
        )
        return answering_pb2.SubmitResponseResponse(
            kept_count=kept.kept,
            dropped_count=kept.dropped,
            replace_until_time=stamp(kept.replace_until_time),
            replaced=kept.replaced,
        )

    async def WithdrawResponse(
        self, request: answering_pb2.WithdrawResponseRequest, context: Context
    ) -> answering_pb2.WithdrawResponseResponse:
        """Takes answers back."""
        await answering.withdraw_response(current_actor(), self._wiring, request.invitation)
        return answering_pb2.WithdrawResponseResponse()
