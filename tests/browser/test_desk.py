"""The desk: texts after a slash, tags, notes, earlier chats, and what is done about an abuser or a child."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People


async def test_a_canned_reply_is_made_once_and_inserted_by_keyboard_alone(people: People) -> None:
    maria = await people.operator("maria", reduced_motion="reduce")
    page, keyboard = maria.page, maria.page.keyboard
    await page.goto(f"{people.demo.origin('console')}/#/desk/replies")
    await page.get_by_role("button", name="New canned reply").focus()
    await keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New canned reply")
    maria.watch.expect(r"400 .*/v1/canned-replies")
    await dialog.get_by_label("Shortcut").fill("welcome-cora")
    await dialog.get_by_label("Text", exact=True).fill("Hello {visitor_nam}")
    await dialog.get_by_role("button", name="Save").press("Enter")
    await expect(dialog.get_by_text("a placeholder is not known")).to_be_visible()
    await axe.check(page, "a canned reply")
    await dialog.get_by_label("Text", exact=True).fill("Hello {visitor_name|there}, {operator_name} here.")
    await dialog.get_by_role("button", name="Save").press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("list", name="Canned replies")).to_contain_text("/welcome-cora")
    await axe.check(page, "the canned replies")
    cora = await people.chatting("Cora")
    await page.goto(f"{people.demo.origin('console')}/#/inbox/queue")
    await maria.claim("Cora")
    await keyboard.type("/wel")
    option = page.get_by_role("option", name="welcome-cora")
    await expect(option).to_have_attribute("aria-selected", "true")
    await expect(maria.composer).to_be_focused()
    await axe.check(page, "choosing a canned reply")
    await keyboard.press("Escape")
    await expect(option).to_have_count(0)
    await keyboard.type("c")
    await keyboard.press("Enter")
    hello = f"Hello Cora, {maria.name} here."
    await expect(maria.composer).to_have_value(hello)
    await keyboard.press("Enter")
    await expect(cora.bubbles).to_have_text([hello])
    # What is deleted comes back with one press.
    await page.goto(f"{people.demo.origin('console')}/#/desk/replies")
    await page.get_by_role("button", name="Delete /welcome-cora").press("Enter")
    await expect(page.get_by_text("/welcome-cora is deleted.")).to_be_visible()
    await page.get_by_role("button", name="Undo").last.click()
    await page.get_by_role("button", name="Delete /welcome-cora").press("Enter")
    await expect(page.get_by_role("button", name="Delete /welcome-cora")).to_have_count(0)
    await cora.end()


async def test_a_pasted_shortcut_opens_the_canned_replies_and_goes_to_nobody(people: People) -> None:
    maria, dora = await people.operator("maria"), await people.chatting("Dora Dash")
    await maria.claim("Dora Dash")
    # No lone slash was ever in the field, and nothing was read before.
    await maria.page.keyboard.insert_text("/hello")
    await maria.page.keyboard.press("Enter")
    await expect(maria.page.get_by_role("option", name="/hello")).to_have_attribute("aria-selected", "true")
    await maria.page.keyboard.press("Enter")
    await expect(maria.composer).to_have_value(re.compile("^Hello Dora Dash, this is"))
    await expect(maria.bubbles).to_have_count(0)
    await dora.end()


async def test_tags_and_notes_stand_beside_the_talk_and_never_in_it(people: People) -> None:
    maria, jo = await people.operator("maria"), await people.operator("jo", reduced_motion="reduce")
    page = jo.page
    await page.goto(f"{people.demo.origin('console')}/#/desk/tags")
    await page.get_by_role("button", name="New tag").click()
    await page.get_by_role("dialog").get_by_label("Word").fill("Gift voucher")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("list", name="Tags")).to_contain_text("Gift voucher")
    await axe.check(page, "the tags")
    nils = await people.chatting("Nils")
    await nils.say("Can I still use my voucher?")
    await maria.page.reload()
    await maria.claim("Nils")
    beside = maria.page.locator(".besides")
    await beside.get_by_label("Add a tag").select_option("Gift voucher")
    await beside.get_by_role("button", name="Add", exact=True).click()
    await expect(beside.locator(".chips")).to_contain_text("Gift voucher")
    note = "Has asked twice already"
    maria.said.append(note)
    await beside.get_by_label("A note for colleagues").fill(note)
    await beside.get_by_role("button", name="Add the note").click()
    await expect(beside.locator(".notes")).to_contain_text(note)
    await axe.check(maria.page, "tags and notes")
    # The list narrows to the tag.
    await maria.page.get_by_role("link", name=re.compile("^Mine")).click()
    await maria.page.get_by_label("Tag", exact=True).select_option("Gift voucher")
    await expect(maria.row("Nils")).to_contain_text("Gift voucher")
    await expect(maria.rows).to_have_count(1)
    text = await nils.panel.locator("body").inner_text()
    assert note not in text
    assert "Gift voucher" not in text
    await maria.row("Nils").click()
    await beside.get_by_role("button", name=re.compile("^Delete the note")).click()
    await expect(beside.locator(".notes li")).to_have_count(0)
    await maria.page.get_by_role("button", name="Undo").last.click()
    await expect(beside.locator(".notes")).to_contain_text(note)
    await nils.end()
    await page.get_by_role("button", name="Retire the tag Gift voucher").click()
    await expect(page.get_by_text("It stays where it was put.").first).to_be_visible()


async def test_an_abuser_is_kept_out_and_let_in_again(people: People) -> None:
    tom = await people.operator("tom", tenant="harbor", reduced_motion="reduce")
    rude = await people.chatting("Rudy", shop="harbor")
    await rude.say("You are all useless")
    rude.watch.expect(r"403 .*/v1/conversations")
    await tom.claim("Rudy")
    beside = tom.page.locator(".besides")
    await beside.get_by_role("button", name="Look for earlier chats").click()
    await expect(beside.get_by_text("Visitors who do not ask to be remembered")).to_be_visible()
    await beside.get_by_role("button", name="Keep out").click()
    dialog = tom.page.get_by_role("dialog", name="Keep this visitor out?")
    await axe.check(tom.page, "keeping out")
    await dialog.get_by_role("button", name="End the chat and keep out").click()
    await expect(rude.panel.get_by_role("heading", name="The chat has ended")).to_be_visible()
    await rude.panel.get_by_role("button", name="Start a new chat").click()
    await rude.panel.get_by_role("button", name="Agree and start the chat").click()
    await expect(rude.panel.get_by_text("because of insults earlier")).to_be_visible()
    await tom.page.goto(f"{people.demo.origin('console')}/#/desk/blocks")
    await axe.check(tom.page, "who is kept out")
    await tom.page.get_by_role("button", name="Lift").first.click()
    await tom.page.get_by_role("dialog").get_by_role("button", name="Lift").click()
    await expect(tom.page.get_by_role("heading", name="Nobody is kept out")).to_be_visible()
    await rude.panel.get_by_role("button", name="Agree and start the chat").click()
    await expect(rude.composer).to_be_visible()
    await rude.end()


async def test_who_says_to_be_under_age_leaves_nothing_behind(people: People) -> None:
    maria = await people.operator("maria")
    kid = await people.chatting("Timmy")
    await kid.say("I am twelve")
    await maria.claim("Timmy")
    await maria.page.get_by_role("button", name="Says to be under 18").click()
    dialog = maria.page.get_by_role("dialog", name="Refuse this visitor for age?")
    await axe.check(maria.page, "refusing for age")
    await dialog.get_by_role("button", name="Delete it all and end the chat").click()
    await expect(maria.page.get_by_text("Refused for age.")).to_be_visible()
    await expect(maria.row("Timmy")).to_have_count(0)
    await expect(kid.panel.get_by_role("heading", name="This chat is no longer open here")).to_be_visible()
    await expect(kid.panel.get_by_text("I am twelve")).to_have_count(0)
