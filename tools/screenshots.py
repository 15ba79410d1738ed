"""Takes pictures: starts the demo in a folder of its own, chats in two browsers, and saves what both see.

`docs/screenshots/` gets the README's few; the talk is always the same, so that a new picture shows what changed.
`build/screenshots/` gets every page at three widths, in the light and in the dark, for somebody to look at. Nothing
else is changed.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools import browser

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
LOOKS = ROOT / "build" / "screenshots"
START_SECONDS = 120
#: (width, height) of a desk and of a phone.
DESK, PHONE = (1280, 800), (360, 740)
#: Where every page is looked at: a phone, a tablet, a desk.
SIZES = (PHONE, (768, 1024), (1440, 900))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
TALK = (
    ("visitor", "Hello! My monstera has yellow leaves. Too much water?"),
    ("operator", "Most likely, yes. How often do you water it? 🌿"),
    ("visitor", "Twice a week…"),
    ("operator", "Let the soil dry for two weeks, then once a week. This helps: https://fern.example/care/monstera"),
)


@contextmanager
def demo() -> Iterator[dict[str, Any]]:
    """Runs the demo on a free port while it lasts, and yields what `demo.json` says."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="parley-pictures-", ignore_cleanup_errors=True) as folder:
        card = Path(folder) / "demo.json"
        process = subprocess.Popen(
            [ROOT / ".venv" / "bin" / "parley", "up", "--demo"],
            env={**os.environ, "PARLEY_PORT": str(port), "PARLEY_DATA": folder},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not card.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit("The demo did not start; `make run` says why.")
                time.sleep(0.1)
            yield json.loads(card.read_text())
        finally:
            process.terminate()
            process.wait()


def page(chromium: Browser, size: tuple[int, int], scheme: str = "light") -> Page:
    """Opens a browser of its own, with nothing stored in it."""
    width, height = size
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
        reduced_motion="reduce",
    )
    return context.new_page()


def sign_in(console: Page, url: str, account: dict[str, str]) -> None:
    """Signs a member of staff in at the console."""
    console.goto(url)
    console.get_by_label("Organisation").fill(account["tenant"])
    console.get_by_label("Email").fill(account["email"])
    console.get_by_label("Password", exact=True).fill(account["password"])
    console.locator("button[type=submit]").click()
    expect(console.get_by_role("navigation", name="Lists of the inbox")).to_be_visible()


def start_chat(shop: Page, url: str, name: str) -> None:
    """Opens the chat on a shop's page and starts it under a name."""
    shop.goto(url)
    shop.get_by_role("button", name="Chat with us").click()
    panel = shop.frame_locator("iframe")
    panel.get_by_label("Your name, if you like").fill(name)
    save(shop, "notice")
    panel.get_by_role("button", name="Agree and start the chat").click()
    expect(panel.get_by_role("log")).to_contain_text("You started the chat")


def talk(shop: Page, console: Page) -> None:
    """Lets both sides say their lines; each line is waited for on the other side."""
    panel = shop.frame_locator("iframe")
    console.get_by_role("button", name="Take the next in the queue").click()
    for side, line in TALK:
        here, there = (panel, console) if side == "visitor" else (console, panel)
        field = here.get_by_role("textbox").last
        field.fill(line)
        field.press("Enter")
        expect(there.get_by_role("log")).to_contain_text(line.split(": ", maxsplit=1)[0])


def save(of: Page, name: str) -> None:
    """Saves what a page shows."""
    of.screenshot(path=PICTURES / f"{name}.png", animations="disabled", caret="hide")


def look(at: Page, name: str, *, whole: bool = False) -> None:
    """Saves a page at every width in both schemes, and leaves it as it was."""
    before = at.viewport_size
    for width, height in SIZES:
        at.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            at.emulate_media(color_scheme=scheme)
            # What follows the size and the scheme is drawn a frame or two later, in the panel's own process too.
            for frame in at.frames:
                frame.evaluate("() => new Promise((done) => setTimeout(done, 60))")
            at.screenshot(
                path=LOOKS / f"{name}-{width}-{scheme}.png", animations="disabled", caret="hide", full_page=whole
            )
    at.emulate_media(color_scheme="light")
    if before is not None:
        at.set_viewport_size(before)


