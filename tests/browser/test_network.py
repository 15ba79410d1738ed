"""Whatever the network and the browser do, what was said arrives once and in order."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.conftest import People, a_browser_that


async def test_a_reload_and_another_page_of_the_shop_resume_the_chat(people: People) -> None:
    maria = await people.operator("maria")
    visitor = await people.chatting("Rita Reload")
    await visitor.say("first")
    await maria.claim("Rita Reload")
    await maria.say("second")
    await expect(visitor.bubbles).to_have_text(["first", "second"])
    await visitor.page.reload()
    await expect(visitor.bubbles).to_have_text(["first", "second"])
    await visitor.page.get_by_role("link", name="Delivery").first.click()
    await visitor.page.wait_for_url("**/delivery")
    await expect(visitor.bubbles).to_have_text(["first", "second"])
    await visitor.say("third")
    await expect(maria.bubbles).to_have_text(["first", "second", "third"])
    await maria.page.reload()
    await expect(maria.bubbles).to_have_text(["first", "second", "third"])
    await maria.end()


async def test_a_page_that_slept_misses_nothing(people: People) -> None:
    maria = await people.operator("maria")
    visitor = await people.chatting("Sam Sleeper")
    await maria.claim("Sam Sleeper")
    await maria.say("before")
    await expect(visitor.bubbles).to_have_text(["before"])
    page = await visitor.context.new_cdp_session(visitor.page)
    await page.send("Page.setWebLifecycleState", {"state": "frozen"})
    # The panel is a process of its own, which the browser freezes only with its tab; here its script stands still.
    panel = await visitor.context.new_cdp_session(visitor.frame())
    await panel.send("Debugger.enable")
    await panel.send("Debugger.pause")
    for word in ("one", "two", "three"):
        await maria.say(word)
    await expect(maria.page.locator(".entry.own .state").last).to_have_text("Sent")
    await panel.send("Debugger.resume")
    await panel.send("Debugger.disable")
    await page.send("Page.setWebLifecycleState", {"state": "active"})
    await expect(visitor.bubbles).to_have_text(["before", "one", "two", "three"])
    await visitor.say("awake")
    await expect(maria.bubbles.last).to_have_text("awake")
    await maria.end()


async def test_what_is_written_without_a_connection_goes_out_once_when_it_is_back(people: People) -> None:
    maria = await people.operator("maria")
    visitor = await people.visitor()
    line = await Line.under(visitor.page)
    await visitor.open()
    await visitor.start("Olaf Offline")
    await maria.claim("Olaf Offline")
    await maria.say("before")
    await expect(visitor.bubbles).to_have_text(["before"])

    visitor.watch.expect("ERR_INTERNET_DISCONNECTED")
    await visitor.context.set_offline(True)
    await line.cut()
    await expect(visitor.panel.get_by_text("No connection. Trying again")).to_be_visible()
    await visitor.say("written offline")
    await expect(visitor.panel.get_by_text("Not sent yet. Your text is still here")).to_be_visible()
    await maria.say("said meanwhile")
    await visitor.context.set_offline(False)
    await expect(visitor.bubbles).to_have_text(["before", "said meanwhile", "written offline"])
    await expect(maria.bubbles).to_have_text(["before", "said meanwhile", "written offline"])
    await expect(visitor.panel.get_by_text("Not sent")).to_have_count(0)
    await maria.end()
    await expect(visitor.panel.get_by_role("heading", name="The chat has ended")).to_be_visible()


async def test_a_message_to_a_chat_that_ended_meanwhile_stays_with_its_author(people: People) -> None:
    maria = await people.operator("maria")
    visitor = await people.visitor()
    line = await Line.under(visitor.page)
    await visitor.open()
    await visitor.start("Lasse Late")
    await maria.claim("Lasse Late")
    visitor.watch.expect("ERR_INTERNET_DISCONNECTED")
    await visitor.context.set_offline(True)
    await line.cut()
    await visitor.say("too late, but not lost")
    await maria.end()
    await visitor.context.set_offline(False)
    await expect(visitor.panel.get_by_role("heading", name="The chat has ended")).to_be_visible()
    unsent = visitor.panel.locator("section", has_text="What was not sent is still here")
    await expect(unsent).to_contain_text("too late, but not lost")


async def test_the_chat_works_where_websockets_are_blocked(people: People) -> None:
    visitor = await people.chatting("Wilma Wall", sockets=False)
    maria = await people.operator("maria", sockets=False)
    await expect(maria.page.get_by_text("WebSockets are blocked on this network")).to_be_visible()
    await maria.claim("Wilma Wall")
    await expect(visitor.status).to_have_text("Maria Lindqvist is here")
    await visitor.say("by streams")
    await expect(maria.bubbles).to_have_text(["by streams"])
    await maria.composer.press_sequentially("and")
    await expect(visitor.panel.locator(".typing")).to_be_visible()
    await maria.say("and back")
    await expect(visitor.bubbles).to_have_text(["by streams", "and back"])
    await expect(maria.page.locator(".entry.own .state")).to_have_text("Read")
    # A conversation that begins later appears without a reload here too.
    await people.chatting("Wim Wallet")
    await maria.page.get_by_role("link", name="Queue").click()
    await maria.claim("Wim Wallet")
    await maria.end()


async def test_the_chat_works_where_every_cookie_and_all_storage_is_blocked(people: People, tmp_path: Path) -> None:
    maria = await people.operator("maria")
    async with a_browser_that(people, tmp_path, default_content_setting_values={"cookies": 2}) as visitor:
        assert await visitor.page.evaluate(_STORES) == [False, False]
        await visitor.open()
        await visitor.start("Bela Blocked")
        await maria.claim("Bela Blocked")
        await visitor.say("no cookie, no storage")
        await expect(maria.bubbles).to_have_text(["no cookie, no storage"])
        await maria.say("and still here")
        await expect(visitor.bubbles).to_have_text(["no cookie, no storage", "and still here"])
        assert await visitor.context.cookies() == []
        # The chat lives as long as the page, as its reader has chosen; the next page begins anew.
        await visitor.page.reload()
        await visitor.open()
        await expect(visitor.panel.get_by_role("region", name="Before you start")).to_be_visible()
    await maria.end()


async def test_a_reload_resumes_the_chat_where_cookies_of_third_parties_are_blocked(
    people: People, tmp_path: Path
) -> None:
    choices = {"cookie_controls_mode": 1, "block_third_party_cookies": True}
    async with a_browser_that(people, tmp_path, **choices) as visitor:
        await visitor.open()
        # A cookie that is not kept apart for each site is refused, so what resumes the chat is the partitioned one.
        await visitor.frame().evaluate("() => { document.cookie = 'mark=1; SameSite=None; Secure'; }")
        assert await visitor.context.cookies() == []
        await visitor.start("Thea Third")
        await visitor.say("still me")
        await expect(visitor.panel.locator(".entry.own .state")).to_have_text("Sent")
        await visitor.page.reload()
        await expect(visitor.bubbles).to_have_text(["still me"])
        await visitor.end()


#: Whether a page can keep a cookie, and anything else.
_STORES = """() => {
  document.cookie = "mark=1";
  let stores = true;
  try { localStorage.setItem("mark", "1"); } catch { stores = false; }
  return [document.cookie !== "", stores];
}"""


class Line:
    """A page's live socket, which can be cut as a network does: without a word."""

    def __init__(self) -> None:
        """Begins with no socket."""
        self._open: list[WebSocketRoute] = []

    @classmethod
    async def under(cls, page: Page) -> Line:
        """Puts a line under every live socket that a page opens from now on."""
        line = cls()

        def connect(socket: WebSocketRoute) -> None:
            socket.connect_to_server()
            line._open.append(socket)

        await page.route_web_socket("**/live", connect)
        return line

    async def cut(self) -> None:
        """Cuts all sockets."""
        for socket in self._open:
            await socket.close()
        self._open.clear()
