"""The launcher and the panel in each language that they speak: loaded where it is read, and within the frame."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People

WORDS = Path(__file__).resolve().parents[2] / "web" / "panel" / "words"
LANGUAGES = sorted({path.stem for path in WORDS.glob("??.ts")} - {"en"})
#: Makes the shop's page one in another language, before anything runs in it.
_PAGE = """if (window === top) new MutationObserver((_, watch) => {
  Object.assign(document.documentElement, { lang: "%s" });
  watch.disconnect();
}).observe(document, { childList: true });"""
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def said(tag: str, key: str) -> str:
    """Returns how a language says something."""
    found = re.search(rf'"{re.escape(key)}":\s*"([^"]+)"', (WORDS / f"{tag}.ts").read_text())
    assert found is not None, key
    return found[1]


def test_there_are_ten_with_english() -> None:
    assert len(LANGUAGES) == 9


@pytest.mark.parametrize("tag", LANGUAGES)
async def test_the_chat_begins_in_the_language_of_the_page(people: People, tag: str) -> None:
    context, watch = await people.context(reduced_motion="reduce", viewport={"width": 360, "height": 740})
    await context.add_init_script(_PAGE % tag)
    page = await context.new_page()
    await page.goto(people.demo.shop("fern"))
    button = page.locator(".bar > button")
    await expect(button).not_to_have_attribute("aria-label", "Chat with us")
    await button.click()
    panel = page.frame_locator("iframe")
    await expect(panel.locator("html")).to_have_attribute("lang", tag)
    await expect(panel.get_by_role("button", name=said(tag, "welcome.start"), exact=True)).to_be_visible()
    await expect(panel.get_by_label(said(tag, "welcome.name"))).to_be_visible()
    frame = next(frame for frame in page.frames if "/panel" in frame.url)
    assert await frame.evaluate(_WIDER) <= 0, "nothing is wider than a phone"
    await axe.check(page, f"the notice in {tag}", frame)
    # Of the other languages nothing came.
    loaded = {match[1] for path in watch.paths() if (match := re.search(r"/assets/([a-z]{2})-[\w-]+\.js$", path))}
    assert loaded == {tag}
