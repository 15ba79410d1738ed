"""The settings: a team that is invited, a site that is made, keys, the record of it all, and one's own account."""

from __future__ import annotations

from playwright.async_api import Page, expect

from kernel.identity.scopes import SCOPES
from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.letters import mailed
from tests.browser.people import sign_in
from tests.identity.test_logos import a_picture
from tests.identity.test_second_factors import App

#: Where the link in a mail leads.
LINK = r"(/#/entry/\S+)"


async def settings(page: Page, people: People, place: str, heading: str) -> None:
    """Goes to a page of the settings."""
    await page.goto(f"{people.demo.origin('console')}/#/settings/{place}")
    await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


async def test_a_colleague_is_invited_and_chooses_a_password(people: People) -> None:
    admin = await people.operator("admin")
    page, address = admin.page, "ines.invited@fern.example"
    people.stage.said += [address, "Ines Invited"]
    await settings(page, people, "team", "Team")
    await page.get_by_role("button", name="Invite someone").click()
    dialog = page.get_by_role("dialog", name="Invite someone")
    await dialog.get_by_label("Email").fill(address)
    await dialog.get_by_label("Name that visitors see").fill("Ines Invited")
    await axe.check(page, "the invitation")
    await dialog.get_by_role("button", name="Send the invitation").click()
    row = page.get_by_role("listitem").filter(has_text="Ines Invited")
    await expect(row).to_contain_text("Invited")
    await axe.check(page, "the team")
    link = await mailed(people.stage.run.data_dir / "mail", address, LINK)
    context, watch = await people.context()
    watch.expect("403")
    guest = await context.new_page()
    await guest.goto(people.demo.origin("console") + link)
    await expect(guest.get_by_role("heading", name="Welcome, Ines Invited")).to_be_visible()
    # The secret has left the address, and no request ever had it there.
    assert guest.url.endswith("#/entry")
    secret = link.rpartition("/")[2]
    assert not [each for each in watch.requests if secret in each]
    await axe.check(guest, "the page of a link")
    await guest.get_by_label("New password", exact=True).fill("a password of my own")
    await guest.get_by_role("button", name="Set the password").click()
    await expect(guest.get_by_role("heading", name="Password set")).to_be_visible()
    await guest.get_by_role("link", name="To the sign-in page").click()
    account = {"tenant": "fern", "email": address, "password": "a password of my own"}
    await sign_in(guest, account)
    await expect(guest.get_by_role("navigation", name="Sections")).to_be_visible()
    # The link is good for one use.
    other = await context.new_page()
    await other.goto(people.demo.origin("console") + link)
    await expect(other.get_by_role("alert")).to_contain_text("The link was used, or is no longer good.")
    # And an administrator ends it all.
    await settings(page, people, "team", "Team")
    await page.reload()
    await row.get_by_role("button", name="Suspend").click()
    await page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    await expect(row).to_contain_text("Suspended")
    watch.expect("401")
    await expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()
    await settings(page, people, "audit", "Record")
    invited = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Member of staff invited"))
    await expect(invited.first).to_contain_text("May do: Operator")
    await axe.check(page, "the record")


async def test_the_platform_takes_a_company_in_whose_first_administrator_is_invited(people: People) -> None:
    ada = await people.operator("ada", tenant="parley")
    page, address = ada.page, "wren@willow.example"
    people.stage.said += [address, "Wren Willow"]
    await settings(page, people, "tenants", "Organisations")
    await page.get_by_label("Name of the company").fill("Willow & Söhne")
    await expect(page.get_by_label("Short name, typed to sign in")).to_have_value("willow-sohne")
    make = page.get_by_role("button", name="Make it and send the invitation")
    await expect(make).to_have_attribute("aria-disabled", "true")
    await page.get_by_label("Name of its first administrator").fill("Wren Willow")
    await page.get_by_label("Email of its first administrator").fill(address)
    await make.click()
    await expect(
        page.get_by_role("status").filter(has_text="the short name to sign in is willow-sohne")
    ).to_be_visible()
    await axe.check(page, "a company that was taken in")
    # A short name that is taken is said, and what was typed stays.
    ada.watch.expect("409")
    await page.get_by_label("Name of the company").fill("Willow Sohne")
    await page.get_by_label("Name of its first administrator").fill("Wren Willow")
    await page.get_by_label("Email of its first administrator").fill(address)
    await make.click()
    await expect(page.get_by_role("alert").filter(has_text="has that already")).to_be_visible()
    await expect(page.get_by_label("Name of the company")).to_have_value("Willow Sohne")
    context, _ = await people.context()
    guest = await context.new_page()
    link = await mailed(people.stage.run.data_dir / "mail", address, LINK)
    await guest.goto(people.demo.origin("console") + link)
    await guest.get_by_label("New password", exact=True).fill("a password of my own")
    await guest.get_by_role("button", name="Set the password").click()
    await expect(guest.get_by_role("heading", name="Password set")).to_be_visible()
    await guest.get_by_role("link", name="To the sign-in page").click()
    await expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()
    await sign_in(guest, {"tenant": "willow-sohne", "email": address, "password": "a password of my own"})
    await guest.get_by_role("navigation", name="Sections").wait_for()
    await settings(guest, people, "setup", "Set up")
    steps = guest.get_by_role("list").filter(has_text="Add your site").get_by_role("listitem")
    await expect(steps).to_have_count(7)
    await expect(steps.filter(has_text="Say when you are there")).to_contain_text("Open")
    # Whoever is no staff of the platform's has no such page.
    await guest.goto(f"{people.demo.origin('console')}/#/settings/tenants")
    await expect(guest.get_by_role("link", name="Organisations")).to_have_count(0)


