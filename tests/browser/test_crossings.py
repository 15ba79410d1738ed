"""A ticket is made out of a chat by whoever answers it, and out of a topic by a moderator; those concerned are told."""

from __future__ import annotations

import asyncio
import re
import secrets

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People, Stage
from tests.browser.letters import mailed
from tests.browser.members import a_member


async def test_whoever_answers_makes_a_ticket_by_keys_and_the_visitor_reads_of_it(people: People, stage: Stage) -> None:
    name, address = f"Ida {secrets.token_hex(3)}", f"ida-{secrets.token_hex(4)}@people.example"
    stage.said += [address, "The pot is cracked."]
    visitor = await people.chatting(name)
    maria = await people.operator()
    await maria.claim(name)
    page, dialog = maria.page, maria.page.get_by_role("dialog", name="Make a ticket out of this chat?")
    await page.locator("#conversation-name").focus()
    await page.keyboard.press("m")
    await expect(dialog).to_contain_text("Nothing that was said goes along")
    await axe.check(page, "a ticket out of a chat")
    maria.watch.expect("400")
    await dialog.get_by_label("E-mail address of whoever gets the answer").fill(address)
    await dialog.get_by_role("button", name="Make the ticket").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("the address of the page, what is to be done")
    # Closed by mistake: what was typed is there again, and the way to it by hand is there as well.
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Make a ticket of it").click()
    await expect(dialog.get_by_label("E-mail address of whoever gets the answer")).to_have_value(address)
    await dialog.get_by_label("Address of the page that it is about").fill("https://fern.example/pots")
    await dialog.get_by_label("What is to be done").fill("The pot is cracked.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".toast").filter(has_text="was made.")).to_be_visible()
    await expect(page.locator(".conversation")).to_contain_text("was made out of this chat")
    await expect(visitor.panel.get_by_text("was made out of this chat. What was said here stays here.")).to_be_visible()
    assert (await mailed(stage.run.data_dir / "mail", address, r"(/support/t/)\S+")) == "/support/t/"
    await maria.end()


async def test_a_moderator_makes_a_ticket_of_a_topic_and_its_author_reads_of_it(people: People, stage: Stage) -> None:
    title, address = f"Roots {secrets.token_hex(3)}", f"mika-{secrets.token_hex(4)}@people.example"
    stage.said += [address]
    member = await a_member(people, "roots")
    await member.begin("ideas", title, "They rot.", kind="A discussion")
    mika = await people.operator("mika")
    page, dialog = mika.page, mika.page.get_by_role("dialog", name="Make a ticket out of this topic?")
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"{people.demo.origin('console')}/#/community/topics")
    await page.get_by_label("Space", exact=True).select_option("Ideas")
    await page.get_by_role("link", name=re.compile(title)).click()
    button = page.get_by_role("button", name="Make a ticket", exact=True)
    await expect(button).to_be_visible()
    await axe.check(page, "a topic")
    await button.focus()
    await page.keyboard.press("Enter")
    await dialog.get_by_label("E-mail address of whoever gets the answer").fill(address)
    await dialog.get_by_label("Address of the page that it is about").fill("https://fern.example/roots")
    await dialog.get_by_label("What is to be done").fill("Look after the roots.")
    await axe.check(page, "a ticket out of a topic")
    await dialog.get_by_role("button", name="Make the ticket").click()
    await expect(page.locator(".toast").filter(has_text="was made.")).to_be_visible()
    wide = await page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
    told = member.page.locator("main li.unread").filter(has_text=title)
    # The page does not change by itself, so that its reader comes back to it.
    async with asyncio.timeout(30):
        while not await told.count():
            await member.go("/news")
    await expect(told).to_contain_text("A request to the help desk was made out of a topic that you began.")
