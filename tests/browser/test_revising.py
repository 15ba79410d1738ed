"""What was said is changed, taken back and removed before the eyes of both sides."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.browser import axe
from tests.browser.conftest import People

CARD = "4111 1111 1111 1111"
CHANGE = "Change or remove this message"


async def press(button: Locator) -> None:
    """Presses a button as somebody does who has no mouse."""
    await button.focus()
    await button.press("Enter")


async def test_a_mistake_is_changed_and_a_pasted_secret_is_gone_for_both(people: People) -> None:
    maria = await people.operator("maria")
    rhea = await people.chatting("Rhea")
    await rhea.say("My oder is late")
    await maria.claim("Rhea")
    await expect(maria.bubbles).to_contain_text(["My oder is late"])
    # The visitor puts a word right, by keyboard alone.
    await press(rhea.panel.get_by_role("button", name=CHANGE))
    dialog = rhea.panel.get_by_role("dialog", name="Change what was said")
    await expect(dialog.get_by_role("button", name="Save the change")).to_be_disabled()
    await axe.check(rhea.page, "changing a message", rhea.frame())
    rhea.said.append("My order is late")
    await dialog.get_by_label("The message").fill("My order is late")
    await press(dialog.get_by_role("button", name="Save the change"))
    await expect(dialog).to_be_hidden()
    for bubbles in (rhea.bubbles, maria.bubbles):
        await expect(bubbles).to_have_text(["My order is late"])
    await expect(maria.page.locator(".conversation .entry .state", has_text="edited")).to_be_visible()
    # The operator takes a hasty word back.
    await maria.say("Which oder?")
    await expect(rhea.bubbles).to_have_count(2)
    await press(maria.page.locator(".entry.own").get_by_role("button", name=CHANGE))
    await press(maria.page.get_by_role("dialog").get_by_role("button", name="Take it back"))
    for bubbles in (rhea.bubbles, maria.bubbles):
        await expect(bubbles).to_have_text(["My order is late", "Taken back"])
    # A card's number is removed by the operator, after a second press, and stands nowhere any more.
    await rhea.say(f"Take it from {CARD}")
    secret = maria.page.locator(".entry.theirs", has_text=CARD)
    await press(secret.get_by_role("button", name=CHANGE))
    dialog = maria.page.get_by_role("dialog")
    await expect(dialog.get_by_label("The message")).to_have_count(0)
    await press(dialog.get_by_role("button", name="Remove for good"))
    await axe.check(maria.page, "removing a message")
    await press(dialog.get_by_role("button", name="Yes, remove it for good"))
    for bubbles in (rhea.bubbles, maria.bubbles):
        await expect(bubbles).to_have_text(["My order is late", "Taken back", "Removed"])
    await rhea.end()
    await rhea.panel.get_by_text("Read the transcript").click()
    await expect(rhea.panel.locator(".transcript")).to_contain_text("Removed")
    # What was forgotten is removed by its author when the chat is over, too.
    line = rhea.panel.locator(".transcript li", has_text="My order is late")
    await press(line.get_by_role("button", name=CHANGE))
    dialog = rhea.panel.get_by_role("dialog", name="Change what was said")
    await expect(dialog.get_by_label("The message")).to_have_count(0)
    await press(dialog.get_by_role("button", name="Remove for good"))
    await press(dialog.get_by_role("button", name="Yes, remove it for good"))
    await expect(rhea.panel.locator(".transcript")).not_to_contain_text("My order is late")
    await axe.check(rhea.page, "the transcript", rhea.frame())
    assert CARD not in await rhea.panel.locator("body").inner_text()
    assert CARD not in await maria.page.locator("body").inner_text()
