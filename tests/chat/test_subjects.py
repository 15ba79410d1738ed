"""What chat, identity and privacy hold about a person can be had, corrected and forgotten, and it ends by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

import pytest
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import tenant_pb2, token_pb2
from parley.options.v1 import privacy_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.config import SERVICES
from kernel.errors import InvalidArgument, NotFound, ParleyError, PermissionDenied, Unauthenticated
from kernel.privacy.subjects import uncovered_columns
from kernel.privacy.subjects.exporting import SECRET_HELD
from services.chat.actions import conversations
from services.chat.actions.following import Following
from services.chat.actions.wiring import viewer_of
from services.chat.domain import ENDED
from services.chat.store import conversations as store
from services.chat.store.tables import metadata as chat_tables
from services.identity.store import metadata as identity_tables
from services.privacy.store import metadata as privacy_tables
from tests.chat.inside import Basket, a_conversation, a_wiring, say, staff_of, visitor_of
from tests.chat.people import CLOSED, QUEUED, claim, close, get, post, read, readers
from tests.platform import OFFICER, SUPERVISOR, Platform, Tenant

Kind: TypeAlias = "subject_pb2.SubjectKind.ValueType"
VISITOR, STAFF = subject_pb2.SUBJECT_KIND_VISITOR, subject_pb2.SUBJECT_KIND_STAFF


def stub(platform: Platform, service: str) -> subject_pb2_grpc.SubjectServiceStub:
    return subject_pb2_grpc.SubjectServiceStub(platform.channels.of(service))


def a_subject(kind: Kind, id_: str) -> subject_pb2.Subject:
    return subject_pb2.Subject(kind=kind, id=id_)


async def exported(platform: Platform, tenant: Tenant, kind: Kind, id_: str) -> Counter[tuple[str, str, str]]:
    """Returns all that the services hold about somebody: record, field and value."""
    found: Counter[tuple[str, str, str]] = Counter()
    for service in SERVICES:
        token = ""
        while True:
            page = await platform.call(
                stub(platform, service).ExportSubject,
                subject_pb2.ExportSubjectRequest(subject=a_subject(kind, id_), page_size=3, page_token=token),
                tenant_id=tenant.id,
            )
            found.update(
                (record.record, held.field.split(".")[-1], held.value)
                for record in page.records
                for held in record.values
            )
            token = page.next_page_token
            if not token:
                break
    return found


async def erased(platform: Platform, tenant: Tenant, kind: Kind, id_: str) -> dict[str, tuple[int, int]]:
    """Forgets somebody everywhere, and returns what was deleted and emptied where."""
    done: dict[str, tuple[int, int]] = {}
    for service in SERVICES:
        answer = await platform.call(
            stub(platform, service).EraseSubject,
            subject_pb2.EraseSubjectRequest(subject=a_subject(kind, id_)),
            tenant_id=tenant.id,
        )
        done |= {each.store: (each.deleted, each.emptied) for each in answer.stores if each.deleted or each.emptied}
    return done


def test_every_column_is_covered_or_says_why_not() -> None:
    for tables in (chat_tables, identity_tables, privacy_tables):
        assert uncovered_columns(tables) == []


async def test_a_visitors_copy_is_complete_and_holds_nobody_else(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, zoe, other = await tenant.member(name="Robin"), await tenant.visitor("Zoë"), await tenant.visitor("Other")
    await post(platform, zoe.token, zoe.conversation.id, "zoe-words")
    await claim(platform, robin.token, zoe.conversation.id)
    await post(platform, robin.token, zoe.conversation.id, "robin-words")
    await post(platform, other.token, other.conversation.id, "other-words")
    found = await exported(platform, tenant, VISITOR, zoe.conversation.visitor_id)
    assert found["chat.conversations", "display_name", "Zoë"] == 1
    assert found["chat.conversations", "page_path", "/page"] == found["chat.conversations", "language", "en"] == 1
    assert found["chat.conversations", "operator_name", "Robin"] == 1
    assert found["chat.messages", "body", "zoe-words"] == found["chat.messages", "body", "robin-words"] == 1
    assert found["chat.messages", "side", "SIDE_OPERATOR"] == 2
    assert found["chat.access", "purpose", "PURPOSE_ESSENTIAL_SERVICE"] == 1
    assert found["identity.visitor_credentials", "visitor_credential", SECRET_HELD] == 1
    text = " ".join(value for _, _, value in found)
    assert "other" not in text.lower()
    assert robin.email not in text


async def test_a_members_copy_holds_the_account_and_no_visitor(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, zoe = await tenant.member(name="Robin"), await tenant.visitor("Zoë")
    await claim(platform, robin.token, zoe.conversation.id)
    await post(platform, zoe.token, zoe.conversation.id, "zoe-words")
    found = await exported(platform, tenant, STAFF, robin.id)
    assert found["identity.staff", "email", robin.email] == found["identity.staff", "display_name", "Robin"] == 1
    assert found["identity.staff", "password", SECRET_HELD] == found["identity.sessions", "session", SECRET_HELD] == 1
    assert found["identity.staff", "roles", "CALLER_OPERATOR"] == 1
    assert found["chat.conversations", "operator_name", "Robin"] == found["chat.access", "staff_id", robin.id] == 1
    text = " ".join(value for _, _, value in found)
    assert "Zoë" not in text
    assert "zoe-words" not in text
    assert zoe.conversation.visitor_id not in text


async def test_a_corrected_name_is_right_everywhere(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, zoe = await tenant.member(name="Robn"), await tenant.visitor("Zoe")
    await claim(platform, robin.token, zoe.conversation.id)
    for kind, id_, field, value in (
        (VISITOR, zoe.conversation.visitor_id, "parley.chat.v1.Conversation.display_name", "Zoë"),
        (STAFF, robin.id, "parley.identity.v1.Staff.display_name", "Robin"),
    ):
        for service in SERVICES:
            await platform.call(
                stub(platform, service).CorrectSubject,
                subject_pb2.CorrectSubjectRequest(subject=a_subject(kind, id_), field=field, value=value),
                tenant_id=tenant.id,
            )
    seen = await get(platform, robin.token, zoe.conversation.id)
    assert (seen.display_name, seen.operator_name) == ("Zoë", "Robin")
    assert [each.display_name for each in await readers(platform, robin.token, zoe.conversation.id)] == ["Robin"]
    with pytest.raises(InvalidArgument, match="FIELD_NOT_CORRECTABLE"):
        await platform.call(
            stub(platform, "chat").CorrectSubject,
            subject_pb2.CorrectSubjectRequest(
                subject=a_subject(VISITOR, zoe.conversation.visitor_id), field="parley.chat.v1.Message.body"
            ),
            tenant_id=tenant.id,
        )


async def test_a_forgotten_visitor_leaves_a_skeleton(platform: Platform) -> None:
    tenant = await platform.tenant()
    lead, robin = await tenant.member(SUPERVISOR), await tenant.member(name="Robin")
    zoe, other = await tenant.visitor("Zoë"), await tenant.visitor("Other")
    await claim(platform, robin.token, zoe.conversation.id)
    await post(platform, zoe.token, zoe.conversation.id, "zoe-words")
    await post(platform, robin.token, zoe.conversation.id, "robin-words")
    done = await erased(platform, tenant, VISITOR, zoe.conversation.visitor_id)
    # The ledger hears of the readings by itself, in its own time.
    done.pop("privacy.ledger_people", None)
    assert done == {
        "chat.access": (0, 1),
        "chat.conversations": (0, 1),
        "chat.messages": (0, 2),
        "identity.visitor_credentials": (1, 0),
    }
    assert await erased(platform, tenant, VISITOR, zoe.conversation.visitor_id) == {}
    skeleton = await get(platform, lead.token, zoe.conversation.id)
    assert (skeleton.display_name, skeleton.page_path, skeleton.head_sequence) == ("", "", 4)
    assert (skeleton.state, skeleton.operator_name) == (conversation_pb2.Conversation.STATE_CLOSED, "Robin")
    for person in (lead, robin):
        with pytest.raises(NotFound, match="CONVERSATION_ERASED"):
            await read(platform, person.token, zoe.conversation.id)
    with pytest.raises(ParleyError):
        await post(platform, robin.token, zoe.conversation.id, "still there?")
    values = " ".join(value for _, _, value in await exported(platform, tenant, VISITOR, zoe.conversation.visitor_id))
    assert "words" not in values
    assert "Zoë" not in values
    with pytest.raises(Unauthenticated):
        await platform.call(
            platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(visitor_credential=zoe.credential)
        )
    assert (await get(platform, other.token, other.conversation.id)).display_name == "Other"


async def test_a_message_that_races_the_erasure_is_erased_or_refused(platform: Platform) -> None:
    tenant = await platform.tenant()
    zoe = await tenant.visitor("Zoë")

    async def keep_talking() -> int:
        said = 0
        while True:
            try:
                await post(platform, zoe.token, zoe.conversation.id, f"zoe-words-{said}")
            except ParleyError:
                return said
            said += 1

    talking = [asyncio.create_task(keep_talking()) for _ in range(4)]
    while (await get(platform, zoe.token, zoe.conversation.id)).head_sequence < 20:
        pass
    await erased(platform, tenant, VISITOR, zoe.conversation.visitor_id)
    async with asyncio.timeout(10):
        assert sum(await asyncio.gather(*talking)) >= 19
    values = " ".join(value for _, _, value in await exported(platform, tenant, VISITOR, zoe.conversation.visitor_id))
    assert "zoe-words" not in values


async def test_a_forgotten_member_cannot_come_back(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, zoe = await tenant.member(name="Robin"), await tenant.visitor("Zoë")
    await claim(platform, robin.token, zoe.conversation.id)
    # What still ran would go back to the queue.
    await close(platform, robin.token, zoe.conversation.id)
    done = await erased(platform, tenant, STAFF, robin.id)
    assert done["identity.staff"] == (0, 1)
    assert done["identity.sessions"] == (1, 0)
    seen = await get(platform, zoe.token, zoe.conversation.id)
    assert (seen.operator_id, seen.operator_name) == (robin.id, "")
    with pytest.raises(Unauthenticated):
        await platform.sign_in(tenant.slug, robin.email)
    with pytest.raises(Unauthenticated):
        await platform.call(
            platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=robin.session)
        )
    again = await tenant.member(name="Robin")
    await erased(platform, tenant, STAFF, again.id)


async def test_only_the_platform_itself_asks_and_only_in_one_tenant(platform: Platform) -> None:
    tenant, stranger = await platform.tenant(), await platform.tenant()
    zoe = await tenant.visitor("Zoë")
    request = subject_pb2.ExportSubjectRequest(subject=a_subject(VISITOR, zoe.conversation.visitor_id))
    for person in (tenant.admin.token, (await tenant.member(OFFICER)).token, zoe.token):
        with pytest.raises(PermissionDenied):
            await platform.call(stub(platform, "chat").ExportSubject, request, token=person)
    assert not await exported(platform, stranger, VISITOR, zoe.conversation.visitor_id)
    assert await erased(platform, stranger, VISITOR, zoe.conversation.visitor_id) == {}
    with pytest.raises(InvalidArgument, match="ID_MALFORMED"):
        await exported(platform, tenant, VISITOR, tenant.admin.id)
    for kind in (subject_pb2.SUBJECT_KIND_MEMBER, subject_pb2.SUBJECT_KIND_RESPONDENT):
        assert not await exported(platform, tenant, kind, ids.new_id("mem"))
    page = await platform.call(stub(platform, "chat").ExportSubject, request, tenant_id=tenant.id)
    assert {held.retention for record in page.records for held in record.values if held.field.endswith("body")} <= {
        privacy_pb2.RETENTION_TRANSCRIPT
    }


async def settings_of(platform: Platform, tenant: Tenant) -> dict[str, str]:
    answer = await platform.call(
        platform.tenants.GetSettings, tenant_pb2.GetSettingsRequest(), token=tenant.admin.token
    )
    return {setting.name: setting.value_json for setting in answer.settings}


async def update(platform: Platform, token: str, name: str, value_json: str) -> tenant_pb2.Setting:
    answer = await platform.call(
        platform.tenants.UpdateSetting, tenant_pb2.UpdateSettingRequest(name=name, value_json=value_json), token=token
    )
    found: tenant_pb2.Setting = answer.setting
    return found


async def test_a_privacy_officer_sets_periods_and_no_other_setting(platform: Platform) -> None:
    tenant = await platform.tenant()
    officer, robin = await tenant.member(OFFICER), await tenant.member()
    assert (await update(platform, officer.token, "retention.transcript_days", "30")).value_json == "30"
    for token, name, value in (
        (officer.token, "ledger.reader_names", "true"),
        (officer.token, "staff.session_hours", "24"),
        (officer.token, "there.is_none", "1"),
        (robin.token, "retention.transcript_days", "20"),
    ):
        with pytest.raises(PermissionDenied, match="NOT_ALLOWED"):
            await update(platform, token, name, value)
    with pytest.raises(InvalidArgument, match="SETTING_TOO_LARGE"):
        await update(platform, officer.token, "retention.transcript_days", "100000")


async def test_a_tenant_shortens_its_periods_and_never_lengthens_them(platform: Platform) -> None:
    tenant = await platform.tenant()
    assert (await settings_of(platform, tenant))["retention.transcript_days"] == "180"
    changed = await update(platform, tenant.admin.token, "retention.transcript_days", "30")
    assert (changed.value_json, changed.default_json, changed.minimum_json, changed.maximum_json) == (
        "30",
        "180",
        "1",
        "180",
    )
    for value, reason in (
        ("181", "SETTING_TOO_LARGE"),
        ("0", "SETTING_TOO_SMALL"),
        ('"30"', "SETTING_WRONG_TYPE"),
        ("[30]", "SETTING_MALFORMED"),
        ("{", "SETTING_MALFORMED"),
        ("null", "SETTING_MALFORMED"),
    ):
        with pytest.raises(InvalidArgument, match=reason):
            await update(platform, tenant.admin.token, "retention.transcript_days", value)
    with pytest.raises(NotFound, match="SETTING_UNKNOWN"):
        await update(platform, tenant.admin.token, "retention.nothing", "1")
    for person in ((await tenant.member(SUPERVISOR)).token, (await tenant.member()).token):
        with pytest.raises(PermissionDenied):
            await update(platform, person, "retention.transcript_days", "20")
    assert (await settings_of(platform, tenant))["retention.transcript_days"] == "30"
    assert (await settings_of(platform, await platform.tenant()))["retention.transcript_days"] == "180"
    assert (await update(platform, tenant.admin.token, "retention.transcript_days", "")).value_json == "180"


async def test_chat_hears_of_a_changed_period_at_once(platform: Platform) -> None:
    tenant = await platform.tenant()
    zoe = await tenant.visitor()
    await close(platform, zoe.token, zoe.conversation.id)
    before = await get(platform, zoe.token, zoe.conversation.id)
    assert before.expire_time.ToDatetime() - before.close_time.ToDatetime() == timedelta(days=180)
    await update(platform, tenant.admin.token, "retention.transcript_days", "7")
    async with asyncio.timeout(5):
        while True:
            seen = await get(platform, zoe.token, zoe.conversation.id)
            if seen.expire_time.ToDatetime() - seen.close_time.ToDatetime() == timedelta(days=7):
                break


async def test_what_has_expired_is_gone_from_every_read_and_then_from_the_tables(platform: Platform) -> None:
    tenant = await platform.tenant()
    await update(platform, tenant.admin.token, "retention.transcript_days", "10")
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        lead, now = staff_of(tenant.id, SUPERVISOR), clock.now()
        old, young, running = [
            await a_conversation(wiring, tenant.id, state=state, close_time=closed)
            for state, closed in ((CLOSED, now), (CLOSED, now + timedelta(days=5)), (QUEUED, None))
        ]
        for conversation in (old, young, running):
            await say(wiring, conversation, kind=ENDED)
        visitor = visitor_of(old)
        reads: list[Callable[[], Awaitable[object]]] = [
            lambda: conversations.get_conversation(lead, wiring, old.id),
            lambda: conversations.get_conversation(visitor, wiring, old.id),
            lambda: conversations.list_messages(lead, wiring, old.id, 0, 0),
            lambda: conversations.list_readers(visitor, wiring, old.id),
            lambda: Following(wiring, viewer_of(visitor), old.id, 0, Basket()).start(),
        ]

        async def listed() -> set[UUID]:
            page, _ = await conversations.list_conversations(lead, wiring, conversations.ALL, 0, "")
            return {conversation.id for conversation, _ in page}

        clock.advance(timedelta(days=9, hours=23))
        for each in reads:
            await each()
        assert await listed() == {old.id, young.id, running.id}
        clock.advance(timedelta(hours=1))
        for each in reads:
            with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
                await each()
        assert await listed() == {young.id, running.id}
        counted = {each.store: each.deleted for each in await wiring.retention.purge(tenant.id, dry_run=True)}
        assert (counted["chat.conversations"], counted["chat.messages"]) == (1, 1)
        purged = {each.store: each.deleted for each in await wiring.retention.purge(tenant.id)}
        assert {store: purged[store] for store in counted} == counted
        async with wiring.database.transaction(tenant.id) as connection:
            left = await store.list_by_ids(connection, old.tenant_id, [old.id, young.id, running.id])
            readings = await wiring.access.readings(connection, old.tenant_id, old.id)
        assert {conversation.id for conversation in left} == {young.id, running.id}
        assert [reading.staff_name for reading in readings] == ["Robin"], "the ledger has a period of its own"


async def test_the_purge_runs_every_day_wherever_a_tenant_has_something(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor = await tenant.visitor()
    await close(platform, visitor.token, visitor.conversation.id)
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        runner = wiring.retention.runner()

        async def is_there() -> bool:
            async with wiring.database.transaction(tenant.id) as connection:
                key = ids.to_uuid(visitor.conversation.id, "cnv")
                return bool(await store.list_by_ids(connection, ids.to_uuid(tenant.id, "ten"), [key]))

        clock.advance(timedelta(days=179))
        assert await runner.run_due()
        assert await is_there()
        assert await runner.run_due() == 0
        clock.advance(timedelta(days=2))
        assert await runner.run_due()
        assert not await is_there()


async def test_what_has_run_out_goes_from_identity_as_well(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, zoe = await tenant.member(), await tenant.visitor()
    answer = await platform.call(
        stub(platform, "identity").PurgeExpired, subject_pb2.PurgeExpiredRequest(), tenant_id=tenant.id
    )
    assert {each.deleted for each in answer.stores} == {0}
    assert {"identity.sessions", "identity.visitor_credentials", "identity.idempotency"} <= {
        each.store for each in answer.stores
    }
    await get(platform, zoe.token, zoe.conversation.id)
    await platform.call(platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(session=robin.session))