async def test_whoever_forgot_a_password_hears_the_same_as_anybody(people: People) -> None:
    context, _ = await people.context()
    page = await context.new_page()
    said = []
    for address in ("nobody.at.all@fern.example", people.demo.account("fern", "maria")["email"]):
        await page.goto(people.demo.origin("console"))
        await page.get_by_role("link", name="Forgot your password?").click()
        # The page before has a field of the same name.
        await expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()
        await page.get_by_label("Organisation").fill("fern")
        await page.get_by_label("Email").fill(address)
        await axe.check(page, "the page for a forgotten password")
        await page.get_by_role("button", name="Send the link").click()
        await expect(page.get_by_text("If there is such an account")).to_be_visible()
        said.append(await page.locator("main").inner_text())
        await page.goto("about:blank")
    assert said[0] == said[1]


async def test_a_site_is_made_and_looks_as_it_was_chosen(people: People) -> None:
    admin = await people.operator("admin")
    page = admin.page
    await people.visitor()
    await settings(page, people, "setup", "Set up")
    await expect(page.get_by_role("listitem").filter(has_text="Seen on your page at")).to_be_visible()
    await axe.check(page, "setting up")
    await settings(page, people, "sites", "Sites")
    await page.get_by_role("button", name="Add a site").click()
    dialog = page.get_by_role("dialog", name="Add a site")
    await dialog.get_by_label("Name, as visitors see it").fill("Fern outlet")
    await dialog.get_by_label("Addresses of its pages").fill("https://outlet.fern.example/shop")
    await expect(dialog.get_by_role("button", name="Add a site")).to_have_attribute("aria-disabled", "true")
    await dialog.get_by_label("Addresses of its pages").fill("https://outlet.fern.example/")
    await dialog.get_by_role("button", name="Add a site").click()
    await expect(page.get_by_text("/launcher.js?site=pk_")).to_be_visible()
    await expect(page.get_by_text("Not seen yet.")).to_be_visible()
    colour = page.get_by_label("Colour", exact=True)
    await colour.fill("#ffee00")
    await expect(page.get_by_text("Too little (4.5 is needed)")).to_be_visible()
    await colour.fill("#1f5f4d")
    await expect(page.get_by_text("Well readable.")).to_be_visible()
    await page.get_by_label("Letters in place of a logo").fill("FO")
    await axe.check(page, "a site")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Letters in place of a logo")).to_have_value("FO")
    # Where there is no room beside the list, it stands in the list's place, and leads back to it.
    for width in (1100, 360):
        await page.set_viewport_size({"width": width, "height": 740})
        await page.get_by_role("button", name="Back to the list").click()
        await page.get_by_role("link", name="Fern outlet").click()
        await expect(page.get_by_text("/launcher.js?site=pk_")).to_be_visible()


