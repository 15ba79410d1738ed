"""Two real browsers chat, across origins, through every layer."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import People


async def test_a_visitor_and_an_operator_talk_from_the_notice_to_the_transcript(people: People) -> None:
    maria = await people.operator("maria")
    lena = await people.visitor("/plants/monstera")
    await lena.open()
    notice = lena.panel.get_by_role("region", name="Before you start")
    await expect(notice).to_contain_text("Only people who work for Fern & Pot read it")
    await expect(notice.get_by_role("link", name="whole policy")).to_have_attribute(
        "href", people.demo.shop("fern") + "/privacy"
    )
    await lena.start("Lena Grün")
    await lena.say("Is the monstera pet safe?")
    await expect(lena.bubbles).to_have_text(["Is the monstera pet safe?"])
    await expect(lena.status).to_have_text(re.compile("You are next|You are number"))

    # It appears in the open queue without a reload, and the title counts it.
    await expect(maria.row("Lena Grün")).to_be_visible()
    await expect(maria.page).to_have_title(re.compile(r"^\(\d+\) "))
    await maria.claim("Lena Grün")
    await expect(maria.bubbles).to_have_text(["Is the monstera pet safe?"])
    await expect(lena.status).to_have_text("Maria Lindqvist is here")

    await maria.composer.press_sequentially("No")
    await expect(lena.panel.locator(".typing")).to_have_text("Maria Lindqvist is typing")
    await maria.say("No, keep it away from cats.")
    await expect(lena.panel.locator(".typing")).to_be_hidden()
    await expect(lena.bubbles).to_have_text(["Is the monstera pet safe?", "No, keep it away from cats."])
    await expect(lena.panel.locator(".entry.own .state")).to_have_text("Read")
    await expect(maria.page.locator(".entry.own .state")).to_have_text("Read")

    await lena.composer.press_sequentially("Th")
    await expect(maria.page.locator(".typing")).to_have_text("Lena Grün is typing")
    await lena.say("Thanks, I will!")
    await expect(maria.bubbles.last).to_have_text("Thanks, I will!")

    await lena.end()
    await expect(maria.page.locator(".entry.event").last).to_contain_text("The visitor ended the conversation")
    readers = lena.panel.get_by_role("region", name="Read by")
    await expect(readers.get_by_role("listitem")).to_contain_text(["Maria Lindqvist"])
    await expect(readers).to_contain_text("Deletes itself on")
    await lena.panel.get_by_text("Read the transcript", exact=True).click()
    await expect(lena.panel.locator(".transcript .body")).to_have_text(
        ["Is the monstera pet safe?", "No, keep it away from cats.", "Thanks, I will!"]
    )


async def test_a_visitor_without_a_name_chats(people: People) -> None:
    tom = await people.operator("tom", tenant="harbor")
    visitor = await people.chatting(shop="harbor")
    await visitor.say("Do you repair hubs?")
    await tom.claim("Anonymous visitor")
    await tom.say("We do.")
    await expect(visitor.bubbles).to_have_text(["Do you repair hubs?", "We do."])
    await visitor.choose("Your privacy")
    await expect(visitor.panel.get_by_role("dialog")).to_contain_text("None: you chat anonymously")
    await visitor.panel.get_by_role("dialog").get_by_role("button", name="Close").click()
    await tom.end()
    await expect(visitor.panel.get_by_role("heading", name="The chat has ended")).to_be_visible()
