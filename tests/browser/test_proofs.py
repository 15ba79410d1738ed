"""Where a community asks for it, a browser calculates while people fill in a form; without a script they wait."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import pytest_asyncio
from playwright.async_api import Page, Request, Worker, expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.members import PASSWORD, REFUSED, a_member

_SET = """async (value) => {
  const { accessToken } = await (await fetch("/session")).json();
  const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
  const body = JSON.stringify({ valueJson: value });
  return (await fetch("/v1/settings/community.proof_of_work", { method: "PATCH", headers, body })).status;
}"""
#: A browser whose calculation takes until it is let go, as that of a slow telephone would.
_HELD = """
  window.Worker = class { constructor() { throw new Error("none here"); } };
  const digest = crypto.subtle.digest.bind(crypto.subtle);
  const held = new Promise((go) => { window.letGo = go; });
  crypto.subtle.digest = async (...all) => { await held; return digest(...all); };
"""
FIELD = 'input[name="proof"]'
SOLVED = re.compile(r"^([^.]+\.){5}\d+$")


@pytest_asyncio.fixture
async def asking(people: People) -> AsyncIterator[People]:
    """The demo's community, which asks whoever joins or reports to calculate."""
    admin = await people.operator("admin")
    assert await admin.page.evaluate(_SET, "true") == 200
    await shown(people, 1)
    yield people
    assert await admin.page.evaluate(_SET, "false") == 200
    await shown(people, 0)


async def shown(people: People, challenges: int) -> None:
    """Waits until the community has heard what it is to ask for."""
    context, _ = await people.context()
    page = await context.new_page()
    for _ in range(50):
        await page.goto(f"{base_of(people)}/join")
        if await page.locator(FIELD).count() == challenges:
            return
    raise AssertionError("the community did not hear of it")


def base_of(people: People) -> str:
    """Returns where the demo's community stands."""
    return f"{people.demo.origin('community')}/c/fern"


def sent_by(page: Page) -> list[str]:
    """Collects the proofs that a page sends."""
    proofs: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.post_data and "proof=" in request.post_data:
            proofs.extend(parse_qs(request.post_data)["proof"])

    page.on("request", note)
    return proofs


async def fill(page: Page, handle: str) -> None:
    """Types what joining asks for."""
    await page.get_by_label("Name to post under").fill(handle)
    await page.get_by_label("E-mail address").fill(f"{handle}@people.example")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Your age in years").fill("34")


async def test_a_browser_calculates_beside_the_page_while_somebody_fills_in_the_form(asking: People) -> None:
    context, _ = await asking.context()
    page = await context.new_page()
    sent = sent_by(page)
    workers: list[Worker] = []
    page.on("worker", lambda worker: workers.append(worker))  # noqa: PLW0108 - The method's own type is too narrow.
    await page.goto(f"{base_of(asking)}/join")
    await axe.check(page, "joining where browsers calculate")
    given = await page.locator(FIELD).input_value()
    assert not SOLVED.match(given)
    assert workers == [], "whoever only looks calculates nothing"
    await page.get_by_label("Name to post under").focus()
    await expect(page.locator(FIELD)).to_have_value(re.compile(re.escape(given) + r"\.\d+$"))
    assert len(workers) == 1
    await fill(page, "calla")
    await expect(page.get_by_role("status")).to_be_empty()
    await page.get_by_role("button", name="Send me a code").click()
    await expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    assert [bool(SOLVED.match(proof)) for proof in sent] == [True]


async def test_whoever_is_quicker_than_the_browser_is_told_and_need_not_send_again(asking: People) -> None:
    context, _ = await asking.context(viewport={"width": 360, "height": 740}, color_scheme="dark")
    page = await context.new_page()
    sent = sent_by(page)
    await page.add_init_script(_HELD)
    await page.goto(f"{base_of(asking)}/join")
    await fill(page, "dahlia")
    await page.get_by_label("Your age in years").press("Enter")
    await expect(page.get_by_role("status")).to_have_text(re.compile("^One moment. Your browser still calculates"))
    await axe.check(page, "joining while the browser calculates")
    await page.get_by_label("Your age in years").press("Enter")
    assert sent == []
    # Where there is no worker, the page calculates itself, and what is typed meanwhile stays.
    await page.evaluate("window.letGo()")
    await expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    assert [bool(SOLVED.match(proof)) for proof in sent] == [True]


async def test_a_member_joins_as_ever_and_one_who_is_exposed_is_heard(asking: People) -> None:
    iris = await a_member(asking, "iris")
    path = await iris.begin("ideas", "Whose shed is it?", "Ask for Nora Vale at the green shed.", kind="A discussion")
    context, _ = await asking.context()
    page = await context.new_page()
    sent = sent_by(page)
    await page.goto(iris.base + path)
    await page.locator("#p1").get_by_role("link", name="This exposes me").click()
    await page.get_by_label("The words that expose somebody").fill("the green shed")
    await page.get_by_role("button", name="Report").click()
    await expect(page.locator("code")).to_have_text(re.compile("^flg_"))
    assert [bool(SOLVED.match(proof)) for proof in sent] == [True]
    await page.goto(iris.base + path)
    await expect(page.locator("#p1")).not_to_contain_text("the green shed")


async def test_without_a_script_somebody_reads_that_they_wait_and_joins_after_that(asking: People) -> None:
    context, watch = await asking.context(java_script_enabled=False)
    watch.expect(REFUSED)
    page = await context.new_page()
    sent = sent_by(page)
    await page.goto(f"{base_of(asking)}/join")
    await expect(page.get_by_text("Without a script this form is taken 10 seconds after it was opened")).to_be_visible()
    await fill(page, "erica")
    await page.get_by_role("button", name="Send me a code").click()
    await expect(page.get_by_role("alert")).to_contain_text("send it again in a moment")
    await expect(page.get_by_label("Name to post under")).to_have_value("erica")
    # What is waited for is the time itself, which nothing announces.
    await asyncio.sleep(10)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Your age in years").fill("34")
    await page.get_by_role("button", name="Send me a code").click()
    await expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    assert len(set(sent)) == 1
    assert not SOLVED.match(sent[0])
