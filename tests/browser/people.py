"""The people of the tests: visitors in front of a shop's page, and staff in front of the console.

They know where things stand on the screen, by the names that people and screen readers know, and nothing of what lies
behind. Everybody has a browser context of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Frame, FrameLocator, Locator, Page, expect

from tests.browser.watch import Watch
from tests.command import Demo

#: A machine with two cores and many tasks may need a while for what takes a moment.
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass(slots=True)
class Visitor:
    """Somebody in front of a shop's page."""

    page: Page
    watch: Watch
    said: list[str]
    context: BrowserContext = field(init=False)

    def __post_init__(self) -> None:
        """Takes the context from the page."""
        self.context = self.page.context

    @property
    def launcher(self) -> Locator:
        """The button in the page's corner, whatever it is called now."""
        return self.page.locator(".bar > button")

    @property
    def panel(self) -> FrameLocator:
        """The panel in its frame."""
        return self.page.frame_locator("iframe")

    @property
    def log(self) -> Locator:
        """The messages' log."""
        return self.panel.get_by_role("log")

    @property
    def bubbles(self) -> Locator:
        """What was said, on both sides, in order."""
        return self.panel.locator(".entry:not(.event) .bubble")

    @property
    def composer(self) -> Locator:
        """The field where a message is written."""
        return self.panel.get_by_label("Your message")

    @property
    def status(self) -> Locator:
        """The line under the site's name."""
        return self.panel.locator(".who [role=status]")

    def frame(self) -> Frame:
        """Returns the panel's frame, for looking at its document."""
        return next(frame for frame in self.page.frames if "/panel" in frame.url)

    async def open(self) -> None:
        """Opens the panel and waits until there is something in it."""
        await self.launcher.click()
        await expect(self.panel.locator("main .page, main .chat").first).to_be_visible()

    async def start(self, name: str = "") -> None:
        """Agrees to the notice and starts the chat."""
        if name:
            self.said.append(name)
            await self.panel.get_by_label("Your name, if you like").fill(name)
        await self.panel.get_by_role("button", name="Agree and start the chat").click()
        await expect(self.composer).to_be_visible()

    async def say(self, text: str) -> None:
        """Writes a message and sends it with Enter."""
        self.said.append(text)
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def choose(self, item: str) -> None:
        """Chooses an item of the menu."""
        await self.panel.locator(".menu summary").click()
        await self.panel.get_by_role("button", name=item).click()

    async def end(self) -> None:
        """Ends the chat."""
        await self.choose("End the chat")
        await self.panel.get_by_role("dialog").get_by_role("button", name="End the chat").click()
        await expect(self.panel.get_by_role("heading", name="The chat has ended")).to_be_visible()


@dataclass(slots=True)
class Operator:
    """Somebody of the staff in front of the console."""

    page: Page
    watch: Watch
    said: list[str]
    name: str
    context: BrowserContext = field(init=False)

    def __post_init__(self) -> None:
        """Takes the context from the page."""
        self.context = self.page.context

    @property
    def rows(self) -> Locator:
        """The rows of the list in front."""
        return self.page.locator("[data-list] a")

    @property
    def bubbles(self) -> Locator:
        """What was said in the conversation in front, on both sides, in order."""
        return self.page.locator(".conversation .entry:not(.event) .bubble")

    @property
    def composer(self) -> Locator:
        """The field where an answer is written."""
        return self.page.get_by_label("Your message")

    def row(self, name: str) -> Locator:
        """Returns the row of the visitor with a name."""
        return self.rows.filter(has=self.page.get_by_text(name, exact=True))

    async def claim(self, name: str) -> None:
        """Opens a visitor's conversation in the queue and takes it."""
        await self.row(name).click()
        await self.page.get_by_role("button", name="Take this conversation").click()
        await expect(self.composer).to_be_focused()

    async def say(self, text: str) -> None:
        """Writes an answer and sends it with Enter."""
        self.said.append(text)
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def end(self) -> None:
        """Ends the conversation in front."""
        await self.page.get_by_role("button", name="End conversation").click()
        await self.page.get_by_role("dialog").get_by_role("button", name="End conversation").click()
        await expect(self.page.get_by_role("dialog")).to_be_hidden()


async def sign_in(page: Page, account: dict[str, Any], *, password: str = "") -> None:
    """Fills the sign-in form in and sends it."""
    await page.get_by_label("Organisation").fill(account["tenant"])
    await page.get_by_label("Email").fill(account["email"])
    await page.get_by_label("Password", exact=True).fill(password or account["password"])
    await page.locator("button[type=submit]").click()


async def open_console(page: Page, demo: Demo) -> None:
    """Opens the console of somebody whose browser has a session."""
    await page.goto(demo.origin("console"))
    await expect(page.get_by_role("navigation", name="Sections")).to_be_visible()
