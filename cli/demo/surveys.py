"""Seeds the demo's exit survey, as an administrator would make it."""

from __future__ import annotations

from collections.abc import Callable

from parley.survey.v1 import definition_pb2, survey_pb2, survey_pb2_grpc
from parley.survey.v1.definition_pb2 import Choice, Definition, Question, Section, Targeting

from kernel.rpc.channels import Channels

ASKED = Definition(
    title="How was your chat?",
    language="en",
    consent_text="Your answers help us to answer better. They are not used for anything else.",
    sections=[
        Section(
            id="s_0000chat",
            questions=[
                Question(
                    id="q_0000csat",
                    kind=definition_pb2.QUESTION_KIND_CSAT,
                    text="How satisfied are you with the answer?",
                    low_label="Not at all",
                    high_label="Very",
                ),
                Question(
                    id="q_0000what",
                    kind=definition_pb2.QUESTION_KIND_MULTIPLE_CHOICE,
                    text="What should have been better?",
                    choices=[
                        Choice(id="c_0000wait", text="The wait"),
                        Choice(id="c_0000kind", text="The tone"),
                        Choice(id="c_0000help", text="The solution"),
                    ],
                    condition='["<", ["value", "q_0000csat"], 4]',
                ),
                Question(
                    id="q_000words",
                    kind=definition_pb2.QUESTION_KIND_LONG_TEXT,
                    text="Is there anything you want to tell us?",
                ),
            ],
        )
    ],
)


async def seed_survey(channels: Channels, token: str, site_id: str, request_id: Callable[[str], str]) -> None:
    """Publishes a survey for a company's site; a second time, the same one."""
    stub = survey_pb2_grpc.SurveyServiceStub(channels.of("survey"))
    made: survey_pb2.CreateSurveyResponse = await channels.call(
        stub.CreateSurvey,
        survey_pb2.CreateSurveyRequest(
            definition=ASKED,
            targeting=Targeting(site_ids=[site_id], sampling_permille=1000),
            request_id=request_id("survey"),
        ),
        token=token,
    )
    await channels.call(stub.PublishSurvey, survey_pb2.PublishSurveyRequest(survey_id=made.survey.id), token=token)
