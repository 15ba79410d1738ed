"""People in a community: they join, agree, ask, answer, accept, and have masked what exposes them."""

from __future__ import annotations

import re
import secrets
from string import ascii_lowercase
from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.hands import WATCH_MOUSE, Keyboard, mouse_events
from tests.browser.members import REFUSED, Member, a_member


def a_title(about: str) -> str:
    """Returns a title that is nobody else's."""
    return f"{about} {secrets.token_hex(3)}"


async def test_without_a_script_somebody_refuses_the_terms_reads_on_and_agrees_later(people: People) -> None:
    nell = await a_member(people, "nell", script=False)
    page, title = nell.page, a_title("Where does a fern like to stand?")
    await page.get_by_role("button", name="Refuse, and read on").click()
    await expect(page.get_by_text("You read everything here either way.")).to_be_visible()
    await nell.go("/s/questions")
    await page.get_by_role("link", name="Why do the lower leaves turn yellow?").click()
    await expect(nell.post(2)).to_contain_text("The answer")
    await nell.go("/new/questions")
    await expect(page.get_by_text("Everybody reads this, signed in or not.")).to_be_visible()
    warning = page.get_by_role("group", name="Before you post").get_by_label("may be read, collected and used")
    await expect(warning).not_to_be_checked()
    path = await nell.begin("questions", title, "In the **shade**?")
    await expect(nell.post(1).locator("strong")).to_have_text("shade")
    await nell.go("/terms")
    await page.get_by_role("button", name="Take my acceptance back").click()
    await nell.go(path)
    await expect(page.get_by_role("group", name="Before you post").get_by_role("checkbox")).to_have_count(1)
    await nell.post(1).get_by_role("link", name="Change or take away").click()
    await page.get_by_role("button", name="Take this post away").click()
    await expect(page.get_by_text("Its author took this post away.")).to_be_visible()


async def test_a_question_is_answered_by_keyboard_and_the_answer_accepted(people: People) -> None:
    asks, answers = await a_member(people, "asks"), await a_member(people, "answers")
    path = await asks.begin("questions", a_title("How deep does it root?"), "And does it mind a small pot?")
    page, hands = answers.page, Keyboard(answers.page)
    await page.add_init_script(WATCH_MOUSE)
    await answers.go(path)
    await hands.press(answers.post(1).get_by_role("link", name="Quote"))
    await expect(page.get_by_label("Your reply")).to_have_value("> And does it mind a small pot?\n\n")
    await hands.write(page.get_by_label("Your reply"), "> And does it mind a small pot?\n\nNot in the *first* year.")
    for box in await page.get_by_role("group", name="Before you post").get_by_role("checkbox").all():
        await hands.press(box)
    await hands.press(page.get_by_role("button", name="Post reply"))
    await expect(answers.post(2).locator("blockquote")).to_have_text("And does it mind a small pot?")
    assert await mouse_events(page) == 0
    await asks.go(path)
    await asks.post(2).get_by_role("button", name="This helped").click()
    await expect(asks.post(2)).to_contain_text("1 found this helpful")
    await asks.post(2).get_by_role("button", name="This is the answer").click()
    await expect(asks.page.get_by_role("link", name="Go to the answer")).to_be_visible()
    await axe.check(asks.page, "a topic with an answer, to the one who asked")
    reader, _ = await people.context(java_script_enabled=False)
    seen = await reader.new_page()
    await seen.goto(answers.base + path)
    await expect(seen.locator("#p2")).to_contain_text("The answer")
    await expect(seen.locator("main")).not_to_contain_text("people.example")


async def test_somebody_without_an_account_has_words_masked_at_once(people: People) -> None:
    wren = await a_member(people, "wren")
    path = await wren.begin("ideas", a_title("A swap"), "Ask for Ola Stern at the blue door.", kind="A discussion")
    context, _ = await people.context()
    page = await context.new_page()
    await page.goto(wren.base + path)
    await axe.check(page, "a topic to a reader")
    await page.locator("#p1").get_by_role("link", name="This exposes me").click()
    await axe.check(page, "what exposes somebody")
    await page.get_by_label("The words that expose somebody").fill("the blue door")
    await page.get_by_role("button", name="Report").click()
    await expect(page.get_by_role("status")).to_contain_text("Hidden from page, search and feeds, in 1 post")
    await axe.check(page, "the receipt of a report")
    code = await page.locator("code").inner_text()
    await page.goto(wren.base + path)
    await expect(page.locator("#p1")).to_contain_text("Ask for Ola Stern")
    await expect(page.locator("#p1")).not_to_contain_text("blue door")
    await page.goto(f"{wren.base}/report")
    await page.get_by_label("Code of the report").fill(code)
    await page.get_by_role("button", name="Look").click()
    await expect(page.get_by_text("Nobody has decided yet.")).to_be_visible()
    await axe.check(page, "what became of a report")


