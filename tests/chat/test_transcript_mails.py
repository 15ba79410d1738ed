"""A visitor is mailed a copy of the chat; the address is kept no longer than that takes, and the copy is remembered."""

from __future__ import annotations

import asyncio
import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

import asyncpg
import pytest
from parley.chat.v1 import transcript_pb2, transcript_pb2_grpc
from parley.privacy.v1 import ledger_pb2

from kernel import ids
from kernel.errors import InvalidArgument, NotFound, PermissionDenied, ResourceExhausted
from services.chat.actions import transcript_mails
from tests.chat.people import claim, close, post
from tests.platform import Platform, Tenant, Visitor
from tests.privacy.rights import Kind, ask, my_ledger, settled, until


async def mail(
    platform: Platform,
    token: str,
    conversation_id: str,
    address: str,
    *,
    only_for_this: bool = True,
    request_id: str = "",
) -> transcript_pb2.TranscriptMail:
    answer = await platform.call(
        transcript_pb2_grpc.TranscriptServiceStub(platform.channels.of("chat")).MailTranscript,
        transcript_pb2.MailTranscriptRequest(
            conversation_id=conversation_id, email=address, only_for_this=only_for_this, request_id=request_id
        ),
        token=token,
    )
    made: transcript_pb2.TranscriptMail = answer.mail
    return made


def an_address() -> str:
    return f"zoe-{ids.random_id('cli')[4:16]}@people.example"


def sent_to(platform: Platform, address: str) -> list[EmailMessage]:
    folder: Path = platform.config.data_dir / "mail"
    read = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in folder.glob("[!.]*.eml")
    ]
    return [message for message in read if address in str(message["To"])]


async def arrived(platform: Platform, address: str) -> EmailMessage:
    async def look() -> list[EmailMessage]:
        # A folder tells nobody of a new file; the platform, which runs in this loop, gets its turn.
        await asyncio.sleep(0.02)
        return sent_to(platform, address)

    (message,) = await until(look, bool)
    return message


async def kept_of(platform: Platform, conversation_id: str) -> list[str]:
    """Returns what the database holds in the place of the addresses of a conversation's mails."""
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        rows = await owner.fetch(
            "SELECT email FROM chat.transcript_mails WHERE conversation_id = $1", ids.to_uuid(conversation_id, "cnv")
        )
        return [row["email"] for row in rows]
    finally:
        await owner.close()


async def a_talk(platform: Platform, tenant: Tenant) -> Visitor:
    visitor, robin = await tenant.visitor("Zoë"), await tenant.member()
    await claim(platform, robin.token, visitor.conversation.id)
    await post(platform, visitor.token, visitor.conversation.id, "Is <b>it</b> open?")
    await close(platform, visitor.token, visitor.conversation.id)
    return visitor


async def test_the_copy_arrives_and_its_address_is_forgotten(platform: Platform) -> None:
    zoe, address = await a_talk(platform, await platform.tenant()), an_address()
    made = await mail(platform, zoe.token, zoe.conversation.id, address)
    assert made.email == ""
    message = await arrived(platform, address)
    text = message.get_body(("plain",))
    page = message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Is <b>it</b> open?" in text.get_content()
    assert "Is &lt;b&gt;it&lt;/b&gt; open?" in page.get_content()

    async def kept() -> list[str]:
        return await kept_of(platform, zoe.conversation.id)

    assert await until(kept, lambda found: found == [""]) == [""]


async def test_the_copy_stands_in_the_ledger_and_is_named_when_the_visitor_is_forgotten(platform: Platform) -> None:
    tenant = await platform.tenant()
    zoe, address = await a_talk(platform, tenant), an_address()
    await mail(platform, zoe.token, zoe.conversation.id, address)

    async def copies() -> list[ledger_pb2.LedgerEntry]:
        entries = await my_ledger(platform, zoe.token)
        return [each for each in entries if each.kind == ledger_pb2.LedgerEntry.KIND_EMAIL]

    (entry,) = await until(copies, bool)
    assert (entry.record_id, entry.recipient, entry.role) == (zoe.conversation.id, "subject", "you")
    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    receipt = (await settled(platform, tenant, made.tracking_code)).receipt
    assert [(each.kind, each.recipient) for each in receipt.deliveries] == [("email", "subject")]


async def test_one_request_sends_one_mail_and_nobody_is_flooded(platform: Platform) -> None:
    zoe, address = await a_talk(platform, await platform.tenant()), an_address()
    request_id = ids.random_id("cli")
    first, again = await asyncio.gather(
        *(mail(platform, zoe.token, zoe.conversation.id, address, request_id=request_id) for _ in range(2))
    )
    assert first.id == again.id
    await arrived(platform, address)
    for _ in range(transcript_mails.MOST - 1):
        await mail(platform, zoe.token, zoe.conversation.id, an_address())
    with pytest.raises(ResourceExhausted, match="TOO_MANY_MAILS"):
        await mail(platform, zoe.token, zoe.conversation.id, address)
    assert len(sent_to(platform, address)) == 1


@pytest.mark.parametrize(
    "address", ["", "zoe", "zoe@people.example\nBcc: all@people.example", "a@b, c@d.example", "zoe@" + "x" * 300]
)
async def test_an_address_that_is_none_is_refused_and_not_repeated(platform: Platform, address: str) -> None:
    zoe = await a_talk(platform, await platform.tenant())
    with pytest.raises(InvalidArgument) as refused:
        await mail(platform, zoe.token, zoe.conversation.id, address)
    assert not address or address not in str(refused.value)
    assert await kept_of(platform, zoe.conversation.id) == []


async def test_it_is_the_visitors_own_chat_and_for_this_purpose_alone(platform: Platform) -> None:
    tenant = await platform.tenant()
    zoe, ida = await a_talk(platform, tenant), await tenant.visitor("Ida")
    with pytest.raises(InvalidArgument):
        await mail(platform, zoe.token, zoe.conversation.id, an_address(), only_for_this=False)
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await mail(platform, ida.token, zoe.conversation.id, an_address())
    with pytest.raises(PermissionDenied):
        await mail(platform, (await tenant.member()).token, zoe.conversation.id, an_address())
