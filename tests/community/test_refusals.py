"""Whoever is refused on a page reads why in their language, by the reason; no sentence of a service reaches them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import services.community
from gateway.problems import Problem
from gateway.refusals import SENTENCES, said
from gateway.server import Server
from tests.community.forum import forum
from tests.community.test_pages import a_browser, door, signed_in
from tests.platform import Platform

__all__ = ["door"]

SERVICE = Path(services.community.__file__).parent
KINDS = {"InvalidArgument", "Unauthenticated", "PermissionDenied", "AlreadyExists", "FailedPrecondition", "Aborted"}
KINDS |= {"ResourceExhausted", "attempt"}
#: What only staff can ask for, in the console.
OF_STAFF = {
    "CASE_DECIDED", "CASE_OPEN", "CLAUSE_ID_TWICE", "COMMUNITY_NOT_EMPTY", "EXPOSURE_WIDENED", "IMPORT_MALFORMED",
    "FILE_EMPTY", "MESSAGE_NOT_SHOWN_LESS", "OWN_DECISION", "OWN_FLAG", "PLATFORM_ONLY", "REASONS_MISSING",
    "RESTRICTION_WITHOUT_GROUND", "REVIEW_UNDECIDED", "SAME_TOPIC", "SLUG_TAKEN", "SPACE_CHANGED",
    "SUSPENSION_STANDS_OR_ENDS",
}  # fmt: skip


def reasons() -> Iterator[str]:
    """Yields every reason for which the service refuses something; what is missing looks like any address."""
    for path in SERVICE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", getattr(node.func, "attr", "")) not in KINDS:
                continue
            given = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "reason")]
            for each in given:
                if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value.isupper():
                    yield each.value


def test_each_reason_for_which_a_member_is_refused_has_a_sentence_in_every_language() -> None:
    found = set(reasons())
    assert len(found) > 55
    assert found >= OF_STAFF, "a reason that is gone is no exception"
    for tag, sentences in SENTENCES.items():
        assert sorted(found - OF_STAFF - set(sentences)) == [], tag
        assert sentences.keys() == SENTENCES["en"].keys(), tag
        assert all(text.strip() == text and text.count(". ") <= 1 for text in sentences.values()), tag


def test_a_reason_that_no_page_knows_is_said_by_its_status_and_never_in_the_words_of_the_service() -> None:
    for status in (400, 403, 404, 409, 413, 429):
        problem = Problem(status=status, reason="SOMETHING_NEW", detail="Words for programs.")
        told = {said(problem, tag) for tag in SENTENCES}
        assert len(told) == len(SENTENCES)
        assert not any("programs" in each for each in told)


async def test_a_form_that_is_refused_says_in_the_readers_language_which_fields_are_at_fault(
    platform: Platform, door: Server
) -> None:
    shop = await forum(platform)
    german = {"accept-language": "de"}
    async with a_browser(door, shop) as browser:
        sent = {"handle": "x y", "email": "nobody", "password": "short", "age": "old"}
        refused = await browser.post("/join", data=sent, headers=german)
        assert refused.status_code == 400
        for name in sent:
            assert f'<a href="#{name}">' in refused.text, "people hear of all at once"
            assert f'id="{name}" name="{name}" aria-describedby="{name}-hint" aria-invalid="true"' in refused.text
        assert "Etwas fehlt, ist zu lang oder hat die falsche Form." in refused.text
        assert "?lang=" not in refused.text, "a link to a page that only a form opens leads nowhere"
        young = await browser.post(
            "/join",
            data={"handle": "young", "email": "a@people.example", "password": "long enough", "age": "9"},
            headers=german,
        )
        assert "Sie können hier nicht beitreten." in young.text
        nowhere = await browser.get("/verify", headers=german)
        assert nowhere.status_code == 405
        assert nowhere.headers["allow"] == "POST"
        assert '<html lang="de" dir="ltr">' in nowhere.text
        assert "Diese Seite öffnet sich nur aus ihrem Formular." in nowhere.text
        nobody = await browser.get("/c/nobody-at-all", headers=german)
        assert (nobody.status_code, "Hier ist nichts" in nobody.text) == (404, True)
    ann = await shop.poster()
    async with a_browser(door, shop) as browser:
        await signed_in(browser, ann.email)
        account = {"display_name": "Call 0151 23456789", "about": "What I typed."}
        refused = await browser.post("/account", data=account, headers=german)
        assert refused.status_code == 400
        assert "What I typed." in refused.text
        assert 'value="Call 0151 23456789"' in refused.text
        wrong = await browser.post("/leave", data={"remains": "erased", "password": "no"}, headers=german)
        assert "Das Passwort stimmt nicht. Sie sind nicht ausgetreten" in wrong.text
        assert 'value="erased" required checked' in wrong.text, "what was chosen stays chosen"
