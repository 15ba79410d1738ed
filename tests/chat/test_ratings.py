"""A visitor rates the chat in the chat: it belongs to the chat, may be taken back, and is one of many in results."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from parley.chat.v1 import exit_pb2, exit_pb2_grpc
from parley.subject.v1 import subject_pb2
from parley.survey.v1 import answering_pb2, rating_pb2, rating_pb2_grpc, survey_pb2

from kernel.clock import ManualClock
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound
from services.chat.actions import ratings
from tests.chat.inside import a_conversation, a_wiring, visitor_of
from tests.chat.people import claim, close, get
from tests.chat.test_exits import a_talk, offered
from tests.chat.test_subjects import VISITOR, a_subject, stub
from tests.platform import Platform, Visitor
from tests.survey.asking import Asking, asking, definition, question


async def a_shop(platform: Platform, minutes: int = 30) -> Asking:
    """Returns a tenant whose chats ask for a rating."""
    shop = await asking(platform, replace_minutes=minutes)
    await shop.set("surveys.threshold", 5)
    await ask(shop, "true")
    return shop


async def ask(shop: Asking, value: str) -> None:
    """Says whether chats ask for a rating."""
    await shop.set("surveys.ask_rating", value)  # type: ignore[arg-type]  # It is written as JSON, as numbers are.


async def rate(shop: Asking, visitor: Visitor, rating: int, conversation_id: str = "") -> int:
    """Rates a chat as its visitor; returns what is kept."""
    stub: Any = exit_pb2_grpc.ExitServiceStub(shop.platform.channels.of("chat"))
    request = exit_pb2.RateConversationRequest(
        conversation_id=conversation_id or visitor.conversation.id, rating=rating
    )
    return int((await shop.platform.call(stub.RateConversation, request, token=visitor.token)).rating)


async def rated(shop: Asking, rating: int) -> Visitor:
    """Returns a visitor whose chat is over and rated."""
    visitor = await a_talk(shop)
    await close(shop.platform, visitor.token, visitor.conversation.id)
    await rate(shop, visitor, rating)
    return visitor


async def told(shop: Asking, visitor: Visitor, rating: int) -> None:
    """Tells surveys of a rating as chat's job does, once more."""
    stub: Any = rating_pb2_grpc.RatingServiceStub(shop.platform.channels.of("survey"))
    occasion = answering_pb2.Occasion(
        visitor_id=visitor.conversation.visitor_id, conversation_id=visitor.conversation.id
    )
    request = rating_pb2.TakeRatingRequest(occasion=occasion, rating=rating)
    await shop.platform.call(stub.TakeRating, request, tenant_id=shop.tenant.id)


async def of_ratings(shop: Asking) -> survey_pb2.Survey | None:
    """Returns the survey of what chats ask themselves, once there is one."""
    listed = await shop.platform.call(shop.surveys.ListSurveys, survey_pb2.ListSurveysRequest(), token=shop.admin)
    return next((each for each in listed.surveys if each.is_rating), None)


async def numbers(shop: Asking, wanted: list[int]) -> survey_pb2.Survey:
    """Waits until surveys have taken over what was rated, which a job does."""
    async with asyncio.timeout(10):
        while True:
            survey = await of_ratings(shop)
            if survey is not None:
                rows = await shop.responses(survey.id)
                if sorted(answer.number for row in rows for answer in row.answers) == sorted(wanted):
                    return survey
            await asyncio.sleep(0.05)


async def test_a_rating_belongs_to_its_chat_and_whoever_reads_the_chat_sees_it(platform: Platform) -> None:
    shop = await a_shop(platform)
    visitor, robin = await shop.tenant.visitor("Zoë"), await shop.tenant.member()
    await claim(platform, robin.token, visitor.conversation.id)
    assert not (await offered(shop, visitor)).asks_rating, "nothing is asked while the chat runs"
    with pytest.raises(FailedPrecondition) as refused:
        await rate(shop, visitor, 4)
    assert refused.value.reason == "RATING_NOT_ASKED"
    await close(platform, visitor.token, visitor.conversation.id)
    asked = await offered(shop, visitor)
    assert (asked.asks_rating, asked.rating) == (True, 0)
    assert await rate(shop, visitor, 4) == 4
    seen = await get(platform, robin.token, visitor.conversation.id)
    assert (seen.rating, seen.HasField("rate_time")) == (4, True)
    # Changed in time, and then taken back: nothing is left of it in either place.
    assert await rate(shop, visitor, 2) == 2
    await numbers(shop, [2])
    assert await rate(shop, visitor, 0) == 0
    await numbers(shop, [])
    assert (await get(platform, robin.token, visitor.conversation.id)).rating == 0
    assert (await offered(shop, visitor)).asks_rating


async def test_ratings_are_one_question_of_the_results_in_full_groups_only(platform: Platform) -> None:
    shop = await a_shop(platform, minutes=0)
    for given in (5, 5, 5, 5, 5, 1):
        await rated(shop, given)
    survey = await numbers(shop, [5, 5, 5, 5, 5, 1])
    assert await shop.seal() == 6
    shown = await shop.look(survey.id)
    (asked,) = shown.questions
    assert (asked.text, {cell.value: cell.count for cell in asked.cells if cell.count}) == (
        "How satisfied are you with this chat?",
        {"5": 5},
    )
    assert survey.title == "Rated in the chat"
    # Every row is its chat's visitor's, so that it goes with the visitor; staff are not told whose it is.
    assert {row.visitor_id for row in await shop.responses(survey.id)} == {""}