async def test_letters_and_then_a_logo_stand_in_the_panel(people: People) -> None:
    admin = await people.operator("admin", tenant="harbor", reduced_motion="reduce")
    page = admin.page
    await settings(page, people, "sites", "Sites")
    await page.get_by_role("link", name="Harbor Cycles").click()
    await page.get_by_label("Letters in place of a logo").fill("HC")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved.")).to_be_visible()
    visitor = await people.visitor(shop="harbor")
    await visitor.open()
    await expect(visitor.panel.locator("span.brand")).to_have_text("HC")
    admin.watch.expect("400")
    choose = page.get_by_label("Choose a picture")
    await choose.set_input_files({"name": "logo.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    await expect(page.get_by_role("alert").filter(has_text="no picture that can be drawn")).to_be_visible()
    await choose.set_input_files({"name": "logo.jpg", "mimeType": "image/jpeg", "buffer": a_picture()})
    await expect(page.get_by_role("img", name="The logo as the chat shows it")).to_be_visible()
    await axe.check(page, "a site with a logo")
    other = await people.visitor(shop="harbor")
    await other.open()
    await expect(other.panel.locator("img.brand")).to_be_visible()
    await axe.check(other.page, "the panel with a logo", other.frame())
    await page.get_by_role("button", name="Take the logo away").click()
    await expect(page.get_by_role("img", name="The logo as the chat shows it")).to_have_count(0)


async def test_a_second_factor_is_set_up_and_asked_for(people: People) -> None:
    admin = await people.operator("admin")
    address = "guarded@fern.example"
    people.stage.said.append(address)
    await settings(admin.page, people, "team", "Team")
    await admin.page.get_by_role("button", name="Invite someone").click()
    dialog = admin.page.get_by_role("dialog", name="Invite someone")
    await dialog.get_by_label("Email").fill(address)
    await dialog.get_by_label("Name that visitors see").fill("Guarded Person")
    await dialog.get_by_role("button", name="Send the invitation").click()
    context, watch = await people.context()
    watch.expect("403")
    page = await context.new_page()
    link = await mailed(people.stage.run.data_dir / "mail", address, LINK)
    await page.goto(people.demo.origin("console") + link)
    await page.get_by_label("New password", exact=True).fill("a password of my own")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("heading", name="Password set")).to_be_visible()
    await page.get_by_role("link", name="To the sign-in page").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    account = {"tenant": "fern", "email": address, "password": "a password of my own"}
    await sign_in(page, account)
    await page.get_by_role("navigation", name="Sections").wait_for()
    await settings(page, people, "account", "Your account")
    await page.get_by_role("button", name="Set up a second factor").click()
    setting_up = page.get_by_role("dialog", name="Set up a second factor")
    await expect(setting_up.get_by_role("img", name="Picture for the camera")).to_be_visible()
    await axe.check(page, "the picture for an app")
    app = App((await setting_up.locator("code").inner_text()).replace(" ", ""))
    await setting_up.get_by_label("Code").fill(app.code())
    await setting_up.get_by_role("button", name="Confirm").click()
    codes = page.get_by_role("dialog", name="Your recovery codes")
    await expect(codes.get_by_role("listitem")).to_have_count(10)
    recovery = await codes.get_by_role("listitem").first.inner_text()
    await axe.check(page, "the recovery codes")
    await page.get_by_role("button", name="I have kept them").click()
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await sign_in(page, account)
    await expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    await expect(page.get_by_label("Code")).to_be_focused()
    await page.get_by_label("Code").fill("000000")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("The code is not right")
    await axe.check(page, "the second step")
    await page.get_by_label("Code").fill(recovery)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation", name="Sections")).to_be_visible()


async def test_a_key_is_shown_once_and_ended(people: People) -> None:
    admin = await people.operator("admin")
    page = admin.page
    await settings(page, people, "keys", "Keys")
    await page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog", name="Make a key")
    await dialog.get_by_label("What it is for").fill("Nightly export")
    # Everything that a key may be allowed is offered, each with what it means.
    await expect(dialog.get_by_role("checkbox")).to_have_count(len(SCOPES))
    await expect(dialog).to_contain_text(SCOPES["privacy.write"])
    await axe.check(page, "what a key may be allowed")
    await dialog.get_by_label("chat.read").check()
    await dialog.get_by_label("How long it works").select_option("30 days")
    await dialog.get_by_role("button", name="Make a key").click()
    shown = page.get_by_role("dialog").get_by_text("pak_")
    await expect(shown).to_be_visible()
    secret = await shown.inner_text()
    await page.get_by_role("button", name="I have copied it").click()
    await expect(page.get_by_text(secret)).to_have_count(0)
    row = page.get_by_role("listitem").filter(has_text="Nightly export")
    await expect(row).to_contain_text("Good until")
    await expect(row).to_contain_text("Not used yet.")
    # Another secret, and for a while both work.
    await page.get_by_role("button", name="New secret for the key: Nightly export").click()
    await page.get_by_label("How long the old secret goes on working").select_option("1 hour")
    await page.get_by_role("dialog").get_by_role("button", name="New secret").click()
    other = await page.get_by_role("dialog").get_by_text("pak_").inner_text()
    assert other != secret
    await page.get_by_role("button", name="I have copied it").click()
    await expect(row).to_contain_text("The secret from before works beside the new one until")
    await axe.check(page, "the keys")
    await page.get_by_role("button", name="End the key: Nightly export").click()
    await page.get_by_role("dialog").get_by_role("button", name="End", exact=True).click()
    await expect(page.get_by_role("listitem").filter(has_text="Nightly export")).to_contain_text("Ended")


async def test_an_operator_has_the_own_account_and_nothing_else(people: People) -> None:
    maria = await people.operator("maria")
    await settings(maria.page, people, "team", "Your account")
    places = maria.page.get_by_role("navigation", name="Pages of the settings").get_by_role("link")
    await expect(places).to_have_text(["Your account"])
    await expect(maria.page.get_by_role("heading", name="Linux").first).to_be_visible()
    await expect(maria.page.get_by_text("this one")).to_be_visible()
    await axe.check(maria.page, "one's own account")
