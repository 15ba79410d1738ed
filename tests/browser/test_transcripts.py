"""What was said is searched, read and saved by those who lead a team, mailed to the visitor, and counted for all."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from pathlib import Path

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.people import Operator, Visitor
from tests.privacy.rights import until


async def a_talk(people: People, name: str, said: str) -> tuple[Visitor, Operator]:
    """Returns a visitor whose chat is over, and a supervisor."""
    maria, jo = await people.operator("maria"), await people.operator("jo")
    visitor = await people.chatting(name)
    await visitor.say(said)
    await maria.claim(name)
    await maria.say("Let me look.")
    await expect(visitor.log).to_contain_text("Let me look.")
    await visitor.end()
    return visitor, jo


async def test_a_supervisor_finds_reads_and_saves_a_transcript(people: People, tmp_path: Path) -> None:
    _, jo = await a_talk(people, "Tess Transcript", "Where is my crème-brûlée-torch?")
    page = jo.page
    # By keyboard: to the section, the words, why, and the line that was found.
    await page.keyboard.press("g")
    await page.keyboard.press("e")
    await expect(page.get_by_label("Words")).to_be_visible()
    await page.get_by_label("Words").fill("creme brulee torch")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").get_by_text("Say why you look")).to_be_visible()
    await page.get_by_label("Why you look").select_option("To look after quality")
    await page.get_by_label("Words").press("Enter")
    await expect(jo.rows).to_have_count(1)
    await expect(jo.rows.first).to_contain_text("Tess Transcript")
    await expect(jo.rows.first.locator("mark").first).to_be_visible()
    await axe.check(page, "the transcripts that were found")
    await page.get_by_label("Words").blur()
    await page.keyboard.press("j")
    await expect(jo.rows.first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Tess Transcript")).to_be_focused()
    await expect(page.get_by_role("list", name="What was said")).to_contain_text("Let me look.")
    await axe.check(page, "a transcript that is open")
    # Nothing of what was looked for stands in an address.
    assert "brulee" not in page.url
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="JSON").click()
    saved = tmp_path / "saved.json"
    await (await saving.value).save_as(saved)
    (transcript,) = json.loads(saved.read_text())
    assert transcript["display_name"] == "Tess Transcript"
    await page.get_by_role("button", name="Copy all that is found…").click()
    await page.get_by_label("Written as").select_option("A page to print")
    await page.get_by_role("button", name="Begin the copy").click()
    await expect(page.get_by_role("heading", name="Your copies")).to_be_focused()
    await expect(page.get_by_role("button", name="Save the file").first).to_be_visible()
    await axe.check(page, "the copies")
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Save the file").first.click()
    await (await saving.value).save_as(saved)
    assert "Tess Transcript" in saved.read_text()
    # All that is over is copied without words, and a copy is given up.
    copies = page.locator(".copies > li")
    count = await copies.count()
    await page.get_by_role("button", name="Copy all transcripts…").click()
    dialog = page.get_by_role("dialog", name="Copy every transcript that is kept?")
    await expect(dialog.get_by_role("button", name="Begin the copy")).to_have_attribute("aria-disabled", "true")
    await dialog.get_by_label("Why you look").select_option("A duty of law")
    await axe.check(page, "the copy of all transcripts")
    await dialog.get_by_role("button", name="Begin the copy").click()
    await expect(copies).to_have_count(count + 1)
    await expect(copies.first.get_by_role("button", name="Save the file")).to_be_visible()
    await copies.first.get_by_role("button", name="Give it up").click()
    await page.get_by_role("dialog").get_by_role("button", name="Give it up").click()
    await expect(copies).to_have_count(count)
    await expect(page.get_by_role("heading", name="Your copies")).to_be_focused()


async def test_a_visitor_is_mailed_the_chat(people: People) -> None:
    visitor, _ = await a_talk(people, "Milo Mailed", "Please keep this in writing.")
    panel, address = visitor.panel, "milo-mailed@people.example"
    visitor.said.append(address)
    await panel.get_by_role("button", name="Mail me the chat").click()
    await panel.get_by_label("Your email address").fill(address)
    await axe.check(visitor.page, "the form for a mailed copy", visitor.frame())
    await panel.get_by_role("button", name="Send the mail").click()
    await expect(panel.get_by_text("The mail is on its way. Your address is not kept.")).to_be_visible()
    folder = people.stage.run.data_dir / "mail"

    def arrived() -> list[str]:
        read = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in folder.glob("[!.]*.eml")
        ]
        return [str(mail.get_body(("plain",))) for mail in read if mail["To"] == address]

    async def has_arrived() -> bool:
        # A folder tells nobody of a new file.
        await asyncio.sleep(0.05)
        return bool(arrived())

    await until(has_arrived, bool)
    assert "Please keep this in writing." in arrived()[0]


async def test_reports_show_how_much_was_asked_and_how_long_it_took(people: People, tmp_path: Path) -> None:
    _, jo = await a_talk(people, "Rita Report", "One more for the figures.")
    page = jo.page
    await page.get_by_role("navigation", name="Sections").get_by_role("link", name="Reports").click()
    await expect(page.get_by_role("heading", name="Reports")).to_be_visible()
    figures = page.get_by_role("group", name="Figure")
    await expect(figures.get_by_role("button", name="First response")).to_be_visible()
    await figures.get_by_role("button", name="First response").click()
    await expect(page.get_by_role("img", name="First response by Day")).to_be_visible()
    await page.get_by_text("The same as a table").click()
    await page.get_by_text("What the figures are").click()
    await axe.check(page, "the reports")
    await page.get_by_label("Shown by").select_option("Operator")
    await expect(page.get_by_role("img", name="First response by Operator")).to_be_visible()
    await page.get_by_text("The same as a table").click()
    await expect(page.get_by_role("row", name="Maria Lindqvist")).to_be_visible()
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Save for a spreadsheet").click()
    saved = tmp_path / "report.csv"
    await (await saving.value).save_as(saved)
    assert saved.read_text(encoding="utf-8-sig").startswith("operator (UTC),name,volume,missed,answered")
