"""What is held about somebody is shown whole, with why and until when, and handed out in one archive."""

from __future__ import annotations

import re

import grpc
import pytest
from parley.chat.v1 import conversation_pb2
from parley.privacy.v1 import held_pb2, ledger_pb2, request_pb2

from kernel.errors import FailedPrecondition, NotFound, PermissionDenied
from tests.platform import OFFICER, Member, Platform, Tenant
from tests.privacy.rights import Kind, archive, ask, claim, held, my_ledger, read, say, settled, until

BODY, NAME = "parley.chat.v1.Message.body", "parley.chat.v1.Conversation.display_name"


async def first_page(platform: Platform, token: str, size: int = 0) -> held_pb2.GetHeldResponse:
    """Returns the first page of what is held."""
    answer: held_pb2.GetHeldResponse = await platform.call(
        platform.held.GetHeld, held_pb2.GetHeldRequest(page_size=size), token=token
    )
    return answer


async def test_everything_is_there_once_with_why_and_until_when(
    platform: Platform, shop: Tenant, robin: Member
) -> None:
    zoe, other = await shop.visitor("Zoë"), await shop.visitor("Other")
    await claim(platform, robin.token, zoe)
    said = [f"zoe-words-{number}" for number in range(12)]
    for words in said:
        await say(platform, zoe.token, zoe, words)
    await say(platform, robin.token, zoe, "robin-words")
    await say(platform, other.token, other, "other-words")
    await read(platform, robin.token, zoe.conversation.id)
    await until(lambda: my_ledger(platform, zoe.token), bool)
    page = await first_page(platform, zoe.token)
    kinds = {kind.field: kind for kind in page.kinds}
    assert kinds[NAME].correctable
    assert not kinds[BODY].correctable
    assert (kinds[BODY].days, kinds[BODY].count) == (180, 13)
    assert kinds[BODY].meaning
    assert kinds[BODY].purposes
    assert kinds["parley.identity.v1.IssueVisitorCredentialResponse.visitor_credential"].hidden
    assert [entry.role for entry in page.seen] == ["operator"]
    assert not page.HasField("expire_time")
    # By small pages it is the same, and each record stands there once.
    records = await held(platform, zoe.token)
    keys = [(record.record, record.record_id) for record in records]
    assert len(keys) == len(set(keys)) == len(page.records)
    values = [value.value for record in records for value in record.values]
    assert all(values.count(words) == 1 for words in [*said, "robin-words", "Zoë"])
    assert "other" not in " ".join(values).lower()
    await platform.call(
        platform.chat.CloseConversation,
        conversation_pb2.CloseConversationRequest(conversation_id=zoe.conversation.id),
        token=zoe.token,
    )
    closed = await first_page(platform, zoe.token)
    seen = await platform.call(
        platform.chat.GetConversation,
        conversation_pb2.GetConversationRequest(conversation_id=zoe.conversation.id),
        token=zoe.token,
    )
    assert closed.expire_time.seconds == seen.conversation.expire_time.seconds


async def test_an_archive_holds_what_was_shown_and_nobody_else(platform: Platform, shop: Tenant, robin: Member) -> None:
    zoe, other = await shop.visitor("Zoë <b>&"), await shop.visitor("Other")
    await claim(platform, robin.token, zoe)
    await say(platform, zoe.token, zoe, "<script>alert('zoe')</script>")
    await say(platform, other.token, other, "other-words")
    made = await ask(platform, zoe.token, Kind.KIND_OBJECT, details="zoe-objects")
    data, page = await archive(platform.held.DownloadCopy, held_pb2.DownloadCopyRequest(), zoe.token)
    shown = {
        (record.record, record.record_id, value.field, value.value)
        for record in await held(platform, zoe.token)
        for value in record.values
    }
    copied = {
        (record["record"], record["id"], value["field"], value["value"])
        for record in data["records"]
        for value in record["values"]
    }
    assert copied == shown
    text = str(data) + page
    assert "zoe-objects" in text
    assert "other-words" not in text
    assert robin.email not in text
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    # The page asks nobody for anything, and says the same as the data.
    assert not re.search(r"(?:src|href)=", page)
    assert "zoe-objects" in page
    # The operator's reading comes into the ledger when the event has come round.
    entries = await until(lambda: my_ledger(platform, zoe.token), lambda found: len(found) == 2)
    assert sorted((entry.kind, entry.role) for entry in entries) == [
        (ledger_pb2.LedgerEntry.KIND_READ, "operator"),
        (ledger_pb2.LedgerEntry.KIND_EXPORT, "you"),
    ]
    again, _ = await archive(platform.held.DownloadCopy, held_pb2.DownloadCopyRequest(), zoe.token)
    assert sorted(line["What"] for line in again["seen"]) == ["export", "export", "read"]
    assert made.request.id in text


