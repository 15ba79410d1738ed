"""An operator's answer reaches a visitor who left by mail, and what the visitor mails back is the next message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib
import pytest
import pytest_asyncio
from parley.chat.v1 import (
    conversation_pb2,
    held_mail_pb2,
    held_mail_pb2_grpc,
    offline_pb2,
    offline_pb2_grpc,
    reply_address_pb2,
    reply_address_pb2_grpc,
)
from parley.identity.v1 import tenant_pb2
from parley.privacy.v1 import ledger_pb2
from sqlalchemy import text

from gateway.mail.__main__ import serve
from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound
from kernel.jobs import Job
from services.chat.actions import mail_out
from services.chat.store.conversations import find_conversation
from tests.chat.inside import a_wiring
from tests.chat.people import claim, close, get, post, read
from tests.chat.test_offline import leave
from tests.chat.test_transcript_mails import an_address, arrived, sent_to
from tests.platform import Member, Platform, Tenant
from tests.privacy.rights import my_ledger, until

Message = conversation_pb2.Message
Held = held_mail_pb2.HeldMail


@pytest_asyncio.fixture(scope="module")
async def door(platform: Platform) -> AsyncIterator[int]:
    """The port on which mail comes in."""
    stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    config = replace(platform.config, mail_listen="127.0.0.1:0")
    serving = asyncio.create_task(serve(config, stop=stop, started=started))
    yield await started
    stop.set()
    await serving


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant whose answers are mailed at once."""
    made = await platform.tenant()
    await platform.call(
        platform.tenants.UpdateSetting,
        tenant_pb2.UpdateSettingRequest(name="mail.reply_delay_seconds", value_json="0"),
        token=made.admin.token,
    )
    return made


class Talk:
    """A message that was left, its operator, and the mail with the answer."""

    def __init__(self, platform: Platform, operator: Member, visitor_token: str, id_: str, email: str) -> None:
        self.platform, self.operator, self.visitor_token = platform, operator, visitor_token
        self.id, self.email = id_, email
        self.letter: EmailMessage | None = None

    async def entries(self) -> list[conversation_pb2.Message]:
        return list(await read(self.platform, self.operator.token, self.id))

    async def until(self, kind: Message.Kind.ValueType, count: int = 1) -> list[conversation_pb2.Message]:
        """Waits for entries of a kind."""

        async def look() -> list[conversation_pb2.Message]:
            await asyncio.sleep(0.02)
            return [each for each in await self.entries() if each.kind == kind]

        return await until(look, lambda found: len(found) >= count)

    async def said(self, text: str) -> list[str]:
        """Waits until the visitor has said something, and returns all that the visitor said."""

        async def look() -> list[str]:
            await asyncio.sleep(0.02)
            return [
                each.body
                for each in await self.entries()
                if each.kind == Message.KIND_TEXT and each.side == conversation_pb2.SIDE_VISITOR
            ]

        return await until(look, lambda found: text in found)

    def answer(self, text: str, **headers: str) -> EmailMessage:
        """Writes a mail as the visitor's program does, with what it quotes."""
        assert self.letter is not None
        message = EmailMessage(policy=SMTP)
        message["From"] = f"Zoë <{self.email}>"
        message["To"] = self.letter["Reply-To"]
        message["Subject"] = f"Re: {self.letter['Subject']}"
        message["In-Reply-To"] = self.letter["Message-ID"]
        message["Message-ID"] = f"<{ids.random_id('cli')}@people.example>"
        for name, value in headers.items():
            del message[name.replace("_", "-")]
            message[name.replace("_", "-")] = value
        message.set_content(f"{text}\n\nOn Mon, 2 Mar 2026 at 10:11, Shop wrote:\n> It is on its way.\n")
        return message


async def a_talk(platform: Platform, tenant: Tenant) -> Talk:
    """Returns a message that was left and answered, the answer mailed."""
    email = an_address()
    started = await leave(platform, tenant, email=email)
    robin = await tenant.member()
    talk = Talk(platform, robin, started.access_token, started.conversation.id, email)
    await claim(platform, robin.token, talk.id)
    await post(platform, robin.token, talk.id, "It is on its way.")
    talk.letter = await arrived(platform, email)
    return talk


Send = Callable[..., Awaitable[str]]


