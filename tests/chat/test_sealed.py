"""A sealed conversation is shown to nobody whom the seal keeps out, also to those who were reading it already."""

from __future__ import annotations

import asyncio

import grpc.aio
import pytest
from parley.chat.v1 import conversation_pb2
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy import select

from kernel import errors, ids
from kernel.errors import InvalidArgument, PermissionDenied
from kernel.events import outbox_table
from kernel.privacy.access import RECORDED
from services.chat.store.tables import metadata
from tests.chat.inside import a_conversation, a_wiring, staff_of
from tests.chat.people import claim, close, get, post, read
from tests.chat.test_conversations import watched
from tests.chat.test_monitoring import monitor
from tests.chat.test_subjects import VISITOR, a_subject, erased, exported, stub
from tests.platform import SUPERVISOR, Platform, Tenant, Visitor

HELD, RESTRICTED = subject_pb2.SEAL_REASON_HELD, subject_pb2.SEAL_REASON_RESTRICTED


async def seal(
    platform: Platform,
    tenant: Tenant,
    visitor: Visitor,
    reason: subject_pb2.SealReason.ValueType,
    seal_id: str,
    *,
    whole: bool = False,
) -> int:
    sealed = await platform.call(
        stub(platform, "chat").SealSubject,
        subject_pb2.SealSubjectRequest(
            subject=a_subject(VISITOR, visitor.conversation.visitor_id),
            record_id="" if whole else visitor.conversation.id,
            reason=reason,
            seal_id=seal_id,
        ),
        tenant_id=tenant.id,
    )
    return int(sealed.records)


async def unseal(platform: Platform, tenant: Tenant, seal_id: str) -> dict[str, int]:
    answer = await platform.call(
        stub(platform, "chat").UnsealSubject,
        subject_pb2.UnsealSubjectRequest(seal_id=seal_id),
        tenant_id=tenant.id,
    )
    return {each.store: each.deleted + each.emptied for each in answer.stores if each.deleted or each.emptied}


async def test_a_held_conversation_outlasts_its_erasure_unread_and_goes_with_the_hold(platform: Platform) -> None:
    tenant = await platform.tenant()
    lead, robin = await tenant.member(SUPERVISOR), await tenant.member()
    zoe, hold = await tenant.visitor("Zoë"), ids.new_id("hld")
    await post(platform, zoe.token, zoe.conversation.id, "zoe-words")
    assert await seal(platform, tenant, zoe, HELD, hold) == 3
    for token in (zoe.token, robin.token):
        with pytest.raises(PermissionDenied, match="RECORD_SEALED"):
            await read(platform, token, zoe.conversation.id)
    await erased(platform, tenant, VISITOR, zoe.conversation.visitor_id)
    values = {value for _, _, value in await exported(platform, tenant, VISITOR, zoe.conversation.visitor_id)}
    assert not {"zoe-words", "Zoë"} & values
    of_case = await platform.call(
        stub(platform, "chat").ExportSubject,
        subject_pb2.ExportSubjectRequest(
            subject=a_subject(VISITOR, zoe.conversation.visitor_id),
            record_id=zoe.conversation.id,
            case_id=ids.new_id("cas"),
        ),
        tenant_id=tenant.id,
    )
    assert "zoe-words" in {held.value for record in of_case.records for held in record.values}
    with pytest.raises(PermissionDenied, match="RECORD_SEALED"):
        await read(platform, lead.token, zoe.conversation.id)
    assert (await get(platform, lead.token, zoe.conversation.id)).close_time.seconds, "it ended with the erasure"
    assert await unseal(platform, tenant, hold) == {"chat.conversations": 1, "chat.messages": 1}
    assert await unseal(platform, tenant, hold) == {}
    assert (await get(platform, lead.token, zoe.conversation.id)).display_name == ""


