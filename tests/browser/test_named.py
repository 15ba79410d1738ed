"""A site's own back end says who is chatting, and whoever answers sees that it was the site that said so."""

from __future__ import annotations

import json

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.people import Visitor
from tests.identity.test_visitor_identity import a_token


async def a_page_that_says(people: People, token: str) -> Visitor:
    """Brings a visitor to a shop's page that names its customer by a token."""
    context, watch = await people.context()
    await context.add_init_script(f"window.parleyIdentity = async () => {json.dumps(token)};")
    page = await context.new_page()
    visitor = Visitor(page, watch, people.stage.said)
    await page.goto(people.demo.shop("fern"))
    await visitor.launcher.wait_for()
    return visitor


async def test_the_operator_sees_whom_the_site_named_and_nobody_is_named_by_a_forged_token(people: People) -> None:
    admin = await people.operator("admin")
    page = admin.page
    await people.visitor()
    await page.goto(f"{people.demo.origin('console')}/#/settings/sites")
    row = page.locator("[data-list] a").filter(has_text="Fern & Pot")
    await row.first.click()
    site_id = str(await row.first.get_attribute("href")).rpartition("/")[2]
    await page.get_by_role("button", name="Make a secret").click()
    dialog = page.get_by_role("dialog", name="Your own customers, known by name")
    secret = await dialog.locator("code").inner_text()
    await axe.check(page, "a site's secret")
    await dialog.get_by_role("button", name="I have copied it").click()
    people.stage.said += ["Nadia Named", "nadia@customers.example", "customer-named"]
    token = a_token(secret, site_id, sub="customer-named", name="Nadia Named", email="nadia@customers.example")
    named = await a_page_that_says(people, token)
    await named.open()
    await named.start("Nadia")
    forged = await a_page_that_says(people, a_token("x" * 43, site_id, name="Nadia Named"))
    forged.watch.expect("403")
    await forged.open()
    await forged.start("Not Nadia")
    maria = await people.operator("maria")
    await maria.claim("Nadia")
    beside = maria.page.locator(".verified")
    await expect(beside).to_contain_text("Verified by the site itself")
    await expect(beside).to_contain_text("Nadia Named")
    await expect(beside).to_contain_text("nadia@customers.example")
    await axe.check(maria.page, "a visitor whom the site named")
    await maria.page.goto(people.demo.origin("console") + "/#/inbox/queue")
    await maria.claim("Not Nadia")
    await expect(maria.page.locator(".readers")).to_be_visible()
    await expect(beside).to_have_count(0)
    for visitor in (named, forged):
        await visitor.end()
