"""A conversation goes from one colleague to another before the visitor's eyes, and whoever leads sees who waits."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People


async def test_a_conversation_is_handed_over_and_those_who_lead_see_where_it_is(people: People) -> None:
    maria, jo = await people.operator("maria"), await people.operator("jo")
    visitor, other = await people.chatting("Quinn"), await people.chatting("Quill")
    await expect(visitor.panel.get_by_text(re.compile("in the queue|You are next")).first).to_be_visible()
    await visitor.say("My monstera has brown spots.")
    await maria.claim("Quinn")
    # Who waits is not read by those who lead, unless they take it or say why.
    await jo.page.get_by_role("link", name="Queue").click()
    await jo.row("Quill").click()
    await expect(jo.page.get_by_role("heading", name="Nobody is answering yet")).to_be_visible()
    await expect(jo.bubbles).to_have_count(0)
    await axe.check(jo.page, "a conversation that waits, for those who lead")

    status = jo.page.get_by_label("Whether you take conversations")
    await status.select_option("Away")
    await expect(jo.page.get_by_text("You are away.")).to_be_visible()
    await maria.page.get_by_role("button", name="Hand over").click()
    dialog = maria.page.get_by_role("dialog")
    await expect(dialog.get_by_text(re.compile("^away, answers"))).to_be_visible()
    await axe.check(maria.page, "the question to whom a conversation goes")
    await dialog.get_by_label(re.compile("Jo Adeyemi")).check()
    maria.said.append("Photographs are on their way.")
    await dialog.get_by_label("What they should know (optional)").fill("Photographs are on their way.")
    await dialog.get_by_role("button", name="Hand over").click()
    await expect(maria.page.get_by_text("Offered to a colleague until")).to_be_visible()
    await status.select_option("Online")

    # The colleague reads the note, takes it, and reads on; whoever gave it does not.
    await jo.page.get_by_role("link", name=re.compile("^Mine")).click()
    await expect(jo.row("Quinn").get_by_text("Offered to you")).to_be_visible()
    await jo.row("Quinn").click()
    await expect(jo.page.get_by_text("Photographs are on their way.")).to_be_visible()
    await expect(jo.bubbles).to_have_count(0)
    await axe.check(jo.page, "a conversation that is offered")
    await jo.page.get_by_role("button", name="Take it", exact=True).click()
    await expect(jo.bubbles).to_contain_text(["My monstera has brown spots."])
    await expect(visitor.status).to_contain_text("Jo Adeyemi is here")
    await expect(maria.page.get_by_role("heading", name="Not here any more")).to_be_visible()
    await jo.say("Let us look at them together.")
    await expect(visitor.bubbles).to_contain_text(["My monstera has brown spots.", "Let us look at them together."])

    await jo.page.get_by_role("navigation", name="Sections").get_by_role("link", name="Live").click()
    runs, waits = (jo.page.get_by_role("row", name=re.compile(name)) for name in ("^Quinn", "^Quill"))
    await expect(runs).to_contain_text("Jo Adeyemi")
    await expect(runs).to_contain_text("Does not wait")
    await expect(waits).to_contain_text("In the queue")
    await expect(waits).to_contain_text("Nobody")
    await axe.check(jo.page, "what waits and runs")
    await jo.page.get_by_role("link", name="Who is given what").click()
    await expect(jo.page.get_by_label(re.compile("Conversations are given out")).first).to_be_visible()
    await axe.check(jo.page, "who is given what")
    await visitor.end()
    await other.end()
