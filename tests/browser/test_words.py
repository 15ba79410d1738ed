"""What people write is shown as they wrote it, never as markup, and never lost."""

from __future__ import annotations

from playwright.async_api import Dialog, expect

from tests.browser.conftest import People

_MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script><b>bold</b>"
#: Sends more messages at once than anybody can type; drawing them is not waited for.
_FLOOD = """async (count) => {
  const field = document.querySelector(".composer textarea");
  for (let i = 0; i < count; i++) {
    field.value = `flood ${i}`;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    await new Promise((next) => setTimeout(next));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    await new Promise((next) => setTimeout(next));
  }
}"""
_OVERFLOWS = """() => [...document.querySelectorAll("body, body *")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible"
    && !one.closest(".unseen, .rail") && getComputedStyle(one).textOverflow !== "ellipsis" && one.clientWidth > 1)
  .map((one) => `${one.tagName}.${one.className}`)"""


async def test_messages_that_come_too_fast_stay_visible_with_the_reason_and_a_retry(people: People) -> None:
    visitor = await people.chatting("Flo Flood")
    await visitor.frame().evaluate(_FLOOD, 100)
    refused = visitor.panel.locator(".pending.refused")
    await expect(refused.first).to_contain_text("Not sent: too many messages at once. Your text is still here")
    await expect(visitor.panel.locator(".pending.sending")).to_have_count(0)
    # Nothing is lost and nothing is doubled: every message stands here once, sent or not.
    assert sorted(await visitor.bubbles.all_inner_texts()) == sorted(f"flood {i}" for i in range(100))
    text = await refused.first.locator(".bubble").inner_text()
    before = await refused.count()
    await refused.first.get_by_role("button", name="Send again").click()
    await expect(refused).to_have_count(before - 1)
    await expect(visitor.panel.locator(".entry.own:not(.pending)").last.locator(".bubble")).to_have_text(text)
    # What is given up comes back to where it was written.
    text = await refused.first.locator(".bubble").inner_text()
    await refused.first.get_by_role("button", name="Discard").click()
    await expect(visitor.composer).to_have_value(text)


async def test_markup_in_name_message_and_path_is_text(people: People) -> None:
    dialogs: list[Dialog] = []
    maria = await people.operator("maria")
    visitor = await people.visitor("/pots/<script>alert(3)</script>?secret=query")

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog)

    maria.page.on("dialog", note)
    visitor.page.on("dialog", note)
    await visitor.open()
    await visitor.start(_MARKUP)
    await visitor.say(_MARKUP)
    await expect(visitor.bubbles).to_have_text([_MARKUP])
    await maria.claim(_MARKUP)
    await expect(maria.bubbles).to_have_text([_MARKUP])
    await expect(maria.page.locator("#conversation-name")).to_have_text(_MARKUP)
    path = maria.page.locator(".context code")
    await expect(path).to_have_text("/pots/%3Cscript%3Ealert(3)%3C/script%3E")
    await maria.say(_MARKUP)
    await expect(visitor.bubbles).to_have_text([_MARKUP, _MARKUP])
    await visitor.choose("Your privacy")
    await expect(visitor.panel.get_by_role("dialog")).to_contain_text(_MARKUP)
    assert await visitor.frame().locator(".entry img, .entry script, .entry b").count() == 0
    assert await maria.page.locator(".entry img, .entry script, .entry b").count() == 0
    assert dialogs == []


async def test_only_web_addresses_become_links(people: People) -> None:
    maria = await people.operator("maria")
    visitor = await people.chatting("Linus Links")
    await visitor.say(
        "https://fern.example/a?b=c#d, javascript:alert(1) data:text/html,x ftp://f.example "
        "https://bank.example@evil.example (see http://b.example/x)."
    )
    await maria.claim("Linus Links")
    for log in (visitor.bubbles, maria.bubbles):
        links = log.get_by_role("link")
        await expect(links).to_have_count(2)
        assert [await link.get_attribute("href") for link in await links.all()] == [
            "https://fern.example/a?b=c#d",
            "http://b.example/x",
        ]
        for link in await links.all():
            assert await link.get_attribute("target") == "_blank"
            assert {"noopener", "noreferrer"} <= set(str(await link.get_attribute("rel")).split())
    await maria.end()


async def test_any_script_emoji_and_length_fits(people: People) -> None:
    maria = await people.operator("maria")
    name = "Wolfeschlegelsteinhausenbergerdorff" * 5 + "x" * 25
    assert len(name) == 200
    visitor = await people.visitor(viewport={"width": 360, "height": 740})
    await visitor.open()
    await expect(visitor.panel.get_by_role("button", name="Agree and start")).to_be_in_viewport(ratio=1)
    await visitor.start(name)
    await maria.claim(name)
    arabic, emoji, long = "مرحبًا، أين طلبي رقم 42؟", "🌱🪴", "w" * 4000
    for text in (arabic, emoji, "line one\nline two 👩🏽‍🚀"):
        await visitor.say(text)
    await expect(maria.bubbles).to_have_text([arabic, emoji, "line one\nline two 👩🏽‍🚀"], use_inner_text=True)
    await expect(maria.bubbles.first.locator(".body")).to_have_css("direction", "rtl")
    await visitor.composer.fill(long + "w")
    await expect(visitor.panel.get_by_text("1 character too many")).to_be_visible()
    await expect(visitor.panel.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    await visitor.composer.press("Enter")
    await expect(visitor.composer).to_have_value(long + "w")
    await visitor.say(long)
    await expect(maria.bubbles.last).to_have_text(long)
    assert await visitor.frame().evaluate(_OVERFLOWS) == []
    assert await maria.page.evaluate(_OVERFLOWS) == []
    await maria.page.set_viewport_size({"width": 360, "height": 740})
    assert await maria.page.evaluate(_OVERFLOWS) == []
    await maria.end()
