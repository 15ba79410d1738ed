"""Asking for help on a page without a script, and working on tickets: by keys alone, and by two people at once."""

from __future__ import annotations

import secrets

from playwright.async_api import Locator, Page, expect

from tests.browser import axe
from tests.browser.conftest import People, Stage


def a_subject(about: str) -> str:
    """Returns a line that is nobody else's."""
    return f"{about} {secrets.token_hex(3)}"


async def ask(people: People, stage: Stage, subject: str) -> None:
    """Asks by the form, in a browser without scripts."""
    context, _ = await people.context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{people.demo.origin('widget')}/support/{people.demo.tenant('fern')['site_key']}")
    await page.get_by_label("Your e-mail address").fill("wren@people.example")
    await page.get_by_label("Address of your site").fill("https://wren.example/shop")
    await page.get_by_label("What is the matter?").fill("My name is Wren, call +49 170 1234567. It stays blank.")
    await page.get_by_label("In one line").fill(subject)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("We have it")
    stage.said += [subject, "wren@people.example", "It stays blank"]


def row(page: Page, subject: str) -> Locator:
    """Returns the line of a ticket in the list."""
    return page.locator(".ticket-row a").filter(has_text=subject)


async def test_an_agent_triages_by_keyboard_alone(people: People, stage: Stage) -> None:
    first, second = a_subject("The page stays blank"), a_subject("A question about post")
    await ask(people, stage, first)
    await ask(people, stage, second)
    sol = await people.operator("sol")
    page, keys = sol.page, sol.page.keyboard
    await expect(row(page, second)).to_be_visible()
    await axe.check(page, "the list of tickets")
    # Down to the first of the two, whatever else waits there.
    await keys.press("j")
    for _ in range(40):
        if first in await page.evaluate("document.activeElement.textContent"):
            break
        await keys.press("j")
    await keys.press("o")
    await expect(page.get_by_role("heading", name=first)).to_be_visible()
    await expect(page.locator(".entry-body")).to_contain_text("It stays blank")
    await axe.check(page, "an open ticket")
    await keys.press("a")
    await expect(page.get_by_role("button", name="Resolve", exact=True)).to_be_visible()
    # It left triage; the next one is what stood behind it.
    await keys.press("j")
    await expect(page.get_by_role("heading", name=second)).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", name=first)).to_be_visible()
    await keys.press("i")
    await expect(page.locator(".ticket-facts")).to_contain_text("Sol Pérez")
    await expect(page.locator(".ticket-facts")).to_contain_text("Held here: one message")
    await expect(page.locator(".ticket-facts")).to_contain_text("Deletes itself 30 days after it is closed.")
    await keys.press("p")
    await keys.type("urg")
    await keys.press("Enter")
    await expect(page.locator(".ticket-facts").get_by_label("Priority")).to_have_value("PRIORITY_URGENT")
    # One step back, and only that.
    await keys.press("z")
    await expect(page.locator(".ticket-facts").get_by_label("Priority")).to_have_value("PRIORITY_NORMAL")
    await keys.press("r")
    await expect(page.get_by_label("Your answer to wren@people.example")).to_be_focused()
    await keys.type("Clear the cache of wren@people.example and load it again.")
    await keys.press("Control+Enter")
    await expect(page.locator(".entry.ours")).to_contain_text("Clear the cache")
    # Once it is sent, the next key is a shortcut again.
    await keys.press("e")
    dialog = page.get_by_role("dialog", name="Resolve")
    await expect(dialog).to_contain_text("Keep the fix, forget the person")
    await expect(dialog.locator("del").filter(has_text="+49 170 1234567")).to_be_visible()
    await expect(dialog.get_by_label("The fix to keep", exact=True).last).to_have_value(
        "Clear the cache of … and load it again."
    )
    await axe.check(page, "keep the fix, forget the person")
    await dialog.get_by_label("What it is called").fill(a_subject("Clear the cache"))
    await keys.press("Enter")
    await expect(page.get_by_text("Fix saved as a macro; resolved")).to_be_visible()
    await keys.press("g")
    await keys.press("t")
    await expect(row(page, first)).to_have_count(0)
    await keys.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("Take it myself")


async def test_two_agents_on_one_ticket_lose_nothing(people: People, stage: Stage) -> None:
    subject = a_subject("Two look at this")
    await ask(people, stage, subject)
    sol, jo = await people.operator("sol"), await people.operator("jo")
    for each in (sol, jo):
        await each.page.goto(f"{people.demo.origin('console')}/#/tickets/open")
        await row(each.page, subject).click()
        await expect(each.page.get_by_role("heading", name=subject)).to_be_visible()
    await expect(sol.page.get_by_text("Jo Adeyemi looks at this too")).to_be_visible()
    await jo.page.keyboard.press("r")
    await jo.page.keyboard.type("I am on my way with this")
    await expect(sol.page.get_by_text("Jo Adeyemi is writing")).to_be_visible()
    await sol.page.keyboard.press("r")
    await sol.page.keyboard.type("It is mended; please look again.")
    await sol.page.keyboard.press("Control+Enter")
    # The second sees at once what the first wrote, and still has all of the own words.
    await expect(jo.page.locator(".entry.ours")).to_contain_text("It is mended")
    answer = jo.page.get_by_label("Your answer to wren@people.example")
    await expect(answer).to_have_value("I am on my way with this")
    await expect(jo.page.get_by_text("This ticket changed while you looked at it")).to_be_visible()
    await sol.page.get_by_role("button", name="Take it back").click()
    await expect(jo.page.get_by_text("An answer was taken back before it went out.")).to_be_visible()
    await expect(sol.page.get_by_label("Your answer to wren@people.example")).to_have_value(
        "It is mended; please look again."
    )
    stage.said += ["I am on my way with this", "It is mended; please look again."]