async def test_a_text_that_is_refused_is_still_there_and_leads_to_nobody_once_it_is_masked(people: People) -> None:
    ivo = await a_member(people, "ivo")
    page = ivo.page
    await ivo.go("/new/questions")
    await page.get_by_label("Title").fill("Soil")
    await page.get_by_label("What you want to say").fill("Which soil for a cactus?")
    # The boxes are required in a browser; one that does not know that is refused by the service.
    await page.locator("form.compose").evaluate("form => { form.noValidate = true; }")
    ivo.watch.expect(REFUSED)
    await page.get_by_role("button", name="Post topic").click()
    await expect(page.get_by_role("alert")).to_contain_text("Your text is still here.")
    await expect(page.get_by_label("What you want to say")).to_have_value("Which soil for a cactus?")
    await axe.check(page, "a topic that was refused")
    await ivo.agree()
    await page.get_by_label("Title").fill(a_title("Soil"))
    await page.get_by_label("What you want to say").fill("Answer to ivo.private@people.example, please.")
    await page.get_by_role("button", name="Post topic").click()
    await expect(page.locator("mark")).to_have_text("ivo.private@people.example")
    await axe.check(page, "what leads to a person, before it is posted")
    await page.get_by_role("button", name="Ask in private instead").click()
    await expect(page.get_by_label("Your text")).to_have_value("Answer to ivo.private@people.example, please.")
    await expect(page.get_by_role("link", name="Ask the help desk").first).to_be_visible()
    await axe.check(page, "a text that is taken along")
    await ivo.go("/new/ideas")
    await page.get_by_label("Title").fill(a_title("Soil"))
    await page.get_by_label("What you want to say").fill("Answer to ivo.private@people.example, please.")
    await page.get_by_role("button", name="Post topic").click()
    await page.get_by_role("button", name="Mask it and post").click()
    await expect(ivo.post(1)).to_contain_text("Answer to")
    await expect(page.locator("main")).not_to_contain_text("ivo.private")


async def test_two_members_write_to_one_another_once_both_want_it(people: People) -> None:
    asks, hears = await a_member(people, "writes"), await a_member(people, "hears")
    await asks.page.get_by_role("button", name="Accept, and I have read the warning").click()
    await hears.page.get_by_role("button", name="Accept, and I have read the warning").click()
    await asks.go(f"/m/{hears.handle}")
    await asks.page.get_by_role("link", name=f"Write to @{hears.handle}").click()
    await axe.check(asks.page, "a first message")
    await asks.page.get_by_label("Your message").fill("Do you *swap* cuttings?")
    await asks.page.get_by_role("button", name="Ask", exact=True).click()
    await expect(asks.page.get_by_text("You have asked.")).to_be_visible()
    await hears.go("/messages")
    await axe.check(hears.page, "the messages")
    await hears.page.get_by_role("link", name=f"@{asks.handle}").click()
    await axe.check(hears.page, "a message that asks")
    await hears.page.get_by_role("button", name="Yes, let us write").click()
    await hears.page.get_by_label("Your message").fill("I do.")
    await hears.page.get_by_role("button", name="Send").click()
    await asks.page.reload()
    await expect(asks.page.locator("#d2")).to_contain_text("I do.")
    await axe.check(asks.page, "messages between two")


async def test_every_page_of_a_community_can_be_used_by_everybody(people: People) -> None:
    una = await a_member(people, "una", look=True)
    await axe.check(una.page, "the terms, to somebody who is asked")
    path = await una.begin("ideas", a_title("Pots"), "Clay or glaze?", kind="A discussion")
    await una.post(1).get_by_role("link", name="Change or take away").click()
    await axe.check(una.page, "changing a post")
    await una.page.get_by_label("What it is to say").fill("Clay, or glaze?")
    await una.page.get_by_role("button", name="Save", exact=True).click()
    await una.post(1).get_by_role("link", name="changed").click()
    await expect(una.page.locator("main")).to_contain_text("Clay or glaze?")
    await check_all(
        una, "/new/ideas", path, "/account", "/decisions", "/news", "/leave", f"/m/{una.handle}", "/s/regulars"
    )
    await una.page.get_by_role("button", name="Sign out").click()
    await expect(una.page.get_by_role("link", name="Join")).to_be_visible()
    await check_all(una, "", "/s/ideas", "/sign-in", "/reset", "/in", "/out", "/transparency", "/terms")
    await una.page.goto(una.base)
    await una.page.get_by_label("Search what was said").fill("clay")
    await una.page.get_by_role("button", name="Search").click()
    await expect(una.page.locator("main")).to_contain_text("Clay, or glaze?")
    await axe.check(una.page, "what was found")
    assert "clay" not in una.page.url


