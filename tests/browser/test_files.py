"""Files go both ways in a chat, and whose browser keeps nothing comes back to it by a code."""

from __future__ import annotations

import io
import re
from pathlib import Path

from PIL import Image
from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People, a_browser_that


def a_picture() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "Secret Street 7"
    Image.new("RGB", (320, 200), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_a_picture_and_a_bill_go_both_ways(people: People) -> None:
    maria = await people.operator("maria")
    visitor = await people.chatting("Fjodor")
    await maria.claim("Fjodor")
    await visitor.panel.locator("input[type=file]").set_input_files(
        {"name": "broken chair.jpg", "mimeType": "image/jpeg", "buffer": a_picture()}
    )
    for side in (visitor.panel, maria.page):
        picture = side.get_by_role("img", name="Picture: broken chair.jpg")
        await expect(picture).to_be_visible()
        # It was fetched from the host where no script runs, and drawn.
        await expect(picture).to_have_js_property("complete", True)
        assert await picture.evaluate("image => image.naturalWidth") == 320
        assert ".localhost" in str(await picture.get_attribute("src"))
    await maria.page.locator("input[type=file]").set_input_files(
        {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n" + b"x" * 3000}
    )
    async with visitor.page.expect_download() as started:
        await visitor.panel.get_by_role("button", name="Save bill.pdf").click()
    assert (await started.value).suggested_filename == "bill.pdf"
    await visitor.panel.locator("input[type=file]").set_input_files(
        {"name": "run.exe", "mimeType": "application/pdf", "buffer": b"MZ" + b"\x00" * 64}
    )
    await expect(visitor.log).to_contain_text("Files of this kind are not taken")
    await expect(maria.page.get_by_role("log")).to_contain_text("Files of this kind are not taken")
    await axe.check(visitor.page, "a chat with files", visitor.frame())
    await axe.check(maria.page, "a conversation with files")
    await maria.end()


async def test_a_browser_that_keeps_nothing_comes_back_by_a_code(people: People, tmp_path: Path) -> None:
    async with a_browser_that(people, tmp_path, default_content_setting_values={"cookies": 2}) as visitor:
        await visitor.open()
        await visitor.start("Nadja")
        await visitor.say("Do you have it in blue?")
        strip = visitor.panel.locator(".way-back")
        await expect(strip).to_contain_text("Your browser keeps nothing of this chat")
        code = str(await strip.locator("strong").text_content())
        assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){2}", code)
        await axe.check(visitor.page, "the way back", visitor.frame())
        # The next page knows nothing; no address holds the code.
        await visitor.page.goto(people.demo.shop("fern") + "/?next")
        await visitor.open()
        await visitor.panel.get_by_text("I have a code from an earlier chat").click()
        visitor.watch.expect("403 .*/widget/session")
        await visitor.panel.get_by_label("Code", exact=True).fill("K7QM-2XPD-9RTV")
        await visitor.panel.get_by_label("Code", exact=True).press("Enter")
        await expect(visitor.panel.get_by_text("This code opens no chat here")).to_be_visible()
        await axe.check(visitor.page, "a wrong code", visitor.frame())
        await visitor.panel.get_by_label("Code", exact=True).fill(code.lower().replace("-", " "))
        await visitor.panel.get_by_role("button", name="Open the chat").click()
        await expect(visitor.bubbles).to_have_text(["Do you have it in blue?"])
        await visitor.say("Or in green?")
        await expect(visitor.bubbles).to_have_text(["Do you have it in blue?", "Or in green?"])
        assert all(code not in frame.url for page in visitor.context.pages for frame in page.frames)
        await visitor.end()
