"""Somebody who leads a team watches a running chat, and the visitor sees who, why and until when."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People


async def test_a_visitor_sees_that_the_chat_is_watched_and_why(people: People) -> None:
    maria, jo = await people.operator("maria"), await people.operator("jo")
    visitor = await people.chatting("Wanda")
    await visitor.say("Where is my order?")
    await maria.claim("Wanda")
    await jo.page.get_by_role("link", name="All", exact=True).click()
    await jo.row("Wanda").click()
    # Without a reason, a running conversation is its two people's.
    await expect(jo.page.get_by_role("heading", name="Maria Lindqvist is answering")).to_be_visible()
    await expect(jo.bubbles).to_have_count(0)
    await expect(jo.page.get_by_role("button", name="Watch", exact=True)).to_be_disabled()
    await axe.check(jo.page, "the question for a reason")
    await jo.page.get_by_label("Reason to watch it now").fill("Training of new colleagues")
    await jo.page.get_by_role("button", name="Watch", exact=True).click()
    await expect(jo.bubbles).to_contain_text(["Where is my order?"])
    watched = re.compile("Watched by somebody who leads the team, until")
    await expect(visitor.panel.get_by_text(watched)).to_be_visible()
    await expect(visitor.log).to_contain_text("Reason: Training of new colleagues")
    await expect(maria.page.get_by_text("A colleague who leads the team watches this conversation")).to_be_visible()
    await axe.check(visitor.page, "the chat that is watched", visitor.frame())
    await jo.page.get_by_role("button", name="Stop watching").click()
    await expect(visitor.log).to_contain_text("Nobody watches this chat any more")
    await expect(visitor.panel.get_by_text(watched)).to_have_count(0)
    await expect(jo.page.get_by_role("heading", name="Maria Lindqvist is answering")).to_be_visible()
