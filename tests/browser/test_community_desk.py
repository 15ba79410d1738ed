"""The community's desk: what was reported is decided, appealed against and reviewed; spaces and terms are kept."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.hands import Keyboard
from tests.browser.members import REFUSED, Member, a_member
from tests.browser.people import Operator


async def at_desk(people: People, who: Operator, place: str) -> Page:
    """Opens a page of the community's section."""
    await who.page.goto(f"{people.demo.origin('console')}/#/community/{place}")
    return who.page


async def report(member: Member, path: str, number: int, kind: str, text: str) -> None:
    """Reports a post."""
    await member.go(path)
    await member.post(number).get_by_role("link", name="Report", exact=True).click()
    await member.page.get_by_label(kind).check()
    await member.page.get_by_label("Anything to add").fill(text)
    await member.page.get_by_role("button", name="Report").click()
    await expect(member.page.get_by_role("status")).to_have_text("Somebody looks at it.")


async def decide(page: Page, button: str, outcome: str, facts: str, rule: str = "") -> None:
    """Decides what is open."""
    await page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What happens to the post", exact=True).select_option(outcome)
    if rule:
        await dialog.get_by_label("Rule").select_option(rule)
    await dialog.get_by_label("The facts").fill(facts)
    await dialog.get_by_role("button", name="Decide").click()


async def test_a_report_is_decided_appealed_against_and_reversed_from_above(people: People) -> None:
    rude, hurt = await a_member(people, "rude"), await a_member(people, "hurt")
    path = await hurt.begin("ideas", f"Pots {secrets.token_hex(3)}", "Which ones?", kind="A discussion")
    await rude.reply(path, "Only fools use clay.")
    await report(hurt, path, 2, "This is harassment", "It is about all of us.")
    mika = await people.operator("mika")
    page = await at_desk(people, mika, "cases")
    mika.watch.expect(REFUSED)
    waits = page.get_by_role("link", name=f"Post by @{rude.handle}")
    await expect(waits).to_contain_text("Harassment")
    await waits.click()
    await expect(page.locator(".quote")).to_have_text("Only fools use clay.")
    await expect(page.get_by_role("link", name="Look at its topic")).to_be_visible()
    await expect(page.locator(".told")).to_contain_text("It is about all of us.")
    await axe.check(page, "a case")
    await page.get_by_role("button", name="Decide", exact=True).click()
    await axe.check(page, "deciding a case")
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await decide(page, "Decide", "It is not shown", "It calls everybody a fool.", "R1 Be kind")
    await expect(page.get_by_text("It calls everybody a fool.")).to_be_visible()
    await hurt.go(path)
    await expect(hurt.post(2)).to_contain_text("This post was removed after a decision.")
    await expect(hurt.post(2)).not_to_contain_text("fools")
    await rude.go("/decisions")
    await expect(rude.page.locator("main")).to_contain_text("It calls everybody a fool.")
    await axe.check(rude.page, "a statement of reasons")
    await rude.page.get_by_label("Why is it wrong?").fill("It is a saying where I live.")
    await rude.page.get_by_role("button", name="Appeal").click()
    await expect(rude.page.get_by_role("status")).to_contain_text("Your appeal is on its way")
    # Who decided may not decide about that, and is told so; what was typed stays.
    await page.reload()
    await decide(page, "Decide the appeal", "It stays, or comes back", "I was too hard.")
    await expect(page.get_by_role("alert").filter(has_text="you decided this before")).to_be_visible()
    await expect(page.get_by_role("dialog").get_by_label("The facts")).to_have_value("I was too hard.")
    ines = await people.operator("ines", tenant="parley")
    above = await at_desk(people, ines, "reviews")
    await above.locator("[data-list] a").filter(has_text="Fern & Pot").filter(has_text="Appeal").last.click()
    await expect(above.get_by_text("It is a saying where I live.")).to_be_visible()
    await axe.check(above, "what waits for a reviewer")
    await decide(above, "Decide the appeal", "It stays, or comes back", "A saying, and about nobody.")
    await expect(above.get_by_text("Decided.")).to_be_visible()
    await rude.go("/decisions")
    await expect(rude.page.locator("main")).to_contain_text("Reversed")
    await hurt.go(path)
    await expect(hurt.post(2)).to_contain_text("Only fools use clay.")


