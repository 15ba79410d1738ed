"""The console: signing in and out, who sees what, and everything by keyboard."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import People
from tests.browser.people import sign_in


async def test_only_the_right_password_opens_the_console(people: People) -> None:
    context, _ = await people.context()
    page = await context.new_page()
    await page.goto(people.demo.origin("console"))
    await expect(page.get_by_label("Organisation")).to_be_focused()
    account = people.demo.account("fern", "jo")
    await sign_in(page, account, password="not the password")
    await expect(page.get_by_role("alert")).to_have_text(
        "Not signed in. Organisation, email and password do not go together."
    )
    await expect(page.get_by_label("Email")).to_have_value(account["email"])
    assert await context.cookies() == []
    await sign_in(page, account)
    await expect(page.get_by_role("heading", name="Inbox")).to_be_attached()
    kept = {cookie["name"]: cookie for cookie in await context.cookies()}
    assert set(kept) == {"__Host-parley_session", "__Host-parley_device"}
    assert all(cookie["httpOnly"] and cookie["secure"] for cookie in kept.values())
    assert await page.evaluate("() => document.cookie") == ""


async def test_names_and_the_place_in_front_have_room_on_a_tablet_and_on_a_phone(people: People) -> None:
    page = (await people.operator("admin")).page
    await page.set_viewport_size({"width": 768, "height": 1024})
    await page.goto(people.demo.origin("console") + "/#/settings/team")
    name = page.get_by_role("heading", name="Kai Nakamura")
    await expect(name).to_be_visible()
    box = await name.bounding_box()
    assert box is not None
    # It stands in one line, whatever can be done with its owner.
    assert box["height"] < 40 < box["width"]
    await page.set_viewport_size({"width": 360, "height": 740})
    for place in ("settings", "live"):
        await page.goto(f"{people.demo.origin('console')}/#/{place}")
        here = page.get_by_role("navigation", name="Sections").locator("[aria-current]")
        await expect(here).to_have_attribute("href", f"#/{place}")
        # Nothing of it is cut, but for a part of a pixel.
        await expect(here).to_be_in_viewport(ratio=0.99)
    # What can be done with somebody stands in sight, whatever slides away below it.
    await expect(page.get_by_role("button", name="Change what Jo")).to_be_in_viewport(ratio=1)


async def test_only_supervisors_have_the_list_of_all(people: People) -> None:
    maria = await people.operator("maria")
    jo = await people.operator("jo")
    visitor = await people.chatting("Ada All")
    await maria.claim("Ada All")
    views = jo.page.get_by_role("navigation", name="Lists of the inbox").get_by_role("link")
    await expect(views).to_contain_text(["Queue", "Mine", "All", "Closed"])
    await views.filter(has_text="All").click()
    # Running or ended, a conversation is there, whoever answers it.
    await expect(jo.row("Ada All")).to_be_visible()
    await visitor.end()
    await expect(maria.page.get_by_role("navigation", name="Lists of the inbox").get_by_role("link")).to_contain_text(
        ["Queue", "Mine", "Closed"]
    )
    await maria.page.goto(people.demo.origin("console") + "/#/inbox/all")
    await expect(maria.page.get_by_role("link", name="Queue")).to_have_attribute("aria-current", "page")
    await maria.page.goto(people.demo.origin("console") + "/#/inbox/closed")
    await expect(maria.row("Ada All")).to_be_visible()


async def test_the_inbox_is_worked_by_keyboard_alone(people: People) -> None:
    maria = await people.operator("maria")
    visitor = await people.chatting("Kim Keys")
    await visitor.say("Can you hear me?")
    await expect(maria.row("Kim Keys")).to_be_visible()
    keyboard = maria.page.keyboard
    # From the top of the page: the first Tab offers to skip the navigation.
    await keyboard.press("Tab")
    await expect(maria.page.get_by_role("button", name="Skip to the content")).to_be_focused()
    await keyboard.press("Enter")
    await keyboard.press("?")
    await expect(maria.page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Take this conversation")
    await keyboard.press("Escape")
    await expect(maria.page.get_by_role("dialog")).to_be_hidden()
    await keyboard.press("g")
    await keyboard.press("q")
    await keyboard.press("j")
    await expect(maria.rows.first).to_be_focused()
    for _ in range(await maria.rows.count()):
        if await maria.row("Kim Keys").evaluate("(row) => row === document.activeElement"):
            break
        await keyboard.press("j")
    await expect(maria.row("Kim Keys")).to_be_focused()
    await keyboard.press("Enter")
    await expect(maria.bubbles).to_have_text(["Can you hear me?"])
    # Reading ahead is reading: it stands in the list that the visitor sees too.
    await expect(maria.page.locator(".readers")).to_contain_text("Maria Lindqvist")
    await keyboard.press("t")
    await expect(maria.composer).to_be_focused()
    await keyboard.type("Loud and clear.")
    await keyboard.press("Enter")
    await expect(visitor.bubbles).to_have_text(["Can you hear me?", "Loud and clear."])
    await keyboard.press("Control+k")
    palette = maria.page.get_by_role("dialog", name="Commands")
    await expect(palette.get_by_role("combobox")).to_be_focused()
    await keyboard.type("end conv")
    await expect(palette.get_by_role("option")).to_have_count(1)
    await keyboard.press("Enter")
    confirm = maria.page.get_by_role("dialog", name="End this conversation?")
    await expect(confirm).to_be_visible()
    await confirm.get_by_role("button", name="End conversation").focus()
    await keyboard.press("Enter")
    await expect(visitor.panel.get_by_role("heading", name="The chat has ended")).to_be_visible()
    await keyboard.press("g")
    await keyboard.press("c")
    await expect(maria.page.get_by_role("link", name="Closed")).to_have_attribute("aria-current", "page")
    await expect(maria.row("Kim Keys")).to_be_visible()


async def test_signing_out_ends_the_session_in_every_tab(people: People) -> None:
    context, watch = await people.context()
    # The second tab hears of it in the middle of whatever it asks.
    watch.expect("401")
    first, second = await context.new_page(), await context.new_page()
    await first.goto(people.demo.origin("console"))
    await sign_in(first, people.demo.account("fern", "jo"))
    await expect(first.get_by_role("navigation", name="Sections")).to_be_visible()
    await second.goto(people.demo.origin("console"))
    await expect(
        second.get_by_role("heading", name="Nobody is waiting").or_(second.locator("[data-list]"))
    ).to_be_visible()
    await first.get_by_role("button", name="Sign out").click()
    await expect(first.get_by_role("heading", name="Sign in")).to_be_visible()
    assert [cookie["name"] for cookie in await context.cookies()] == ["__Host-parley_device"]
    await expect(second.get_by_role("heading", name="Sign in")).to_be_visible(timeout=10_000)
    await expect(second.get_by_role("alert")).to_have_text("Your session has ended. Sign in again to go on.")


async def test_another_tenants_operator_sees_nothing(people: People) -> None:
    maria = await people.operator("maria")
    ruth = await people.operator("ruth", tenant="harbor")
    ruth.watch.expect("404")
    await people.chatting("Private Person")
    await expect(maria.row("Private Person")).to_be_visible()
    link = str(await maria.row("Private Person").get_attribute("href"))
    await ruth.page.goto(people.demo.origin("console") + "/#/inbox/all")
    await expect(ruth.row("K.")).to_be_visible()
    await expect(ruth.row("Private Person")).to_have_count(0)
    missing = re.sub(r"cnv_.*", "cnv_" + "0" * 26, link)
    seen = []
    for place in (link, missing):
        await ruth.page.goto(people.demo.origin("console") + "/" + place)
        pane = ruth.page.locator(".inbox > .main")
        await expect(pane.get_by_role("heading", name="Not here any more")).to_be_visible()
        seen.append(await pane.inner_text())
    assert seen[0] == seen[1]


async def test_on_a_telephone_the_bar_names_each_section_whole_and_shows_the_one_in_front(people: People) -> None:
    jo = await people.operator("jo")
    page = jo.page
    await page.set_viewport_size({"width": 360, "height": 740})
    sections = page.get_by_role("navigation", name="Sections").get_by_role("link")
    assert await sections.count() > 5
    for number in range(await sections.count()):
        link = sections.nth(number)
        await link.click()
        await expect(link).to_have_attribute("aria-current", "page")
        # It is wider than the screen: what is in front stands in it whole, and each name in its own place.
        await expect(link).to_be_in_viewport(ratio=1)
        name = link.locator("span").first
        assert await name.evaluate("(it) => it.offsetWidth <= it.parentElement.offsetWidth")
    # Whoever comes by an address sees where they are as well.
    await page.reload()
    await expect(sections.last).to_be_in_viewport(ratio=1)
