"""The list of tickets as somebody wants it: another order, other columns, and a view that is kept under a name."""

from __future__ import annotations

import re
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


async def test_a_saved_view_is_changed_shared_and_says_its_own_columns(people: People, stage: Stage) -> None:
    subject = a_subject("A view to share")
    await ask(people, stage, subject)
    sol = await people.operator("sol")
    page, dialog = sol.page, sol.page.get_by_role("dialog")
    name, later = (f"{word} {secrets.token_hex(3)}" for word in ("Before", "After"))
    await page.goto(f"{people.demo.origin('console')}/#/tickets/triage")
    await expect(row(page, subject)).to_be_visible()
    await page.keyboard.press("w")
    await dialog.get_by_label("Save it as").fill(name)
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
    await page.keyboard.press("w")
    await expect(dialog.get_by_label("What becomes of it")).to_have_value("change")
    await dialog.get_by_label("What the view is called").fill("")
    await dialog.get_by_role("button", name="Save", exact=True).click()
    await expect(dialog.get_by_role("alert")).to_contain_text("A view that is kept needs a name.")
    await dialog.get_by_label("What the view is called").fill(later)
    await dialog.get_by_label("All colleagues have it").check()
    await dialog.get_by_label("What a line says belongs to the view").check()
    await dialog.get_by_label("Came in", exact=True).check()
    await axe.check(page, "changing a saved view")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("link", name=later)).to_have_attribute("aria-current", "page")
    await expect(page.get_by_role("link", name=name)).to_have_count(0)
    await expect(row(page, subject).locator(".cell-created time")).to_be_visible()
    # A colleague has it as it was shared, whatever that browser shows elsewhere.
    jo = await people.operator("jo")
    theirs = jo.page
    await theirs.goto(f"{people.demo.origin('console')}/#/tickets/triage")
    await expect(row(theirs, subject)).to_be_visible()
    await expect(row(theirs, subject).locator(".cell-created")).to_have_count(0)
    await theirs.get_by_role("link", name=later).click()
    await expect(row(theirs, subject).locator(".cell-created time")).to_be_visible()
    # Shared no more it is its maker's alone; taken back at once, all have it as before.
    for is_taken_back in (True, False):
        await page.keyboard.press("w")
        await dialog.get_by_label("All colleagues have it").uncheck()
        async with page.expect_response(lambda answer: "/v1/ticket-views/" in answer.url):
            await page.keyboard.press("Control+Enter")
        saved = page.locator(".toast").filter(has_text=f"Saved: {later}").last
        await expect(saved).to_be_visible()
        if is_taken_back:
            async with page.expect_response(lambda answer: "/v1/ticket-views/" in answer.url):
                await saved.get_by_role("button", name="Undo").click()
        await theirs.reload()
        await expect(theirs.get_by_role("link", name="Triage")).to_be_visible()
        await expect(theirs.get_by_role("link", name=later)).to_have_count(int(is_taken_back))


async def test_a_canned_reply_is_put_into_an_answer_by_keys(people: People, stage: Stage) -> None:
    subject, shortcut = a_subject("Say it again"), f"again-{secrets.token_hex(3)}"
    await ask(people, stage, subject)
    sol = await people.operator("sol")
    page, dialog = sol.page, sol.page.get_by_role("dialog", name="New canned reply")
    await page.goto(f"{people.demo.origin('console')}/#/desk/replies")
    await page.get_by_role("button", name="New canned reply").click()
    await dialog.get_by_label("Shortcut").fill(shortcut)
    await dialog.get_by_label("Text", exact=True).fill("Hello {visitor_name|there}, {operator_name} looks at {site}.")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("list", name="Canned replies")).to_contain_text(f"/{shortcut}")
    await page.goto(f"{people.demo.origin('console')}/#/tickets/triage")
    await row(page, subject).click()
    field = page.get_by_label("Your answer to wren@people.example")
    await field.focus()
    await page.keyboard.type(f"/{shortcut[:8]}")
    chosen = page.get_by_role("listbox", name="Canned replies").get_by_role("option", name=f"/{shortcut}")
    await expect(chosen).to_have_attribute("aria-selected", "true")
    await axe.check(page, "choosing a canned reply for a ticket")
    # Closed, the slash is a slash; typed on, the list is there again.
    await page.keyboard.press("Escape")
    await expect(chosen).to_have_count(0)
    await expect(field).to_be_focused()
    await page.keyboard.type(shortcut[8:])
    await page.keyboard.press("Enter")
    await expect(field).to_have_value(re.compile(r"^Hello \S+, Sol Pérez looks at \S+\.$"))


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
