"""A survey on a page of its own: without a script, without a cookie, and with the age before all else."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest_asyncio
from parley.options.v1 import access_pb2
from parley.survey.v1 import answering_pb2, response_pb2

from gateway.__main__ import live_channel
from gateway.app import Upstreams, create_app
from gateway.live.replicas import Replicas
from gateway.server import Server
from kernel.rpc.channels import Channels
from tests.platform import Platform
from tests.survey.asking import Asking, asking, definition, question

ASKED = definition(
    question("CSAT", "csat", "How satisfied are you?"),
    question("LONG_TEXT", "why", "What went wrong?", condition='["<", ["value", "q_0000csat"], 3]'),
    question("EMAIL", "mail", "Your e-mail address"),
    consent_text="We want to do better.",
)


REPORT = {"host": "console.localhost"}


@pytest_asyncio.fixture(scope="module")
async def gateway(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts that refuses cookies."""
    config = replace(platform.config, limit_requests=0, port=0)
    channels = Channels(config, "gateway")
    replicas = Replicas(config.addresses("chat"), lambda replica: live_channel(replica, config))
    server = Server(create_app(config, Upstreams(services=channels, replicas=replicas, store=None)), config)
    await server.start()
    headers = {"host": "widget.localhost", "origin": config.origin("widget"), "accept": "text/html"}
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=20) as client:
            yield client
    finally:
        await server.stop()
        await channels.close()


