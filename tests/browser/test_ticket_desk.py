"""The pages on which a desk is kept: each thing added, changed and taken back, by whoever may, and by keys."""

from __future__ import annotations

import secrets

from playwright.async_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import People


async def go(page: Page, origin: str, place: str) -> None:
    """Opens a page of the desk and waits until its list is read."""
    await page.goto(f"{origin}/#/ticketdesk/{place}")
    await expect(page.locator(".ticketdesk h2")).to_be_visible()
    await expect(page.locator(".ticketdesk-page .spinner")).to_have_count(0)


async def test_a_supervisor_keeps_the_desk_and_takes_things_back(people: People) -> None:
    jo = await people.operator("jo")
    page, console = jo.page, people.demo.origin("console")
    rows, dialog = page.locator(".kept-rows > li"), page.get_by_role("dialog")
    mark = secrets.token_hex(3)

    jo.watch.expect("400")
    await go(page, console, "queues")
    await page.keyboard.press("c")
    await dialog.get_by_label("What it is called").fill(f"Returns {mark}")
    # Closed by mistake: what was typed is there again.
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Add a queue").click()
    await expect(dialog.get_by_label("What it is called")).to_have_value(f"Returns {mark}")
    await dialog.get_by_label("How it gives out its tickets").select_option(label="To each member in turn")
    await dialog.get_by_label("Sol Pérez").check()
    await axe.check(page, "the form of a queue")
    await page.keyboard.press("Control+Enter")
    queue = rows.filter(has_text=f"Returns {mark}")
    await expect(queue).to_contain_text("To each member in turn")
    await expect(queue).to_contain_text("Sol Pérez")
    await queue.get_by_role("button", name="Use no more").click()
    await expect(queue).to_contain_text("Not in use")
    await page.locator(".toast").filter(has_text="No longer in use").get_by_role("button", name="Undo").click()
    await expect(queue).not_to_contain_text("Not in use")

    await go(page, console, "calendars")
    await page.keyboard.press("c")
    await dialog.get_by_label("What it is called").fill(f"Nights {mark}")
    await dialog.get_by_label("Time zone").fill("Asia/Tokyo")
    await dialog.get_by_label("Saturday").fill("eight to four")
    await expect(dialog).to_contain_text("This cannot be read as times yet.")
    await expect(dialog.get_by_role("button", name="Save")).to_have_attribute("aria-disabled", "true")
    await dialog.get_by_label("Saturday").fill("22:00-24:00, 00:00-06:00")
    await dialog.get_by_label("Days with hours of their own").fill("2026-12-31 closed")
    await axe.check(page, "the form of a calendar")
    await page.keyboard.press("Control+Enter")
    calendar = rows.filter(has_text=f"Nights {mark}")
    await expect(calendar).to_contain_text("Mon–Fri 09:00-17:00 · Sat 00:00-06:00, 22:00-24:00")
    await expect(calendar).to_contain_text("1 day with hours of their own")

    await go(page, console, "levels")
    await page.get_by_role("button", name="Add a promise").click()
    await dialog.get_by_label("Counted by").select_option(label=f"Nights {mark}")
    await dialog.get_by_label("Queue").select_option(label=f"Returns {mark}")
    await dialog.get_by_label("First answer within", exact=True).fill("90")
    await dialog.get_by_role("button", name="Save").click()
    await expect(rows.filter(has_text=f"Returns {mark}")).to_contain_text("First answer within 1 h 30 min")
    await expect(rows.filter(has_text=f"Returns {mark}")).to_contain_text(f"Counted by Nights {mark}")
    await page.get_by_role("button", name="Add a promise").click()
    await dialog.get_by_label("Queue").select_option(label=f"Returns {mark}")
    await dialog.get_by_label("Resolved within", exact=True).fill("5")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("There is a promise for this queue and priority already")
    await dialog.get_by_role("button", name="Cancel").click()
    await rows.filter(has_text=f"Returns {mark}").get_by_role("button", name="Delete").click()
    await expect(rows.filter(has_text=f"Returns {mark}")).to_have_count(0)

    await go(page, console, "calendars")
    await page.set_viewport_size({"width": 360, "height": 740})
    await axe.check(page, "the calendars")
    assert not await page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
    await page.set_viewport_size({"width": 1280, "height": 800})
    await calendar.get_by_role("button", name="Delete").click()
    await expect(calendar).to_have_count(0)

    await go(page, console, "mailboxes")
    await page.get_by_role("button", name="Add a mailbox").click()
    await dialog.get_by_label("What stands before the @").fill("privacy")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("This name has a meaning of its own")
    await dialog.get_by_label("What stands before the @").fill(f"returns-{mark}")
    await dialog.get_by_label("Its mail goes into").select_option(label=f"Returns {mark}")
    await dialog.get_by_role("button", name="Save").click()
    mailbox = rows.filter(has_text=f"returns-{mark}@")
    await expect(mailbox).to_contain_text(f"Into Returns {mark}")
    await mailbox.get_by_role("button", name="Delete").click()
    await dialog.get_by_role("button", name="Delete").click()
    await expect(mailbox).to_have_count(0)
    await axe.check(page, "the mailboxes")