async def test_a_space_is_made_ordered_and_archived_and_a_group_lets_somebody_in(people: People) -> None:
    mika, asks = await people.operator("mika"), await a_member(people, "joins")
    page, name = await at_desk(people, mika, "spaces"), f"Swaps {secrets.token_hex(3)}"
    await axe.check(page, "the spaces")
    await page.get_by_role("button", name="Make a space").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill(name)
    await expect(dialog.get_by_label("Name in addresses")).to_have_value(name.lower().replace(" ", "-"))
    await axe.check(page, "making a space")
    await dialog.get_by_role("button", name="Make a space").click()
    names = page.locator(".spaces h3")
    await expect(names.last).to_have_text(name)
    await page.get_by_role("button", name=f"Move {name} up").click()
    await expect(names.nth(-2)).to_have_text(name)
    await page.get_by_role("button", name="Undo").click()
    await expect(names.last).to_have_text(name)
    await page.get_by_role("button", name=f"Change {name}").click()
    await page.get_by_role("dialog").get_by_label("Archive it").check()
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(page.locator(".spaces li").last).to_contain_text("Archived")
    await asks.page.get_by_role("button", name="Accept, and I have read the warning").click()
    await asks.go(f"/s/{name.lower().replace(' ', '-')}")
    await expect(asks.page.get_by_role("heading", name=name)).to_be_visible()
    await expect(asks.page.get_by_role("link", name="New topic")).to_have_count(0)
    # Somebody asks to be let into the group, and is.
    await asks.go("/s/regulars")
    await asks.page.get_by_role("button", name="Ask to be let in").click()
    await expect(asks.page.get_by_role("status")).to_contain_text("You have asked")
    await page.get_by_role("button", name="Who is in it").click()
    await page.get_by_role("dialog").get_by_role("button", name=f"Let in @{asks.handle}", exact=True).click()
    await expect(page.get_by_role("dialog").get_by_role("button", name=f"Remove @{asks.handle}")).to_be_visible()
    await axe.check(page, "who is in a group")
    await asks.go("/s/regulars")
    await expect(asks.page.get_by_role("link", name="New topic")).to_be_visible()


async def test_a_version_of_the_terms_is_published_and_read(people: People) -> None:
    admin, reader = await people.operator("admin"), await people.context()
    page = await at_desk(people, admin, "terms")
    await expect(page.locator(".detail").get_by_role("heading", name="R1 Be kind")).to_be_visible()
    await axe.check(page, "the terms")
    await page.get_by_role("button", name="New version").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Add a rule").click()
    title = f"Water is not wine {secrets.token_hex(3)}"
    await dialog.get_by_label("Title").last.fill(title)
    await dialog.get_by_label("What it says").last.fill("Say what you pour.")
    await dialog.get_by_label("What is new").fill("One more rule.")
    await dialog.get_by_label("Ask everybody again").uncheck()
    await axe.check(page, "a new version of the terms")
    await dialog.get_by_role("button", name="Publish").click()
    await expect(page.locator(".detail").get_by_role("heading", name=title)).to_be_visible()
    seen = await reader[0].new_page()
    await seen.goto(f"{people.demo.origin('community')}/c/fern/terms")
    await expect(seen.locator("main")).to_contain_text(title)
    await expect(seen.locator("main")).to_contain_text("What is new: One more rule.")


