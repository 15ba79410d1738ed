"""A person reads what is held, corrects it, takes a copy and is forgotten: in the privacy centre and in the panel."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from services.privacy.domain.requests import HOLDERS
from tests.browser import axe
from tests.browser.conftest import People, a_browser_that
from tests.browser.people import Visitor, sign_in

COOKIE = "__Host-parley_privacy"
CODE = re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$")


async def code_of(visitor: Visitor) -> str:
    """Opens the visitor's privacy dialog and returns the code that stands in it."""
    await visitor.choose("Your privacy")
    return await visitor.panel.get_by_role("dialog").locator(".code strong").inner_text()


async def open_centre(visitor: Visitor) -> Page:
    """Follows the dialog's way to the privacy centre, in a new tab."""
    async with visitor.context.expect_page() as opened:
        await visitor.panel.get_by_role("button", name="Open my privacy page").click()
    page = await opened.value
    await page.wait_for_load_state()
    return page


def strings(value: Any) -> Iterator[str]:
    """Walks the texts in a JSON document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


async def come_in(people: People, context: BrowserContext, code: str) -> Page:
    """Opens the privacy centre with a code, as somebody does who has it on paper."""
    page = await context.new_page()
    await page.goto(f"{people.demo.origin('widget')}/privacy/fern")
    await page.get_by_label("Code on your receipt").fill(code.lower())
    await page.get_by_role("button", name="Open").click()
    return page


async def test_a_person_reads_corrects_copies_and_is_forgotten_without_a_script(people: People, tmp_path: Path) -> None:
    maria = await people.operator("maria")
    visitor = await people.chatting("Petra Privat")
    await visitor.say("My parcel number is 4711")
    await maria.claim("Petra Privat")
    await maria.say("Let me look")
    await expect(visitor.bubbles).to_have_count(2)
    code = await code_of(visitor)
    from_panel = await open_centre(visitor)
    await expect(from_panel.get_by_role("heading", name="What Fern & Pot holds about you")).to_be_visible()
    assert code not in from_panel.url
    (cookie,) = [each for each in await visitor.context.cookies() if each["name"] == COOKIE]
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
    await axe.check(from_panel, "what is held")
    for name in (
        "Correct",
        "Choices",
        "Restrict or object",
        "Delete",
        "Comment or complain",
        "Notices",
        "Privacy policy",
        "Who may receive it",
    ):
        async with from_panel.expect_navigation():
            await from_panel.get_by_role("link", name=name, exact=True).click()
        await axe.check(from_panel, name)

    context, watch = await people.context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = await come_in(people, context, code)
    main = page.get_by_role("main")
    for words in ("Petra Privat", "to answer you", "180 days after the chat ends", "read it"):
        await expect(main).to_contain_text(words)
    await page.get_by_text("Show what they say").first.click()
    await expect(main.get_by_text("My parcel number is 4711")).to_be_visible()

    await page.get_by_role("link", name="Correct something").click()
    people.stage.said.append("Petra Public")
    await page.get_by_label("Your name").fill("Petra Public")
    await page.get_by_role("button", name="Correct", exact=True).click()
    await expect(page.get_by_role("heading", name="Received")).to_be_visible()
    await expect(maria.row("Petra Public")).to_be_visible()
    await page.get_by_role("link", name="What is held").click()
    await expect(main).to_contain_text("Petra Public")

    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Download a copy").click()
    archive = tmp_path / "copy.zip"
    await (await downloading.value).save_as(archive)
    with zipfile.ZipFile(archive) as copy:
        names = copy.namelist()
        text = copy.read("data.json").decode()
    assert "index.html" in names
    assert {"Petra Public", "My parcel number is 4711", "Let me look"} <= set(strings(json.loads(text)))

    await page.get_by_role("link", name="Delete everything").click()
    await expect(main).to_contain_text("Backups: the last one")
    await page.get_by_role("button", name="Delete everything").click()
    await expect(page.get_by_role("heading", name="Gone here.")).to_be_visible()
    await expect(main.locator(".tick")).to_have_count(len(HOLDERS))
    await expect(main).to_contain_text("The last backup that may still hold it runs out on")
    tracking = await main.locator("code").inner_text()
    await expect(visitor.panel.get_by_text("This chat is no longer open here")).to_be_visible()
    await expect(maria.row("Petra Public")).to_be_hidden()

    watch.expect("status of 403")
    page = await come_in(people, context, code)
    await expect(page.get_by_role("alert")).to_contain_text("That code opens nothing here")
    await page.get_by_role("link", name="Follow a request or a complaint").click()
    await page.get_by_label("Code").fill(tracking)
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_role("main")).to_contain_text("To be forgotten")
    # The tab that came from the panel was open all the while: what it opened is good no more, and it says so.
    visitor.watch.expect("status of (401|403|410)")
    await from_panel.get_by_role("link", name="Correct", exact=True).click()
    await expect(from_panel.get_by_role("heading", name="This has expired")).to_be_visible()
    await axe.check(from_panel, "what has expired")


async def test_the_panels_last_page_deletes_where_every_cookie_and_all_storage_is_blocked(
    people: People, tmp_path: Path
) -> None:
    async with a_browser_that(people, tmp_path, default_content_setting_values={"cookies": 2}) as visitor:
        await visitor.open()
        await visitor.start("Gerd Gone")
        await visitor.say("Please forget this")
        await expect(visitor.panel.locator(".entry.own .state")).to_have_text("Sent")
        await visitor.end()
        card = visitor.panel.get_by_role("region", name="Read by")
        await expect(card).to_contain_text("Deletes itself on")
        await expect(card.locator(".code strong")).to_have_text(CODE)
        centre = await open_centre(visitor)
        await expect(centre.get_by_role("alert")).to_contain_text("this browser kept no cookie")
        await centre.close()
        async with visitor.page.expect_download() as downloading:
            await visitor.panel.get_by_role("button", name="Send me a copy").click()
        assert zipfile.is_zipfile(await (await downloading.value).path())
        await axe.check(visitor.page, "the end", visitor.frame())
        await visitor.panel.get_by_role("button", name="Delete now").click()
        await visitor.panel.get_by_role("dialog").get_by_role("button", name="Delete now").click()
        await expect(visitor.panel.get_by_role("heading", name="Gone here.")).to_be_visible()
        await expect(visitor.panel.locator(".steps .done")).to_have_count(len(HOLDERS))
        await expect(visitor.panel.get_by_text("The last backup that may still hold it runs out on")).to_be_visible()
        await axe.check(visitor.page, "what is gone", visitor.frame())
        await visitor.panel.get_by_role("button", name="Start a new chat").click()
        await expect(visitor.panel.get_by_role("region", name="Before you start")).to_be_visible()


async def administrator(people: People, tenant: str) -> Page:
    """Brings a page of the console with an administrator's session."""
    context, _ = await people.context()
    page = await context.new_page()
    await page.goto(people.demo.origin("console"))
    async with page.expect_response(lambda response: response.request.method == "POST") as answered:
        await sign_in(page, people.demo.account(tenant, "admin"))
    assert (await answered.value).ok
    return page


