"""The ticket form in the panel: offered where nobody is online, checked by name, and confirmed by mail."""

from __future__ import annotations

import secrets

from playwright.async_api import FilePayload, expect

from tests.browser import axe
from tests.browser.conftest import People, Stage
from tests.browser.letters import mailed


async def test_a_visitor_asks_by_mail_where_nobody_is_online(people: People, stage: Stage) -> None:
    team = [await people.operator(login, tenant="harbor") for login in ("tom", "ruth")]
    for one in team:
        await one.page.get_by_label("Whether you take conversations").select_option("Away")
        await expect(one.page.get_by_text("You are away.")).to_be_visible()
    address = f"ida-{secrets.token_hex(4)}@people.example"
    stage.said += [address, "The boat leaks."]
    visitor = await people.visitor(shop="harbor")
    await visitor.open()
    panel = visitor.panel
    await panel.get_by_role("button", name="Ask by e-mail instead").click()
    await expect(panel.get_by_role("heading", name="Ask by e-mail")).to_be_focused()
    # The site around the panel is the one that it is most often about.
    await expect(panel.get_by_label("Address of your site")).to_have_value(people.demo.shop("harbor") + "/")
    await panel.get_by_label("Your e-mail address").fill("ida at people")
    await panel.get_by_label("What is the matter?").fill("   ")
    await panel.get_by_label("What is the matter?").press("Tab")
    await panel.get_by_role("button", name="Send", exact=True).click()
    await expect(panel.get_by_role("alert").filter(has_text="Not sent.")).to_contain_text("What is the matter?")
    await expect(panel.get_by_label("Your e-mail address")).to_be_focused()
    await axe.check(visitor.page, "the ticket form, refused", visitor.frame())
    await panel.get_by_label("Your e-mail address").fill(address)
    await panel.get_by_label("What is the matter?").fill("The boat leaks.")
    file = FilePayload(name="the-boat.txt", mimeType="text/plain", buffer=b"It has a hole.")
    async with visitor.page.expect_file_chooser() as asked:
        await panel.get_by_role("button", name="Add files").click()
    await (await asked.value).set_files(file)
    await expect(panel.get_by_role("button", name="Take the-boat.txt away")).to_be_visible()
    # Back and forth: nothing that was typed is lost.
    await panel.get_by_role("button", name="Back", exact=True).click()
    await panel.get_by_role("button", name="Ask by e-mail instead").click()
    await expect(panel.get_by_label("What is the matter?")).to_have_value("The boat leaks.")
    await panel.get_by_role("button", name="Send", exact=True).click()
    await expect(panel.get_by_role("heading", name="We have it")).to_be_focused()
    await axe.check(visitor.page, "the ticket form, sent", visitor.frame())
    assert (await mailed(stage.run.data_dir / "mail", address, r"(/support/t/)\S+")) == "/support/t/"
    await panel.get_by_role("button", name="Back to the first page").click()
    await expect(panel.get_by_role("button", name="Agree and start the chat")).to_be_visible()
    for one in team:
        await one.page.get_by_label("Whether you take conversations").select_option("Online")
        await expect(one.page.get_by_text("You are online and take conversations.")).to_be_visible()