async def test_a_topic_is_arranged_its_posts_are_moved_and_a_member_is_suspended_by_keyboard(people: People) -> None:
    asks, strays = await a_member(people, "begins"), await a_member(people, "strays")
    name = f"Moss {secrets.token_hex(3)}"
    path = await asks.begin("ideas", name, "On the north side?", kind="A discussion")
    await strays.reply(path, "And what about snails?")
    mika = await people.operator("mika")
    page, hands = await at_desk(people, mika, "topics"), Keyboard(mika.page)
    await page.get_by_label("Space", exact=True).select_option("Ideas")
    await hands.press(page.get_by_role("link", name=name))
    await axe.check(page, "a topic at the desk")
    await hands.press(page.get_by_role("button", name="Arrange"))
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("It stands first").check()
    await dialog.get_by_label("Pause between two replies").select_option("A minute")
    await axe.check(page, "arranging a topic")
    await hands.press(dialog.get_by_role("button", name="Save"))
    await expect(page.locator(".detail header")).to_contain_text("Slowed")
    await page.get_by_label("Post 2 by").check()
    await hands.press(page.get_by_role("button", name="Move 1 post"))
    await dialog.get_by_label("Title of the new topic").fill(f"Snails {name}")
    await axe.check(page, "moving posts")
    await hands.press(dialog.get_by_role("button", name="Move"))
    await expect(page.get_by_role("heading", name=f"Snails {name}")).to_be_visible()
    await strays.go(path)
    await expect(strays.page.locator("main")).not_to_contain_text("snails?")
    await page.goto(f"{people.demo.origin('console')}/#/community/people")
    await hands.write(page.get_by_label("Name of the member"), strays.handle)
    await hands.press(page.get_by_role("button", name="Look"))
    await expect(page.locator(".person")).to_contain_text("New: few posts and links")
    await axe.check(page, "a member at the desk")
    await hands.press(page.get_by_role("button", name="Suspend for a time"))
    await dialog.get_by_label("Rule").select_option("R1 Be kind")
    await dialog.get_by_label("The facts").fill("Snails everywhere.")
    await axe.check(page, "suspending a member")
    await hands.press(dialog.get_by_role("button", name="Suspend for a time"))
    await expect(page.locator(".person")).to_contain_text("Only reads until")
    await strays.go("/decisions")
    await expect(strays.page.locator("main")).to_contain_text("Snails everywhere.")
    await hands.press(page.get_by_role("button", name="End the suspension"))
    await dialog.get_by_label("The facts").fill("Enough.")
    await hands.press(dialog.get_by_role("button", name="End the suspension"))
    await expect(page.locator(".person")).not_to_contain_text("Only reads until")
    # What is over is still appealed against, and somebody else says whether it was right.
    await strays.page.get_by_label("Why is it wrong?").fill("There was one snail.")
    await strays.page.get_by_role("button", name="Appeal").click()
    await expect(strays.page.get_by_role("status")).to_contain_text("Your appeal is on its way")
    admin = await people.operator("admin")
    desk = await at_desk(people, admin, "cases")
    await desk.locator("[data-list] a").filter(has_text=f"Suspension of @{strays.handle}").click()
    await expect(desk.get_by_text("There was one snail.")).to_be_visible()
    await axe.check(desk, "an appeal against a suspension")
    await desk.get_by_role("button", name="Decide the appeal").click()
    asked = desk.get_by_role("dialog")
    await asked.get_by_label("What happens to the suspension").select_option("It ends now")
    await asked.get_by_label("The facts").fill("One snail is nothing.")
    await asked.get_by_role("button", name="Decide").click()
    await expect(desk.get_by_text("One snail is nothing.")).to_be_visible()
    await strays.go("/decisions")
    await expect(strays.page.locator("main")).to_contain_text("Reversed")
    for place in ("topics", "people"):
        await page.goto(f"{people.demo.origin('console')}/#/community/{place}")
        await page.set_viewport_size({"width": 360, "height": 740})
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place


async def test_a_community_leaves_as_a_file_and_comes_in_where_there_is_none(people: People) -> None:
    admin = await people.operator("admin")
    page = await at_desk(people, admin, "transfer")
    await axe.check(page, "the community as a file")
    async with page.expect_download() as given:
        await page.get_by_role("button", name="Write the file").click()
    written = Path(await (await given.value).path())
    await expect(page.get_by_text("The file is in your downloads.")).to_be_visible()
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    assert lines[0]["kind"] == "community"
    assert "@people.example" not in written.read_text()
    # It is somebody's already, and stays as it is.
    admin.watch.expect(REFUSED)
    await take_in(page, "community.jsonl", written.read_bytes())
    await expect(page.get_by_role("alert").filter(has_text="there are spaces or terms here already")).to_be_visible()
    other = await people.operator("admin", tenant="harbor")
    elsewhere = await at_desk(people, other, "transfer")
    other.watch.expect(REFUSED)
    broken = [*written.read_text().splitlines()[:3], '{"kind": "nothing of ours"}']
    await take_in(elsewhere, "broken.jsonl", "\n".join(broken).encode())
    await expect(elsewhere.get_by_role("alert").filter(has_text="line 4 of this file")).to_be_visible()
    await axe.check(elsewhere, "a file that is not taken in")
    await take_in(elsewhere, "community.jsonl", written.read_bytes())
    await expect(elsewhere.get_by_text("All of it is here now.")).to_be_visible()
    spaces = sum(line["kind"] == "space" for line in lines)
    await expect(elsewhere.locator("dd").first).to_have_text(str(spaces))
    await axe.check(elsewhere, "a community that came in")
    await elsewhere.set_viewport_size({"width": 360, "height": 740})
    assert await elsewhere.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await elsewhere.get_by_role("link", name="Look at the spaces").click()
    await expect(elsewhere.get_by_role("heading", name="Questions")).to_be_visible()


async def take_in(page: Page, name: str, data: bytes) -> None:
    """Chooses a file and has it taken in."""
    file = {"name": name, "mimeType": "application/x-ndjson", "buffer": data}
    await page.get_by_label("File that was written out").set_input_files(file)  # type: ignore[arg-type]  # It is one.
    await page.get_by_role("button", name="Take it in").click()