#: Adds up how far what was drawn already moved afterwards; what comes of a click within half a second does not count.
_WATCH_SHIFTS = """
  window.shifted = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted.push(entry.value);
  }).observe({ type: "layout-shift", buffered: true });
"""
_LARGEST_PAGE = 60_000


def _words(count: int) -> str:
    """Returns words that nobody said before, and in which no number may be somebody's."""
    return " ".join("".join(secrets.choice(ascii_lowercase) for _ in range(7)) for _ in range(count))


async def test_a_topic_of_twenty_posts_is_small_and_nothing_on_it_moves(people: People) -> None:
    writer = await a_member(people, "writer")
    path = await writer.begin("ideas", a_title("All that grows"), _words(20), kind="A discussion")
    for _ in range(19):
        await writer.reply(path, _words(60))
    for width, height in ((360, 740), (768, 1024), (1440, 900)):
        for scheme in ("light", "dark"):
            context, _ = await people.context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = await context.new_page()
            await page.add_init_script(_WATCH_SHIFTS)
            answer = await page.goto(writer.base + path)
            assert answer is not None
            assert len(await answer.body()) < _LARGEST_PAGE
            await expect(page.locator("article[id^=p]")).to_have_count(20)
            await page.wait_for_load_state("networkidle")
            await page.mouse.wheel(0, 4000)
            # Two frames later everything that was to move has moved.
            await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            moved = await page.evaluate("window.shifted.reduce((sum, each) => sum + each, 0)")
            assert moved == 0, f"what stands on the page moves by {moved} at {width} pixels, {scheme}"
            await context.close()


async def test_topics_like_a_title_come_while_it_is_written_and_a_poll_is_voted_in(people: People) -> None:
    ivy = await a_member(people, "ivy")
    word = _words(1)
    path = await ivy.begin("ideas", f"Where does {word} like to stand?", "In the shade?", kind="A discussion")
    page = ivy.page
    await page.add_init_script(_WATCH_SHIFTS)
    await ivy.go("/new/ideas")
    await page.get_by_label("Title").press_sequentially(f"A place for {word}")
    like = page.get_by_role("region", name="Topics like it")
    # Others may have used its other words; the rare one counts most.
    await expect(like.get_by_role("status")).to_have_text(re.compile(r"^\d topics? ha(s|ve) a title like yours\.$"))
    await expect(like.get_by_role("link").first).to_have_attribute("href", f"{urlsplit(ivy.base).path}{path}")
    assert await page.evaluate("window.shifted.reduce((sum, each) => sum + each, 0)") == 0
    await page.get_by_label("What you want to say").fill("Where is it light enough?")
    await page.get_by_text("Add a poll").click()
    await page.get_by_label("What you ask").fill("Which place?")
    await page.get_by_label("Choices, one a line").fill("By the window\nIn the hall\nOutside")
    await axe.check(page, "a new topic with a poll")
    await ivy.agree()
    await page.get_by_role("button", name="Post topic").click()
    poll = ivy.post(1).get_by_role("region", name="Poll")
    hands = Keyboard(page)
    await hands.press(poll.get_by_role("radio", name="In the hall"))
    await hands.press(poll.get_by_role("button", name="Vote"))
    await expect(poll.get_by_role("listitem").nth(1)).to_contain_text("1 vote, 100 %")
    await axe.check(page, "a poll, to somebody who has voted")
    await hands.press(poll.get_by_role("button", name="Take my vote back"))
    await expect(poll).to_contain_text("0 people voted.")


async def check_all(member: Member, *paths: str) -> None:
    """Looks at pages in both schemes."""
    for path in paths:
        await member.go(path)
        await axe.check(member.page, path or "the first page")
        assert await fits(member.page), f"{path} is wider than the window"


async def fits(page: Page) -> bool:
    """Says whether a page needs no scrolling sideways on the smallest telephone."""
    await page.set_viewport_size({"width": 360, "height": 740})
    wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    await page.set_viewport_size({"width": 1280, "height": 800})
    return int(wide) <= 0
