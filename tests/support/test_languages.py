"""The form and the requester's pages speak the reader's language, whole in each: English, German and Arabic."""

from __future__ import annotations

import html
import re
import secrets
from typing import Any

import httpx
import pytest

from gateway.support.languages import ENGLISH, LANGUAGES, Language
from kernel.errors import InvalidArgument
from kernel.mail import Templates
from kernel.privacy.tickets import LANGUAGE
from tests.chat.test_transcript_mails import an_address, arrived, sent_to
from tests.platform import Platform
from tests.support.desk import Desk, a_desk
from tests.support.test_form import GOOD
from tests.support.test_form import gateway as gateway  # noqa: PLC0414  # A fixture.
from tests.support.test_portal import code_for, hidden


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


def test_every_language_of_the_pages_is_one_of_mails_and_can_be_the_desks_own() -> None:
    assert set(LANGUAGE.choices) == set(LANGUAGES)
    values = {
        "tenant_name": "Shop",
        "reference": "K7QM-2XPD",
        "subject_line": "It is blank",
        "words": "It is not.",
        "files": 1,
        "address": "https://widget.example/support/t/x",
        "days": 30,
    }
    for name in ("confirmation", "site_asked", "answer", "copy", "survey"):
        for tag, language in LANGUAGES.items():
            mail = Templates().render(f"support_{name}", tag, values)
            assert mail.language == tag
            assert f'<html lang="{tag}" dir="{language.direction}">' in mail.html
    # What is not spoken is written in the desk's own language, and else in English.
    for wanted, own, found in (("de-CH", "ar", "de"), ("fr", "ar", "ar"), ("", "de-AT", "de"), ("fr", "ja", "en")):
        assert Templates().render("support_survey", wanted, values, otherwise=own).language == found


_GERMAN, _ARABIC, _ENGLISH = "Ihre Anfrage ist angekommen", "وصلنا طلبك", "We have your request"


@pytest.mark.parametrize(
    ("headers", "own", "kept", "words"),
    [
        ({"accept-language": "de-AT, en;q=0.5"}, "en", "de-AT", _GERMAN),
        ({"accept-language": "en;q=0.5, ar"}, "en", "ar", _ARABIC),
        # A language that is not spoken is known all the same, and answered in the desk's own.
        ({"accept-language": "fr-CA"}, "de", "fr-CA", _GERMAN),
        ({}, "de", "", _GERMAN),
        ({"accept-language": "*, ../../x;q=2, <b>"}, "en", "", _ENGLISH),
        # What was chosen comes before what the browser likes.
        ({"accept-language": "de", "cookie": "__Host-parley_language=en"}, "ar", "en", _ENGLISH),
    ],
)
async def test_mails_are_in_the_language_of_whoever_asked(
    platform: Platform,
    desk: Desk,
    gateway: httpx.AsyncClient,
    headers: dict[str, str],
    own: str,
    kept: str,
    words: str,
) -> None:
    await desk.set("support.language", own)
    pat, path = an_address(), f"/support/{desk.tenant.site.key}"
    page = await gateway.get(path, headers=headers)
    assert "set-cookie" not in page.headers
    sent = await gateway.post(path, data=GOOD | {"email": pat}, headers=headers)
    assert sent.status_code == 200
    letter = await arrived(platform, pat)
    assert words in str(letter["Subject"])
    (ticket,) = await desk.list()
    assert ticket.language == kept


