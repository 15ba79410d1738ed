"""Takes the README's pictures: starts the demo in a folder of its own, chats in two browsers, and saves what both see.

It changes nothing but `docs/screenshots/`. The talk is always the same, so that a new picture shows what changed.
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
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools import browser

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "screenshots"
START_SECONDS = 120
#: (width, height) of a desk and of a phone.
DESK, PHONE = (1280, 800), (360, 740)
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
    console.get_by_role("button", name="Sign in").click()
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


def take(chromium: Browser, card: dict[str, Any]) -> None:
    """Takes all pictures."""
    fern = next(tenant for tenant in card["tenants"] if tenant["slug"] == "fern")
    operator = next(account for account in fern["accounts"] if account["roles"] == ["operator"])
    shop, console = page(chromium, DESK), page(chromium, DESK)
    sign_in(console, card["console"], operator)
    start_chat(shop, fern["page"], "Sam")
    talk(shop, console)
    save(shop, "shop")
    for note in console.locator(".toast button").all():
        note.click()
    save(console, "console")
    console.emulate_media(color_scheme="dark")
    save(console, "console-dark")
    width, height = PHONE
    shop.set_viewport_size({"width": width, "height": height})
    expect(shop.frame_locator("iframe").get_by_role("textbox").last).to_be_in_viewport(ratio=1)
    save(shop, "phone")


def main() -> None:
    """Starts everything, takes the pictures and stops everything."""
    PICTURES.mkdir(parents=True, exist_ok=True)
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
