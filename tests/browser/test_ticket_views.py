"""The list of tickets as somebody wants it: another order, other columns, and a view that is kept under a name."""

from __future__ import annotations

import secrets

from playwright.async_api import FilePayload, expect

from tests.browser import axe
from tests.browser.conftest import People, Stage
from tests.browser.test_tickets import a_subject, ask, row


async def test_a_view_is_put_together_saved_and_deleted_with_a_way_back(people: People, stage: Stage) -> None:
    subject = a_subject("A view of its own")
    await ask(people, stage, subject)
    sol = await people.operator("sol")
    page, dialog = sol.page, sol.page.get_by_role("dialog")
    name = f"High ones {secrets.token_hex(3)}"
    await page.goto(f"{people.demo.origin('console')}/#/tickets/triage")
    await row(page, subject).focus()
    await page.keyboard.press("p")
    await page.keyboard.type("high")
    await page.keyboard.press("Enter")
    await expect(row(page, subject)).to_contain_text("High")
    # Together by keys: high ones alone, with their queue, under a name.
    await page.keyboard.press("w")
    await dialog.get_by_label("High", exact=True).check()
    await dialog.get_by_label("Queue", exact=True).last.check()
    await dialog.get_by_label("Save it as").fill(name)
    await axe.check(page, "what a view shows")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
    await expect(row(page, subject)).to_contain_text("Support")
    await expect(page.locator(".ticket-row").filter(has_not_text="High")).to_have_count(0)
    # The order is remembered for this view, and for no other.
    await page.get_by_label("Order").select_option(label="Newest first")
    await page.reload()
    await expect(page.get_by_label("Order")).to_have_value("ORDER_NEWEST")
    await expect(row(page, subject)).to_be_visible()
    await axe.check(page, "the list as columns")
    await page.get_by_role("navigation", name="Views").get_by_role("link", name="Triage").click()
    await expect(page.get_by_label("Order")).to_have_value("ORDER_OLDEST")
    await page.get_by_role("link", name=name).click()
    await page.keyboard.press("w")
    await dialog.get_by_role("button", name=f"Delete {name}").click()
    await expect(page.get_by_role("link", name=name)).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")


async def test_an_answer_takes_files_along_and_goes_to_those_on_copy(people: People, stage: Stage) -> None:
    subject = a_subject("Show me how")
    await ask(people, stage, subject)
    sol = await people.operator("sol")
    page = sol.page
    copied = f"cc-{secrets.token_hex(3)}@people.example"
    stage.said += [copied, "the-steps.txt"]
    await page.goto(f"{people.demo.origin('console')}/#/tickets/triage")
    await row(page, subject).click()
    await page.get_by_role("button", name="Add somebody").click()
    await page.get_by_role("dialog").get_by_label("E-mail address").fill(copied)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name=f"Take {copied} off copy")).to_be_visible()
    file = FilePayload(name="the-steps.txt", mimeType="text/plain", buffer=b"First this, then that.")
    async with page.expect_file_chooser() as asked:
        await page.get_by_role("button", name="Attach files").click()
    await (await asked.value).set_files(file)
    await expect(page.get_by_role("button", name="Take the-steps.txt away")).to_be_visible()
    await expect(page.get_by_role("list", name="Goes with what you send").locator(".file.ready")).to_be_visible()
    await axe.check(page, "an answer with a file")
    await page.get_by_label("Your answer to wren@people.example").fill("Here are the steps.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".entry.ours")).to_contain_text("the-steps.txt")
    # Taken back, the file is there for the next try as well as the words.
    await page.get_by_role("button", name="Take it back").click()
    await expect(page.get_by_role("button", name="Take the-steps.txt away")).to_be_visible()
    await page.get_by_role("button", name=f"Take {copied} off copy").click()
    await expect(page.get_by_role("button", name=f"Take {copied} off copy")).to_have_count(0)
