"""How people work what is in front of them: by mouse, or by keyboard alone.

Both do the same things, named by what people see. By keyboard everything is reached with Tab, as somebody reaches it
who has no mouse, and every page notes whether an event of a mouse ever came.
"""

from __future__ import annotations

from typing import Protocol

from playwright.async_api import FilePayload, Frame, Locator, Page, expect

#: How many presses of Tab it takes at most to reach anything on one of our pages.
_FAR = 120
#: Notes what a mouse does; a press of Enter on a button clicks it too, and no pointer is behind that.
WATCH_MOUSE = """
  window.__mouse = 0;
  for (const kind of ["pointerdown", "mousedown", "mouseup", "click", "wheel", "mousemove"]) {
    const note = (event) => {
      if (event.isTrusted && !(kind === "click" && event.detail === 0)) window.__mouse++;
    };
    addEventListener(kind, note, true);
  }
"""
_HAS_FOCUS = "(it) => it.getRootNode().activeElement === it"


async def mouse_events(page: Page) -> int:
    """Returns how many events of a mouse a page and its frames have seen."""

    async def seen(frame: Frame) -> int:
        return int(await frame.evaluate("() => window.__mouse ?? 0"))

    return sum([await seen(frame) for frame in page.frames if frame.url.startswith("http")])


class Hands(Protocol):
    """What hands can do."""

    async def press(self, it: Locator) -> None:
        """Presses a button, a link or a box."""

    async def write(self, field: Locator, text: str) -> None:
        """Writes into an empty field."""

    async def choose(self, select: Locator, label: str) -> None:
        """Chooses from a list."""

    async def attach(self, button: Locator, file: FilePayload) -> None:
        """Chooses a file by the button that asks for one."""

    async def rests_on(self, it: Locator) -> None:
        """Says that the focus is there now, where hands on a keyboard go on."""


class Mouse:
    """Somebody with a mouse."""

    def __init__(self, page: Page) -> None:
        """Takes the page in front."""
        self._page = page

    async def press(self, it: Locator) -> None:
        """Clicks."""
        await it.click()

    async def write(self, field: Locator, text: str) -> None:
        """Clicks into the field and types."""
        await field.click()
        await self._page.keyboard.insert_text(text)

    async def choose(self, select: Locator, label: str) -> None:
        """Chooses with the mouse."""
        await select.select_option(label=label)

    async def attach(self, button: Locator, file: FilePayload) -> None:
        """Clicks the button and chooses."""
        async with self._page.expect_file_chooser() as asked:
            await button.click()
        await (await asked.value).set_files(file)

    async def rests_on(self, it: Locator) -> None:
        """Looks only whether it is there: eyes go on wherever they like."""
        await expect(it).to_be_visible()


class Keyboard:
    """Somebody with a keyboard alone."""

    def __init__(self, page: Page) -> None:
        """Takes the page in front."""
        self._page = page

    async def _reach(self, it: Locator) -> None:
        """Goes on by Tab until the focus is there, and comes round from the end of the page."""
        await expect(it).to_be_visible()
        for _ in range(_FAR):
            if await it.evaluate(_HAS_FOCUS):
                return
            await self._page.keyboard.press("Tab")
        raise AssertionError(f"{it} cannot be reached by Tab")

    async def press(self, it: Locator) -> None:
        """Goes there and presses the key that it takes."""
        kind = await it.evaluate("(it) => it.type")
        if kind == "radio":
            await self._choose_radio(it)
            return
        await self._reach(it)
        await self._page.keyboard.press("Space" if kind == "checkbox" else "Enter")

    async def _choose_radio(self, it: Locator) -> None:
        """Goes to the group, of which Tab reaches one, and on by arrows."""
        name = await it.get_attribute("name")
        group = it.page.locator(f'input[type=radio][name="{name}"]')
        await self._reach(group.first)
        for _ in range(await group.count()):
            if await it.evaluate(_HAS_FOCUS):
                break
            await self._page.keyboard.press("ArrowDown")
        if not await it.is_checked():
            await self._page.keyboard.press("Space")
        await expect(it).to_be_checked()

    async def write(self, field: Locator, text: str) -> None:
        """Goes there and types."""
        await self._reach(field)
        await self._page.keyboard.insert_text(text)

    async def choose(self, select: Locator, label: str) -> None:
        """Goes there and types the beginning of the line, as a list of the browser's takes it."""
        await self._reach(select)
        await self._page.keyboard.type(label)
        await expect(select.locator("option:checked")).to_have_text(label)

    async def attach(self, button: Locator, file: FilePayload) -> None:
        """Goes to the button, presses Enter, and chooses in the system's own window."""
        async with self._page.expect_file_chooser() as asked:
            await self.press(button)
        await (await asked.value).set_files(file)

    async def rests_on(self, it: Locator) -> None:
        """Says that the next key goes there."""
        await expect(it).to_be_focused()
