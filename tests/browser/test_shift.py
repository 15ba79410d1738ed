"""A shift of two operators, a supervisor and three visitors, with all that it brings; and again by keyboard alone."""

from __future__ import annotations

import io
import re
import secrets
from dataclasses import dataclass

from PIL import Image
from playwright.async_api import Locator, expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.hands import WATCH_MOUSE, Hands, Keyboard, Mouse, mouse_events
from tests.browser.people import Operator, Visitor

CARD = "5555 4444 3333 1111"


@dataclass(slots=True)
class Staff:
    """Somebody of the staff, with the hands that work the console."""

    at: Operator
    hands: Hands

    async def look(self, view: str, name: str) -> None:
        """Goes to a list and opens a visitor's row."""
        await self.hands.press(self.at.page.get_by_role("link", name=re.compile(f"^{view}")))
        await self.hands.press(self.at.row(name))

    async def take(self, name: str) -> None:
        """Takes a visitor's conversation from the queue, and goes on where an answer is written."""
        await self.look("Queue", name)
        await self.hands.press(self.button("Take this conversation"))
        await self.hands.rests_on(self.at.composer)

    async def say(self, text: str) -> None:
        """Answers."""
        self.at.said.append(text)
        await self.hands.write(self.at.composer, text)
        await self.at.page.keyboard.press("Enter")
        await self.hands.rests_on(self.at.composer)

    def button(self, name: str) -> Locator:
        """A button of the page, by its whole name."""
        return self.at.page.get_by_role("button", name=name, exact=True)

    async def end(self) -> None:
        """Ends the conversation in front."""
        await self.hands.press(self.button("End conversation"))
        dialog = self.at.page.get_by_role("dialog", name="End this conversation?")
        await self.hands.press(dialog.get_by_role("button", name="End conversation"))
        await self.hands.rests_on(self.at.page.locator("#conversation-name"))


@dataclass(slots=True)
class Guest:
    """A visitor, with the hands that work the panel."""

    at: Visitor
    hands: Hands
    name: str

    async def begin(self, question: str) -> None:
        """Opens the chat, agrees and asks."""
        await self.hands.press(self.at.launcher)
        name = self.at.panel.get_by_label("Your name, if you like")
        await expect(name).to_be_visible()
        self.at.said.append(self.name)
        await self.hands.write(name, self.name)
        await self.hands.press(self.at.panel.get_by_role("button", name="Agree and start the chat"))
        await self.hands.rests_on(self.at.composer)
        await self.say(question)

    async def say(self, text: str) -> None:
        """Says something."""
        self.at.said.append(text)
        await self.hands.write(self.at.composer, text)
        await self.at.page.keyboard.press("Enter")
        await self.hands.rests_on(self.at.composer)

    async def end(self) -> None:
        """Ends the chat."""
        await self.hands.press(self.at.panel.locator(".menu summary"))
        await self.hands.press(self.at.panel.get_by_role("button", name="End the chat"))
        dialog = self.at.panel.get_by_role("dialog")
        await self.hands.press(dialog.get_by_role("button", name="End the chat"))
        await self.hands.rests_on(self.at.panel.get_by_role("heading", name="The chat has ended"))


