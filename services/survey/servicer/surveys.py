"""Serves `parley.survey.v1.SurveyService`."""

from __future__ import annotations

from parley.survey.v1 import survey_pb2, survey_pb2_grpc

from kernel.rpc.gates import current_actor
from services.survey.actions import surveys
from services.survey.actions.wiring import Wiring
from services.survey.domain.definitions import content_hash, published_form
from services.survey.domain.surveys import Survey, Version
from services.survey.servicer.times import Context, stamp


def survey_message(survey: Survey) -> survey_pb2.Survey:
    """Writes a survey."""
    message = survey_pb2.Survey(
        id=survey.id,
        state=survey_pb2.Survey.State.ValueType(survey.state),
        title=survey.title,
        draft=survey.draft,
        targeting=survey.targeting,
        version_id=survey.version_id,
        version_number=survey.version_number,
        etag=survey.etag,
        create_time=stamp(survey.create_time),
        update_time=stamp(survey.update_time),
        is_rating=survey.is_rating,
    )
    if survey.draft is not None:
        message.has_changes = content_hash(published_form(survey.draft)) != survey.published_hash
    return message


def version_message(version: Version) -> survey_pb2.Version:
    """Writes a version."""
    return survey_pb2.Version(
        id=version.id,
        survey_id=version.survey_id,
        number=version.number,
        definition=version.definition,
        content_hash=version.content_hash,
        publish_time=stamp(version.publish_time),
    )


class SurveyServicer(survey_pb2_grpc.SurveyServiceServicer):
    """The RPCs of definitions."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateSurvey(
        self, request: survey_pb2.CreateSurveyRequest, context: Context
    ) -> survey_pb2.CreateSurveyResponse:
        """Makes a survey."""
        made = await surveys.create_survey(
            current_actor(),
            self._wiring,
            request.definition,
            request.targeting if request.HasField("targeting") else None,
            request.request_id,
            request,
        )
        return survey_pb2.CreateSurveyResponse(survey=survey_message(made))

    async def GetSurvey(self, request: survey_pb2.GetSurveyRequest, context: Context) -> survey_pb2.GetSurveyResponse:
        """Returns a survey."""
        found = await surveys.get_survey(current_actor(), self._wiring, request.survey_id)
        return survey_pb2.GetSurveyResponse(survey=survey_message(found))

    async def ListSurveys(
        self, request: survey_pb2.ListSurveysRequest, context: Context
    ) -> survey_pb2.ListSurveysResponse:
        """Lists surveys."""
        page, following = await surveys.list_surveys(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return survey_pb2.ListSurveysResponse(
            surveys=[survey_message(each) for each in page], next_page_token=following
        )

    async def UpdateSurvey(
        self, request: survey_pb2.UpdateSurveyRequest, context: Context
    ) -> survey_pb2.UpdateSurveyResponse:
        """Changes a survey."""
        changed = await surveys.update_survey(
            current_actor(),
            self._wiring,
            request.survey_id,
            request.definition if request.HasField("definition") else None,
            request.targeting if request.HasField("targeting") else None,
            request.etag,
        )
        return survey_pb2.UpdateSurveyResponse(survey=survey_message(changed))

    async def CheckDefinition(
        self, request: survey_pb2.CheckDefinitionRequest, context: Context
    ) -> survey_pb2.CheckDefinitionResponse:
        """Says what is wrong with a draft."""
        found, whole = await surveys.check_definition(
            current_actor(), self._wiring, request.definition, request.survey_id
        )
        return survey_pb2.CheckDefinitionResponse(
            complaints=[survey_pb2.Complaint(at=each.at, reason=each.reason, detail=each.detail) for each in found],
            definition=whole,
        )

    async def PublishSurvey(
        self, request: survey_pb2.PublishSurveyRequest, context: Context
    ) -> survey_pb2.PublishSurveyResponse:
        """Publishes a draft."""
        survey, version = await surveys.publish_survey(current_actor(), self._wiring, request.survey_id, request.etag)
        return survey_pb2.PublishSurveyResponse(survey=survey_message(survey), version=version_message(version))

    async def CloseSurvey(
        self, request: survey_pb2.CloseSurveyRequest, context: Context
    ) -> survey_pb2.CloseSurveyResponse:
        """Closes a survey."""
        closed = await surveys.close_survey(current_actor(), self._wiring, request.survey_id)
        return survey_pb2.CloseSurveyResponse(survey=survey_message(closed))

    async def ListVersions(
        self, request: survey_pb2.ListVersionsRequest, context: Context
    ) -> survey_pb2.ListVersionsResponse:
        """Lists versions."""
        page, following = await surveys.list_versions(
            current_actor(), self._wiring, request.survey_id, request.page_size, request.page_token
        )
        return survey_pb2.ListVersionsResponse(
            versions=[version_message(each) for each in page], next_page_token=following
        )

    async def GetVersion(
        self, request: survey_pb2.GetVersionRequest, context: Context
    ) -> survey_pb2.GetVersionResponse:
        """Returns a version."""
        found = await surveys.get_version(current_actor(), self._wiring, request.version_id)
        return survey_pb2.GetVersionResponse(version=version_message(found))