async def test_the_receipt_says_what_was_held_and_when_the_bytes_are_gone(platform: Platform) -> None:
    tenant = await platform.tenant()
    zoe = await tenant.visitor("Zoë")
    await post(platform, zoe.token, zoe.conversation.id, "zoe-words")
    await seal(platform, tenant, zoe, HELD, ids.new_id("hld"))
    request = subject_pb2.EraseSubjectRequest(subject=a_subject(VISITOR, zoe.conversation.visitor_id))
    stores = (await platform.call(stub(platform, "chat").EraseSubject, request, tenant_id=tenant.id)).stores
    held = {each.store: each.held for each in stores if each.held}
    assert held == {"chat.conversations": 1, "chat.messages": 2}
    assert not any(each.HasField("bytes_gone_time") for each in stores)
    other = await tenant.visitor("Other")
    request = subject_pb2.EraseSubjectRequest(subject=a_subject(VISITOR, other.conversation.visitor_id))
    stores = (await platform.call(stub(platform, "chat").EraseSubject, request, tenant_id=tenant.id)).stores
    assert {each.store for each in stores if each.HasField("bytes_gone_time")} == {"chat.conversations"}


async def test_a_restriction_stops_the_staff_and_not_the_visitor(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, zoe, wish = await tenant.member(), await tenant.visitor("Zoë"), ids.new_id("req")
    await seal(platform, tenant, zoe, RESTRICTED, wish, whole=True)
    with pytest.raises(PermissionDenied, match="RECORD_SEALED"):
        await claim(platform, robin.token, zoe.conversation.id)
    await post(platform, zoe.token, zoe.conversation.id, "zoe-words")
    assert [each.body for each in await read(platform, zoe.token, zoe.conversation.id)][-1] == "zoe-words"
    await unseal(platform, tenant, wish)
    await claim(platform, robin.token, zoe.conversation.id)
    await post(platform, robin.token, zoe.conversation.id, "robin-words")
    # Whoever holds it already says nothing more in it either; neither do others who speak at the same moment notice.
    other = await tenant.visitor("Ann")
    await seal(platform, tenant, zoe, RESTRICTED, again := ids.new_id("req"), whole=True)
    said = await asyncio.gather(
        post(platform, robin.token, zoe.conversation.id, "unwanted"),
        post(platform, zoe.token, zoe.conversation.id, "still here"),
        post(platform, other.token, other.conversation.id, "elsewhere"),
        return_exceptions=True,
    )
    assert [getattr(each, "reason", "said") for each in said] == ["RECORD_SEALED", "said", "said"]
    await unseal(platform, tenant, again)
    await post(platform, robin.token, zoe.conversation.id, "robin-again")
    bodies = [each.body for each in await read(platform, robin.token, zoe.conversation.id)]
    assert [each for each in bodies if each] == ["zoe-words", "robin-words", "still here", "robin-again"]
    assert [each.body for each in await read(platform, robin.token, zoe.conversation.id)][1] == "zoe-words"


async def test_who_reads_along_is_sent_away_when_it_is_sealed(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, zoe = await tenant.member(), await tenant.visitor("Zoë")
    seen: list[object] = []

    async def watch() -> None:
        async for change in watched(platform, robin.token, zoe.conversation.id, 0):
            if not seen:
                await seal(platform, tenant, zoe, HELD, ids.new_id("hld"))
            seen.append(change)

    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await watch()
    assert seen
    assert errors.from_rpc_error(raised.value).reason == "RECORD_SEALED"


async def test_every_interval_of_reading_is_told_to_the_ledger_once(platform: Platform) -> None:
    async with a_wiring(platform) as wiring:
        tenant_id = ids.new_id("ten")
        lead, now = (
            staff_of(tenant_id, SUPERVISOR).for_purpose(access_pb2.PURPOSE_ESSENTIAL_SERVICE),
            wiring.clock.now(),
        )
        conversation = await a_conversation(wiring, tenant_id)
        for _ in range(3):
            async with wiring.database.transaction(tenant_id) as connection:
                await wiring.access.record(connection, lead, conversation.id, conversation.visitor_id, now)
        async with wiring.database.transaction(tenant_id) as connection:
            outbox = outbox_table(metadata)
            (told,) = (await connection.execute(select(outbox).where(outbox.c.type == RECORDED.name))).all()
        assert told.subjects == [f"visitor:{ids.from_uuid('vis', conversation.visitor_id)}"]
        assert told.attributes.pop("interval_id").startswith("acc_")
        assert told.attributes == {
            "record_id": ids.from_uuid("cnv", conversation.id),
            "staff_id": lead.subject_id,
            "api_key_id": "",
            "purpose": "PURPOSE_ESSENTIAL_SERVICE",
        }


async def test_what_is_sealed_and_why_is_said(platform: Platform) -> None:
    tenant = await platform.tenant()
    zoe = await tenant.visitor()
    await close(platform, zoe.token, zoe.conversation.id)
    for changes in ({"reason": 0}, {"reason": 9}, {"seal_id": ""}, {"seal_id": "hld"}, {"record_id": "all"}):
        values = {"reason": HELD, "seal_id": ids.new_id("hld"), "record_id": zoe.conversation.id} | changes
        with pytest.raises(InvalidArgument):
            await platform.call(
                stub(platform, "chat").SealSubject,
                subject_pb2.SealSubjectRequest(subject=a_subject(VISITOR, zoe.conversation.visitor_id), **values),  # type: ignore[arg-type]  # Each case is wrong in one of them.
                tenant_id=tenant.id,
            )


async def test_a_sealed_conversation_stays_in_the_lists_without_a_word_of_its_visitor(platform: Platform) -> None:
    tenant = await platform.tenant()
    lead, zoe, other = await tenant.member(SUPERVISOR), await tenant.visitor("Zoë"), await tenant.visitor("Other")

    async def seen(token: str) -> tuple[str, str]:
        found = await get(platform, token, zoe.conversation.id)
        return found.display_name, found.page_path

    async def listed() -> dict[str, str]:
        request = conversation_pb2.ListConversationsRequest(view=conversation_pb2.INBOX_VIEW_ALL)
        answer = await platform.call(platform.chat.ListConversations, request, token=lead.token)
        return {each.id: each.display_name for each in answer.conversations}

    await seal(platform, tenant, zoe, RESTRICTED, wish := ids.new_id("req"), whole=True)
    assert await seen(lead.token) == ("", "")
    assert await seen(zoe.token) == ("Zoë", "/page"), "it is the visitor's own wish"
    assert await listed() == {zoe.conversation.id: "", other.conversation.id: "Other"}
    async with a_wiring(platform) as wiring:
        glance = await wiring.glances.look(tenant.id, [ids.to_uuid(zoe.conversation.id, "cnv")])
    assert [each.display_name for each, _ in glance.values()] == [""], "an inbox that is followed"
    await unseal(platform, tenant, wish)
    assert await seen(lead.token) == ("Zoë", "/page")
    await seal(platform, tenant, zoe, HELD, ids.new_id("hld"))
    assert await seen(lead.token) == await seen(zoe.token) == ("", "")


async def test_no_change_to_a_sealed_conversation_answers_with_the_visitors_name(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, lead, zoe = await tenant.member(), await tenant.member(SUPERVISOR), await tenant.visitor("Zoë")
    await claim(platform, robin.token, zoe.conversation.id)
    await seal(platform, tenant, zoe, HELD, ids.new_id("hld"))
    assert (await get(platform, lead.token, zoe.conversation.id)).display_name == ""
    assert (await claim(platform, robin.token, zoe.conversation.id)).display_name == ""
    assert (await monitor(platform, lead.token, zoe.conversation.id)).display_name == ""
    assert (await close(platform, robin.token, zoe.conversation.id)).display_name == ""
    assert (await close(platform, lead.token, zoe.conversation.id)).display_name == "", "it is over already"
