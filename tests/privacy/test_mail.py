"""Mail to a company's addresses for privacy and for corrections arrives where it is answered, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib
import pytest
import pytest_asyncio
from parley.privacy.v1 import feedback_pb2

from gateway.mail.__main__ import serve
from tests.platform import OFFICER, Platform
from tests.privacy.rights import until

WAITING = feedback_pb2.FEEDBACK_VIEW_WAITING


@pytest_asyncio.fixture(scope="module")
async def door(platform: Platform) -> AsyncIterator[int]:
    """The port on which mail comes in."""
    stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(replace(platform.config, mail_listen="lmtp://127.0.0.1:0"), stop=stop, started=started)
    )
    yield await started
    stop.set()
    await serving


def a_mail(to: str, text: str, **headers: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "Pat <Pat@people.example>", to, "My name"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


async def say(door: int, *commands: str, data: bytes = b"") -> list[str]:
    """Speaks LMTP, as a mail server on the same host does, and returns the answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door)
    answers = []

    async def answer() -> None:
        line = await reader.readline()
        while line[3:4] == b"-":
            line = await reader.readline()
        answers.append(line.decode().strip())

    await answer()
    for command in ("LHLO people.example", *commands):
        writer.write(command.encode() + b"\r\n")
        await answer()
    if data:
        writer.write(data.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        for _ in [each for each in commands if each.startswith("RCPT")]:
            await answer()
    writer.close()
    return answers


async def test_what_is_mailed_there_waits_for_the_officer_with_an_answer_due(platform: Platform, door: int) -> None:
    tenant, other = await platform.tenant(), await platform.tenant()
    officer, elsewhere = await tenant.member(OFFICER), await other.member(OFFICER)
    host = f"{tenant.slug}.{platform.config.mail_domain}"
    one, two = f"privacy@{host}", f"Corrections@{host}"
    mail = a_mail(one, "You write my name wrong: it is Patrícia.")
    answers = await say(
        door, "MAIL FROM:<pat@people.example>", f"RCPT TO:<{one}>", f"RCPT TO:<{two}>", "DATA", data=mail.as_bytes()
    )
    assert [each[:3] for each in answers] == ["220", "250", "250", "250", "250", "354", "250", "250"]
    machine = a_mail(one, "I am away.", Auto_Submitted="auto-replied")
    await say(door, "MAIL FROM:<pat@people.example>", f"RCPT TO:<{one}>", "DATA", data=machine.as_bytes())

    async def waiting() -> list[feedback_pb2.Feedback]:
        await asyncio.sleep(0.02)
        request = feedback_pb2.ListFeedbackRequest(view=WAITING)
        return list((await platform.call(platform.feedback.ListFeedback, request, token=officer.token)).feedback)

    found = await until(waiting, lambda each: len(each) == 2)
    assert all("it is Patrícia." in each.text and each.contact == "pat@people.example" for each in found)
    assert sum("for corrections" in each.text for each in found) == 1
    assert all(each.due_time.seconds > each.create_time.seconds for each in found)
    request = feedback_pb2.ListFeedbackRequest(view=WAITING)
    assert not (await platform.call(platform.feedback.ListFeedback, request, token=elsewhere.token)).feedback


@pytest.mark.parametrize("local_part", ["nobody", "reply+aaaa", "a b"])
async def test_other_addresses_and_other_companies_are_refused_alike(
    platform: Platform, door: int, local_part: str
) -> None:
    tenant, host = await platform.tenant(), platform.config.mail_domain
    answers = await say(door, "MAIL FROM:<pat@people.example>", f'RCPT TO:<"{local_part}"@{tenant.slug}.{host}>')
    assert answers[-1][:3] in ("550", "553")
    answers = await say(door, "MAIL FROM:<pat@people.example>", f"RCPT TO:<privacy@no-such-company.{host}>")
    assert answers[-1].startswith("550 5.1.1")


async def test_a_mail_that_is_too_large_is_refused_and_nothing_of_it_kept(platform: Platform, door: int) -> None:
    tenant = await platform.tenant()
    to = f"privacy@{tenant.slug}.{platform.config.mail_domain}"
    answers = await say(door, f"MAIL FROM:<pat@people.example> SIZE={20 * 1024 * 1024}")
    assert answers[-1].startswith("552")
    answers = await say(
        door,
        "MAIL FROM:<pat@people.example>",
        f"RCPT TO:<{to}>",
        "DATA",
        data=(b"x" * 900 + b"\r\n") * 12_000,
    )
    assert answers[-1].startswith("552")


async def test_a_stranger_who_asks_for_too_many_at_once_is_asked_to_come_back(platform: Platform) -> None:
    stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    config = replace(platform.config, mail_listen="127.0.0.1:0", most_mails=1)
    serving = asyncio.create_task(serve(config, stop=stop, started=started))
    port = await started
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as first:
        await first.ehlo()
        with pytest.raises(aiosmtplib.SMTPConnectError, match="busy"):
            await aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False).connect()
        await first.noop()
    stop.set()
    await serving
