"""Whoever is under 18 leaves nothing, whichever way they came, however they try, and whatever fails."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from parley.survey.v1 import answering_pb2
from prometheus_client import REGISTRY, generate_latest
from redis.asyncio import Redis

from kernel.errors import ParleyError
from kernel.telemetry import logs, traces
from tests.disk import Disk, a_word, redis_holds
from tests.platform import Platform, Visitor, free_ports, running_platform
from tests.survey.asking import Asking, Given, asking, definition, question

ASKED = definition(
    question("CSAT", "csat"),
    question("LONG_TEXT", "why"),
    question("EMAIL", "mail"),
    question("POSTAL_CODE", "zip"),
    question("INCOME_BAND", "income", choices=["less", "more"]),
)
ENTRANCES = ("widget", "mail", "page")


async def entering(shop: Asking, entrance: str, survey_id: str, name: str) -> tuple[str, str, Visitor | None]:
    """Returns the token and the invitation of somebody who comes by an entrance, and the visitor where it is one."""
    if entrance == "page":
        token = await shop.tenant.anonymous()
        return token, await shop.offer(token, survey_id), None
    visitor = await shop.tenant.visitor(name)
    if entrance == "widget":
        return visitor.token, await shop.offer(visitor.token, survey_id), visitor
    offered = await shop.platform.call(
        shop.answering.InviteVisitor,
        answering_pb2.InviteVisitorRequest(
            survey_id=survey_id,
            channel=answering_pb2.CHANNEL_MAIL,
            occasion=answering_pb2.Occasion(
                visitor_id=visitor.conversation.visitor_id,
                conversation_id=visitor.conversation.id,
                site_id=shop.tenant.site.id,
            ),
        ),
        tenant_id=shop.tenant.id,
    )
    return await shop.tenant.anonymous(), offered.invitation, visitor


async def refused(what: Any) -> str:
    """Returns why something was refused."""
    with pytest.raises(ParleyError) as error:
        await what
    return error.value.reason


async def rows_with(platform: Platform, tenant_id: str, word: str) -> list[str]:
    """Returns the tables in which a word stands."""
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        names = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
            "WHERE schemaname IN ('identity', 'privacy', 'chat', 'survey')"
        )
        query = "SELECT EXISTS (SELECT FROM {} t WHERE position($1 IN t::text) > 0)"
        return [row["name"] for row in names if await connection.fetchval(query.format(row["name"]), word)]
    finally:
        await connection.close()


@pytest.mark.parametrize("entrance", ENTRANCES)
async def test_a_minor_s_answers_are_on_no_disk_and_in_no_log_and_the_control_s_are(
    platform: Platform, entrance: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_level", logging.DEBUG)
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    canary, control, name = a_word("minor"), a_word("adult"), a_word("name")
    with traces.recorded() as spans:
        token, invitation, visitor = await entering(shop, entrance, survey.id, name)
        given: dict[str, Given] = {"csat": 1, "why": canary, "mail": f"{canary}@people.example"}
        # Before the age, in the place of the age, and after it.
        assert await refused(shop.submit(token, invitation, given)) == "AGE_NEEDED"
        assert await refused(shop.submit(token, invitation, given, age_pass=canary)) == "AGE_PASS_WRONG"
        assert await refused(shop.check_age(token, invitation, 17)) == "SURVEY_REFUSED"
        assert await refused(shop.submit(token, invitation, given)) in ("SURVEY_REFUSED", "CREDENTIAL_REJECTED")
        await shop.answered(survey.id, {"why": control}, age=18)
        told = "".join(span.to_json() for span in spans.get_finished_spans())
    owner = await asyncpg.connect(platform.config.database_url)
    redis = Redis.from_url(platform.config.redis_url)
    try:
        disk = Disk(owner)
        assert await disk.holds(control), "the scan finds what is kept"
        assert await disk.holds(canary) == set()
        assert await redis_holds(redis, canary.encode()) == []
    finally:
        await owner.close()
        await redis.aclose()
    said = told + "".join(capfd.readouterr()) + generate_latest(REGISTRY).decode()
    assert canary not in said
    assert control not in said
    # What the session had submitted before is gone from every table, and the control's is where it was.
    if visitor is not None:
        assert await rows_with(platform, shop.tenant.id, name) == []
    assert await rows_with(platform, shop.tenant.id, control) == ["survey.texts"]


@pytest.mark.parametrize("entrance", ENTRANCES)
async def test_a_second_try_after_a_refusal_is_refused_whatever_age_it_gives(platform: Platform, entrance: str) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    token, invitation, _ = await entering(shop, entrance, survey.id, "Sam")
    old_pass = await shop.check_age(token, invitation, 25)
    assert await refused(shop.check_age(token, invitation, 17)) == "SURVEY_REFUSED"
    # The access token of a visitor ends a moment later; whoever holds only the invitation comes as somebody unknown.
    again = await shop.tenant.anonymous()
    for age in (17, 18, 60):
        assert await refused(shop.check_age(again, invitation, age)) == "SURVEY_REFUSED"
    for answers in ({"csat": 5}, {"why": "words"}):
        assert await refused(shop.submit(again, invitation, answers, age_pass=old_pass)) == "SURVEY_REFUSED"
        assert await refused(shop.submit(again, invitation, answers)) == "SURVEY_REFUSED"
    assert await refused(shop.open(again, invitation)) == "SURVEY_REFUSED"


async def test_whoever_was_refused_is_asked_nothing_more_in_that_session(platform: Platform) -> None:
    shop = await asking(platform)
    first, second = await shop.published(ASKED), await shop.published(ASKED)
    token, invitation, visitor = await entering(shop, "mail", first.id, "Sam")
    assert visitor is not None
    other = await shop.offer(visitor.token, second.id)
    assert await refused(shop.check_age(token, invitation, 12)) == "SURVEY_REFUSED"
    assert await refused(shop.check_age(await shop.tenant.anonymous(), other, 30)) == "SURVEY_REFUSED"


async def test_what_was_sent_under_another_age_goes_with_the_refusal(platform: Platform) -> None:
    shop = await asking(platform, replace_minutes=30)
    survey = await shop.published(ASKED)
    word = a_word("before")
    for entrance in ENTRANCES:
        token, invitation, _ = await entering(shop, entrance, survey.id, "Sam")
        age_pass = await shop.check_age(token, invitation, 30)
        await shop.submit(token, invitation, {"why": word, "mail": f"{word}@people.example"}, age_pass=age_pass)
        assert "survey.texts" in await rows_with(platform, shop.tenant.id, word)
        assert await refused(shop.check_age(token, invitation, 17)) == "SURVEY_REFUSED"
        assert await rows_with(platform, shop.tenant.id, word) == []


async def test_answers_that_come_at_the_same_moment_as_the_age_do_not_stay(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    word = a_word("race")
    for _ in range(6):
        token, invitation, _ = await entering(shop, "page", survey.id, "")
        age_pass = await shop.check_age(token, invitation, 30)
        await asyncio.gather(
            shop.submit(token, invitation, {"why": word}, age_pass=age_pass),
            shop.check_age(token, invitation, 17),
            shop.submit(token, invitation, {"why": word}, age_pass=age_pass),
            return_exceptions=True,
        )
    assert await rows_with(platform, shop.tenant.id, word) == []


async def test_with_the_privacy_service_away_nothing_is_taken_and_the_refusal_is_carried_out_later(
    platform: Platform,
) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    token, invitation, visitor = await entering(shop, "mail", survey.id, a_word("later"))
    assert visitor is not None
    nowhere, address = free_ports(2)
    config = replace(
        platform.config, privacy_addresses=(f"127.0.0.1:{nowhere}",), survey_addresses=(f"127.0.0.1:{address}",)
    )
    async with running_platform(config, services=("survey",)) as alone:
        cut_off = Asking(alone, shop.tenant)
        assert await refused(cut_off.check_age(token, invitation, 17)) == "SURVEY_REFUSED"
    assert await refused(shop.submit(token, invitation, {"csat": 5})) == "SURVEY_REFUSED"
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        query = "SELECT arguments->>'subject_id' FROM survey.jobs WHERE kind = 'age.refuse'"
        assert visitor.conversation.visitor_id in {row[0] for row in await owner.fetch(query)}
    finally:
        await owner.close()


async def test_a_pass_is_good_for_its_invitation_for_an_hour_and_holds_the_band_only(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    token, invitation, _ = await entering(shop, "page", survey.id, "")
    _, another, _ = await entering(shop, "page", survey.id, "")
    age_pass = await shop.check_age(token, invitation, 44)
    assert await refused(shop.submit(token, another, {"why": "words"}, age_pass=age_pass)) == "AGE_PASS_WRONG"
    for wrong in (age_pass[:-4] + "AAAA", invitation[:400], "x" * 100):
        assert await refused(shop.submit(token, invitation, {"why": "words"}, age_pass=wrong)) == "AGE_PASS_WRONG"
    # Ages of one band give passes that say the same.
    assert len(age_pass) == len(await shop.check_age(token, invitation, 35))
    await shop.submit(token, invitation, {"why": "words"}, age_pass=age_pass)
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        query = "SELECT age_band FROM survey.responses WHERE survey_id = (SELECT survey_id FROM survey.versions v "
        query += "WHERE v.tenant_id = responses.tenant_id AND v.id = responses.version_id) ORDER BY day DESC"
        bands = {row["age_band"] for row in await owner.fetch(query)}
        assert answering_pb2.AGE_BAND_35_44 in bands
    finally:
        await owner.close()


async def test_a_blank_age_takes_closed_answers_that_say_nothing_about_a_person(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    token, invitation, _ = await entering(shop, "page", survey.id, "")
    assert (await shop.open(token, invitation)).needs_age
    everything: list[dict[str, Given]] = [
        {"why": "words"},
        {"mail": "a@b.example"},
        {"zip": "12345"},
        {"income": ["more"]},
    ]
    for personal in everything:
        assert await refused(shop.submit(token, invitation, {"csat": 4, **personal})) == "AGE_NEEDED"
    kept = await shop.submit(token, invitation, {"csat": 4})
    assert kept.kept_count == 1


async def test_an_age_is_a_whole_number_within_reason(platform: Platform) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    token, invitation, _ = await entering(shop, "page", survey.id, "")
    for age in (-1, 131, 2_000_000_000):
        with pytest.raises(ParleyError) as error:
            await shop.check_age(token, invitation, age)
        assert str(age) not in str(error.value.detail)
        assert error.value.reason != "SURVEY_REFUSED"
    assert await shop.check_age(token, invitation, 130)