def a_picture() -> bytes:
    """Returns a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "olive").save(out, "PNG")
    return out.getvalue()


async def work_a_shift(people: People, hands: type[Mouse] | type[Keyboard], mark: str) -> None:
    """Works the shift; `mark` tells its people, its tag and its text from those of the other one."""
    names = [f"{name} {mark}" for name in ("Ayla", "Bela", "Cleo")]
    staff = []
    for login in ("maria", "kai", "jo"):
        at = await people.operator(login, reduced_motion="reduce")
        await at.context.add_init_script(WATCH_MOUSE)
        await at.page.reload()
        await at.page.get_by_role("navigation", name="Sections").wait_for()
        # Whoever had a chat open that a colleague takes, or that is handed over, may still be asking for it.
        at.watch.expect(r"403 .*/v1/conversations/[^/]+/messages")
        staff.append(Staff(at, hands(at.page)))
    maria, kai, jo = staff
    guests = []
    for name in names:
        visitor = await people.visitor(reduced_motion="reduce")
        await visitor.context.add_init_script(WATCH_MOUSE)
        await visitor.page.reload()
        guests.append(Guest(visitor, hands(visitor.page), name))
    ayla, bela, cleo = guests

    # What the desk needs: a word to file under, and a text that is written once.
    tag, shortcut = f"{mark} parcel", f"late-{mark.lower()}"
    await prepare(people, jo, maria, tag, shortcut)

    # Routing: three wait, and hear their place; two operators take them.
    await ayla.begin("Where is my parcel?")
    await bela.begin("Can you read this label?")
    await cleo.begin("Do you repair pots?")
    await expect(cleo.at.status).to_contain_text(re.compile("in the queue|You are next"))
    await maria.take(ayla.name)
    await kai.take(bela.name)
    await expect(ayla.at.status).to_contain_text("Maria Lindqvist is here")

    # A canned reply, chosen after a slash.
    await maria.look("Mine", ayla.name)
    await maria.hands.rests_on(maria.at.composer)
    await maria.at.page.keyboard.type(f"/{shortcut}")
    await expect(maria.at.page.get_by_role("option", name=shortcut)).to_have_attribute("aria-selected", "true")
    await maria.at.page.keyboard.press("Enter")
    await maria.hands.rests_on(maria.at.composer)
    await maria.at.page.keyboard.press("Enter")
    await expect(ayla.at.bubbles.last).to_have_text(f"Sorry {ayla.name}, it is late.")

    # A note and a tag stand beside the talk.
    beside, note = maria.at.page.locator(".besides"), f"{mark}: second call this week"
    maria.at.said.append(note)
    await maria.hands.write(beside.get_by_label("A note for colleagues"), note)
    await maria.hands.press(beside.get_by_role("button", name="Add the note"))
    await expect(beside.locator(".notes")).to_contain_text(note)
    await maria.hands.rests_on(beside.get_by_label("A note for colleagues"))
    await maria.hands.choose(beside.get_by_label("Add a tag"), tag)
    await maria.hands.press(beside.get_by_role("button", name="Add", exact=True))
    await expect(beside.locator(".chips")).to_contain_text(tag)
    # Where there is another tag, the next one is chosen from the list.
    await expect(beside.locator(":is(select, h2):focus")).to_have_count(1)

    # A file comes in, and a secret goes for good.
    picture = {"name": f"label {mark}.png", "mimeType": "image/png", "buffer": a_picture()}
    await bela.hands.attach(bela.at.panel.get_by_role("button", name="Send a file"), picture)  # type: ignore[arg-type]  # It is one.
    await bela.hands.rests_on(bela.at.composer)
    await expect(kai.at.page.get_by_role("img", name=f"Picture: label {mark}.png")).to_be_visible()
    await bela.say(f"My card is {CARD}")
    secret = kai.at.page.locator(".entry.theirs", has_text=CARD)
    await kai.hands.press(secret.get_by_role("button", name="Change or remove this message"))
    dialog = kai.at.page.get_by_role("dialog", name="Change what was said")
    await kai.hands.press(dialog.get_by_role("button", name="Remove for good"))
    await kai.hands.press(dialog.get_by_role("button", name="Yes, remove it for good"))
    await expect(dialog).to_be_hidden()
    for page in (kai.at.page, bela.at.panel):
        await expect(page.get_by_role("log")).not_to_contain_text(CARD)
    await kai.hands.rests_on(kai.at.page.get_by_role("log"))

    # One is handed on, with a note for whoever takes it.
    await maria.take(cleo.name)
    await maria.hands.press(maria.button("Hand over"))
    dialog = maria.at.page.get_by_role("dialog")
    await maria.hands.press(dialog.get_by_label(re.compile("Kai Nakamura")))
    await maria.hands.write(dialog.get_by_label("What they should know (optional)"), f"{mark}: terracotta only.")
    await maria.hands.press(dialog.get_by_role("button", name="Hand over"))
    await expect(dialog).to_be_hidden()
    await maria.hands.rests_on(maria.button("Hand over"))
    await kai.look("Mine", cleo.name)
    await expect(kai.at.page.get_by_text(f"{mark}: terracotta only.")).to_be_visible()
    await kai.hands.rests_on(kai.at.page.get_by_role("heading", name="Maria Lindqvist offers you this conversation"))
    await kai.hands.press(kai.button("Take it"))
    await kai.hands.rests_on(kai.at.composer)
    await maria.hands.rests_on(maria.at.page.get_by_role("heading", name="Not here any more"))
    await kai.say(f"{mark}: we do, bring it along.")
    await expect(cleo.at.bubbles.last).to_have_text(f"{mark}: we do, bring it along.")

    # Somebody who leads looks on, with a reason that the visitor reads.
    await jo.look("All", ayla.name)
    await jo.hands.rests_on(jo.at.page.get_by_role("heading", name="Maria Lindqvist is answering"))
    await jo.hands.write(jo.at.page.get_by_label("Reason to watch it now"), f"{mark} training")
    await jo.hands.press(jo.button("Watch"))
    await expect(ayla.at.log).to_contain_text(f"Reason: {mark} training")
    await expect(jo.at.bubbles.first).to_have_text("Where is my parcel?")
    await jo.hands.rests_on(jo.at.page.locator("#conversation-name"))
    await jo.hands.press(jo.button("Stop watching"))
    await expect(ayla.at.log).to_contain_text("Nobody watches this chat any more")
    await jo.hands.rests_on(jo.at.page.get_by_role("heading", name="Maria Lindqvist is answering"))

    # All three end: one by the visitor, two by who answers.
    await ayla.end()
    await kai.end()
    await kai.look("Mine", bela.name)
    await kai.hands.rests_on(kai.at.composer)
    await kai.end()
    for guest in (bela, cleo):
        await guest.hands.rests_on(guest.at.panel.get_by_role("heading", name="The chat has ended"))
    await axe.check(kai.at.page, "the end of a shift")

    # What was filed under the word is found by it.
    page = jo.at.page
    await jo.hands.press(page.get_by_role("navigation", name="Sections").get_by_role("link", name="Transcripts"))
    await jo.hands.write(page.get_by_label("Words"), "parcel")
    await jo.hands.choose(page.get_by_label("Why you look"), "To look after quality")
    await jo.hands.press(page.get_by_text("Narrow it down"))
    await jo.hands.choose(page.get_by_label("Tagged"), tag)
    await jo.hands.press(jo.button("Search"))
    await expect(jo.at.rows).to_have_count(1)
    await expect(jo.at.rows.first).to_contain_text(ayla.name)
    await jo.hands.press(jo.at.rows.first)
    await jo.hands.rests_on(page.get_by_role("heading", name=ayla.name))
    if hands is Keyboard:
        everybody = [one.at.page for one in staff] + [one.at.page for one in guests]
        assert [await mouse_events(page) for page in everybody] == [0] * len(everybody)


async def prepare(people: People, jo: Staff, maria: Staff, tag: str, shortcut: str) -> None:
    """Adds a tag and a canned reply."""
    page = jo.at.page
    await page.goto(f"{people.demo.origin('console')}/#/desk/tags")
    await jo.hands.press(jo.button("New tag"))
    await jo.hands.write(page.get_by_role("dialog").get_by_label("Word"), tag)
    await jo.hands.press(page.get_by_role("dialog").get_by_role("button", name="Save"))
    await expect(page.get_by_role("list", name="Tags")).to_contain_text(tag)
    await jo.hands.rests_on(jo.button("New tag"))
    page = maria.at.page
    await page.goto(f"{people.demo.origin('console')}/#/desk/replies")
    await maria.hands.press(maria.button("New canned reply"))
    dialog = page.get_by_role("dialog", name="New canned reply")
    await maria.hands.write(dialog.get_by_label("Shortcut"), shortcut)
    await maria.hands.write(dialog.get_by_label("Text", exact=True), "Sorry {visitor_name|there}, it is late.")
    await maria.hands.press(dialog.get_by_role("button", name="Save"))
    await expect(page.get_by_role("list", name="Canned replies")).to_contain_text(f"/{shortcut}")
    await maria.hands.rests_on(maria.button("New canned reply"))
    for one in (jo, maria):
        await one.hands.press(
            one.at.page.get_by_role("navigation", name="Sections").get_by_role("link", name=re.compile("^Inbox"))
        )


async def test_a_shift_is_worked_by_two_operators_a_supervisor_and_three_visitors(people: People) -> None:
    await work_a_shift(people, Mouse, f"Dawn{secrets.token_hex(2)}")


async def test_the_same_shift_is_worked_by_keyboard_alone(people: People) -> None:
    await work_a_shift(people, Keyboard, f"Zenith{secrets.token_hex(2)}")
