"""axe finds nothing on any page, in the light and in the dark."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Route, expect
from starlette.responses import HTMLResponse

from gateway.pages import ERROR, EXPIRED, MAINTENANCE, NOT_FOUND, UNKNOWN_SITE, Pages
from tests.browser import axe
from tests.browser.conftest import People


async def test_the_panel_in_every_state(people: People) -> None:
    maria = await people.operator("maria")
    visitor = await people.visitor(reduced_motion="reduce")
    await axe.check(visitor.page, "the shop with the launcher")
    await visitor.open()
    frame = visitor.frame()
    await axe.check(visitor.page, "the notice", frame)
    await visitor.start("Ada Axe")
    await visitor.say("Hello")
    await expect(visitor.panel.locator(".entry.own .state")).to_have_text("Sent")
    await axe.check(visitor.page, "the queue", frame)
    await maria.claim("Ada Axe")
    await maria.say("Hello to you, see https://fern.example/help")
    await maria.composer.press_sequentially("and")
    await expect(visitor.panel.locator(".typing")).to_be_visible()
    await axe.check(visitor.page, "the chat", frame)
    await axe.check(visitor.page, "the shop with the panel")
    await visitor.panel.locator(".menu summary").click()
    await axe.check(visitor.page, "the menu", frame)
    await visitor.panel.get_by_role("button", name="Your privacy").click()
    await expect(visitor.panel.get_by_role("dialog")).to_contain_text("Ada Axe")
    await axe.check(visitor.page, "what is held", frame)
    await visitor.panel.get_by_role("dialog").get_by_role("button", name="Close").click()
    await visitor.panel.get_by_role("button", name="Emoji").click()
    await axe.check(visitor.page, "the emoji", frame)
    await visitor.choose("End the chat")
    await axe.check(visitor.page, "the question whether to end", frame)
    await visitor.panel.get_by_role("dialog").get_by_role("button", name="End the chat").click()
    await expect(visitor.panel.get_by_role("region", name="Read by").get_by_role("listitem")).to_have_count(1)
    await visitor.panel.get_by_text("Read the transcript", exact=True).click()
    await axe.check(visitor.page, "the end", frame)


async def test_the_console_in_every_state(people: People) -> None:
    context, _ = await people.context(reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(people.demo.origin("console"))
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await axe.check(page, "signing in")
    noor = await people.operator("noor", tenant="parley", reduced_motion="reduce")
    await expect(noor.page.get_by_text("Nobody is waiting")).to_be_visible()
    await axe.check(noor.page, "the empty inbox")
    visitor = await people.chatting("Axel Axe", shop="parley")
    await visitor.say("Hello")
    await expect(noor.row("Axel Axe")).to_be_visible()
    await axe.check(noor.page, "the queue")
    await noor.row("Axel Axe").click()
    await expect(noor.bubbles).to_have_text(["Hello"])
    await axe.check(noor.page, "reading ahead")
    await noor.page.get_by_role("button", name="Take this conversation").click()
    await noor.say("Hello to you, see https://parley.example/help")
    await expect(visitor.bubbles).to_have_count(2)
    await axe.check(noor.page, "the conversation")
    await noor.page.keyboard.press("Control+k")
    await axe.check(noor.page, "the palette")
    await noor.page.keyboard.press("Escape")
    await noor.page.get_by_role("button", name="Show keyboard shortcuts").click()
    await axe.check(noor.page, "the shortcuts")
    await noor.page.keyboard.press("Escape")
    await noor.page.set_viewport_size({"width": 360, "height": 740})
    await axe.check(noor.page, "the conversation on a phone")
    await noor.end()
    await axe.check(noor.page, "an ended conversation on a phone")


def answer_with(response: HTMLResponse) -> Callable[[Route], Awaitable[None]]:
    """Returns what answers a request with a page that is at hand."""

    async def answer(route: Route) -> None:
        body = bytes(response.body).decode()
        await route.fulfill(status=response.status_code, body=body, content_type="text/html; charset=utf-8")

    return answer


async def test_the_gateways_own_pages(people: People) -> None:
    context, watch = await people.context()
    watch.expect("the server responded with a status of (404|410|500|503)")
    page = await context.new_page()
    api = people.demo.origin("api")
    await page.goto(api + "/docs")
    assert await axe.faults(page, axe.BUT_COLOURS) == []
    # Hundreds of calls are drawn alike: the colours of a dozen are looked at, and of as many links to them.
    await page.evaluate(
        """() => [".contents a", "article.call"].forEach((each) =>
          [...document.querySelectorAll(each)].slice(12).forEach((call) => call.remove()))"""
    )
    await axe.check(page, "the API's page")
    await page.goto(api + "/problems/")
    await axe.check(page, "the errors' page")
    response = await page.goto(api + "/no/such/page")
    assert response is not None
    assert response.status == 404
    await expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    found = re.search(r"/assets/([\w.-]+\.css)", await page.content())
    assert found is not None
    pages = Pages(found[1])
    for number, notice in enumerate((NOT_FOUND, UNKNOWN_SITE, EXPIRED, ERROR, MAINTENANCE)):
        address = f"{api}/docs?{number}"
        # What makes the gateway show these is not at hand in a browser, so its own answer is put in front of one.
        await page.route(address, answer_with(pages.notice(notice)))
        await page.goto(address)
        await expect(page.get_by_role("heading", name=notice.title)).to_be_visible()
        await axe.check(page, notice.title)


async def test_the_panel_speaks_the_pages_language_from_right_to_left(people: People) -> None:
    # The shop's page, as it would be in Arabic: before anything runs in it.
    context, _ = await people.context(reduced_motion="reduce")
    await context.add_init_script(
        """if (window === top) new MutationObserver((_, watch) => {
          Object.assign(document.documentElement, { lang: "ar", dir: "rtl" });
          watch.disconnect();
        }).observe(document, { childList: true });"""
    )
    page = await context.new_page()
    await page.goto(people.demo.shop("fern"))
    button = page.locator(".bar > button")
    await expect(button).to_have_attribute("aria-label", re.compile("تحدّث"))
    box = await button.bounding_box()
    assert box is not None
    assert box["x"] < 100, "the button stands at the end of the line, which is on the left"
    await button.click()
    panel = page.frame_locator("iframe")
    await expect(panel.locator("html")).to_have_attribute("dir", "rtl")
    await expect(panel.locator("html")).to_have_attribute("lang", "ar")
    frame = next(frame for frame in page.frames if "/panel" in frame.url)
    await axe.check(page, "the Arabic notice", frame)
    words = "أين طلبي؟"
    people.stage.said.append(words)
    await panel.get_by_role("button", name="أوافق وأبدأ المحادثة").click()
    await panel.get_by_label("رسالتك").fill(words)
    await panel.get_by_label("رسالتك").press("Enter")
    own = panel.locator(".entry.own .bubble")
    await expect(own).to_have_text(words)
    log, bubble = await panel.get_by_role("log").bounding_box(), await own.bounding_box()
    assert log is not None
    assert bubble is not None
    assert bubble["x"] - log["x"] < log["width"] / 4, "one's own words stand at the end of the line"
    await axe.check(page, "the Arabic chat", frame)
