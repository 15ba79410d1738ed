"""Hours, messages that are left outside them or while nobody is online, and invitations by rule."""

from __future__ import annotations

import re
import secrets
from typing import Any

from playwright.async_api import Locator, Page, Route, expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.people import Operator

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SITE = "Harbor Cycles"


async def opening(people: People) -> Operator:
    """Brings an administrator to the page of the hours."""
    admin = await people.operator("admin", tenant="harbor", reduced_motion="reduce")
    await admin.page.get_by_role("navigation", name="Sections").get_by_role("link", name="Hours").click()
    await expect(admin.page.get_by_label("Time zone")).to_be_visible()
    return admin


async def from_the_left(part: Locator) -> float:
    """Returns how far something stands from the page's left edge."""
    box = await part.bounding_box()
    assert box is not None
    return box["x"]


async def test_outside_the_hours_a_message_is_left_and_the_desk_takes_it(people: People) -> None:
    admin = await opening(people)
    page = admin.page
    await page.get_by_label("Site", exact=True).select_option(SITE)
    await page.get_by_label("Time zone").fill("Europe/Berlin")
    for day in DAYS:
        await page.get_by_label(day, exact=True).fill("")
    await page.get_by_label("Monday", exact=True).fill("9 to 5")
    await page.get_by_role("button", name="Save hours").click()
    await expect(page.get_by_role("alert").filter(has_text="cannot be read as times")).to_be_visible()
    await page.get_by_label("Monday", exact=True).fill("")
    await page.get_by_role("button", name="Save hours").click()
    await expect(page.get_by_text("Saved. It holds at once.").first).to_be_visible()
    await axe.check(page, "the hours")

    visitor = await people.visitor(shop="harbor")
    address, said = "lena.left@people.example", "Do you have it in blue?"
    visitor.said += [address, said, "Lena Left"]
    await visitor.open()
    panel = visitor.panel
    await expect(panel.get_by_text("Nobody is here now. Leave a message")).to_be_visible()
    await panel.get_by_label("Your name, if you like").fill("Lena Left")
    await panel.get_by_label("Your message").fill(said)
    await panel.get_by_label("Email for the answer, if you like").fill(address)
    await axe.check(visitor.page, "the form for a message", visitor.frame())
    await panel.get_by_role("button", name="Agree and leave the message").click()
    await expect(visitor.log).to_contain_text("Left while nobody was there.")

    tom = await people.operator("tom", tenant="harbor")
    await expect(tom.row("Lena Left")).to_contain_text("Message left")
    await tom.page.get_by_role("link", name=re.compile("^Messages")).click()
    await axe.check(tom.page, "the messages that were left")
    await tom.row("Lena Left").click()
    await tom.page.get_by_role("button", name="Take this conversation").click()
    await expect(tom.bubbles).to_have_text([said])
    await expect(tom.page.get_by_text(address)).to_be_visible()
    await tom.say("We do, from Friday on.")
    await expect(visitor.bubbles).to_have_text([said, "We do, from Friday on."])
    await tom.page.get_by_role("link", name=re.compile("^Messages")).click()
    await expect(tom.row("Lena Left")).to_have_count(0)

    await page.get_by_role("button", name="Remove these hours").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove these hours").click()
    await expect(page.get_by_role("button", name="Remove these hours")).to_have_count(0)
    await visitor.end()


async def test_while_nobody_is_online_a_visitor_may_leave_a_message_or_wait(people: People) -> None:
    team = [await people.operator(login, tenant="harbor") for login in ("tom", "ruth")]
    for one in team:
        await one.page.get_by_label("Whether you take conversations").select_option("Away")
        await expect(one.page.get_by_text("You are away.")).to_be_visible()
    visitor = await people.visitor(shop="harbor")
    await visitor.open()
    note = visitor.panel.get_by_role("status").filter(has_text="Nobody is online right now.")
    await expect(note).to_be_visible()
    # The chat can be started all the same; or a message is left, and that can be taken back.
    await expect(visitor.panel.get_by_role("button", name="Agree and start the chat")).to_be_visible()
    await visitor.panel.get_by_role("button", name="Leave a message instead").click()
    await expect(visitor.panel.get_by_label("Your message")).to_be_visible()
    await axe.check(visitor.page, "the form while nobody is online", visitor.frame())
    await visitor.panel.get_by_role("button", name="Start the chat and wait instead").click()
    await expect(visitor.panel.get_by_label("Your message")).to_have_count(0)
    for one in team:
        await one.page.get_by_label("Whether you take conversations").select_option("Online")
        await expect(one.page.get_by_text("You are online and take conversations.")).to_be_visible()
    other = await people.visitor(shop="harbor")
    await other.open()
    await expect(other.panel.get_by_role("button", name="Agree and start the chat")).to_be_visible()
    await expect(other.panel.get_by_text("Nobody is online right now.")).to_have_count(0)


