"""Nothing is asked, stored or said before somebody opens the chat, and nothing is kept before they start it."""

from __future__ import annotations

import json

from playwright.async_api import Request, expect

from tests.browser.conftest import People
from tests.browser.people import Visitor

#: Where a browser keeps third parties from storing anything, asking is refused, and nothing is stored.
_STORED = """async () => {
  const names = [];
  for (const look of [
    () => Object.keys(localStorage),
    () => Object.keys(sessionStorage),
    async () => (await indexedDB.databases()).map(({ name }) => name),
    () => caches.keys(),
  ]) {
    try {
      names.push(...await look());
    } catch (error) {
      if (!/^(Security|Unknown)Error$/.test(error.name)) throw error;
    }
  }
  return names;
}"""


async def stored(visitor: Visitor) -> list[str]:
    """Returns the names of all that the page, and the panel where it is open, have put into the browser's storage."""
    frames = [frame for frame in visitor.page.frames if frame.url.startswith("http")]
    return [name for frame in frames for name in await frame.evaluate(_STORED)]


async def test_a_page_with_the_launcher_leaves_no_trace_until_a_chat_is_started(people: People) -> None:
    sent: list[Request] = []
    visitor = await people.visitor("/pots?email=lena@example.net")

    def note(request: Request) -> None:
        sent.append(request)

    visitor.context.on("request", note)
    await visitor.page.wait_for_load_state("networkidle")
    assert sorted(visitor.watch.paths()) == [
        "fern.localhost/pots",
        "fern.localhost/shop.css",
        "widget.localhost/launcher.js",
    ]
    assert await visitor.context.cookies() == []
    assert await stored(visitor) == []

    await visitor.open()
    await expect(visitor.panel.get_by_role("region", name="Before you start")).to_be_visible()
    await visitor.page.wait_for_load_state("networkidle")
    assert await visitor.context.cookies() == []
    assert await stored(visitor) == []
    site_key = people.demo.tenant("fern")["site_key"]
    bodies = [json.loads(request.post_data) for request in sent if request.post_data]
    assert bodies == [{"siteKey": site_key}], "only the site's own key is sent before the start"
    for request in sent:
        assert "lena@example.net" not in str(await request.all_headers()) + request.url

    async with visitor.page.expect_response(lambda response: response.request.method == "PUT"):
        await visitor.start()
    (cookie,) = await visitor.context.cookies()
    assert cookie["name"] == "__Host-parley_visitor"
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]) == (True, True, "None", "/")
    assert cookie["partitionKey"] == "http://fern.localhost"
    # The panel tells the page of the chat in its own time.
    await visitor.page.wait_for_function("sessionStorage.parley === 'open'")
    assert await stored(visitor) == ["parley"], "the page remembers for this tab that there is a chat, and nothing else"

    await visitor.end()
    await visitor.panel.get_by_role("button", name="Start a new chat").click()
    await expect(visitor.panel.get_by_role("region", name="Before you start")).to_be_visible()
    assert await visitor.context.cookies() == []
    assert await stored(visitor) == []


async def test_a_page_of_another_site_cannot_frame_the_panel(people: People) -> None:
    visitor = await people.visitor(shop="harbor")
    visitor.watch.expect("frame-ancestors")
    panel = f"{people.demo.origin('widget')}/panel?site={people.demo.tenant('fern')['site_key']}"
    async with visitor.page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        await visitor.page.evaluate(
            "(src) => document.body.append(Object.assign(document.createElement('iframe'), { src }))", panel
        )
    await expect(visitor.page.locator("body > iframe").content_frame.get_by_role("main")).to_have_count(0)
