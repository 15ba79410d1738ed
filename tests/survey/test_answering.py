"""Answers are taken once, as they were asked for, and only from those who wish to give some."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley.survey.v1 import answering_pb2
from parley.survey.v1.definition_pb2 import Definition, Section

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, ParleyError
from services.survey.domain.answers import AgeNeeded, take
from services.survey.domain.questions import EMAIL, MULTIPLE, SCALES, WORDS, questions_of, values_of
from tests.platform import Platform
from tests.survey.asking import Given, answer, asking, definition, question

LOGIC = definition(
    question("CSAT", "csat", required=True),
    question("SINGLE_CHOICE", "why", choices=["slow", "rude"], condition='["<", ["value", "q_0000csat"], 3]'),
    question("MULTIPLE_CHOICE", "what", choices=["a", "b", "c"], condition='["answered", "q_00000why"]'),
)


async def refused(what: Any) -> str:
    """Returns why something was refused."""
    with pytest.raises(ParleyError) as error:
        await what
    return error.value.reason


async def stored(platform: Platform, tenant_id: str) -> dict[str, int]:
    """Returns how many rows about answers a tenant has, table by table."""
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        tables = ("responses", "answers", "texts", "contacts", "waiting_contacts", "spent", "outbox")
        key = ids.to_uuid(tenant_id, "ten")
        counted = {
            name: await owner.fetchval(f"SELECT count(*) FROM survey.{name} WHERE tenant_id = $1", key)
            for name in tables
        }
        return {name: count for name, count in counted.items() if count}
    finally:
        await owner.close()


async def test_whoever_ignores_a_survey_leaves_nothing(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(LOGIC)
    visitor = await shop.tenant.visitor("Ann")
    invitation = await shop.offer(visitor.token, survey.id)
    # Skipped, opened and closed, begun and not sent.
    assert await stored(platform, shop.tenant.id) == {}
    await shop.open(visitor.token, invitation)
    assert await refused(shop.submit(visitor.token, invitation, {"why": ["slow"]})) == "ANSWER_WRONG"
    assert await stored(platform, shop.tenant.id) == {}
    # The chat goes on as if nothing had been asked.
    assert (await shop.tenant.visitor("Ann")).conversation.state == visitor.conversation.state


async def test_what_was_not_shown_is_dropped_whatever_a_browser_sends(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(LOGIC)
    token = await shop.tenant.anonymous()
    kept = await shop.submit(
        token, await shop.offer(token, survey.id), {"csat": 5, "why": ["slow"], "what": ["a", "b"]}
    )
    assert (kept.kept_count, kept.dropped_count) == (1, 2)
    kept = await shop.submit(
        token, await shop.offer(token, survey.id), {"csat": 1, "why": ["slow"], "what": ["a", "b"]}
    )
    assert (kept.kept_count, kept.dropped_count) == (3, 0)


async def test_one_response_to_each_invitation_and_a_second_one_replaces_it_for_a_while(platform: Platform) -> None:
    shop = await asking(platform, replace_minutes=30)
    survey = await shop.published(LOGIC)
    token = await shop.tenant.anonymous()
    invitation = await shop.offer(token, survey.id)
    first = await shop.submit(token, invitation, {"csat": 1, "why": ["slow"]})
    again = await shop.submit(token, invitation, {"csat": 4})
    assert (first.replaced, again.replaced) == (False, True)
    assert again.replace_until_time == first.replace_until_time
    assert await stored(platform, shop.tenant.id) == {"responses": 1, "answers": 1, "outbox": 1}
    opened = await shop.open(token, invitation)
    assert opened.is_answered


async def test_whoever_sends_nothing_leaves_nothing_and_takes_away_what_was_sent(platform: Platform) -> None:
    shop = await asking(platform, replace_minutes=30)
    survey = await shop.published(definition(question("CSAT", "csat"), question("SHORT_TEXT", "text")))
    token = await shop.tenant.anonymous()
    invitation = await shop.offer(token, survey.id)
    blanks: tuple[dict[str, Given], ...] = ({}, {"text": "  "})
    for blank in blanks:
        empty = await shop.submit(token, invitation, blank)
        assert (empty.kept_count, empty.replaced) == (0, False)
        assert await stored(platform, shop.tenant.id) == {}
    await shop.submit(token, invitation, {"csat": 4})
    assert (await shop.submit(token, invitation, {})).replaced
    assert await stored(platform, shop.tenant.id) == {"outbox": 1}
    # Nothing is used up by it.
    assert (await shop.submit(token, invitation, {"csat": 5})).kept_count == 1


async def test_when_the_time_is_over_nothing_changes_any_more(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(LOGIC)
    token = await shop.tenant.anonymous()
    invitation = await shop.offer(token, survey.id)
    await shop.submit(token, invitation, {"csat": 1})
    assert await refused(shop.submit(token, invitation, {"csat": 5})) == "INVITATION_USED"


async def test_two_clicks_at_once_are_one_response(platform: Platform) -> None:
    shop = await asking(platform, replace_minutes=30)
    survey = await shop.published(LOGIC)
    token = await shop.tenant.anonymous()
    invitation = await shop.offer(token, survey.id)
    sent = await asyncio.gather(*(shop.submit(token, invitation, {"csat": 3}) for _ in range(5)))
    assert sorted(each.replaced for each in sent) == [False, True, True, True, True]
    assert await stored(platform, shop.tenant.id) == {"responses": 1, "answers": 1, "outbox": 1}


async def test_the_same_chat_has_one_invitation_however_often_it_is_offered(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(LOGIC)
    visitor = await shop.tenant.visitor("Ann")
    first, second = [await shop.offer(visitor.token, survey.id) for _ in range(2)]
    await shop.submit(visitor.token, first, {"csat": 3})
    assert await refused(shop.submit(visitor.token, second, {"csat": 5})) == "INVITATION_USED"


async def test_whoever_takes_an_answer_back_leaves_nothing_but_a_used_invitation(platform: Platform) -> None:
    shop = await asking(platform, replace_minutes=30)
    survey = await shop.published(LOGIC)
    token = await shop.tenant.anonymous()
    invitation = await shop.offer(token, survey.id)
    await shop.withdraw(token, invitation)
    await shop.submit(token, invitation, {"csat": 3})
    for _ in range(2):
        await shop.withdraw(token, invitation)
    assert await stored(platform, shop.tenant.id) == {"spent": 1, "outbox": 1}
    assert await refused(shop.submit(token, invitation, {"csat": 3})) == "INVITATION_USED"


async def test_an_invitation_is_nobody_else_s_and_cannot_be_made(platform: Platform) -> None:
    shop, other = await asking(platform), await asking(platform)
    survey = await shop.published(LOGIC)
    invitation = await shop.offer(await shop.tenant.anonymous(), survey.id)
    stranger = await other.tenant.anonymous()
    for wrong in (invitation, invitation[:-2], "x", invitation + "AAAA", "\u00e9"):
        assert await refused(other.submit(stranger, wrong, {"csat": 3})) == "INVITATION_NOT_FOUND"
        assert await refused(other.open(stranger, wrong)) == "INVITATION_NOT_FOUND"
    assert await refused(other.offer(stranger, survey.id)) == "SURVEY_NOT_FOUND"


@pytest.mark.parametrize(
    "sent",
    [{"csat": 0}, {"csat": 6}, {"csat": "five"}, {"csat": ["slow"]}, {"csat": 1, "why": ["slow", "rude"]},
     {"csat": 1, "why": ["other"]}, {"csat": 1, "why": 2}, {"nothing": 1}, {}],
)  # fmt: skip
def test_an_answer_that_does_not_fit_its_question_is_refused(sent: Mapping[str, Given]) -> None:
    with pytest.raises(ParleyError) as error:
        take(LOGIC, [answer(id_, each) for id_, each in sent.items()], has_pass=False)
    assert error.value.reason == "ANSWER_WRONG"
    assert "slow" not in str(error.value.fields)


def test_a_postal_code_is_kept_as_an_area_unless_its_owner_declared_why_more_is_needed() -> None:
    for purpose, kept in (("", "SW"), ("To plan our shops.", "SW1A 1AA")):
        asked = definition(question("POSTAL_CODE", "zip", declared_purpose=purpose))
        taken = take(asked, [answer("zip", " sw1a  1aa ")], has_pass=True)
        assert taken.words == {"q_00000zip": kept}


KINDS = [
    *("STARS", "CSAT", "CES", "NPS", "SINGLE_CHOICE", "MULTIPLE_CHOICE", "INCOME_BAND"),
    *("SHORT_TEXT", "LONG_TEXT", "EMAIL", "POSTAL_CODE"),
]
CONDITIONS = [
    *("", "true", "false", '["answered", "q_00000000"]'),
    '["any", ["<", ["value", "q_00000001"], 3], ["answered", "q_00000002"]]',
]


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Any definition whose conditions may speak of anything."""
    sections = []
    number = 0
    for section in range(draw(st.integers(1, 3))):
        made = Section(id=f"s_{section:08}", condition=draw(st.sampled_from(CONDITIONS)))
        for _ in range(draw(st.integers(0, 3))):
            kind = draw(st.sampled_from(KINDS))
            choices = ["a", "b", "c"] if kind.endswith(("CHOICE", "BAND")) else []
            made.questions.append(
                question(kind, str(number), choices=choices, condition=draw(st.sampled_from(CONDITIONS)))
            )
            number += 1
        sections.append(made)
    return Definition(title="Any", language="en", sections=sections)


