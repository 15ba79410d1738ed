"""Somebody who looks elsewhere is called: by a number on the button, in the title, and by its words."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import People
from tests.browser.people import Visitor

_VISIBILITY = """(state) => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def look_away(visitor: Visitor, *, away: bool) -> None:
    """Puts another tab in front, or this one again; a browser without a screen shows all tabs at once."""
    for frame in (visitor.page.main_frame, visitor.frame()):
        await frame.evaluate(_VISIBILITY, "hidden" if away else "visible")


async def test_the_minimised_panel_counts_what_was_said_meanwhile(people: People) -> None:
    maria = await people.operator("maria")
    visitor = await people.chatting("Minna Mini")
    await maria.claim("Minna Mini")
    title = await visitor.page.title()
    # With the chat open and another tab in front, the title calls; what is seen then is counted no more.
    await look_away(visitor, away=True)
    await maria.say("Hello, Minna")
    await expect(visitor.page).to_have_title(f"(1) {title}")
    await look_away(visitor, away=False)
    await expect(visitor.page).to_have_title(title)
    await expect(maria.page.locator(".entry.own .state")).to_have_text("Read")
    await visitor.panel.get_by_role("button", name="Minimise").click()
    await expect(visitor.page.locator("iframe")).to_be_hidden()
    await expect(visitor.launcher).to_be_focused()
    await maria.say("Are you there?")
    await maria.say("Hello?")
    await expect(visitor.page.locator(".badge")).to_have_text("2")
    await expect(visitor.page).to_have_title(f"(2) {title}")
    await expect(visitor.launcher).to_have_attribute("aria-label", "Chat with Fern & Pot, 2 unread messages")
    # Nothing of what was said is on the page around the panel.
    assert "Are you there?" not in await visitor.page.content()
    await expect(maria.page.locator(".entry.own .state")).to_have_text("Sent")
    # The number survives a reload, because the chat does.
    await visitor.page.reload()
    await expect(visitor.page.locator(".badge")).to_have_text("2")
    await visitor.launcher.click()
    await expect(visitor.page.locator(".badge")).to_be_hidden()
    await expect(visitor.page).to_have_title(title)
    await expect(visitor.bubbles).to_have_text(["Hello, Minna", "Are you there?", "Hello?"])
    await expect(maria.page.locator(".entry.own .state")).to_have_text("Read")
    await maria.end()


async def test_the_console_counts_who_waits_and_what_is_unread(people: People) -> None:
    noor = await people.operator("noor", tenant="parley")
    await expect(noor.page).to_have_title("Parley")
    visitor = await people.chatting("Nils News", shop="parley")
    await expect(noor.page).to_have_title("(1) Parley")
    await noor.claim("Nils News")
    await expect(noor.page).to_have_title("Parley")
    await noor.page.get_by_role("link", name=re.compile("^Queue")).click()
    await expect(noor.page.get_by_text("No conversation is open")).to_be_visible()
    await visitor.say("One more thing")
    await expect(noor.page).to_have_title("(1) Parley")
    await noor.page.get_by_role("link", name=re.compile("^Mine")).click()
    await expect(noor.row("Nils News")).to_contain_text("New messages")
    await noor.row("Nils News").click()
    await expect(noor.page).to_have_title("Parley")
    await noor.end()
