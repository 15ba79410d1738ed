"""The requester's own pages, without a script: the mailed link reads, a code by e-mail answers, closes and reopens."""

from __future__ import annotations

import secrets

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People, Stage
from tests.browser.letters import mailed


async def test_a_requester_reads_by_the_link_and_answers_after_a_code(people: People, stage: Stage) -> None:
    mark = secrets.token_hex(4)
    address, folder = f"pia-{mark}@people.example", stage.run.data_dir / "mail"
    stage.said += [address, f"Portal {mark}", f"And now it is red {mark}"]
    context, watch = await people.context(java_script_enabled=False, viewport={"width": 360, "height": 780})
    page = await context.new_page()
    await page.goto(f"{people.demo.origin('widget')}/support/{people.demo.tenant('fern')['site_key']}")
    await page.get_by_label("Your e-mail address").fill(address)
    await page.get_by_label("Address of your site").fill("https://pia.example/")
    await page.get_by_label("What is the matter?").fill("It is blue.")
    await page.get_by_label("In one line").fill(f"Portal {mark}")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("We have it")
    link = await mailed(folder, address, r"(/support/t/\S+)")
    # A browser that knows nothing of it: the link reads, and changes nothing.
    context, watch = await people.context(viewport={"width": 360, "height": 780})
    page = await context.new_page()
    await page.goto(people.demo.origin("widget") + link)
    await expect(page.get_by_role("heading", name=f"Portal {mark}")).to_be_visible()
    await expect(page.get_by_label("Your answer")).to_have_count(0)
    await axe.check(page, "a request by its link")
    await page.get_by_role("button", name="Send me a code").click()
    watch.expect("403")
    await page.get_by_label("Code").fill("AAAA-AAAA")
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("alert")).to_contain_text("That code is not right")
    await page.get_by_label("Code").fill(await mailed(folder, address, r"(?m)^ +([0-9A-Z]{4}-?[0-9A-Z]{4})\s*$"))
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("Your answer").fill(f"And now it is red {mark}")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator(".thread li").last).to_contain_text(f"And now it is red {mark}")
    await expect(page.get_by_role("link", name=f"Portal {mark}")).to_have_attribute("aria-current", "page")
    await axe.check(page, "a request after the code")
    await page.get_by_role("button", name="Close it: it is solved").click()
    await expect(page.locator(".lead")).to_have_text("Closed")
    await expect(page.get_by_text("It deletes itself on")).to_be_visible()
    await page.get_by_role("button", name="Open it again").click()
    await expect(page.locator(".lead")).to_have_text("We work on it")
    await page.get_by_role("button", name="Forget this browser").click()
    await expect(page.get_by_role("button", name="Send me a code")).to_be_visible()
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), "it scrolls sideways"