answers = st.lists(
    st.builds(
        answer,
        st.integers(0, 5).map(str),
        st.one_of(
            st.integers(0, 10),
            st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
            st.sampled_from(["", " ", "words", "a@b.example", "=1+1", "12345"]),
        ),
    ),
    max_size=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(definitions(), answers, st.booleans())
def test_any_answers_to_any_definition_keep_the_invariants(
    asked: Definition, sent: list[answering_pb2.Answer], has_pass: bool
) -> None:
    try:
        taken = take(asked, sent, has_pass=has_pass)
    except (InvalidArgument, AgeNeeded):
        return
    known = {each.id: each for each in questions_of(asked)}
    assert taken.count + taken.dropped <= len(sent)
    for id_, values in taken.values.items():
        assert known[id_].kind in SCALES or set(values) <= set(values_of(known[id_]))
        assert len(values) == 1 or known[id_].kind == MULTIPLE
    for id_ in taken.words:
        assert known[id_].kind in WORDS
        assert has_pass
    if taken.email:
        assert has_pass
        assert any(each.kind == EMAIL for each in known.values())
    # What was taken is taken again as it is: nothing that was kept hangs on something that was dropped.
    kept = [each for each in sent if each.question_id in {*taken.values, *taken.words}]
    kept += [each for each in sent if taken.email and known[each.question_id].kind == EMAIL]
    again = take(asked, {each.question_id: each for each in kept}.values(), has_pass=has_pass)
    assert (again.values, again.words) == (taken.values, taken.words)


async def test_an_invitation_by_a_key_is_the_same_each_time_keeps_its_end_and_is_counted_once(
    platform: Platform,
) -> None:
    shop = await asking(platform)
    survey = await shop.published(definition(question("CSAT", "csat")))
    key, now = "0f" * 32, datetime.now(UTC)

    async def invited(**more: Any) -> str:
        request = answering_pb2.InviteVisitorRequest(
            survey_id=survey.id,
            channel=answering_pb2.CHANNEL_MAIL,
            occasion=answering_pb2.Occasion(site_id=shop.tenant.site.id),
            **more,
        )
        offered = await platform.call(shop.answering.InviteVisitor, request, tenant_id=shop.tenant.id)
        return str(offered.invitation)

    first = await invited(invitation_key=key)
    again = await invited(invitation_key=key, offer_time=now - timedelta(days=89))
    other = await invited(invitation_key="f0" * 32)
    # Ninety days after it was offered first it is over, however often it was shown meanwhile.
    assert await invited(invitation_key=key, offer_time=now - timedelta(days=90)) == ""
    token = await shop.tenant.anonymous()
    await shop.submit(token, first, {"csat": 5})
    with pytest.raises(FailedPrecondition, match="INVITATION_USED"):
        await shop.submit(token, again, {"csat": 1})
    assert await invited(invitation_key=key, offer_time=now) == ""
    await shop.submit(token, other, {"csat": 4})
    assert len(await shop.responses(survey.id)) == 2
    with pytest.raises(InvalidArgument):
        await invited(invitation_key="pat@people.example")
