"""Seeds the demo's exit survey, as an administrator would make it, and answers to it, as visitors would give them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from parley.identity.v1 import tenant_pb2, tenant_pb2_grpc
from parley.survey.v1 import (
    answering_pb2,
    answering_pb2_grpc,
    definition_pb2,
    result_pb2,
    result_pb2_grpc,
    survey_pb2,
    survey_pb2_grpc,
)
from parley.survey.v1.definition_pb2 import Choice, Definition, Question, Section, Targeting

from kernel.privacy.surveys import ASK_RATING, REPLACE_MINUTES
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


#: What visitors say: how satisfied, what should have been better, and now and then a word.
ANSWERS: tuple[tuple[int, str, str], ...] = (
    *((5, "", ""),) * 14,
    *((4, "", ""),) * 11,
    *((3, "c_0000wait", ""),) * 10,
    *((2, "c_0000help", ""),) * 3,
    (5, "", "Quick and kind. Thank you!"),
    (4, "", "The tip with the soil helped."),
    (3, "c_0000wait", "Ten minutes of waiting in the evening are too many."),
)
_SETTING = "surveys.replace_minutes"


async def seed_survey(channels: Channels, token: str, site_id: str, request_id: Callable[[str], str]) -> str:
    """Publishes a survey for a company's site, once, and has chats ask for a rating; returns the survey's id."""
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
    tenants = tenant_pb2_grpc.TenantServiceStub(channels.of("identity"))
    asked = tenant_pb2.UpdateSettingRequest(name=ASK_RATING.name, value_json="true")
    await channels.call(tenants.UpdateSetting, asked, token=token)
    await channels.call(stub.PublishSurvey, survey_pb2.PublishSurveyRequest(survey_id=made.survey.id), token=token)
    return str(made.survey.id)


async def seed_answers(
    channels: Channels, token: str, tenant_id: str, survey_id: str, anonymous: Callable[[], Awaitable[str]]
) -> None:
    """Answers a survey as many would, and has the answers counted at once, so that there is something to see."""
    answering = answering_pb2_grpc.AnsweringServiceStub(channels.of("survey"))
    tenants = tenant_pb2_grpc.TenantServiceStub(channels.of("identity"))

    async def final_after(minutes: int) -> None:
        request = tenant_pb2.UpdateSettingRequest(name=_SETTING, value_json=str(minutes))
        await channels.call(tenants.UpdateSetting, request, token=token)

    await final_after(0)
    visitor = await anonymous()
    for satisfied, better, words in ANSWERS:
        offered = await channels.call(
            answering.OfferSurvey, answering_pb2.OfferSurveyRequest(survey_id=survey_id), token=visitor
        )
        request = answering_pb2.SubmitResponseRequest(invitation=offered.invitation, language="en")
        request.answers.add(question_id="q_0000csat", number=satisfied)
        if better:
            request.answers.add(question_id="q_0000what", choice_ids=[better])
        await channels.call(
            answering.OpenSurvey, answering_pb2.OpenSurveyRequest(invitation=offered.invitation), token=visitor
        )
        if words:
            request.answers.add(question_id="q_000words", text=words)
            checked = await channels.call(
                answering.CheckAge,
                answering_pb2.CheckAgeRequest(invitation=offered.invitation, age=30 + satisfied),
                token=visitor,
            )
            request.age_pass = checked.age_pass
        await channels.call(answering.SubmitResponse, request, token=visitor)
    results = result_pb2_grpc.ResultServiceStub(channels.of("survey"))
    await channels.call(results.SealResponses, result_pb2.SealResponsesRequest(), tenant_id=tenant_id)
    await final_after(REPLACE_MINUTES.default)
