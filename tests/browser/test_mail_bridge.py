"""Answers by mail: a visitor leaves an address and goes on from a mail program; a mail from elsewhere waits."""

from __future__ import annotations

import secrets
from email.message import EmailMessage

import aiosmtplib
from playwright.async_api import expect

from tests.browser import axe
from tests.browser.conftest import People
from tests.browser.letters import mail_to

_SET = """async ([name, valueJson]) => {
  const { accessToken } = await (await fetch("/session")).json();
  const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
  const body = JSON.stringify({ valueJson });
  return (await fetch(`/v1/settings/${name}`, { method: "PATCH", headers, body })).status;
}"""


async def answer(people: People, letter: EmailMessage, sender: str, text: str) -> None:
    """Answers a mail as a mail program does, from an address."""
    host, _, port = str(people.demo.document["mail"]["listen"]).rpartition(":")
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter["Reply-To"]
    message["Subject"] = f"Re: {letter['Subject']}"
    message["In-Reply-To"] = letter["Message-ID"]
    message["Message-ID"] = f"<{secrets.token_hex(8)}@people.example>"
    message.set_content(f"{text}\n")
    people.stage.said.append(text)
    await aiosmtplib.send(message, sender=sender, hostname=host, port=int(port), start_tls=False)


async def test_a_visitor_goes_on_by_mail_and_a_mail_from_elsewhere_waits_for_a_decision(people: People) -> None:
    admin = await people.operator("admin", tenant="harbor")
    assert await admin.page.evaluate(_SET, ["mail.reply_delay_seconds", "0"]) == 200
    address = f"mara.{secrets.token_hex(3)}@people.example"
    visitor = await people.chatting("Mara Mail", shop="harbor")
    visitor.said.append(address)
    tom = await people.operator("tom", tenant="harbor", reduced_motion="reduce")
    await tom.claim("Mara Mail")
    await visitor.choose("Answers by mail")
    dialog = visitor.panel.get_by_role("dialog", name="Answers by mail")
    await dialog.get_by_label("Your email address").fill("mara at home")
    await dialog.get_by_role("button", name="Keep the address").click()
    await expect(dialog.get_by_text("this is not an email address")).to_be_visible()
    await dialog.get_by_label("Your email address").fill(address)
    await dialog.get_by_label("Your email address").press("Enter")
    await expect(dialog.get_by_text("Answers that you do not read here go to this address.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Remove it")).to_be_visible()
    await axe.check(visitor.page, "the address for answers", visitor.frame())
    # Whoever answers sees it come.
    await expect(tom.page.get_by_text(address)).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()
    # It stands among what is held.
    await visitor.choose("Your privacy")
    await expect(visitor.panel.get_by_role("dialog")).to_contain_text(address)
    await visitor.page.close()

    await tom.say("It comes on Friday.")
    letter = await mail_to(people.stage.run.data_dir / "mail", address)
    await answer(people, letter, address, "Friday is fine.")
    await expect(tom.bubbles).to_have_text(["It comes on Friday.", "Friday is fine."])

    waiting = tom.page.get_by_role("region", name="Mails that wait for you")
    await expect(waiting).to_have_count(0)
    await answer(people, letter, "mara@work.example", "Make it Saturday.")
    await expect(waiting).to_contain_text("mara@work.example")
    await expect(waiting).to_contain_text("It came from another address than the visitor's.")
    await axe.check(tom.page, "a mail that waits")
    await waiting.get_by_role("button", name="Take it as the visitor's").click()
    await expect(tom.bubbles).to_have_text(["It comes on Friday.", "Friday is fine.", "Make it Saturday."])
    await expect(waiting).to_have_count(0)
    await answer(people, letter, "eve@elsewhere.example", "Send it to me instead.")
    await waiting.get_by_role("button", name="Delete it").click()
    sure = tom.page.get_by_role("dialog", name="Delete this mail?")
    await axe.check(tom.page, "the question before a mail is deleted")
    await sure.get_by_role("button", name="Delete it").click()
    await expect(waiting).to_have_count(0)
    await expect(tom.bubbles).to_have_count(3)
    await tom.end()

    # What comes after the end can be read and deleted; nobody answers it any more.
    await answer(people, letter, address, "One more thing.")
    await tom.page.get_by_role("link", name="Closed").click()
    await tom.row("Mara Mail").click()
    await expect(waiting).to_contain_text("It came after the chat had ended.")
    await expect(waiting.get_by_role("button")).to_have_text(["Delete it"])
    await axe.check(tom.page, "a mail that came too late")
    assert await admin.page.evaluate(_SET, ["mail.reply_delay_seconds", ""]) == 200