async def test_a_reader_chooses_a_language_and_it_goes_with_them(
    platform: Platform, desk: Desk, gateway: httpx.AsyncClient
) -> None:
    pat, path, english = an_address(), f"/support/{desk.tenant.site.key}", {"accept-language": "en"}
    first = await gateway.get(path, headers=english)
    assert re.search(r'<a href="\?lang=en" lang="en" hreflang="en" aria-current="true">', first.text)
    chosen = await gateway.get(f"{path}?lang=de", headers=english)
    assert '<html lang="de" dir="ltr">' in chosen.text
    given, *attributes = chosen.headers["set-cookie"].split("; ")
    assert given == "__Host-parley_language=de"
    # It ends with the browser, and is there as well where a mail leads back.
    assert {"HttpOnly", "Secure", "SameSite=Lax"} <= set(attributes)
    assert not any(each.startswith(("Max-Age", "Expires")) for each in attributes)
    # A browser that keeps no cookie sends what was chosen with the form, again after something was amiss.
    lang = re.search(r'name="lang" value="(\w+)"', chosen.text)
    assert lang is not None
    wrong = await gateway.post(path, data=GOOD | {"email": "pat", "lang": lang[1]}, headers=english)
    assert '<html lang="de" dir="ltr">' in wrong.text
    assert 'name="lang" value="de"' in wrong.text
    # There what was typed would be left behind by a link.
    assert "?lang=" not in wrong.text
    await gateway.post(path, data=GOOD | {"email": pat, "lang": lang[1]}, headers=english)
    letter = await arrived(platform, pat)
    assert _GERMAN in str(letter["Subject"])
    # The page to which the mail leads is in its language, on a browser that knows of no choice.
    link = _link(letter)
    assert '<html lang="de" dir="ltr">' in (await gateway.get(link, headers=english)).text
    assert '<html lang="ar" dir="rtl">' in (await gateway.get(f"{link}?lang=ar", headers=english)).text
    for odd in ("xx", "", "ar&lang=de", "<b>"):
        again = await gateway.get(f"{link}?lang={odd}", headers=english)
        assert '<html lang="de" dir="ltr">' in again.text
        assert "set-cookie" not in again.headers


async def test_what_the_requester_writes_later_decides_in_which_language_it_goes_on(
    platform: Platform, desk: Desk, gateway: httpx.AsyncClient
) -> None:
    pat = an_address()
    ticket_id = await desk.submit("It is broken.", email=pat, language="de")
    link = _link(await arrived(platform, pat))
    page = await gateway.post(f"{link}/code", headers={"cookie": "__Host-parley_language=en"})
    entered = await gateway.post(
        f"{link}/enter", data={"proof_id": hidden(page.text, "proof_id"), "code": await code_for(platform, pat)}
    )
    inside = entered.headers["set-cookie"].partition(";")[0]
    reply = {"body": "And now?", "request_id": secrets.token_hex(16)}
    # A browser's own language says nothing against what the ticket is in; a choice does.
    await gateway.post(f"{link}/reply", data=reply, headers={"cookie": inside, "accept-language": "ar"})
    assert (await desk.get(ticket_id)).ticket.language == "de"
    chosen = {"cookie": f"{inside}; __Host-parley_language=ar"}
    await gateway.post(f"{link}/close", headers=chosen)
    assert (await desk.get(ticket_id)).ticket.language == "ar"
    await gateway.post(
        f"{link}/reply",
        data=reply | {"request_id": secrets.token_hex(16)},
        headers={"cookie": f"{inside}; __Host-parley_language=en"},
    )
    assert (await desk.get(ticket_id)).ticket.language == "en"


async def test_staff_set_the_language_and_take_that_back(platform: Platform, desk: Desk) -> None:
    ticket_id = await desk.submit("It is broken.", email=an_address())
    done = await desk.change(ticket_id, ("SET_LANGUAGE", "fr-CA"))
    assert (await desk.get(ticket_id)).ticket.language == "fr-CA"
    await desk.undo(done.undo_id)
    assert (await desk.get(ticket_id)).ticket.language == ""
    for odd in ("german", "d", "de_AT", "de-", "é", "de " * 9):
        with pytest.raises(InvalidArgument, match="CHANGE_MALFORMED"):
            await desk.change(ticket_id, ("SET_LANGUAGE", odd))
    with pytest.raises(InvalidArgument):
        await desk.submit("It is broken.", language="german!")


async def test_somebody_who_asked_before_is_written_to_in_the_same_language(platform: Platform, desk: Desk) -> None:
    pat = an_address()
    await desk.submit("It is broken.", email=pat, language="ar")
    again = await desk.submit("Still.", email=pat)
    assert (await desk.get(again)).ticket.language == "ar"
    other = await desk.submit("Mine too.", email=an_address())
    assert (await desk.get(other)).ticket.language == ""


def _link(letter: Any) -> str:
    body = letter.get_body(("plain",))
    found = re.search(r"(/support/t/\S+)", body.get_content())
    assert found is not None
    return found[1]