async def test_a_visitor_is_invited_by_rule_and_a_no_holds(people: People) -> None:
    admin = await people.operator("admin", tenant="harbor", reduced_motion="reduce")
    page, origin, name = admin.page, people.demo.shop("harbor"), f"Winter sale {secrets.token_hex(2)}"
    await page.goto(f"{people.demo.origin('console')}/#/settings/sites")
    await page.get_by_role("button", name="Add a site").click()
    dialog = page.get_by_role("dialog", name="Add a site")
    await dialog.get_by_label("Name, as visitors see it").fill(name)
    await dialog.get_by_label("Addresses of its pages").fill(origin)
    await dialog.get_by_role("button", name="Add a site").click()
    line = await page.locator("code", has_text="/launcher.js?site=pk_").inner_text()
    await page.get_by_label("Where the button stands").select_option(
        label="Lower corner at the start of a line (left in English)"
    )
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Your pages show it within half a minute.")).to_be_visible()
    await page.get_by_role("navigation", name="Sections").get_by_role("link", name="Hours").click()
    await page.get_by_label("Site", exact=True).select_option(name)
    # One for whoever comes back, which nobody is whom nobody recognises; and one for everybody.
    for at, (path, visits, words) in enumerate((("/sale", 3, "Welcome back!"), ("/sale*", 1, "May we help?"))):
        await page.get_by_role("button", name="Add an invitation").click()
        await page.get_by_label("Page, such as /checkout*").nth(at).fill(path)
        await page.get_by_label("After seconds").nth(at).fill("0")
        await page.get_by_label("From which visit on").nth(at).fill(str(visits))
        await page.get_by_label("What is said").nth(at).fill(words)
    await axe.check(page, "the invitations")
    await page.get_by_role("button", name="Save invitations").click()
    await expect(page.get_by_text("Saved. It holds at once.").first).to_be_visible()

    launcher = line.partition('src="')[2].partition('"')[0]

    async def other_site(route: Route) -> None:
        await route.abort()

    async def on_the_page(path: str, **options: Any) -> tuple[Page, Locator]:
        """Brings somebody to a page of the shop that carries the new site's line in the place of its own."""
        context, watch = await people.context(**options)
        watch.expect("ERR_FAILED")
        await context.route(lambda url: "/launcher.js" in url and url != launcher, other_site)
        shop = await context.new_page()
        await shop.goto(origin + path)
        await shop.add_script_tag(url=launcher)
        await shop.locator(".bar > button").wait_for()
        return shop, shop.locator(".invite")

    shop, invitation = await on_the_page("/sale")
    await expect(invitation).to_contain_text("May we help?")
    await axe.check(shop, "an invitation")
    # Both stand where the site says, and the panel will.
    assert await from_the_left(shop.locator(".bar > button")) == await from_the_left(invitation) == 20
    assert await shop.context.cookies() == []
    await invitation.get_by_role("button", name="No, thanks").click()
    await expect(invitation).to_have_count(0)
    await shop.goto(f"{origin}/sale-shoes")
    await shop.add_script_tag(url=launcher)
    await shop.locator(".bar > button").wait_for()
    await expect(invitation).to_have_count(0)
    # A browser that says no for its user is not asked at all.
    shop, invitation = await on_the_page("/sale", extra_http_headers={"Sec-GPC": "1"})
    await expect(invitation).to_have_count(0)
    await shop.locator(".bar > button").click()
    await expect(shop.locator("iframe")).to_be_visible()
    assert await from_the_left(shop.locator("iframe")) == 20
