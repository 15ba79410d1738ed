"""An administrator adds an endpoint, sees what became of what was sent to it, and delivers a dead letter again."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.privacy.endpoints import an_endpoint


async def test_an_endpoint_is_added_tried_and_given_what_it_did_not_take(people: People) -> None:
    admin = await people.operator("admin", reduced_motion="reduce")
    page = admin.page
    # An address that is not public is refused.
    admin.watch.expect(r"400 .*/v1/webhooks")
    async with an_endpoint() as endpoint:
        endpoint.answers = [410]
        await page.goto(f"{people.demo.origin('console')}/#/integrations/endpoints")
        await page.get_by_role("button", name="Add an endpoint").click()
        dialog = page.get_by_role("dialog", name="Add an endpoint")
        await dialog.get_by_label("Name", exact=True).fill("Till of Irma")
        await dialog.get_by_label("Address", exact=True).fill("http://example.com/in")
        await dialog.get_by_label("A visitor began a conversation.").check()
        await dialog.get_by_role("button", name="Add it").click()
        await expect(dialog.get_by_role("alert")).not_to_be_empty()
        await dialog.get_by_label("Address", exact=True).fill(endpoint.url)
        await axe.check(page, "adding an endpoint")
        await dialog.get_by_role("button", name="Add it").click()
        shown = page.get_by_role("dialog", name="The endpoint's secret")
        secret = await shown.locator("code").inner_text()
        await shown.get_by_role("button", name="I have copied it").click()
        await page.get_by_role("button", name="Test Till of Irma").click()
        (told,) = await endpoint.wait(kind="webhook.test")
        assert told.is_signed(secret)
        await axe.check(page, "the endpoints")
        await page.get_by_role("link", name="Deliveries").click()
        await page.get_by_role("button", name="Dead letters").click()
        row = page.get_by_role("listitem").filter(has_text=told.headers["webhook-id"])
        await expect(row).to_contain_text("The endpoint says that it is gone.")
        await axe.check(page, "dead letters")
        # It was taken out of use; it comes back into use, and gets what it missed.
        await page.get_by_role("link", name="Endpoints").click()
        await page.get_by_role("button", name="Use Till of Irma again").click()
        await expect(page.get_by_role("button", name="Pause Till of Irma")).to_be_visible()
        await page.get_by_role("link", name="Deliveries").click()
        await row.get_by_role("button", name="Deliver again").press("Enter")
        again = (await endpoint.wait(2, kind="webhook.test"))[1]
        assert again.headers["webhook-id"] == told.headers["webhook-id"]
        await page.get_by_role("link", name="Endpoints").click()
        await page.get_by_role("button", name="Remove Till of Irma").click()
        asked = page.get_by_role("dialog", name="Remove Till of Irma?")
        await asked.get_by_role("button", name="Remove", exact=True).click()
        await expect(page.get_by_text("Till of Irma", exact=True)).to_have_count(0)
