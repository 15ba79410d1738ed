"""The form and the requester's pages speak the reader's language, whole in each: English, German and Arabic."""

from __future__ import annotations

import html
import re
import secrets
from typing import Any

import httpx
import pytest

from gateway.support.languages import ENGLISH, LANGUAGES, Language
from tests.chat.test_transcript_mails import an_address, arrived, sent_to
from tests.platform import Platform
from tests.support.desk import Desk, a_desk
from tests.support.test_form import GOOD
from tests.support.test_form import gateway as gateway  # noqa: PLC0414  # A fixture.


@pytest.fixture
async def desk(platform: Platform) -> Desk:
    return await a_desk(platform)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES.keys())
def test_a_language_has_every_word_and_fills_in_what_the_english_one_does(language: Language) -> None:
    for part in ("form", "portal", "states", "files"):
        english, spoken = getattr(ENGLISH, part), getattr(language, part)
        assert english.keys() == spoken.keys(), part
        for key, words in english.items():
            assert set(re.findall(r"{\w+}", words)) == set(re.findall(r"{\w+}", spoken[key])), key
            assert bool(words) is bool(spoken[key]), key


@pytest.mark.parametrize(
    ("headers", "tag", "direction"),
    [
        ({"accept-language": "de-AT, en;q=0.5"}, "de", "ltr"),
        ({"accept-language": "ar"}, "ar", "rtl"),
        ({"accept-language": "fr"}, "en", "ltr"),
        ({"accept-language": "de", "cookie": "__Host-parley_language=ar"}, "ar", "rtl"),
    ],
)
async def test_the_form_is_shown_in_the_language_of_its_reader(
    desk: Desk, gateway: httpx.AsyncClient, headers: dict[str, str], tag: str, direction: str
) -> None:
    path, words = f"/support/{desk.tenant.site.key}", LANGUAGES[tag].form
    page = await gateway.get(path, headers=headers)
    assert f'<html lang="{tag}" dir="{direction}">' in page.text
    assert words["lead"] in html.unescape(page.text)
    assert "set-cookie" not in page.headers
    wrong = await gateway.post(path, data=GOOD | {"email": "pat"}, headers=headers)
    assert wrong.status_code == 400
    assert words["wrong.email"] in html.unescape(wrong.text)
    sent = await gateway.post(path, data=GOOD, headers=headers)
    assert words["sent"] in html.unescape(sent.text)


async def test_the_requesters_page_and_its_code_are_in_the_readers_language(
    platform: Platform, desk: Desk, gateway: httpx.AsyncClient
) -> None:
    pat = an_address()
    ticket = await desk.submit(f"It is broken {secrets.token_hex(2)}.", email=pat)
    link = _link(await arrived(platform, pat))
    for language in LANGUAGES.values():
        headers = {"accept-language": language.tag}
        page = html.unescape((await gateway.get(link, headers=headers)).text)
        assert f'<html lang="{language.tag}" dir="{language.direction}">' in page
        assert language.states["STATE_TRIAGE"] in page
        assert language.portal["held.title"] in page
    german = LANGUAGES["de"]
    started = await gateway.post(f"{link}/code", headers={"accept-language": "de"})
    assert german.portal["code.sent"] in html.unescape(started.text)
    refused = await gateway.post(f"{link}/close", headers={"accept-language": "de"})
    assert german.portal["proof.over"] in html.unescape(refused.text)
    await desk.change(ticket, ("DECLINE",))
    closed = html.unescape((await gateway.get(link, headers={"accept-language": "de"})).text)
    assert german.states["STATE_CLOSED"] in closed
    assert sent_to(platform, pat)


def _link(letter: Any) -> str:
    body = letter.get_body(("plain",))
    found = re.search(r"(/support/t/\S+)", body.get_content())
    assert found is not None
    return found[1]