@pytest.fixture
def send(door: int) -> Send:
    """Sends a mail to the door as any mail server does, and returns its last word."""

    async def send_(message: EmailMessage | bytes, *, sender: str = "x@people.example", to: str = "") -> str:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=door, start_tls=False) as line:
            raw = message if isinstance(message, bytes) else message.as_bytes()
            recipient = to if isinstance(message, bytes) else str(message["To"])
            _, said = await line.sendmail(sender, [recipient], raw)
            return said

    return send_


async def test_the_answer_goes_by_mail_and_what_comes_back_is_the_next_message(
    platform: Platform, tenant: Tenant, send: Send
) -> None:
    talk = await a_talk(platform, tenant)
    assert talk.letter is not None
    words = talk.letter.get_body(("plain",))
    assert words is not None
    text = words.get_content()
    assert "It is on its way." in text
    assert "> Where is it?" in text
    assert talk.letter["Auto-Submitted"] is None
    assert talk.id not in str(talk.letter["Reply-To"])
    assert "Kept" in await send(talk.answer("Thank you!"))
    assert (await talk.said("Thank you!"))[-1] == "Thank you!"
    # It goes on: the next answer refers to the one before.
    await post(platform, talk.operator.token, talk.id, "You are welcome.")

    async def second() -> list[EmailMessage]:
        await asyncio.sleep(0.02)
        return sent_to(platform, talk.email)

    letters = await until(second, lambda found: len(found) == 2)
    assert any(each["In-Reply-To"] == talk.letter["Message-ID"] for each in letters)
    assert len(await talk.until(Message.KIND_MAILED, 2)) == 2

    async def mailed() -> list[ledger_pb2.LedgerEntry]:
        entries = await my_ledger(platform, talk.visitor_token)
        return [each for each in entries if each.kind == ledger_pb2.LedgerEntry.KIND_EMAIL]

    assert await until(mailed, bool)


async def test_what_the_visitor_reads_in_the_chat_is_not_mailed(platform: Platform, tenant: Tenant) -> None:
    email = an_address()
    started = await leave(platform, tenant, email=email)
    robin = await tenant.member()
    await claim(platform, robin.token, started.conversation.id)
    await platform.call(
        platform.tenants.UpdateSetting,
        tenant_pb2.UpdateSettingRequest(name="mail.reply_delay_seconds", value_json="0"),
        token=tenant.admin.token,
    )
    chat = await tenant.visitor()
    await claim(platform, robin.token, chat.conversation.id)
    await post(platform, robin.token, chat.conversation.id, "Nobody left an address here.")
    await post(platform, robin.token, started.conversation.id, "Here it is.")
    await arrived(platform, email)
    # The one without an address was said first, and nothing went out for it.
    assert not any(each.kind == Message.KIND_MAILED for each in await read(platform, robin.token, chat.conversation.id))


async def test_a_mail_comes_twice_and_is_one_message(platform: Platform, tenant: Tenant, send: Send) -> None:
    talk = await a_talk(platform, tenant)
    mail = talk.answer("Once.")
    assert await asyncio.gather(send(mail), send(mail))
    await send(talk.answer("After it."))
    assert (await talk.said("After it."))[1:] == ["Once.", "After it."]


async def test_a_mail_from_elsewhere_waits_for_a_person(platform: Platform, tenant: Tenant, send: Send) -> None:
    talk = await a_talk(platform, tenant)
    await send(talk.answer("Send it to me instead.", From="mallory@people.example"))
    await talk.until(Message.KIND_MAIL_HELD)
    stub = held_mail_pb2_grpc.HeldMailServiceStub(platform.channels.of("chat"))
    listing = held_mail_pb2.ListHeldMailsRequest(conversation_id=talk.id)
    (held,) = (await platform.call(stub.ListHeldMails, listing, token=talk.operator.token)).held_mails
    assert (held.sender, held.text, held.reason) == (
        "mallory@people.example",
        "Send it to me instead.",
        Held.REASON_SENDER,
    )
    elsewhere = await platform.tenant()
    other = await elsewhere.member()
    with pytest.raises(NotFound):
        await platform.call(stub.ListHeldMails, listing, token=other.token)
    admit = held_mail_pb2.AdmitHeldMailRequest(conversation_id=talk.id, held_mail_id=held.id)
    outcomes = await asyncio.gather(
        *(platform.call(stub.AdmitHeldMail, admit, token=talk.operator.token) for _ in range(2)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, NotFound) for each in outcomes) == 1
    assert (await talk.said("Send it to me instead."))[1:] == ["Send it to me instead."]
    await send(talk.answer("Me again.", From="mallory@people.example"))
    await talk.until(Message.KIND_MAIL_HELD, 2)
    (again,) = (await platform.call(stub.ListHeldMails, listing, token=talk.operator.token)).held_mails
    delete = held_mail_pb2.DeleteHeldMailRequest(conversation_id=talk.id, held_mail_id=again.id)
    for _ in range(2):
        await platform.call(stub.DeleteHeldMail, delete, token=talk.operator.token)
    assert not (await platform.call(stub.ListHeldMails, listing, token=talk.operator.token)).held_mails