async def test_an_officer_makes_a_copy_only_for_somebody_who_asked(
    platform: Platform, shop: Tenant, robin: Member
) -> None:
    officer, zoe = await shop.member(OFFICER), await shop.visitor("Zoë")
    with pytest.raises(FailedPrecondition, match="COPY_NOT_READY"):
        await archive(platform.held.DownloadCopy, held_pb2.DownloadCopyRequest(), officer.token)
    object_ = await ask(platform, zoe.token, Kind.KIND_OBJECT, details="no")
    asked = await ask(platform, zoe.token, Kind.KIND_ACCESS)
    await settled(platform, shop, asked.tracking_code)
    with pytest.raises(FailedPrecondition, match="COPY_NOT_READY"):
        await archive(
            platform.held.DownloadCopy,
            held_pb2.DownloadCopyRequest(privacy_request_id=object_.request.id),
            officer.token,
        )
    answering = held_pb2.DownloadCopyRequest(privacy_request_id=asked.request.id)
    data, _ = await archive(platform.held.DownloadCopy, answering, officer.token)
    assert "Zoë" in str(data)
    (entry,) = await my_ledger(platform, zoe.token)
    assert (entry.kind, entry.role) == (ledger_pb2.LedgerEntry.KIND_EXPORT, "privacy_officer")
    other = await shop.visitor("Other")
    with pytest.raises(NotFound, match="REQUEST_NOT_FOUND"):
        await archive(platform.held.DownloadCopy, answering, other.token)
    with pytest.raises(PermissionDenied):
        await archive(platform.held.DownloadCopy, answering, robin.token)


async def test_a_receipt_of_a_copy_counts_what_was_found(platform: Platform, shop: Tenant) -> None:
    zoe = await shop.visitor("Zoë")
    made = await ask(platform, zoe.token, Kind.KIND_ACCESS)
    done = await settled(platform, shop, made.tracking_code)
    found = {line.store: line.found for line in done.receipt.lines}
    assert found["chat.conversations"] == 1
    assert found["identity.visitor_credentials"] == 1
    assert not done.receipt.HasField("bytes_gone_time")


async def test_a_copy_that_nobody_waits_for_ends(platform: Platform, shop: Tenant) -> None:
    zoe = await shop.visitor("Zoë")
    metadata = (("authorization", f"Bearer {zoe.token}"),)
    call = platform.held.DownloadCopy(held_pb2.DownloadCopyRequest(), metadata=metadata)
    first = await call.read()
    assert isinstance(first, held_pb2.DownloadCopyResponse)
    assert first.content_type == "application/zip"
    call.cancel()
    assert await call.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.OK)


async def test_what_was_asked_is_shown_beside(platform: Platform, shop: Tenant) -> None:
    zoe = await shop.visitor("Zoë")
    made = await ask(platform, zoe.token, Kind.KIND_OBJECT, details="zoe-objects")
    page = await first_page(platform, zoe.token)
    assert [(each.id, each.details) for each in page.requests] == [(made.request.id, "zoe-objects")]
    assert page.requests[0].kind == request_pb2.SubjectRequest.KIND_OBJECT
