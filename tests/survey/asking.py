"""Builders for surveys: definitions in a line, and people who answer them through the real services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from parley.identity.v1 import tenant_pb2
from parley.survey.v1 import (
    answering_pb2,
    answering_pb2_grpc,
    definition_pb2,
    response_pb2,
    response_pb2_grpc,
    result_pb2,
    result_pb2_grpc,
    survey_pb2,
    survey_pb2_grpc,
)
from parley.survey.v1.definition_pb2 import Choice, Definition, Question, Section

from kernel.jobs import Every
from services.survey.actions import batches
from tests.platform import Platform, Tenant

Kind = definition_pb2.QuestionKind
Given = int | str | Sequence[str]


def question(
    kind: str, id_: str, text: str = "What do you think?", *, choices: Sequence[str] = (), **more: Any
) -> Question:
    """Returns a question; choices are the last letters of their ids."""
    return Question(
        id=f"q_{id_:0>8}",
        kind=Kind.Value(f"QUESTION_KIND_{kind}"),
        text=text,
        choices=[Choice(id=f"c_{each:0>8}", text=f"Choice {each}") for each in choices],
        **more,
    )


def definition(*questions: Question, **more: Any) -> Definition:
    """Returns a definition of one section."""
    return Definition(
        title="How was it?", language="en", sections=[Section(id="s_0000main", questions=questions)], **more
    )


def answer(id_: str, given: Given) -> answering_pb2.Answer:
    """Returns an answer: a number, words, or the last letters of choices."""
    made = answering_pb2.Answer(question_id=f"q_{id_:0>8}")
    if isinstance(given, int):
        made.number = given
    elif isinstance(given, str):
        made.text = given
    else:
        made.choice_ids.extend(f"c_{each:0>8}" for each in given)
    return made


@dataclass(slots=True)
class Asking:
    """A tenant that asks, with stubs to the survey service."""

    platform: Platform
    tenant: Tenant

    def __post_init__(self) -> None:
        channel = self.platform.channels.of("survey")
        self.surveys: Any = survey_pb2_grpc.SurveyServiceStub(channel)
        self.answering: Any = answering_pb2_grpc.AnsweringServiceStub(channel)
        self.results: Any = result_pb2_grpc.ResultServiceStub(channel)
        self.rows: Any = response_pb2_grpc.ResponseServiceStub(channel)

    surveys: Any = None
    answering: Any = None
    results: Any = None
    rows: Any = None

    @property
    def admin(self) -> str:
        """The administrator's token."""
        return self.tenant.admin.token

    async def create(self, asked: Definition, **targeting: Any) -> survey_pb2.Survey:
        """Makes a survey."""
        wanted = definition_pb2.Targeting(**({"sampling_permille": 1000} | targeting))
        made = await self.platform.call(
            self.surveys.CreateSurvey,
            survey_pb2.CreateSurveyRequest(definition=asked, targeting=wanted),
            token=self.admin,
        )
        return made.survey  # type: ignore[no-any-return]

    async def publish(self, survey_id: str, asked: Definition | None = None) -> survey_pb2.PublishSurveyResponse:
        """Publishes a survey, with another draft where one is given."""
        if asked is not None:
            await self.platform.call(
                self.surveys.UpdateSurvey,
                survey_pb2.UpdateSurveyRequest(survey_id=survey_id, definition=asked),
                token=self.admin,
            )
        return await self.platform.call(  # type: ignore[no-any-return]
            self.surveys.PublishSurvey, survey_pb2.PublishSurveyRequest(survey_id=survey_id), token=self.admin
        )

    async def published(self, asked: Definition, **targeting: Any) -> survey_pb2.Survey:
        """Makes a survey and publishes it."""
        made = await self.create(asked, **targeting)
        return (await self.publish(made.id)).survey

    async def offer(self, token: str, survey_id: str = "", language: str = "") -> str:
        """Returns an invitation for whoever has a token; nothing where none is offered."""
        offered = await self.platform.call(
            self.answering.OfferSurvey,
            answering_pb2.OfferSurveyRequest(survey_id=survey_id, language=language),
            token=token,
        )
        return str(offered.invitation)

    async def open(self, token: str, invitation: str, language: str = "") -> answering_pb2.OpenSurveyResponse:
        """Opens an invitation."""
        return await self.platform.call(  # type: ignore[no-any-return]
            self.answering.OpenSurvey,
            answering_pb2.OpenSurveyRequest(invitation=invitation, language=language),
            token=token,
        )

    async def check_age(self, token: str, invitation: str, age: int) -> str:
        """Returns a pass."""
        answered = await self.platform.call(
            self.answering.CheckAge, answering_pb2.CheckAgeRequest(invitation=invitation, age=age), token=token
        )
        return str(answered.age_pass)

    async def submit(
        self, token: str, invitation: str, given: Mapping[str, Given], *, age_pass: str = "", **more: Any
    ) -> answering_pb2.SubmitResponseResponse:
        """Sends answers."""
        return await self.platform.call(  # type: ignore[no-any-return]
            self.answering.SubmitResponse,
            answering_pb2.SubmitResponseRequest(
                invitation=invitation,
                age_pass=age_pass,
                answers=[answer(id_, each) for id_, each in given.items()],
                **more,
            ),
            token=token,
        )

    async def withdraw(self, token: str, invitation: str) -> None:
        """Takes answers back."""
        await self.platform.call(
            self.answering.WithdrawResponse, answering_pb2.WithdrawResponseRequest(invitation=invitation), token=token
        )

    async def answered(self, survey_id: str, given: Mapping[str, Given], *, age: int = 0, **more: Any) -> str:
        """Lets somebody whom nobody knows answer, and returns the invitation."""
        token = await self.tenant.anonymous()
        invitation = await self.offer(token, survey_id)
        age_pass = await self.check_age(token, invitation, age) if age else ""
        await self.submit(token, invitation, given, age_pass=age_pass, **more)
        return invitation

    async def responses(self, survey_id: str) -> list[response_pb2.Response]:
        """Returns what was kept, as its owner reads it."""
        listed = await self.platform.call(
            self.rows.ListResponses, response_pb2.ListResponsesRequest(survey_id=survey_id), token=self.admin
        )
        return list(listed.responses)

    async def seal(self) -> int:
        """Seals what there is enough of, and returns how many responses were counted."""
        sealed = await self.platform.call(
            self.results.SealResponses, result_pb2.SealResponsesRequest(), tenant_id=self.tenant.id
        )
        return int(sealed.sealed_count)

    async def look(
        self, survey_id: str, dimension: str = "UNSPECIFIED", value: str = ""
    ) -> result_pb2.GetResultsResponse:
        """Returns results."""
        return await self.platform.call(  # type: ignore[no-any-return]
            self.results.GetResults,
            result_pb2.GetResultsRequest(
                survey_id=survey_id, dimension=result_pb2.Dimension.Value(f"DIMENSION_{dimension}"), value=value
            ),
            token=self.admin,
        )

    async def set(self, name: str, value: int) -> None:
        """Changes one of the tenant's settings."""
        await self.platform.call(
            self.platform.tenants.UpdateSetting,
            tenant_pb2.UpdateSettingRequest(name=name, value_json=str(value)),
            token=self.admin,
        )


async def asking(platform: Platform, *, replace_minutes: int | None = 0) -> Asking:
    """Returns a new tenant that asks; by default what is sent is final at once."""
    # Tests count themselves: were the hour's own count to come between, it would find what they wait for.
    batches.HOURLY = Every(timedelta(days=36_500))
    made = Asking(platform, await platform.tenant())
    if replace_minutes is not None:
        await made.set("surveys.replace_minutes", replace_minutes)
    return made
