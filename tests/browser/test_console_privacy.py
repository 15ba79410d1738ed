"""The console's privacy section: an officer answers, verifies and holds with a second person; an administrator sets
up what people are told."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.people import Operator


async def go(somebody: Operator, people: People, place: str, heading: str) -> Page:
    """Goes to a page of the section."""
    await somebody.page.goto(f"{people.demo.origin('console')}/#/privacy/{place}")
    await expect(somebody.page.get_by_role("heading", name=heading, exact=True).first).to_be_visible()
    return somebody.page


async def test_an_officer_answers_verifies_and_holds_with_a_second_person(people: People) -> None:
    olga = await people.operator("olga", reduced_motion="reduce")
    page, keyboard = olga.page, olga.page.keyboard
    # An officer has no inbox: the section is in front at once, and what waits is counted beside its name.
    await expect(page.get_by_role("heading", name="Requests")).to_be_visible()
    await expect(page.get_by_role("link", name="Inbox")).to_have_count(0)
    await expect(olga.rows).to_have_count(2)
    await keyboard.press("j")
    await expect(olga.rows.first).to_be_focused()
    await keyboard.press("j")
    await keyboard.press("k")
    await keyboard.press("Enter")
    await expect(page.get_by_text("You write my name wrong")).to_be_visible()
    await page.get_by_role("button", name="Answer", exact=True).click()
    dialog = page.get_by_role("dialog", name="Answer: done as asked")
    answer = "We have put your name right."
    olga.said.append(answer)
    await dialog.get_by_label("Answer").fill(answer)
    await axe.check(page, "answering")
    await dialog.get_by_role("button", name="Send the answer").click()
    await expect(dialog).to_be_hidden()
    await expect(page.locator(".detail").get_by_text(answer)).to_be_visible()
    await expect(olga.rows).to_have_count(1)
    await keyboard.press("Escape")
    await expect(page.get_by_role("heading", name="No request is open")).to_be_visible()
    # What was erased has a receipt that names what remains, and until when.
    await page.get_by_role("button", name="Answered").click()
    # Other visitors of this demo may have asked to be forgotten as well.
    await olga.rows.filter(has_text="To be forgotten").last.click()
    receipt = page.get_by_role("region", name="What was done where")
    await expect(receipt).to_contain_text("chat.messages")
    await expect(receipt).to_contain_text("Last backup expires")
    await axe.check(page, "a receipt")
    await keyboard.press("g")
    await keyboard.press("j")
    await expect(page.get_by_role("heading", name="Ledger")).to_be_visible()
    await page.get_by_role("link", name="Verify").click()
    await expect(page.get_by_text("The ledger is whole.")).to_be_visible()
    await axe.check(page, "the ledger, verified")
    # The officer proposed a hold; only somebody else confirms it.
    await go(olga, people, "holds", "Legal holds")
    await olga.rows.filter(has_text="dead monstera").click()
    await expect(page.get_by_text("You proposed this hold.")).to_be_visible()
    await expect(page.get_by_role("button", name="Confirm the hold")).to_have_count(0)
    admin = await people.operator("admin", reduced_motion="reduce")
    await go(admin, people, "holds", "Legal holds")
    await admin.rows.filter(has_text="dead monstera").click()
    await admin.page.get_by_role("button", name="Confirm the hold").click()
    await admin.page.get_by_role("dialog").get_by_role("button", name="Confirm the hold").click()
    await expect(admin.page.locator(".detail > header .tag")).to_have_text("Held")
    # And the other way round: the administrator opened a case.
    await go(olga, people, "cases", "Legal cases")
    await olga.rows.filter(has_text="District court").click()
    await page.get_by_role("button", name="Confirm the case").click()
    await page.get_by_role("dialog").get_by_role("button", name="Confirm the case").click()
    await page.get_by_role("button", name="Give out what it names").click()
    async with page.expect_download() as given:
        await page.get_by_role("dialog").get_by_role("button", name="Give out what it names").click()
    assert (await given.value).suggested_filename == "disclosure.zip"
    await expect(page.get_by_text("Given out, and entered in the ledger.")).to_be_visible()


async def test_an_administrator_sets_up_what_people_are_told(people: People) -> None:
    admin = await people.operator("admin", tenant="harbor", reduced_motion="reduce")
    page = await go(admin, people, "start", "First steps")
    await expect(page.get_by_role("listitem").filter(has_text="Periods")).to_contain_text("as the platform allows")
    await axe.check(page, "first steps")
    # A policy from a template, published after a confirmation.
    await page.get_by_role("link", name="Your whole privacy policy: go there").click()
    await page.get_by_role("link", name="Write a version").click()
    await page.get_by_role("button", name="Begin with a template").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_label("Your company's name")).to_have_value("Harbor Cycles")
    await dialog.get_by_label("An e-mail address for questions").fill("privacy@harbor.example")
    await dialog.get_by_role("button", name="Use it").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_label("Policy", exact=True)).to_have_value(re.compile("Harbor Cycles"))
    # The demo's policy is the same template; what says the same is not published again.
    await expect(page.get_by_role("button", name="Publish…")).to_have_attribute("aria-disabled", "true")
    await page.get_by_label("Policy", exact=True).press("Control+End")
    await page.get_by_label("Policy", exact=True).press_sequentially(" Femi reads your letters.")
    await page.get_by_label("What has changed").fill("It says who reads your letters.")
    await page.get_by_role("button", name="Publish…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    await expect(page.get_by_role("heading", name="Version 2")).to_be_visible()
    # The next notice asks a question, which always matters, and shows what would change before it is published.
    await go(admin, people, "notices/new", "Next version")
    await page.get_by_role("button", name="Add a question").click()
    await page.get_by_label("Question", exact=True).fill("Order number")
    await expect(page.get_by_role("checkbox", name="The change matters")).to_be_checked()
    await page.get_by_label("Notice", exact=True).press("Control+End")
    await page.get_by_label("Notice", exact=True).press_sequentially(" Ask for Femi.")
    await expect(page.locator("ins").last).to_contain_text("Femi.")
    await axe.check(page, "a difference")
    await page.get_by_role("button", name="Discard the draft").click()
    await page.get_by_role("button", name="Undo").last.click()
    await expect(page.get_by_label("Question", exact=True)).to_have_value("Order number")
    await page.get_by_role("button", name="Discard the draft").click()
    # A period is shortened after a look at what that removes, and the way back is one press.
    await go(admin, people, "retention", "Retention")
    await page.get_by_role("button", name="Change: Conversations").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Days").fill("200")
    await expect(dialog.get_by_text("Between 1 and 180 days.")).to_be_visible()
    await dialog.get_by_label("Days").fill("30")
    await expect(dialog.get_by_text("The next purge would remove nothing more")).to_be_visible()
    await dialog.get_by_role("button", name="Change the period").click()
    await expect(page.get_by_role("listitem").filter(has_text="Conversations")).to_contain_text("30 days")
    await page.get_by_role("button", name="Undo").last.click()
    await expect(page.get_by_role("listitem").filter(has_text="Conversations")).to_contain_text("180 days")
    await axe.check(page, "the periods")
    await go(admin, people, "map", "Data map")
    await page.get_by_label("Search", exact=True).fill("chat.messages body")
    await expect(page.locator("summary").first).to_contain_text("chat.messages.body")
    await page.set_viewport_size({"width": 360, "height": 740})
    await axe.check(page, "the data map on a phone")
    # On a phone the pages come one after the other, and nothing is wider than the screen.
    for place in ("", "feedback", "support", "notices"):
        await page.goto(f"{people.demo.origin('console')}/#/privacy/{place}")
        await expect(page.locator(".places a:visible, .heading:visible").first).to_be_visible()
        assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), place
    await axe.check(page, "notices on a phone")


async def test_an_officer_sees_who_may_receive_anything_and_what_is_only_counted(people: People) -> None:
    olga = await people.operator("olga", reduced_motion="reduce")
    page = await go(olga, people, "recipients", "Recipients")
    await expect(page.locator(".cards li").filter(has_text="Mail relay")).to_contain_text("mail.relay")
    await axe.check(page, "recipients")
    page = await go(olga, people, "refusals", "Refused for age")
    await expect(page.get_by_text("Nobody has been refused.").or_(page.get_by_role("table"))).to_be_visible()
    await axe.check(page, "refusals")
    page = await go(olga, people, "browsers", "Browser log")
    await page.get_by_role("button", name="Show the entries").click()
    await expect(page.get_by_role("button", name="Show the entries")).to_have_count(0)
    await axe.check(page, "the browser log")
    # That the addresses were read is in the ledger.
    page = await go(olga, people, "ledger", "Ledger")
    await expect(olga.rows.filter(has_text="keeping the platform running").first).to_be_visible()
