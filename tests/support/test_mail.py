"""Mail opens tickets and goes on with them; what comes from elsewhere, or from a machine, does neither by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import aiosmtplib
import pytest
import pytest_asyncio
from parley.support.v1 import mailbox_pb2, mailbox_pb2_grpc, queue_pb2, record_pb2

from gateway.mail.__main__ import serve
from kernel import ids
from kernel.errors import AlreadyExists, InvalidArgument
from services.support.actions import mail_in
from tests.chat.test_transcript_mails import an_address, arrived, sent_to
from tests.platform import Platform
from tests.privacy.rights import until
from tests.support.desk import Desk, a_desk
from tests.support.filing import TicketFile, examined, read

Send = Callable[..., Awaitable[str]]


@pytest_asyncio.fixture(scope="module")
async def desk(platform: Platform) -> Desk:
    """A company that takes requests by mail."""
    return await a_desk(platform)


@pytest_asyncio.fixture(scope="module")
async def send(platform: Platform) -> AsyncIterator[Send]:
    """Sends a mail to the door, as any mail server does."""
    stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(replace(platform.config, mail_listen="127.0.0.1:0"), stop=stop, started=started)
    )
    port = await started

    async def send_(message: EmailMessage, *, sender: str = "x@people.example") -> str:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as line:
            _, said = await line.sendmail(sender, [str(message["To"])], message.as_bytes())
            return said

    yield send_
    stop.set()
    await serving


def address_of(desk: Desk, local_part: str = "support") -> str:
    return f"{local_part}@{desk.tenant.slug}.{desk.platform.config.mail_domain}"


def a_mail(to: str, sender: str, text: str, **headers: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = f"Pat <{sender}>", to
    message["Subject"], message["Message-ID"] = "It does not open", f"<{ids.random_id('cli')}@people.example>"
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def answering(letter: EmailMessage, sender: str, text: str, **headers: str) -> EmailMessage:
    quoted = f"{text}\n\nOn Mon, 2 Mar 2026 at 10:11, Shop wrote:\n> We have your request.\n"
    return a_mail(str(letter["Reply-To"]), sender, quoted, In_Reply_To=str(letter["Message-ID"]), **headers)


async def tickets_of(desk: Desk, email: str, count: int = 1, **filters: Any) -> Sequence[record_pb2.Ticket]:
    """Waits until somebody has so many tickets."""

    async def look() -> list[record_pb2.Ticket]:
        await asyncio.sleep(0.05)
        return [each for each in await desk.list(order="NEWEST", **filters) if each.requester_email == email]

    return await until(look, lambda found: len(found) >= count)


async def entries_of(desk: Desk, ticket_id: str, count: int) -> Sequence[record_pb2.Entry]:
    """Waits until a ticket has so many entries."""

    async def look() -> Sequence[record_pb2.Entry]:
        await asyncio.sleep(0.05)
        return (await desk.get(ticket_id)).entries

    return await until(look, lambda found: len(found) >= count)


async def test_a_mail_opens_a_ticket_and_its_site_is_asked_for_while_it_waits(desk: Desk, send: Send) -> None:
    pat = an_address()
    mail = a_mail(address_of(desk), pat, "The shop does not open.\n-- \nPat, Example Ltd.")
    mail.add_attachment(b"\x00log", maintype="application", subtype="octet-stream", filename="shop.log")
    mail.add_attachment("It said 404.", filename="note.txt")
    assert "Kept" in await send(mail)
    (ticket,) = await tickets_of(desk, pat)
    assert (ticket.subject, ticket.state, ticket.source, ticket.site_url) == (
        "It does not open",
        record_pb2.STATE_TRIAGE,
        record_pb2.SOURCE_MAIL,
        "",
    )
    letter = await arrived(desk.platform, pat)
    assert "Which site" in str(letter["Subject"])
    assert letter["In-Reply-To"] == mail["Message-ID"]
    assert letter["Auto-Submitted"] == "auto-generated"
    await send(answering(letter, pat, "It is https://shop.example/cart."))
    entries = await entries_of(desk, ticket.id, 2)
    assert entries[1].body == "It is https://shop.example/cart."
    assert "We have your request." in entries[1].quoted_text
    assert (await desk.get(ticket.id)).ticket.site_url == "https://shop.example/cart"
    log, note = await examined(desk, ticket.id)
    # What may be shown can be read; what may not is named, so that nobody waits for it.
    assert (log.filename, log.state, log.reason) == ("shop.log", TicketFile.STATE_REFUSED, "FILE_TYPE_NOT_ALLOWED")
    assert (note.filename, note.state, note.media_type) == ("note.txt", TicketFile.STATE_READY, "text/plain")
    assert {log.entry_id, note.entry_id} == {entries[0].id}
    assert await read(desk, ticket.id, note.id)


async def test_a_mail_is_answered_in_the_language_of_its_author(desk: Desk, send: Send) -> None:
    pat, sam = an_address(), an_address()
    mail = a_mail(address_of(desk), pat, "Der Laden geht nicht auf.")
    mail["Content-Language"] = "de-DE"
    await send(mail)
    (ticket,) = await tickets_of(desk, pat)
    letter = await arrived(desk.platform, pat)
    assert "Um welche Website geht es?" in str(letter["Subject"])
    # What is written later, from another program, does not change that; where nobody said, it is the first word of it.
    await send(answering(letter, pat, "https://shop.example", Accept_Language="ar"))
    await entries_of(desk, ticket.id, 2)
    assert (await desk.get(ticket.id)).ticket.language == "de-DE"
    await send(a_mail(address_of(desk), sam, "It does not open."))
    (silent,) = await tickets_of(desk, sam)
    assert silent.language == ""
    await send(answering(await arrived(desk.platform, sam), sam, "https://shop.example", Accept_Language="ar, en"))
    await entries_of(desk, silent.id, 2)
    assert (await desk.get(silent.id)).ticket.language == "ar"


async def test_a_sender_whom_their_own_domain_disowns_is_told_nothing_and_lets_nobody_in(
    desk: Desk, send: Send
) -> None:
    pat, sam, noted = an_address(), an_address(), "mx.parley.example; spf=pass; dkim=none; dmarc="
    real = a_mail(address_of(desk), pat, "About https://shop.example: help.", Authentication_Results=noted + "pass")
    await send(real)
    (ticket,) = await tickets_of(desk, pat)
    (entry,) = (await desk.get(ticket.id)).entries
    results = record_pb2.CheckResult
    assert (entry.spf, entry.dkim, entry.dmarc) == (
        results.CHECK_RESULT_PASS,
        results.CHECK_RESULT_NONE,
        results.CHECK_RESULT_PASS,
    )
    letter = await arrived(desk.platform, pat)
    # Even from the right address to the right one: it is not from there.
    forged = answering(letter, pat, "Send it to me instead.", Authentication_Results=noted + "fail")
    await send(forged)
    (held, _) = await tickets_of(desk, pat, 2)
    assert len((await desk.get(ticket.id)).entries) == 1
    assert [each.ticket_id for each in (await desk.get(held.id)).links] == [ticket.id]
    copied = a_mail(address_of(desk), sam, "About https://shop.example: pay.", Authentication_Results=noted + "fail")
    copied["Cc"] = pat
    await send(copied)
    (theirs,) = await tickets_of(desk, sam)
    whole = await desk.get(theirs.id)
    assert whole.entries[0].dmarc == results.CHECK_RESULT_FAIL
    assert not whole.ticket.copies
    await send(a_mail(address_of(desk), pat, "About https://shop.example: once more."))
    await tickets_of(desk, pat, 3)
    assert not sent_to(desk.platform, sam)


async def test_a_mail_from_elsewhere_is_a_ticket_of_its_own_and_is_told_nothing(desk: Desk, send: Send) -> None:
    pat, mallory = an_address(), an_address()
    await send(a_mail(address_of(desk), pat, "About https://shop.example: help."))
    (ticket,) = await tickets_of(desk, pat)
    letter = await arrived(desk.platform, pat)
    await send(answering(letter, mallory, "Send it to me instead."))
    (other,) = await tickets_of(desk, mallory)
    opened = await desk.get(other.id)
    assert [each.ticket_id for each in opened.links] == [ticket.id]
    assert other.state == record_pb2.STATE_TRIAGE
    assert len((await desk.get(ticket.id)).entries) == 1
    # Pat's next words come after whatever would have gone out to the other one.
    await send(answering(letter, pat, "Any news?"))
    await entries_of(desk, ticket.id, 2)
    assert sent_to(desk.platform, mallory) == []


async def test_machines_open_nothing_that_is_answered(desk: Desk, send: Send) -> None:
    pat = an_address()
    await send(a_mail(address_of(desk), pat, "Help with https://shop.example, please."))
    (ticket,) = await tickets_of(desk, pat)
    letter = await arrived(desk.platform, pat)
    await send(answering(letter, pat, "I am away.", Auto_Submitted="auto-replied"))
    report = a_mail(str(letter["Reply-To"]), "mailer-daemon@people.example", "Failed.")
    report.replace_header("Content-Type", "multipart/report; report-type=delivery-status; boundary=b")
    report.set_payload(
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nX: y\r\n\r\nAction: failed\r\n\r\n--b--\r\n"
    )
    await send(report, sender="")

    async def failed() -> list[str]:
        await asyncio.sleep(0.05)
        return [each.kind for each in (await desk.get(ticket.id)).events if each.kind == "ANSWER_FAILED"]

    assert await until(failed, bool) == ["ANSWER_FAILED"]
    robot = an_address()
    await send(a_mail(address_of(desk), robot, "Your newsletter.", Precedence="bulk"))
    (unwanted,) = await tickets_of(desk, robot, spam=True)
    assert unwanted.is_spam
    assert len((await desk.get(ticket.id)).entries) == 1
    assert sent_to(desk.platform, robot) == []


async def test_a_loop_with_a_machine_that_does_not_say_so_stops_by_itself(desk: Desk, send: Send) -> None:
    robot, answered = an_address(), 0

    async def responder() -> None:
        """Answers every mail that it gets, at whatever address it finds, as a bad program does."""
        nonlocal answered
        known: set[str] = set()
        while True:
            await asyncio.sleep(0.05)
            for letter in sent_to(desk.platform, robot):
                if str(letter["Message-ID"]) in known:
                    continue
                known.add(str(letter["Message-ID"]))
                answered += 1
                text = "I am away. See https://people.example."
                await send(a_mail(address_of(desk), robot, text))
                await send(answering(letter, robot, text))

    running = asyncio.create_task(responder())
    await send(a_mail(address_of(desk), robot, "Hello from https://people.example."))
    await tickets_of(desk, robot, 1, spam=True)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert answered == len(sent_to(desk.platform, robot)) == mail_in.MOST_OPENED


async def test_a_company_has_several_mailboxes_each_with_its_queue(desk: Desk, send: Send) -> None:
    stub = mailbox_pb2_grpc.MailboxServiceStub(desk.platform.support)
    queue = await desk.call(desk.queues.CreateQueue, queue_pb2.CreateQueueRequest(label="Returns"), desk.lead)
    wanted = mailbox_pb2.CreateMailboxRequest(local_part="returns", queue_id=queue.queue.id)
    made = (await desk.call(stub.CreateMailbox, wanted, desk.lead)).mailbox
    assert made.mail_address == address_of(desk, "returns")
    with pytest.raises(AlreadyExists):
        await desk.call(stub.CreateMailbox, wanted, desk.lead)
    with pytest.raises(InvalidArgument):
        await desk.call(stub.CreateMailbox, mailbox_pb2.CreateMailboxRequest(local_part="privacy"), desk.lead)
    pat = an_address()
    await send(a_mail(made.mail_address, pat, "It is too small. https://shop.example"))
    (ticket,) = await tickets_of(desk, pat)
    assert ticket.queue_id == queue.queue.id
    listed = (await desk.call(stub.ListMailboxes, mailbox_pb2.ListMailboxesRequest())).mailboxes
    assert [each.local_part for each in listed] == ["support", "returns"]
    for _ in range(2):
        await desk.call(stub.DeleteMailbox, mailbox_pb2.DeleteMailboxRequest(mailbox_id=made.id), desk.lead)
    with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
        await send(a_mail(made.mail_address, pat, "Again."))
