"""Surveys in a real browser: offered after the chat and answered there, designed and looked at in the console."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.people import Visitor


async def at_the_end(people: People, name: str) -> Visitor:
    """Returns a visitor whose chat is over and who is offered a survey."""
    visitor = await people.chatting(name)
    await visitor.end()
    await expect(visitor.panel.get_by_role("heading", name="If you like: How was your chat?")).to_be_visible()
    return visitor


async def test_a_visitor_answers_after_the_chat_and_takes_it_back(people: People) -> None:
    visitor = await at_the_end(people, "Suri Survey")
    panel, words = visitor.panel, "The torch came without its gas."
    visitor.said.append(words)
    await axe.check(visitor.page, "the offer of a survey", visitor.frame())
    await panel.get_by_role("button", name="Answer", exact=True).click()
    # The age comes first; a word is none, and nothing of it is sent.
    await expect(panel.get_by_label("Age in full years")).to_be_visible()
    await expect(panel.get_by_text("How satisfied are you")).to_have_count(0)
    await axe.check(visitor.page, "the question for the age", visitor.frame())
    await panel.get_by_label("Age in full years").fill("old")
    await panel.get_by_role("button", name="Continue").click()
    await expect(panel.get_by_role("alert").get_by_text("Give your age as a whole number")).to_be_visible()
    await panel.get_by_label("Age in full years").fill("44")
    await panel.get_by_role("button", name="Continue").click()
    satisfied = panel.get_by_role("group", name="How satisfied are you with the answer?")
    await expect(satisfied).to_be_visible()
    better = panel.get_by_role("group", name="What should have been better?")
    await expect(better).to_have_count(0)
    await satisfied.get_by_role("radio", name="2").check()
    # What was answered opens a question at once, in the browser.
    await better.get_by_label("The tone").check()
    await panel.get_by_label("Is there anything you want to tell us?").fill(words)
    await axe.check(visitor.page, "the survey", visitor.frame())
    await panel.get_by_role("button", name="Send", exact=True).click()
    await expect(panel.get_by_role("heading", name="Thank you")).to_be_visible()
    await axe.check(visitor.page, "the thanks", visitor.frame())
    await panel.get_by_role("button", name="Take my answers back").click()
    await expect(panel.get_by_text("Your answers are deleted")).to_be_visible()
    await panel.get_by_role("button", name="Back to the end of the chat").click()
    await expect(panel.get_by_role("heading", name="The chat has ended")).to_be_visible()
    await expect(panel.get_by_role("button", name="Answer", exact=True)).to_have_count(0)


async def test_somebody_of_17_is_refused_and_loses_the_chat_in_this_browser_too(people: People) -> None:
    visitor = await at_the_end(people, "Kit Young")
    panel = visitor.panel
    visitor.watch.expect("the server responded with a status of (401|403)")
    await panel.get_by_role("button", name="Answer", exact=True).click()
    await panel.get_by_label("Age in full years").fill("17")
    await panel.get_by_role("button", name="Continue").click()
    await expect(panel.get_by_role("heading", name="This is for people of 18 and over")).to_be_visible()
    await axe.check(visitor.page, "the refusal", visitor.frame())
    await expect(panel.get_by_text("Kit Young")).to_have_count(0)
    await visitor.page.reload()
    await visitor.open()
    await expect(panel.get_by_label("Your name, if you like")).to_be_visible()


async def test_whoever_passes_the_offer_by_goes_on_as_if_there_were_none(people: People) -> None:
    visitor = await at_the_end(people, "Nils Nothanks")
    panel = visitor.panel
    await panel.get_by_role("button", name="No, thanks").click()
    await expect(panel.get_by_role("button", name="Answer", exact=True)).to_have_count(0)
    await panel.get_by_role("button", name="Start a new chat").click()
    await expect(panel.get_by_label("Your name, if you like")).to_be_visible()
