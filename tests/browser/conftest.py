"""The whole product, started as a new user starts it, and browsers with people in front of them."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, StorageState, WebSocketRoute, async_playwright

from tests import command
from tests.browser.people import Operator, Visitor, open_console, sign_in
from tests.browser.watch import Watch
from tests.command import READY, Command, Demo, running
from tests.nameserver import Zone, a_nameserver
from tools import browser as browsers

#: Tests come from one address and act faster than people; the tests of the limits are the gateway's.
SETTINGS = {
    "PARLEY_LIMIT_REQUESTS": "0",
    "PARLEY_LIMIT_STARTS": "0",
    "PARLEY_LIMIT_SIGN_INS": "0",
    "PARLEY_MAIL_HOST": "mail.parley.example",
}
#: What the demo's own domains publish: something is wrong with each but one.
PUBLISHED = {
    "example": ["The names of all."],
    "mail.parley.example": ["v=spf1 mx ~all", "v=spf1 -all"],
    "fern.mail.parley.example": ["v=spf1 -all"],
    "_dmarc.parley.example": ["v=DMARC1; p=none"],
}


class Stage:
    """A running demo, and everything that was said on it."""

    def __init__(self, run: Command) -> None:
        """Takes the command that runs it."""
        self.run = run
        self.demo = Demo.read(run.data_dir)
        self.said: list[str] = []
        self.sessions: dict[str, StorageState] = {}
        #: True once the demo's community does not mind how fast somebody types.
        self.is_unhurried = False


@pytest_asyncio.fixture(scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The demo; when all tests are done it is stopped, and must have left no process, no complaint and no word."""
    data_dir = tmp_path_factory.mktemp("a folder") / "with spaces"
    async with (
        a_nameserver(Zone(texts=PUBLISHED)) as zone,
        running(
            "up", "--demo", data_dir=data_dir, settings=SETTINGS | {"PARLEY_DNS_SERVER": f"127.0.0.1:{zone.port}"}
        ) as run,
    ):
        await run.until(READY)
        stage = Stage(run)
        yield stage
        assert await run.stop(signal.SIGTERM) == 0, run.output
        await command.until_no_process(data_dir)
        assert command.complaints(data_dir) == []
        logs = command.logged(data_dir)
        assert [words for words in stage.said if len(words) > 3 and words in logs] == []


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for everybody; it resolves no name but ours."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=browsers.find_or_fetch(), args=flags())
        yield opened
        await opened.close()


def flags() -> list[str]:
    """Returns the flags of a Chromium that resolves no name but ours."""
    only_ours = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1"
    return [*browsers.FLAGS, only_ours]


async def refuse_sockets(context: BrowserContext) -> None:
    """Closes every live socket before it is open, as a proxy does that knows no WebSockets."""

    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close()

    await context.route_web_socket("**/live", refuse)


class People:
    """Makes people with browser contexts of their own, and sends them home when the test is over."""

    def __init__(self, stage: Stage, browser: Browser) -> None:
        """Takes where they meet, and the browser that they share."""
        self.stage = stage
        self.demo = stage.demo
        self._browser = browser
        self._watches: list[Watch] = []
        self._closing = AsyncExitStack()

    async def context(self, **options: Any) -> tuple[BrowserContext, Watch]:
        """Opens a browser context that is watched."""
        context = await self._browser.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}} | options
        )
        self._closing.push_async_callback(context.close)
        return context, self.watched(context)

    def watched(self, context: BrowserContext) -> Watch:
        """Watches a browser context, and judges at the end of the test what was seen."""
        watch = Watch(context, self.stage.run.port)
        self._watches.append(watch)
        return watch

    async def visitor(self, path: str = "/", *, shop: str = "fern", sockets: bool = True, **options: Any) -> Visitor:
        """Brings a visitor to a shop's page; the chat is not open yet."""
        context, watch = await self.context(**options)
        if not sockets:
            await refuse_sockets(context)
        page = await context.new_page()
        visitor = Visitor(page, watch, self.stage.said)
        await page.goto(self.demo.shop(shop) + path)
        await visitor.launcher.wait_for()
        return visitor

    async def chatting(self, name: str = "", **options: Any) -> Visitor:
        """Brings a visitor who has started a chat."""
        visitor = await self.visitor(**options)
        await visitor.open()
        await visitor.start(name)
        return visitor

    async def operator(
        self, login: str = "maria", *, tenant: str = "fern", sockets: bool = True, **options: Any
    ) -> Operator:
        """Brings somebody of the staff who is signed in; the session is shared by all tests that do not end it."""
        account = self.demo.account(tenant, login)
        key = account["email"]
        if key not in self.stage.sessions:
            context, _ = await self.context()
            page = await context.new_page()
            await page.goto(self.demo.origin("console"))
            await sign_in(page, account)
            await page.get_by_role("navigation", name="Sections").wait_for()
            self.stage.sessions[key] = await context.storage_state()
        context, watch = await self.context(storage_state=self.stage.sessions[key], **options)
        if not sockets:
            await refuse_sockets(context)
        page = await context.new_page()
        await open_console(page, self.demo)
        return Operator(page, watch, self.stage.said, account["name"])

    async def leave(self) -> None:
        """Closes everything and judges what the browsers saw."""
        await self._closing.aclose()
        for watch in self._watches:
            watch.check()


@pytest_asyncio.fixture
async def people(stage: Stage, browser: Browser) -> AsyncIterator[People]:
    """Makes visitors and staff for one test."""
    made = People(stage, browser)
    yield made
    await made.leave()


@asynccontextmanager
async def a_browser_that(people: People, folder: Path, **choices: Any) -> AsyncIterator[Visitor]:
    """Brings a visitor to the shop whose browser has settings of its own, as its profile keeps them."""
    (folder / "Default").mkdir()
    (folder / "Default" / "Preferences").write_text(json.dumps({"profile": choices}))
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            folder, executable_path=browsers.find_or_fetch(whole=True), args=flags(), locale="en-GB"
        )
        visitor = Visitor(await context.new_page(), people.watched(context), people.stage.said)
        await visitor.page.goto(people.demo.shop("fern"))
        yield visitor
        await context.close()
