"""Surveys in a real browser: offered after the chat and answered there, designed and looked at in the console."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.inside import seal_responses
from tests.browser.letters import mail_to
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
    sent: list[str] = []
    visitor.page.on("request", lambda request: sent.append(request.url + (request.post_data or "")))
    await panel.get_by_role("button", name="Answer", exact=True).click()
    await panel.get_by_label("Age in full years").fill("17")
    await panel.get_by_role("button", name="Continue").click()
    await expect(panel.get_by_role("heading", name="This is for people of 18 and over")).to_be_visible()
    # The age went out once, to be compared; after it nothing does that anybody answered or was called.
    assert [each for each in sent if '"age":17' in each] == [each for each in sent if "checkAge" in each]
    assert len([each for each in sent if "checkAge" in each]) == 1
    assert not [each for each in sent if "surveys:submit" in each or "Kit Young" in each]
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


async def test_a_visitor_rates_the_chat_in_the_chat_and_whoever_answered_sees_it(people: People) -> None:
    visitor = await people.chatting("Rita Rates")
    maria = await people.operator("maria", reduced_motion="reduce")
    await maria.claim("Rita Rates")
    await visitor.end()
    panel = visitor.panel
    rating = panel.get_by_role("group", name="How satisfied are you with this chat?")
    await expect(rating).to_have_accessible_description(
        "Voluntary. Your rating is kept with this chat, and those who read the chat see it."
    )
    await axe.check(visitor.page, "the question for a rating", visitor.frame())
    await rating.get_by_role("button", name="2 of 5").click()
    await expect(panel.get_by_text("Your rating is kept with this chat.")).to_be_visible()
    await rating.get_by_role("button", name="4 of 5").press("Enter")
    chosen = panel.get_by_role("button", name="4 of 5", pressed=True)
    await expect(chosen).to_be_visible()
    await axe.check(visitor.page, "a chat that is rated", visitor.frame())
    await maria.page.get_by_role("link", name="Closed").click()
    await maria.row("Rita Rates").click()
    rated = maria.page.locator(".context dl div").filter(has=maria.page.get_by_text("Rated", exact=True))
    await expect(rated).to_contain_text("4 of 5")
    # It stands among what is held, and goes when its author wants it gone.
    await visitor.choose("Your privacy")
    await expect(panel.get_by_role("dialog").get_by_text("4 of 5")).to_be_visible()
    await panel.get_by_role("dialog").get_by_role("button", name="Close").click()
    await panel.get_by_role("button", name="Take it back").click()
    await expect(panel.get_by_text("Your rating is gone.")).to_be_visible()
    await expect(rated).to_have_count(0)


async def test_the_page_without_a_script_and_the_one_that_a_mail_leads_to_are_for_everybody(people: People) -> None:
    visitor = await at_the_end(people, "Lea Letter")
    address = f"lea.{secrets.token_hex(3)}@people.example"
    visitor.said.append(address)
    await visitor.panel.get_by_role("button", name="Mail me the chat").click()
    await visitor.panel.get_by_label("Your email address").fill(address)
    await visitor.panel.get_by_role("button", name="Send the mail").click()
    said = (await mail_to(people.stage.run.data_dir / "mail", address)).get_body(("plain",))
    assert said is not None
    link = re.search(r"http\S+/survey/\S+", str(said.get_content()))
    assert link is not None
    context, watch = await people.context()
    watch.expect("the server responded with a status of 400")
    page = await context.new_page()

    async def for_everybody(what: str, heading: str) -> None:
        await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        # The same page for those whose browser runs no script: there is none in it.
        await expect(page.locator("script")).to_have_count(0)
        await axe.check(page, what)

    await page.goto(link[0])
    await for_everybody("the page that a mail leads to", "How was your chat?")
    await page.get_by_role("button", name="Show the questions").click()
    await for_everybody("the question for the age, without a script", "How was your chat?")
    await page.get_by_label("Age in full years").fill("old")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_text("Give your age as a whole number")).to_be_visible()
    await axe.check(page, "an age that is none, without a script")
    await page.get_by_label("Age in full years").fill("44")
    await page.get_by_role("button", name="Continue").click()
    await for_everybody("the survey, without a script", "How was your chat?")
    await page.get_by_role("group", name="How satisfied are you").get_by_label("5").check()
    await page.get_by_role("button", name="Send").click()
    await for_everybody("the thanks, without a script", "Thank you")
    await page.get_by_role("button", name="Take my answers back").click()
    await expect(page.get_by_text("Your answers are deleted")).to_be_visible()
    await axe.check(page, "what is said at the end, without a script")


_SET = """async ([name, valueJson]) => {
  const { accessToken } = await (await fetch("/session")).json();
  const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
  const body = JSON.stringify({ valueJson });
  return (await fetch(`/v1/settings/${name}`, { method: "PATCH", headers, body })).status;
}"""


async def publish(page: Page) -> None:
    """Publishes what was saved."""
    await page.get_by_role("button", name="Publish…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Publish it").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_survey_is_designed_published_answered_and_plotted(people: People, tmp_path: Path) -> None:
    femi = await people.operator("admin", tenant="harbor")
    page, title = femi.page, "After your visit"
    # Answers are final at once, and five are enough to be shown.
    for name, value in (("surveys.replace_minutes", "0"), ("surveys.threshold", "5")):
        assert await page.evaluate(_SET, [name, value]) == 200

    await page.get_by_role("navigation", name="Sections").get_by_role("link", name="Surveys").click()
    await expect(page.get_by_role("list", name="Surveys")).to_be_visible()
    await axe.check(page, "the surveys")
    await page.get_by_role("button", name="New survey").click()
    await page.get_by_label("Title").fill(title)
    await page.get_by_role("button", name="Make it").click()
    await expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()

    # A second question that only some see.
    await page.get_by_label("Kind").select_option("Several choices")
    await page.get_by_role("button", name="Add a question").click()
    second = page.locator(".survey-question").nth(1)
    await second.get_by_label("Question", exact=True).fill("What went wrong?")
    await second.get_by_label("Choice 1", exact=True).fill("The wait")
    await second.get_by_label("Choice 2", exact=True).fill("The price")
    await second.get_by_role("button", name="Add a condition").click()
    line = second.get_by_role("group", name="Condition 1")
    await line.get_by_label("Is", exact=True).select_option("less than")
    await line.get_by_label("What").select_option("4")
    preview = page.get_by_role("region", name="Preview")
    await expect(preview.get_by_role("group", name="What went wrong?")).to_have_count(0)
    await preview.get_by_role("radio", name="2").check()
    await expect(preview.get_by_role("group", name="What went wrong?")).to_be_visible()
    await expect(page.get_by_text("Not saved yet")).to_be_visible()
    await page.get_by_role("button", name="Save the draft").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await axe.check(page, "the editor of a survey")
    await publish(page)

    visitor = await people.chatting("Rolf Rated", shop="harbor")
    await visitor.end()
    await visitor.panel.get_by_role("button", name="Answer", exact=True).click()
    # Nothing personal is asked, and so no age.
    satisfied = visitor.panel.get_by_role("group", name="How satisfied are you with the answer?")
    await satisfied.get_by_role("radio", name="2").check()
    await visitor.panel.get_by_role("group", name="What went wrong?").get_by_label("The price").check()
    await visitor.panel.get_by_role("button", name="Send", exact=True).click()
    await expect(visitor.panel.get_by_role("heading", name="Thank you")).to_be_visible()

    # Nine more come by the page without a script, with their cookies blocked.
    harbor = people.demo.tenant("harbor")
    survey_id = page.url.split("/surveys/")[1].split("/")[0]
    address = f"{people.demo.origin('widget')}/survey/{harbor['site_key']}/{survey_id}"
    context, _ = await people.context(java_script_enabled=False)
    for number in range(9):
        answering = await context.new_page()
        await answering.goto(address)
        await answering.get_by_role("group", name="How satisfied are you with the answer?").get_by_label("5").check()
        await answering.get_by_role("button", name="Send").click()
        await expect(answering.get_by_role("heading", name="Thank you")).to_be_visible()
        await answering.close()
        assert await context.cookies() == [], number
    # The hour's own count may have come first; what was counted is looked at below.
    await seal_responses(people.stage.run, harbor["tenant_id"])

    await page.get_by_role("navigation", name="Pages of the survey").get_by_role("link", name="Results").click()
    part = page.get_by_role("region", name="How satisfied are you with the answer?", exact=True)
    await expect(part).to_contain_text("100 % satisfied")
    await expect(part.get_by_role("list").get_by_role("listitem").filter(has_text="5 (100 %)")).to_have_count(1)
    # One unhappy visitor alone is in no number.
    await expect(part.get_by_role("listitem").nth(1)).to_contain_text("fewer than 5")
    await expect(page.get_by_role("region", name="What went wrong?")).to_contain_text("Too few answers")
    await expect(page.get_by_role("img", name="How satisfied are you with the answer?, month by month")).to_be_visible()
    await axe.check(page, "the results")
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Save for a spreadsheet").click()
    saved = tmp_path / "results.csv"
    await (await saving.value).save_as(saved)
    assert saved.read_text().startswith("dimension,value,question_id")

    async with femi.context.expect_page() as opening:
        await page.get_by_role("link", name="Report to print").click()
    report = await opening.value
    await expect(report.get_by_role("heading", name=title)).to_be_visible()
    await expect(report.get_by_role("row", name="5 5 (100 %)")).to_be_visible()
    await axe.check(report, "the report to print")

    await page.get_by_role("link", name="Answers").click()
    await expect(page.get_by_text("Each reading is on record")).to_be_visible()
    await page.get_by_role("button", name="Read them").click()
    await page.get_by_role("button", name="Whole answers").click()
    await expect(page.get_by_role("list", name="Whole answers").get_by_role("listitem")).to_have_count(10)
    await expect(page.get_by_role("list", name="Whole answers")).to_contain_text("The price")
    await axe.check(page, "single answers")

    await page.get_by_role("link", name="Questions").click()
    await page.locator(".survey-question summary").first.click()
    await page.locator(".survey-question").first.get_by_label("Question", exact=True).fill("How satisfied were you?")
    await page.get_by_role("button", name="Save the draft").click()
    await expect(page.get_by_text("Changed since")).to_be_visible()
    await page.get_by_role("link", name="Versions").click()
    await expect(page.locator(".survey-diff del")).to_contain_text("How satisfied are you")
    await expect(page.locator(".survey-diff ins")).to_contain_text("How satisfied were you?")
    await axe.check(page, "the versions")
    await publish(page)
    await expect(page.get_by_role("list", name="Versions").get_by_role("listitem")).to_have_count(2)
    await page.get_by_role("button", name="Close…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Close…").click()
    await expect(page.get_by_text("The survey is closed.")).to_be_visible()