async def test_machines_are_not_heard_and_a_mail_that_failed_is_noted(
    platform: Platform, tenant: Tenant, send: Send
) -> None:
    talk = await a_talk(platform, tenant)
    await send(talk.answer("I am away.", Auto_Submitted="auto-replied"))
    report = (
        f"From: MAILER-DAEMON@people.example\r\nTo: {talk.answer('')['To']}\r\nMessage-ID: <r@people.example>\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\n\r\nNo such person.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; people.example\r\n\r\nFinal-Recipient: rfc822; x@people.example\r\nAction: failed\r\n"
        "Status: 5.1.1\r\n\r\n--b--\r\n"
    )
    await send(report.encode(), sender="", to=str(talk.answer("")["To"]))
    await talk.until(Message.KIND_MAIL_FAILED)
    await send(talk.answer("A person."))
    assert (await talk.said("A person."))[1:] == ["A person."]


async def left(platform: Platform, token: str, conversation_id: str, email: str) -> str:
    """Leaves an address in a chat as its visitor; returns what is kept."""
    stub = reply_address_pb2_grpc.ReplyAddressServiceStub(platform.channels.of("chat"))
    request = reply_address_pb2.SetReplyAddressRequest(conversation_id=conversation_id, reply_email=email)
    answer = await platform.call(stub.SetReplyAddress, request, token=token)
    return str(answer.reply_email)


async def test_a_visitor_in_a_running_chat_leaves_an_address_and_goes_on_by_mail(
    platform: Platform, tenant: Tenant, send: Send
) -> None:
    visitor, robin, email = await tenant.visitor("Zoë"), await tenant.member(), an_address()
    await claim(platform, robin.token, visitor.conversation.id)
    talk = Talk(platform, robin, visitor.token, visitor.conversation.id, email)
    # What was said before the address was there, and not read, goes there as well.
    await post(platform, robin.token, talk.id, "I look it up.")
    assert await left(platform, visitor.token, talk.id, email) == email
    talk.letter = await arrived(platform, email)
    assert "I look it up." in talk.letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    await send(talk.answer("Thank you."))
    assert await talk.said("Thank you.") == ["Thank you."]
    # Who answers sees where it goes; the chat is no message that was left.
    stub = offline_pb2_grpc.OfflineServiceStub(platform.channels.of("chat"))
    request = offline_pb2.GetLeftMessageRequest(conversation_id=talk.id)
    seen = await platform.call(stub.GetLeftMessage, request, token=robin.token)
    assert seen.left_message.reply_email == email
    assert not (await get(platform, robin.token, talk.id)).is_left_message
    # Once it is taken away, nothing more goes out, and what comes from there is anybody's.
    assert await left(platform, visitor.token, talk.id, "") == ""
    await post(platform, robin.token, talk.id, "It is here.")
    await send(talk.answer("Hello?"))
    await talk.until(Message.KIND_MAIL_HELD)
    assert len(sent_to(platform, email)) == 1


