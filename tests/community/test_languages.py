"""The communities' pages are there in German and Arabic as in English, and no reader gets another reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gateway.community import words
from gateway.community.languages import words_for
from gateway.community.languages.ar import MESSAGES as ARABIC
from gateway.community.languages.de import MESSAGES as GERMAN
from gateway.community.languages.en import MESSAGES as ENGLISH
from gateway.privacy.words import LANGUAGES
from gateway.server import Server
from tests.community.forum import forum
from tests.community.test_pages import a_browser, door
from tests.platform import Platform

__all__ = ["door"]

TEMPLATES = Path(words.__file__).parent.parent / "pages" / "templates" / "community"
SAID = re.compile(r"""\bt\((?:"([^"]*)"|'([^']*)')""")
MESSAGES = {"en": ENGLISH, "de": GERMAN, "ar": ARABIC}
_FORM = re.compile(r"\.(one|two|few)$")
_PLAIN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)


def texts() -> Iterator[str]:
    """Yields every text that a page can show: those of the templates, and those of the code."""
    for path in sorted(TEMPLATES.glob("*.html")):
        for found in SAID.finditer(path.read_text()):
            yield found[1] or found[2]
    for listed in (words.WORDS, words.STATED, words.EXPOSURE, words.NEWS, words.FINDINGS, words.FLAGS):
        yield from listed.values()
    for flags in range(8):
        yield from words.exposure_of(1, is_indexed=flags & 1 > 0, has_feed=flags & 2 > 0, is_exported=flags & 4 > 0)


def test_every_text_is_there_in_every_language_with_the_same_places_to_fill_in() -> None:
    said = set(texts())
    assert len(said) > 300
    for tag in LANGUAGES:
        missing = sorted(text for text in said if not words_for("", tag).knows(text))
        assert missing == [], tag
        left = sorted(text for text in MESSAGES[tag] if _FORM.sub("", text) not in said and text not in said)
        assert left == [], f"{tag}: nothing says these any more"
    for messages in (GERMAN, ARABIC):
        for text, told in messages.items():
            # A form for one or two may say the number in words.
            assert set(re.findall(r"\{\w+\}", told)) <= set(re.findall(r"\{\w+\}", text)), text
            plain = not re.search(r"\.(one|two|few)$", text)
            assert not plain or re.findall(r"\{\w+\}", told) == re.findall(r"\{\w+\}", text), text


def test_a_name_in_a_sentence_that_is_read_from_right_to_left_keeps_its_own_direction() -> None:
    arabic, german = words_for("", "ar"), words_for("", "de")
    # Without the two signs around it, the @ would stand behind the name.
    assert "\u2068@lena\u2069" in arabic("Write to {handle}", handle="@lena")
    assert german("Write to {handle}", handle="@lena") == "@lena schreiben"


def test_no_template_says_anything_past_the_words() -> None:
    for path in sorted(TEMPLATES.glob("*.html")):
        left = re.sub(r"<[^>]*>", " ", _PLAIN.sub("", path.read_text()))
        assert not re.search(r"[A-Za-z]{2,}", left.replace("&amp;", "")), f"{path.name}: {left.split()}"


async def test_a_page_is_in_the_readers_language_and_right_to_left_where_that_is_how_it_is_read(
    platform: Platform, door: Server
) -> None:
    shop = await forum(platform)
    await shop.space("plants")
    async with a_browser(door, shop) as reader:
        english = await reader.get("/s/plants")
        assert '<html lang="en" dir="ltr">' in english.text
        assert "Accept-Language" in english.headers["vary"]
        # The page before is kept for a second, and is nobody's who reads otherwise.
        german = await reader.get("/s/plants", headers={"accept-language": "de-AT,en;q=0.5"})
        assert '<html lang="de" dir="ltr">' in german.text
        assert "Das lesen alle, angemeldet oder nicht." in german.text
        arabic = await reader.get("/s/plants", headers={"accept-language": "ar"})
        assert '<html lang="ar" dir="rtl">' in arabic.text
        assert "\u064a\u0642\u0631\u0623 \u0647\u0630\u0627 \u0627\u0644\u062c\u0645\u064a\u0639" in arabic.text
        assert "Nobody has begun" not in arabic.text
        unknown = await reader.get("/s/plants", headers={"accept-language": "tlh"})
        assert '<html lang="en"' in unknown.text
        chosen = await reader.get("/s/plants?lang=de")
        assert (chosen.status_code, chosen.headers["location"]) == (303, f"/c/{shop.tenant.slug}/s/plants")
        cookie = chosen.headers["set-cookie"]
        assert {"HttpOnly", "Secure", "SameSite=Lax"} <= {each.strip() for each in cookie.split(";")}
        kept = await reader.get("/s/plants", headers={"cookie": cookie.split(";")[0], "accept-language": "ar"})
        assert '<html lang="de"' in kept.text, "what was chosen wins over what the browser likes"
        refused = await reader.get("/t/top_nothing", headers={"accept-language": "de"})
        assert refused.status_code == 404
        assert "Diese Seite gibt es hier nicht" in refused.text
        wrong = await reader.post(
            "/sign-in", data={"email": "a@people.example", "password": "x"}, headers={"accept-language": "ar"}
        )
        assert "\u0627\u0644\u0639\u0646\u0648\u0627\u0646 \u0623\u0648 \u0643\u0644\u0645\u0629" in wrong.text