def look_at_the_widget(shop: Page, console: Page, url: str) -> None:
    """Goes through the panel's pages, and the console's with a conversation in them."""
    panel = shop.frame_locator("iframe")
    shop.goto(url)
    look(shop, "shop")
    shop.get_by_role("button", name="Chat with us").click()
    panel.get_by_label("Your name, if you like").wait_for()
    look(shop, "panel-notice")
    panel.get_by_label("Your name, if you like").fill("Robin")
    panel.get_by_role("button", name="Agree and start the chat").click()
    field = panel.get_by_label("Your message")
    field.fill("Do you deliver on Saturdays?")
    field.press("Enter")
    expect(panel.locator(".entry.own .state")).to_have_text("Sent")
    look(shop, "panel-queue")
    expect(console.locator("[data-list] a")).to_have_count(1)
    look(console, "console-queue")
    console.locator("[data-list] a").click()
    expect(console.get_by_role("log")).to_contain_text("Saturdays")
    look(console, "console-reading-ahead")
    console.get_by_role("button", name="Take this conversation").click()
    answer = console.get_by_label("Your message")
    answer.fill("We do, until two. See https://fern.example/delivery for the towns that we reach.")
    answer.press("Enter")
    expect(panel.get_by_role("log")).to_contain_text("until two")
    field.fill("Perfect, thank you 🌿")
    field.press("Enter")
    expect(console.get_by_role("log")).to_contain_text("Perfect")
    answer.press_sequentially("You")
    expect(panel.locator(".typing")).to_be_visible()
    look(shop, "panel-chat")
    look(console, "console-conversation")
    for key, name in (("Control+k", "palette"), ("?", "shortcuts")):
        console.get_by_role("heading", name="Robin").focus()
        console.keyboard.press(key)
        console.get_by_role("dialog").wait_for()
        look(console, f"console-{name}")
        console.keyboard.press("Escape")
    console.get_by_role("button", name="End conversation").click()
    look(console, "console-end")
    console.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    panel.locator(".menu summary").click()
    look(shop, "panel-menu")
    panel.get_by_role("button", name="Your privacy").click()
    expect(panel.get_by_role("dialog")).to_contain_text("Robin")
    look(shop, "panel-held")
    panel.get_by_role("dialog").get_by_role("button", name="Close").click()
    panel.locator(".menu summary").click()
    panel.get_by_role("button", name="End the chat").click()
    look(shop, "panel-end")
    panel.get_by_role("dialog").get_by_role("button", name="End the chat").click()
    expect(panel.get_by_role("region", name="Read by").get_by_role("listitem")).to_have_count(1)
    look(shop, "panel-ended")
    look(console, "console-ended")


def look_at_pages(chromium: Browser, card: dict[str, Any]) -> None:
    """Goes through the pages that nobody signs in to."""
    reader = page(chromium, DESK)
    fern = next(tenant for tenant in card["tenants"] if tenant["slug"] == "fern")
    for name, url in (
        ("start", card["start"]),
        ("shop-privacy", fern["page"] + "/privacy"),
        ("api", card["api"] + "/docs"),
        ("errors", card["api"] + "/problems/"),
        ("not-found", card["api"] + "/nothing"),
        ("no-such-site", card["widget"] + "/panel?site=none"),
        ("console-sign-in", card["console"]),
    ):
        reader.goto(url, wait_until="networkidle")
        look(reader, name)


def take(chromium: Browser, card: dict[str, Any]) -> None:
    """Takes all pictures."""
    fern = next(tenant for tenant in card["tenants"] if tenant["slug"] == "fern")
    operator = next(account for account in fern["accounts"] if account["roles"] == ["operator"])
    shop, console = page(chromium, DESK), page(chromium, DESK)
    sign_in(console, card["console"], operator)
    start_chat(shop, fern["page"], "Sam")
    talk(shop, console)
    save(shop, "shop")
    shop.locator("iframe").screenshot(path=PICTURES / "panel.png", animations="disabled", caret="hide")
    for note in console.locator(".toast button").all():
        note.click()
    save(console, "console")
    console.emulate_media(color_scheme="dark")
    save(console, "console-dark")
    width, height = PHONE
    shop.set_viewport_size({"width": width, "height": height})
    expect(shop.frame_locator("iframe").get_by_role("textbox").last).to_be_in_viewport(ratio=1)
    save(shop, "phone")
    shop.frame_locator("iframe").locator(".menu summary").click()
    shop.frame_locator("iframe").get_by_role("button", name="End the chat").click()
    shop.frame_locator("iframe").get_by_role("dialog").get_by_role("button", name="End the chat").click()
    console.get_by_role("link", name="Queue").click()
    expect(console.get_by_text("Nobody is waiting")).to_be_visible()
    look(console, "console-empty")
    look_at_the_widget(page(chromium, DESK), console, fern["page"])
    look_at_pages(chromium, card)


def main() -> None:
    """Starts everything, takes the pictures and stops everything."""
    for folder in (PICTURES, LOOKS):
        folder.mkdir(parents=True, exist_ok=True)
    with demo() as card, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser.find_or_fetch(), args=list(browser.FLAGS))
        try:
            take(chromium, card)
        finally:
            chromium.close()
    for picture in sorted(PICTURES.glob("*.png")):
        print(
            f"{picture.relative_to(ROOT)}  {re.sub(r'(?<=[0-9])(?=(...)+$)', ' ', str(picture.stat().st_size))} bytes"
        )


if __name__ == "__main__":
    main()