async def test_an_address_is_left_by_the_chat_s_own_visitor_and_only_while_it_runs(
    platform: Platform, tenant: Tenant
) -> None:
    zoe, ann, eve = await tenant.visitor("Zoë"), await tenant.visitor("Ann"), await (await platform.tenant()).visitor()
    email = an_address()
    for other in (ann, eve):
        with pytest.raises(NotFound) as missing:
            await left(platform, other.token, zoe.conversation.id, email)
        assert missing.value.reason == "CONVERSATION_NOT_FOUND"
    for wrong in ("zoe", "zoe@people", "zoe @people.example", "zoe@people.example\nBcc: ann@people.example"):
        with pytest.raises(InvalidArgument):
            await left(platform, zoe.token, zoe.conversation.id, wrong)
    await asyncio.gather(*(left(platform, zoe.token, zoe.conversation.id, email) for _ in range(3)))
    await close(platform, zoe.token, zoe.conversation.id)
    with pytest.raises(FailedPrecondition):
        await left(platform, zoe.token, zoe.conversation.id, email)
    # Whoever wants it gone has it gone, also after the end.
    assert await left(platform, zoe.token, zoe.conversation.id, "") == ""


async def test_what_comes_too_late_is_held_and_its_sender_is_told_once(
    platform: Platform, tenant: Tenant, send: Send
) -> None:
    talk = await a_talk(platform, tenant)
    await close(platform, talk.operator.token, talk.id)
    await send(talk.answer("One more thing."))
    await send(talk.answer("And another."))
    await talk.until(Message.KIND_MAIL_HELD, 2)

    async def told() -> list[EmailMessage]:
        await asyncio.sleep(0.02)
        return [each for each in sent_to(platform, talk.email) if "after the end" in each["Subject"]]

    (late,) = await until(told, bool)
    # No machine is invited to answer it, and there is nowhere to answer to.
    assert late["Auto-Submitted"] == "auto-generated"
    assert late["Reply-To"] is None


async def test_files_come_with_it(platform: Platform, tenant: Tenant, send: Send) -> None:
    talk = await a_talk(platform, tenant)
    mail = talk.answer("See the picture.")
    mail.add_attachment("Pot, 18 cm", subtype="plain", filename="size.txt")
    await send(mail)
    (entry,) = await talk.until(Message.KIND_ATTACHMENT)
    assert entry.side == conversation_pb2.SIDE_VISITOR
    await talk.until(Message.KIND_ATTACHMENT_EXAMINED)


@pytest.mark.parametrize(
    "address",
    [
        "reply+" + "a" * 52 + "@mail.localhost",
        "nobody@mail.localhost",
        "reply+x@mail.localhost",
        "someone@elsewhere.example",
    ],
)
async def test_whoever_knows_no_address_is_refused_before_a_word_is_read(door: int, address: str) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=door, start_tls=False) as line:
        await line.ehlo()
        await line.mail("x@people.example")
        with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
            await line.rcpt(address)
    assert refused.value.code == 550
    assert address not in refused.value.message


async def test_whoever_looks_again_holds_nothing_that_whoever_speaks_waits_for(
    platform: Platform, tenant: Tenant
) -> None:
    zoe = await tenant.visitor("Zoë")
    key = ids.to_uuid(zoe.conversation.id, "cnv")
    tenant_id = ids.to_uuid(tenant.id, "ten")
    async with a_wiring(platform) as wiring:
        now = wiring.clock.now()
        async with wiring.database.transaction(tenant.id) as connection:
            await wiring.jobs.enqueue(
                connection,
                mail_out.JOB,
                tenant_id=tenant.id,
                now=now,
                due=now + timedelta(days=1),
                arguments={"conversation": str(key)},
                key=str(key),
            )
            row = (await connection.execute(text("SELECT id FROM chat.jobs WHERE key = :key"), {"key": str(key)})).one()
        job = Job(
            id=row.id,
            tenant_id=tenant.id,
            kind=mail_out.JOB,
            key=str(key),
            arguments={"conversation": str(key)},
            attempt=0,
        )
        async with wiring.database.transaction(tenant.id) as connection:
            spoken = await find_conversation(connection, tenant_id, key, lock=True)
            assert spoken is not None
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            looking = asyncio.create_task(mail_out._look_again(wiring, job, spoken, timedelta()))

            async def waiting() -> bool:
                async with wiring.database.transaction(tenant.id) as other:
                    asked = text("SELECT EXISTS (SELECT FROM pg_locks WHERE :pid = ANY (pg_blocking_pids(pid)))")
                    return bool((await other.execute(asked, {"pid": pid})).scalar_one())

            await until(waiting, bool)
            await mail_out.look(connection, wiring, spoken, now)
        await looking