async def ask(admin: Page, path: str, body: dict[str, Any]) -> Any:
    """Asks the gateway for something, as whoever is signed in to the console in a page."""
    return await admin.evaluate(
        """async ([path, body]) => {
          const headers = { "content-type": "application/json" };
          const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
          return answer.json();
        }""",
        [path, body],
    )


async def test_what_a_tenant_asks_stands_behind_a_notice_whose_change_is_announced(people: People) -> None:
    admin = await administrator(people, "harbor")
    widget = people.demo.origin("widget")
    site = (await ask(admin, "/v1/sites", {"displayName": "Harbor by phone", "allowedOrigins": [widget]}))["site"]
    notice = {"siteId": site["id"], "language": "en", "text": "We keep what you say for a year."}
    await ask(admin, "/v1/notices", notice)
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    context, _ = await people.context(**phone)
    page = await context.new_page()
    await page.goto(f"{widget}/panel?site={site['key']}")
    name = page.get_by_label("Your name, if you like")
    await expect(page.get_by_role("heading", name="Before you start")).to_be_focused()
    await expect(name).not_to_be_focused()
    remember = page.get_by_label("Remember me on this site")
    await expect(remember).not_to_be_checked()
    await remember.check()
    start = page.get_by_role("button", name="Agree and start the chat")
    async with page.expect_response(lambda response: response.url.endswith("/v1/choices")) as chosen:
        await start.click()
    assert (await chosen.value).ok
    await page.locator(".menu summary").click()
    await page.get_by_role("button", name="End the chat").click()
    await page.get_by_role("dialog").get_by_role("button", name="End the chat").click()

    questions = [
        {"label": "Order number", "kind": "KIND_LINE", "required": True, "hint": "It stands on the invoice."},
        {"label": "Where do we reach you?", "kind": "KIND_EMAIL"},
    ]
    text, summary = "We keep what you say for 180 days.", "We keep it for a shorter time, and ask for your order."
    changed = {**notice, "text": text, "material": True, "changeSummary": summary, "questions": questions}
    await ask(admin, "/v1/notices", changed)
    await page.get_by_role("button", name="Start a new chat").click()
    await expect(page.get_by_role("status").filter(has_text="What has changed")).to_contain_text(summary)
    await expect(page.get_by_text("You are remembered here, as you wished.")).to_be_visible()
    await axe.check(page, "a changed notice with questions")
    async with context.expect_page() as opened:
        await page.get_by_role("link", name="See every word that changed").click()
    difference = await opened.value
    await expect(difference.locator("del")).to_contain_text("a year")
    await expect(difference.locator("ins")).to_contain_text("180 days")
    await axe.check(difference, "what changed in a notice")
    await difference.close()
    await start.click()
    await expect(start).to_be_visible()
    answer = "HB-20771"
    people.stage.said.append(answer)
    await page.get_by_label("Order number").fill(answer)
    await start.click()
    await expect(page.get_by_label("Your message")).to_be_visible()
    await page.locator(".menu summary").click()
    await page.get_by_role("button", name="Your privacy").click()
    async with context.expect_page() as opened:
        await page.get_by_role("button", name="Open my privacy page").click()
    await expect((await opened.value).get_by_role("main")).to_contain_text(answer)
    # Whoever waits in the demo's queue is met by the other tests.
    await page.get_by_role("dialog").get_by_role("button", name="Close").click()
    await page.locator(".menu summary").click()
    await page.get_by_role("button", name="End the chat").click()
    await page.get_by_role("dialog").get_by_role("button", name="End the chat").click()
    await expect(page.get_by_role("heading", name="The chat has ended")).to_be_visible()

    context, _ = await people.context(extra_http_headers={"sec-gpc": "1"})
    await context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    page = await context.new_page()
    await page.goto(f"{widget}/panel?site={site['key']}")
    await expect(page.get_by_text("Your browser asks sites not to follow you")).to_be_visible()
    await expect(page.get_by_role("checkbox")).to_have_count(0)
    await expect(page.get_by_role("status").filter(has_text="What has changed")).to_have_count(0)