async def test_a_chat_is_rated_only_where_that_is_asked_and_by_its_own_visitor(platform: Platform) -> None:
    shop, other = await a_shop(platform), await asking(platform)
    zoe, eve = await a_talk(shop), await a_talk(other)
    nobody = await shop.tenant.visitor("Ann")
    for visitor in (zoe, eve, nobody):
        await close(platform, visitor.token, visitor.conversation.id)
    assert not (await offered(other, eve)).asks_rating, "nothing is asked by default"
    for shop_of, visitor in ((other, eve), (shop, nobody)):
        with pytest.raises(FailedPrecondition) as refused:
            await rate(shop_of, visitor, 5)
        assert refused.value.reason == "RATING_NOT_ASKED"
    for visitor in (eve, nobody):
        with pytest.raises(NotFound) as missing:
            await rate(shop, visitor, 1, zoe.conversation.id)
        assert missing.value.reason == "CONVERSATION_NOT_FOUND"
    for wrong in (-1, 6):
        with pytest.raises(InvalidArgument):
            await rate(shop, zoe, wrong)
    # What was said is taken back even where nothing is asked any more.
    await rate(shop, zoe, 3)
    await ask(shop, "false")
    assert await rate(shop, zoe, 0) == 0


async def test_a_rating_settles_with_the_minutes_in_which_answers_may_be_replaced(platform: Platform) -> None:
    shop = await a_shop(platform)
    async with a_wiring(platform) as true:
        clock = ManualClock(true.clock.now())
    async with a_wiring(platform, clock=clock) as wiring:
        now = clock.now()
        talk = await a_conversation(
            wiring, shop.tenant.id, state=3, claim_time=now, close_time=now, create_time=now - timedelta(hours=1)
        )
        visitor = visitor_of(talk)
        kept, until = await ratings.rate_conversation(visitor, wiring, talk.id, 2)
        assert (kept.rating, until) == (2, now + timedelta(minutes=30))
        clock.advance(timedelta(minutes=29))
        # The time runs from the first rating, so that nobody keeps it open by rating on.
        kept, until = await ratings.rate_conversation(visitor, wiring, talk.id, 5)
        assert until == now + timedelta(minutes=30)
        clock.advance(timedelta(minutes=1))
        for given in (1, 0):
            with pytest.raises(FailedPrecondition) as refused:
                await ratings.rate_conversation(visitor, wiring, talk.id, given)
            assert refused.value.reason == "RATING_SETTLED"
        assert not await ratings.may_rate(wiring, shop.tenant.id, kept, clock.now())


async def test_two_first_ratings_at_once_make_one_survey_and_a_job_that_runs_twice_counts_once(
    platform: Platform,
) -> None:
    shop = await a_shop(platform)
    first, second = await rated(shop, 5), await rated(shop, 4)
    survey = await numbers(shop, [4, 5])
    await asyncio.gather(told(shop, first, 5), told(shop, first, 5), told(shop, second, 4))
    assert (await numbers(shop, [4, 5])).id == survey.id
    listed = await platform.call(shop.surveys.ListSurveys, survey_pb2.ListSurveysRequest(), token=shop.admin)
    assert [each.is_rating for each in listed.surveys] == [True]


async def test_whom_surveys_have_forgotten_no_late_job_of_chats_brings_back(platform: Platform) -> None:
    shop = await a_shop(platform)
    gone, stays = await rated(shop, 5), await rated(shop, 3)
    await numbers(shop, [3, 5])
    # Surveys have done their part, and chat has not: it was away, say, and is tried again later.
    request = subject_pb2.EraseSubjectRequest(subject=a_subject(VISITOR, gone.conversation.visitor_id))
    await platform.call(stub(platform, "survey").EraseSubject, request, tenant_id=shop.tenant.id)
    await numbers(shop, [3])
    await asyncio.gather(told(shop, gone, 5), told(shop, stays, 2))
    await numbers(shop, [2])


async def test_what_chats_ask_themselves_is_offered_by_no_invitation_and_changed_by_nobody(platform: Platform) -> None:
    shop = await a_shop(platform)
    visitor = await rated(shop, 5)
    survey = await numbers(shop, [5])
    assert (await offered(shop, visitor)).invitation == ""
    with pytest.raises(NotFound):
        await shop.offer(await shop.tenant.anonymous(), survey.id)
    request = survey_pb2.UpdateSurveyRequest(survey_id=survey.id, definition=definition(question("NPS", "nps")))
    changes = [
        platform.call(shop.surveys.UpdateSurvey, request, token=shop.admin),
        platform.call(
            shop.surveys.PublishSurvey, survey_pb2.PublishSurveyRequest(survey_id=survey.id), token=shop.admin
        ),
        platform.call(shop.surveys.CloseSurvey, survey_pb2.CloseSurveyRequest(survey_id=survey.id), token=shop.admin),
    ]
    for error in await asyncio.gather(*changes, return_exceptions=True):
        assert isinstance(error, FailedPrecondition)
        assert error.reason == "SURVEY_FIXED"