def fields(page: str) -> dict[str, list[str]]:
    """Returns what a form carries along."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page):
        found.setdefault(name, []).append(html.unescape(value))
    return found


async def responses(shop: Asking, survey_id: str) -> list[dict[str, object]]:
    """Returns what was kept, by question."""
    listed = await shop.platform.call(
        shop.rows.ListResponses, response_pb2.ListResponsesRequest(survey_id=survey_id), token=shop.admin
    )
    return [{each.question_id: each.number or each.text for each in row.answers} for row in listed.responses]


async def test_a_survey_is_answered_step_by_step_without_script_and_cookie(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    shop = await asking(platform, replace_minutes=30)
    survey = await shop.published(ASKED)
    address = f"/survey/{shop.tenant.site.key}/{survey.id}"
    first = await gateway.get(address)
    assert first.status_code == 200
    assert "We want to do better." in first.text
    assert 'name="age"' in first.text
    assert "How satisfied" not in first.text, "nothing is asked before the age"
    second = await gateway.post(address, data={**fields(first.text), "age": "44"})
    assert "How satisfied" in second.text
    assert "What went wrong?" not in second.text
    third = await gateway.post(
        address, data={**fields(second.text), "q_0000csat": "n:1", "typed:q_0000mail": "ann@people.example"}
    )
    # The answer opened a question, which is shown before anything is sent.
    assert "What went wrong?" in third.text
    assert "ann@people.example" in third.text
    assert await responses(shop, survey.id) == []
    sent = {
        **fields(third.text),
        "q_0000csat": "n:1",
        "typed:q_0000mail": "ann@people.example",
        "typed:q_00000why": "c: <b>late</b>",
    }
    done = await gateway.post(address, data=sent)
    assert "Thank you" in done.text
    assert await responses(shop, survey.id) == [{"q_0000csat": 1, "q_00000why": "c: <b>late</b>"}]
    gone = await gateway.post(address, data=fields(done.text))
    assert "deleted" in gone.text
    assert await responses(shop, survey.id) == []
    for page in (first, second, third, done, gone):
        assert "set-cookie" not in page.headers
        assert "<script" not in page.text
        assert "invitation" not in str(page.url)


async def test_a_wrong_answer_is_shown_where_it_stands_and_nothing_typed_is_a_choice(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    address = f"/survey/{shop.tenant.site.key}/{survey.id}"
    first = await gateway.get(address)
    second = await gateway.post(address, data={**fields(first.text), "age": "44"})
    answers = {"q_0000csat": "n:1", "typed:q_00000why": "n:5", "typed:q_0000mail": "ann"}
    third = await gateway.post(address, data={**fields(second.text), **answers})
    wrong = await gateway.post(address, data={**fields(third.text), **answers})
    assert wrong.status_code == 400
    assert re.findall(r'name="([^"]*)"[^>]* aria-invalid="true"', wrong.text) == ["typed:q_0000mail"]
    assert wrong.text.count("This answer does not fit here") == 1
    # All of it is still there, and goes once the address is one.
    assert all(said in wrong.text for said in ('value="ann"', ">n:5</textarea>", 'value="n:1" checked'))
    mended = answers | {"typed:q_0000mail": "ann@people.example"}
    assert "Thank you" in (await gateway.post(address, data={**fields(wrong.text), **mended})).text
    assert await responses(shop, survey.id) == [{"q_0000csat": 1, "q_00000why": "n:5"}]


async def test_who_sends_nothing_hears_that_nothing_is_kept(platform: Platform, gateway: httpx.AsyncClient) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    address = f"/survey/{shop.tenant.site.key}/{survey.id}"
    first = await gateway.get(address)
    second = await gateway.post(address, data={**fields(first.text), "age": ""})
    done = await gateway.post(address, data=fields(second.text))
    assert "nothing is kept" in done.text
    assert "Take my answers back" not in done.text
    assert await responses(shop, survey.id) == []


async def test_a_minor_is_refused_and_the_back_button_leads_nowhere(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    address = f"/survey/{shop.tenant.site.key}/{survey.id}"
    first = await gateway.get(address)
    refused = await gateway.post(address, data={**fields(first.text), "age": "17"})
    assert refused.status_code == 403
    assert "18 and over" in refused.text
    # Back to the form that is still there, with another age.
    for age in ("18", "", "44"):
        again = await gateway.post(address, data={**fields(first.text), "age": age})
        assert "18 and over" in again.text
        assert "How satisfied" not in again.text
    assert await responses(shop, survey.id) == []


async def test_without_an_age_only_what_says_nothing_of_a_person_is_asked(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    shop = await asking(platform)
    survey = await shop.published(ASKED)
    address = f"/survey/{shop.tenant.site.key}/{survey.id}"
    first = await gateway.get(address)
    wrong = await gateway.post(address, data={**fields(first.text), "age": "forty"})
    assert wrong.status_code == 400
    assert "forty" not in wrong.text
    second = await gateway.post(address, data={**fields(first.text), "age": ""})
    assert "How satisfied" in second.text
    assert "e-mail address" not in second.text
    done = await gateway.post(address, data={**fields(second.text), "q_0000csat": "n:5"})
    assert "Thank you" in done.text


async def test_another_site_and_a_made_up_address_show_nothing(platform: Platform, gateway: httpx.AsyncClient) -> None:
    shop, other = await asking(platform), await asking(platform)
    survey = await shop.published(ASKED)
    for address in (f"/survey/{other.tenant.site.key}/{survey.id}", f"/survey/pk_nothing/{survey.id}"):
        assert (await gateway.get(address)).status_code == 404
    foreign = {"origin": "https://elsewhere.example"}
    posted = await gateway.post(f"/survey/{shop.tenant.site.key}/{survey.id}", data={"step": "age"}, headers=foreign)
    assert posted.status_code == 403


async def test_a_link_that_came_by_mail_opens_by_a_button_and_is_counted_once(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    shop = await asking(platform)
    await shop.set("surveys.threshold", 5)
    survey = await shop.published(definition(question("CSAT", "csat", "How satisfied are you?")))
    pages, invitation, onwards = [], "", ""
    for _ in range(5):
        visitor = await shop.tenant.visitor("Sam")
        offered = await shop.platform.call(
            shop.answering.InviteVisitor,
            answering_pb2.InviteVisitorRequest(
                channel=answering_pb2.CHANNEL_MAIL,
                occasion=answering_pb2.Occasion(
                    visitor_id=visitor.conversation.visitor_id, conversation_id=visitor.conversation.id
                ),
            ),
            tenant_id=shop.tenant.id,
        )
        invitation = offered.invitation
        address = f"/survey/{shop.tenant.site.key}/from/{invitation}"
        # Programs that look at links in mails open nothing.
        await gateway.get(address)
        invited = await gateway.get(address)
        assert "How satisfied" not in invited.text
        assert invited.headers["referrer-policy"] in ("no-referrer", "same-origin")
        form = re.search(r'action="([^"]*)"', invited.text)
        assert form is not None
        onwards = str(invited.url.join(form[1]))
        assert invitation not in onwards
        asked = await gateway.post(onwards, data=fields(invited.text))
        assert "How satisfied" in asked.text
        wrong = await gateway.post(onwards, data={**fields(asked.text), "q_0000csat": "n:9"})
        assert wrong.status_code == 400
        done = await gateway.post(onwards, data={**fields(asked.text), "q_0000csat": "n:4"})
        pages += [invited, asked, wrong, done]
        assert "Thank you" in done.text
    assert await shop.seal() == 5
    funnel = (await shop.look(survey.id)).funnel
    assert (funnel.offered, funnel.opened, funnel.submitted) == (5, 5, 5)
    assert all("set-cookie" not in page.headers and "<script" not in page.text for page in pages)
    assert (await gateway.get(f"/survey/pk_nothing/from/{invitation}")).status_code == 404
    made_up = await gateway.post(onwards, data={"step": "open", "invitation": "made-up"})
    assert "does not exist" in made_up.text


async def test_the_report_to_print_says_what_the_results_say_to_whoever_may_see_them(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    shop, other = await asking(platform), await asking(platform)
    await shop.set("surveys.threshold", 5)
    survey = await shop.published(
        definition(question("NPS", "nps", "Would you <b>tell</b> others?"), question("LONG_TEXT", "why", "Why?"))
    )
    for _ in range(6):
        await shop.answered(survey.id, {"nps": 10, "why": "a secret word"}, age=40)
    await shop.seal()
    address = f"/reports/surveys/{survey.id}"

    async def read(session: str = "", where: str = address) -> httpx.Response:
        cookies = {"cookie": f"__Host-parley_session={session}"} if session else {}
        return await gateway.get(where, headers=REPORT | cookies)

    shown = await read(shop.tenant.admin.session)
    assert shown.status_code == 200
    assert "NPS 100" in shown.text
    assert "5 (100 %)" in shown.text
    assert "tell&lt;/b&gt;" in shown.text
    assert "6 (" not in shown.text, "no number of people is about fewer than a full group"
    assert "a secret word" not in shown.text
    assert "<script" not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    for session in (other.tenant.admin.session, (await shop.tenant.member(access_pb2.CALLER_MODERATOR)).session):
        assert (await read(session)).status_code == 404
    missing = "srv_" + "0" * 26
    assert (await read(shop.tenant.admin.session, f"/reports/surveys/{missing}")).status_code == 404
    assert (await read(shop.tenant.admin.session, "/reports/surveys/1")).status_code == 404
    for session in ("", "pss_made_up"):
        outside = await read(session)
        assert (outside.status_code, outside.headers["location"]) == (303, "/")
    elsewhere = await gateway.get(address, headers={"host": "widget.localhost"})
    assert "NPS" not in elsewhere.text


async def test_the_report_speaks_the_language_that_is_asked_for_and_shows_every_dimension(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    shop = await asking(platform)
    await shop.set("surveys.threshold", 5)
    asked = definition(question("CSAT", "csat", "How satisfied are you?"))
    asked.translations.add(language="de").texts.add(of="q_0000csat", text="Wie zufrieden sind Sie?")
    survey = await shop.published(asked)
    for given in (5, 5, 5, 5, 5, 1):
        await shop.answered(survey.id, {"csat": given}, language="de")
    await shop.seal()
    supervisor = await shop.tenant.member(access_pb2.CALLER_SUPERVISOR)

    async def read(query: str = "", **headers: str) -> str:
        session = {"cookie": f"__Host-parley_session={supervisor.session}"}
        page = await gateway.get(f"/reports/surveys/{survey.id}{query}", headers=REPORT | session | headers)
        assert page.status_code == 200
        return page.text

    english = await read()
    assert '<html lang="en" dir="ltr"' in english
    month = f"{datetime.now(UTC):%Y-%m}"
    for title, name in (("By site", shop.tenant.site.display_name), ("Month by month", month), ("By language", "de")):
        part = english.split(f"<h2>{title}</h2>")[1].split("</section>")[0]
        assert f'<th scope="row" dir="auto">{name}</th><td>5</td><td>100 % satisfied</td>' in part, title
    german = await read("?language=de", **{"accept-language": "ar"})
    assert '<html lang="de" dir="ltr"' in german
    for words in ("Wie zufrieden sind Sie?", "100 % zufrieden", "Monat für Monat", "Auf einer eigenen Seite"):
        assert words in german
    arabic = await read(**{"accept-language": "ar"})
    assert '<html lang="ar" dir="rtl"' in arabic
    assert "How satisfied are you?" in arabic, "what is not translated is read as it was written"
    for junk in ("?language=xx", "?language=%00%ff&language=de", "?" + "a=1&" * 20, "?language=" + "e" * 500):
        assert '<html lang="en"' in await read(junk)


async def test_the_pages_speak_the_survey_s_language_and_the_browser_s_where_they_do_not(
    platform: Platform, gateway: httpx.AsyncClient
) -> None:
    shop = await asking(platform)
    asked = definition(question("CSAT", "csat", "How satisfied are you?"))
    asked.translations.add(language="de").texts.add(of="q_0000csat", text="Wie zufrieden sind Sie?")
    survey = await shop.published(asked)
    address = f"/survey/{shop.tenant.site.key}/{survey.id}"
    german = await gateway.get(address, headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de"' in german.text
    assert "Wie zufrieden sind Sie?" in german.text
    assert ">Senden<" in german.text
    # What the survey does not speak is read as it was written, in its own language throughout.
    for other in ("ar", "xx;q=nothing, <b>, ../..", "en-" + "a" * 500):
        page = await gateway.get(address, headers={"accept-language": other})
        assert '<html lang="en"' in page.text
        assert ">Send<" in page.text
    gone = await gateway.post(address, data={"step": "open", "invitation": "-"}, headers={"accept-language": "ar"})
    assert '<html lang="ar" dir="rtl"' in gone.text