async def test_the_desk_shows_whether_its_mail_is_believed(people: People) -> None:
    jo = await people.operator("jo", viewport={"width": 360, "height": 740}, permissions=["clipboard-write"])
    page = jo.page
    await go(page, people.demo.origin("console"), "mailboxes")
    senders = page.get_by_role("region", name="Sender domains")
    host = senders.get_by_role("article", name="mail.parley.example", exact=True)
    await expect(host).to_contain_text("There are several SPF records. Only one may be there")
    await expect(host).to_contain_text("v=spf1 mx -all")
    await expect(host).to_contain_text("The record only watches (p=none)")
    await expect(host).to_contain_text("_dmarc.parley.example")
    mailbox = senders.get_by_role("article", name="fern.mail.parley.example")
    await expect(mailbox).to_contain_text("nothing is sent in its name")
    await expect(mailbox.get_by_text("As it should be")).to_be_visible()
    # The demo sends in the name of this machine, which no server of names is asked about.
    own = senders.get_by_role("article", name="localhost", exact=True)
    await expect(own).to_contain_text("This name exists on this machine or network alone")
    copied = host.get_by_role("button", name="Copy the SPF record for mail.parley.example")
    await copied.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast").filter(has_text="Copied")).to_be_visible()
    await axe.check(page, "the sender domains")
    wide = await page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
    await senders.get_by_role("button", name="Look again").click()
    await expect(senders.get_by_role("button", name="Look again")).to_be_visible()
    await expect(host).to_be_visible()


async def test_a_rule_is_tried_before_it_runs(people: People) -> None:
    jo = await people.operator("jo")
    page, console = jo.page, people.demo.origin("console")
    rows, dialog = page.locator(".kept-rows > li"), page.get_by_role("dialog")
    name = f"Nobody is meant {secrets.token_hex(3)}"
    await go(page, console, "rules")
    await page.get_by_role("button", name="Add a rule").click()
    await dialog.get_by_label("What it is called").fill(name)
    await dialog.get_by_role("button", name="Add a condition").click()
    await dialog.get_by_label("Condition 1: what is looked at").select_option(label="its subject has the words")
    await dialog.get_by_label("Condition 1: what it must be").fill(name)
    await dialog.get_by_role("button", name="Add a step").click()
    await dialog.get_by_label("Step 1: words").fill("Thank you.")
    await dialog.get_by_role("button", name="Add a step").click()
    await dialog.get_by_label("Step 2: what is done").select_option(label="Set the priority")
    await dialog.get_by_label("Step 2: which").select_option(label="High")
    await dialog.get_by_role("button", name="Step 2: move up").click()
    await expect(dialog.get_by_label("Step 1: which")).to_have_value("HIGH")
    await dialog.get_by_role("button", name="Try it without doing anything").click()
    await expect(dialog).to_contain_text("It would act on none of the newest")
    # Without the condition it would act on what is there, and says so without doing it.
    await dialog.get_by_role("button", name="Condition 1: take away").click()
    await dialog.get_by_role("button", name="Try it without doing anything").click()
    await expect(dialog).to_contain_text("priority changed · answered by mail")
    await axe.check(page, "the form of a rule")
    await dialog.get_by_role("button", name="Save").click()
    rule = rows.filter(has_text=name)
    await expect(rule).to_contain_text("Stands still")
    await rule.get_by_role("button", name="What it did").click()
    await expect(dialog).to_contain_text("It has done nothing yet.")
    await dialog.get_by_role("button", name="Close").click()
    await rule.get_by_role("button", name="Delete").click()
    await expect(rule).to_have_count(0)


async def test_an_agent_keeps_macros_tags_and_no_rules(people: People) -> None:
    sol = await people.operator("sol")
    page, console = sol.page, people.demo.origin("console")
    rows, dialog = page.locator(".kept-rows > li"), page.get_by_role("dialog")
    name = f"Say thanks {secrets.token_hex(3)}"
    sol.watch.expect("409")
    await go(page, console, "macros")
    for _ in range(2):
        await page.get_by_role("button", name="Add a macro").click()
        await dialog.get_by_label("What it is called").fill(name)
        await dialog.get_by_label("Step 1: words").fill("Thank you for telling us.")
        await page.keyboard.press("Control+Enter")
        await expect(rows.filter(has_text=name)).to_contain_text("Answer: “Thank you for telling us.”")
    await expect(dialog.get_by_role("alert")).to_contain_text("Another one is called so already")
    await page.keyboard.press("Escape")
    await rows.filter(has_text=name).get_by_role("button", name="Delete").click()
    await page.locator(".toast").filter(has_text="Deleted").get_by_role("button", name="Undo").click()
    await expect(rows.filter(has_text=name)).to_have_count(1)
    await axe.check(page, "the macros")
    await go(page, console, "rules")
    await expect(page.get_by_text("You see this page; supervisors and administrators change")).to_be_visible()
    await expect(page.get_by_role("button", name="Add a rule")).to_have_count(0)
