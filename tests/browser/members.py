"""The members of a community in front of its pages, each with an account of their own, made as people make one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.letters import mailed
from tests.browser.watch import Watch

PASSWORD = "a password of a member"
#: Where the code stands in a mail.
CODE = r"(?m)^\s+([0-9A-Z]{4}-?[0-9A-Z]{4,})\s*$"
#: What a browser notes of a page that says why something was not done.
REFUSED = r"status of 4\d\d"


@dataclass(slots=True)
class Member:
    """Somebody with an account in a community, who is signed in."""

    page: Page
    watch: Watch
    handle: str
    base: str

    def post(self, number: int) -> Locator:
        """Returns a post on the page in front."""
        return self.page.locator(f"#p{number}")

    async def go(self, path: str) -> None:
        """Goes to a page of the community."""
        await self.page.goto(self.base + path)

    async def begin(self, space: str, title: str, body: str, *, kind: str = "A question") -> str:
        """Begins a topic and returns where it stands."""
        await self.go(f"/new/{space}")
        await self.page.get_by_label(kind).check()
        await self.page.get_by_label("Title").fill(title)
        await self.page.get_by_label("What you want to say").fill(body)
        await self.agree()
        await self.page.get_by_role("button", name="Post topic").click()
        await expect(self.page.get_by_role("heading", name=title, level=1)).to_be_visible()
        return self.page.url.removeprefix(self.base).partition("#")[0]

    async def reply(self, path: str, body: str) -> None:
        """Replies to a topic."""
        await self.go(path)
        await self.page.get_by_label("Your reply").fill(body)
        await self.agree()
        await self.page.get_by_role("button", name="Post reply").click()
        await expect(self.page.locator("main")).to_contain_text(body)

    async def agree(self) -> None:
        """Accepts the terms and acknowledges the warning, where the page asks for it."""
        for box in await self.page.get_by_role("group", name="Before you post").get_by_role("checkbox").all():
            await box.check()


#: Our hands are faster than people's; what comes of that is tested where time can be moved.
_UNHURRIED = """async () => {
  const { accessToken } = await (await fetch("/session")).json();
  const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
  const body = JSON.stringify({ valueJson: "0" });
  const path = "/v1/settings/community.least_typing_seconds";
  return (await fetch(path, { method: "PATCH", headers, body })).status;
}"""


async def a_member(people: People, name: str, *, script: bool = True, look: bool = False) -> Member:
    """Joins the demo's community, by the mailed code; the terms are not answered yet."""
    if not people.stage.is_unhurried:
        admin = await people.operator("admin")
        assert await admin.page.evaluate(_UNHURRIED) == 200
        people.stage.is_unhurried = True
    handle = f"{name}-{secrets.token_hex(3)}"
    address = f"{handle}@people.example"
    people.stage.said.append(address)
    context, watch = await people.context(java_script_enabled=script)
    page = await context.new_page()
    base = f"{people.demo.origin('community')}/c/fern"
    await page.goto(f"{base}/join")
    if look:
        await axe.check(page, "joining")
    await page.get_by_label("Name to post under").fill(handle)
    await page.get_by_label("E-mail address").fill(address)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Your age in years").fill("34")
    await page.get_by_role("button", name="Send me a code").click()
    await expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    if look:
        await axe.check(page, "the code")
    await page.get_by_label("Code", exact=True).fill(await mailed(people.stage.run.data_dir / "mail", address, CODE))
    await page.get_by_role("button", name="Make my account").click()
    await expect(page.get_by_role("heading", name="Terms of this community")).to_be_visible()
    return Member(page, watch, handle, base)
