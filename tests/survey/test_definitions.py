"""A tenant designs its own surveys: what is published never changes, and nobody takes the age question away."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from parley.identity.v1 import site_pb2, staff_pb2
from parley.survey.v1 import survey_pb2
from parley.survey.v1.definition_pb2 import Definition, Section, TranslatedText, Translation

from kernel.errors import ParleyError
from services.survey.domain.definitions import complaints, content_hash, history_of, in_language, published_form
from services.survey.domain.questions import AGE_QUESTION, AGE_SECTION
from tests.platform import OPERATOR, Platform
from tests.survey.asking import asking, definition, question

PERSONAL = definition(question("CSAT", "csat"), question("EMAIL", "mail"))

LATER = definition(question("STARS", "one", condition='["answered", "q_00000two"]'), question("STARS", "two"))


def reasons(draft: Definition, *before: Definition) -> list[str]:
    """Returns what is wrong with a draft, given what was published before."""
    return [each.reason for each in complaints(draft, history_of(list(before)))]


def test_the_age_is_asked_first_wherever_something_personal_is_asked_and_only_there() -> None:
    for kind in ("SHORT_TEXT", "LONG_TEXT", "EMAIL", "POSTAL_CODE"):
        asked = published_form(definition(question("STARS", "stars"), question(kind, "more")))
        assert [asked.sections[0].id, asked.sections[0].questions[0].id] == [AGE_SECTION, AGE_QUESTION]
    assert published_form(definition(question("STARS", "stars"))).sections[0].id != AGE_SECTION
    assert published_form(definition(question("STARS", "stars"), asks_age=True)).sections[0].id == AGE_SECTION


async def test_a_tenant_that_takes_the_age_question_away_publishes_it_all_the_same(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(PERSONAL)
    version = (
        await platform.call(
            shop.surveys.GetVersion, survey_pb2.GetVersionRequest(version_id=survey.version_id), token=shop.admin
        )
    ).version
    assert version.definition.sections[0].questions[0].id == AGE_QUESTION
    without = Definition()
    without.CopyFrom(version.definition)
    del without.sections[0]
    again = await shop.publish(survey.id, without)
    assert again.version.definition.sections[0].questions[0].id == AGE_QUESTION
    token = await shop.tenant.anonymous()
    opened = await shop.open(token, await shop.offer(token, survey.id))
    assert opened.needs_age
    assert opened.definition.sections[0].questions[0].id == AGE_QUESTION
    # Nor can it be hidden, moved or asked a second time.
    for moved in (
        definition(question("EMAIL", "mail"), question("AGE", "mine")),
        Definition(title="x", language="en", sections=[Section(id="s_0000main", questions=[question("AGE", "age")])]),
    ):
        assert reasons(moved)[0] in ("AGE_IS_ASKED_BY_THE_SYSTEM", "ID_TWICE")


async def test_a_published_version_never_changes(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(definition(question("STARS", "stars", "How many?")))
    token = await shop.tenant.anonymous()
    invitation = await shop.offer(token, survey.id)
    second = await shop.publish(survey.id, definition(question("STARS", "stars", "How many stars?")))
    assert second.version.number == 2
    first = await platform.call(
        shop.surveys.GetVersion, survey_pb2.GetVersionRequest(version_id=survey.version_id), token=shop.admin
    )
    assert first.version.definition.sections[0].questions[0].text == "How many?"
    assert first.version.content_hash == content_hash(first.version.definition) != second.version.content_hash
    # Whoever was invited to the first one answers the first one.
    assert (await shop.open(token, invitation)).definition.sections[0].questions[0].text == "How many?"
    # The same once more is no new version.
    assert (await shop.publish(survey.id)).version.id == second.version.id
    listed = await platform.call(
        shop.surveys.ListVersions, survey_pb2.ListVersionsRequest(survey_id=survey.id), token=shop.admin
    )
    assert [each.number for each in listed.versions] == [2, 1]


def test_an_id_is_never_used_again() -> None:
    first = definition(question("SINGLE_CHOICE", "one", choices=["a", "b"]), question("STARS", "two"))
    second = definition(question("SINGLE_CHOICE", "one", choices=["a", "c"]))
    assert reasons(second, first) == []
    assert reasons(definition(question("STARS", "two")), first, second) == ["ID_USED_BEFORE"]
    back = definition(question("SINGLE_CHOICE", "one", choices=["a", "b"]))
    assert reasons(back, first, second) == ["ID_USED_BEFORE"]
    assert reasons(definition(question("CSAT", "two")), first) == ["KIND_CHANGED"]
    assert reasons(definition(question("STARS", "x"), question("STARS", "x"))) == ["ID_TWICE"]
    stolen = definition(question("SINGLE_CHOICE", "new", choices=["a", "d"]))
    assert "ID_USED_BEFORE" in reasons(stolen, first)


def test_a_new_question_may_mean_the_same_as_one_that_was_given_up() -> None:
    first = definition(question("CSAT", "old"))
    assert reasons(definition(question("CSAT", "new", same_meaning_as="q_00000old")), first) == []
    for draft in (
        definition(question("STARS", "new", same_meaning_as="q_00000old")),
        definition(question("CSAT", "new", same_meaning_as="q_0unknown")),
        definition(question("CSAT", "old"), question("CSAT", "new", same_meaning_as="q_00000old")),
    ):
        assert reasons(draft, first) == ["MEANING_UNKNOWN"]


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (definition(), "NOTHING_ASKED"),
        (definition(question("EMAIL", "mail", required=True)), "PERSONAL_REQUIRED"),
        (definition(question("LONG_TEXT", "why", required=True)), "PERSONAL_REQUIRED"),
        (definition(question("EMAIL", "one"), question("EMAIL", "two")), "ADDRESS_TWICE"),
        (definition(question("SINGLE_CHOICE", "one", choices=["a"])), "CHOICES_MISSING"),
        (definition(question("STARS", "one", choices=["a", "b"])), "CHOICES_UNWANTED"),
        (definition(question("STARS", "one", declared_purpose="for us")), "PURPOSE_UNWANTED"),
        (LATER, "CONDITION_LATER"),
        (definition(question("STARS", "one", condition="true or not")), "CONDITION_WRONG"),
        (definition(question("STARS", "one"), translations=[Translation(language="EN")]), "LANGUAGE_TWICE"),
        (
            definition(
                question("STARS", "one"),
                translations=[Translation(language="de", texts=[TranslatedText(of="q_0unknown", text="Wie viele?")])],
            ),
            "TRANSLATION_OF_NOTHING",
        ),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_named_and_not_published(
    platform: Platform, draft: Definition, reason: str
) -> None:
    assert reason in reasons(draft)
    if reason != "NOTHING_ASKED":
        return
    shop = await asking(platform)
    survey = await shop.create(draft)
    with pytest.raises(ParleyError) as error:
        await shop.publish(survey.id)
    assert error.value.reason == reason


async def test_the_editor_hears_everything_that_is_wrong_and_what_would_be_published(platform: Platform) -> None:
    shop = await asking(platform)
    draft = definition(question("EMAIL", "mail", required=True), question("STARS", "s", condition="[]"))
    draft.sections[0].questions.add(kind=question("STARS", "x").kind, text="A new one without an id")
    told = await platform.call(
        shop.surveys.CheckDefinition, survey_pb2.CheckDefinitionRequest(definition=draft), token=shop.admin
    )
    assert [each.reason for each in told.complaints] == ["PERSONAL_REQUIRED", "CONDITION_WRONG"]
    assert told.definition.sections[0].id == AGE_SECTION
    assert told.definition.sections[1].questions[2].id.startswith("q_")


def test_a_reader_gets_the_language_that_is_nearest_and_the_survey_s_own_otherwise() -> None:
    texts = [TranslatedText(of="title", text="Wie war es?"), TranslatedText(of="q_00000one", text="Wie viele Sterne?")]
    asked = definition(
        question("STARS", "one", "How many stars?", help="Five are best."),
        translations=[Translation(language="de", texts=texts)],
    )
    for tag in ("de", "DE", "de-AT"):
        read = in_language(asked, tag)
        assert (read.title, read.language, len(read.translations)) == ("Wie war es?", "de", 0)
        assert read.sections[0].questions[0].text == "Wie viele Sterne?"
        assert read.sections[0].questions[0].help == "Five are best."
    for tag in ("", "en", "fr", "en-GB"):
        assert in_language(asked, tag).title == "How was it?"


async def test_two_editors_do_not_overwrite_each_other(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.create(definition(question("STARS", "one")))

    async def change(text: str) -> Any:
        return await platform.call(
            shop.surveys.UpdateSurvey,
            survey_pb2.UpdateSurveyRequest(
                survey_id=survey.id, definition=definition(question("STARS", "one", text)), etag=survey.etag
            ),
            token=shop.admin,
        )

    answers = await asyncio.gather(change("First"), change("Second"), return_exceptions=True)
    assert [type(each).__name__ for each in answers].count("Aborted") == 1
    assert [each.reason for each in answers if isinstance(each, ParleyError)] == ["SURVEY_CHANGED"]


async def test_a_survey_is_offered_to_those_for_whom_it_is_meant(platform: Platform) -> None:
    shop = await asking(platform)
    visitor = await shop.tenant.visitor("Ann")
    asked = definition(question("STARS", "one"))
    site = await platform.call(
        platform.sites.CreateSite, site_pb2.CreateSiteRequest(display_name="Elsewhere"), token=shop.admin
    )
    team = await platform.call(
        platform.staff.CreateTeam, staff_pb2.CreateTeamRequest(display_name="Mornings"), token=shop.admin
    )
    for targeting in (
        {"site_ids": [site.site.id]},
        {"languages": ["de"]},
        {"team_ids": [team.team.id]},
        {"tags": ["refund"]},
        {"sampling_permille": 0},
    ):
        await shop.published(asked, **targeting)
    assert await shop.offer(visitor.token, language="en") == ""
    assert await shop.offer(visitor.token, language="de-AT")
    meant = await shop.published(asked, site_ids=[shop.tenant.site.id], languages=["en"])
    assert await shop.offer(visitor.token, language="en-GB")
    await platform.call(shop.surveys.CloseSurvey, survey_pb2.CloseSurveyRequest(survey_id=meant.id), token=shop.admin)
    assert await shop.offer(visitor.token, language="en") == ""


async def test_the_same_chat_is_drawn_the_same_way_each_time(platform: Platform) -> None:
    shop = await asking(platform)
    await shop.published(definition(question("STARS", "one")), sampling_permille=500)
    visitors = [await shop.tenant.visitor() for _ in range(8)]
    drawn = [[bool(await shop.offer(each.token)) for each in visitors] for _ in range(3)]
    assert drawn[0] == drawn[1] == drawn[2]


async def test_a_draft_is_offered_to_nobody_and_operators_do_not_edit(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.create(definition(question("STARS", "one")))
    with pytest.raises(ParleyError) as error:
        await shop.offer(await shop.tenant.anonymous(), survey.id)
    assert error.value.reason == "SURVEY_NOT_FOUND"
    operator = await shop.tenant.member(OPERATOR)
    with pytest.raises(ParleyError) as error:
        await platform.call(
            shop.surveys.GetSurvey, survey_pb2.GetSurveyRequest(survey_id=survey.id), token=operator.token
        )
    assert error.value.reason == "NOT_ALLOWED"
