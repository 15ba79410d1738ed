"""The ledger says who saw what, to the person and to those who answer for it; whoever rewrites it is found out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import staff_pb2, support_grant_pb2, tenant_pb2
from parley.options.v1 import access_pb2
from parley.privacy.v1 import ledger_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.errors import FailedPrecondition, PermissionDenied
from kernel.journal import Revoked
from kernel.rpc.process import Process
from kernel.storage import Database, runtime_url
from services.privacy.__main__ import wire
from services.privacy.actions.ledger import verify_ledger
from services.privacy.actions.rights import Keys
from services.privacy.domain.ledger import BEGINNING, Entry, Head
from services.privacy.store import ledger as store
from tests.identity.test_credentials import actor_of
from tests.platform import OFFICER, PASSWORD, Member, Platform, Tenant, Visitor
from tests.privacy.rights import VISITOR, Kind, ask, claim, my_ledger, read, settled, until

Finding = ledger_pb2.VerifyLedgerResponse
READ = ledger_pb2.LedgerEntry.KIND_READ


@asynccontextmanager
async def insider(platform: Platform) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Connects as somebody who may change every row."""
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def enter(platform: Platform, tenant: Tenant, visitor: Visitor, deed_id: str, staff_id: str = "") -> None:
    """Adds an entry."""
    await platform.call(
        platform.ledger.RecordDisclosure,
        ledger_pb2.RecordDisclosureRequest(
            kind=ledger_pb2.LedgerEntry.KIND_EMAIL,
            subject=subject_pb2.Subject(kind=VISITOR, id=visitor.conversation.visitor_id),
            record_id=visitor.conversation.id,
            staff_id=staff_id,
            purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE_NOTIFICATIONS,
            recipient="mail_relay",
            deed_id=deed_id,
        ),
        tenant_id=tenant.id,
    )


async def listed(platform: Platform, token: str, **filters: Any) -> ledger_pb2.ListLedgerResponse:
    """Returns a page of the tenant's ledger."""
    answer: ledger_pb2.ListLedgerResponse = await platform.call(
        platform.ledger.ListLedger, ledger_pb2.ListLedgerRequest(**filters), token=token
    )
    return answer


async def verified(platform: Platform, token: str, **noted: Any) -> ledger_pb2.VerifyLedgerResponse:
    """Has the tenant's chain looked at."""
    answer: ledger_pb2.VerifyLedgerResponse = await platform.call(
        platform.ledger.VerifyLedger, ledger_pb2.VerifyLedgerRequest(**noted), token=token
    )
    return answer


async def test_a_reading_is_told_to_the_person_by_role_and_to_the_officer_by_name(
    platform: Platform, shop: Tenant, officer: Member
) -> None:
    robin, zoe = await shop.member(name="Robin"), await shop.visitor("Zoë")
    await claim(platform, robin.token, zoe)
    await read(platform, robin.token, zoe.conversation.id)
    await read(platform, robin.token, zoe.conversation.id)
    (own,) = await until(lambda: my_ledger(platform, zoe.token), bool)
    assert (own.kind, own.role, own.record_id) == (READ, "operator", zoe.conversation.id)
    assert (own.staff_id, own.staff_name) == ("", "")
    assert own.purpose == access_pb2.PURPOSE_ESSENTIAL_SERVICE
    (told,) = (await listed(platform, officer.token, record_id=zoe.conversation.id)).entries
    assert (told.staff_id, told.staff_name, told.pseudonym) == (robin.id, "Robin", own.pseudonym)
    assert (await listed(platform, officer.token, subject_id=zoe.conversation.visitor_id)).entries == [told]
    assert not (await listed(platform, officer.token, record_id=zoe.conversation.id, kind=2)).entries
    # Nothing of anybody stands in the chain itself.
    async with insider(platform) as database:
        (row,) = await database.fetch(
            "SELECT l::text AS text FROM privacy.ledger l WHERE record_id = $1", zoe.conversation.id
        )
    assert str(ids.to_uuid(zoe.conversation.visitor_id, "vis")) not in row["text"]
    assert str(ids.to_uuid(robin.id, "stf")) not in row["text"]
    assert "Robin" not in row["text"]


async def test_a_tenant_may_show_the_names_of_who_read(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, zoe = await tenant.member(name="Robin"), await tenant.visitor("Zoë")
    setting = tenant_pb2.UpdateSettingRequest(name="ledger.reader_names", value_json="true")
    await platform.call(platform.tenants.UpdateSetting, setting, token=tenant.admin.token)
    await enter(platform, tenant, zoe, "a mail", robin.id)
    (own,) = await my_ledger(platform, zoe.token)
    assert (own.staff_name, own.role, own.staff_id) == ("Robin", "operator", "")


async def test_a_deed_is_entered_once_and_an_erasure_leaves_the_chain_whole(
    platform: Platform, shop: Tenant, officer: Member
) -> None:
    zoe = await shop.visitor("Zoë")
    for _ in range(2):
        await enter(platform, shop, zoe, "one mail")
    (own,) = await my_ledger(platform, zoe.token)
    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    receipt = (await settled(platform, shop, made.tracking_code)).receipt
    assert [(each.kind, each.recipient) for each in receipt.deliveries] == [("email", "mail_relay")]
    checked = await verified(platform, officer.token)
    assert checked.whole
    assert checked.checked == checked.head.sequence
    # The entries are still there; that they were Zoë's is known to nobody.
    left = (await listed(platform, officer.token, record_id=zoe.conversation.id)).entries
    assert [each.pseudonym for each in left] == [own.pseudonym]
    assert not (await listed(platform, officer.token, subject_id=zoe.conversation.visitor_id)).entries
    async with insider(platform) as database:
        found = await database.fetchval(
            "SELECT count(*) FROM privacy.ledger_people WHERE pseudonym = $1", UUID(own.pseudonym)
        )
    assert found == 0


async def test_the_platforms_staff_stand_in_the_ledger_when_they_are_let_in(platform: Platform) -> None:
    house, tenant = await platform.tenant(house=True), await platform.tenant()
    officer, zoe = await tenant.member(OFFICER), await tenant.visitor("Zoë")
    # What still waits or runs is read by nobody from outside without a reason that the visitor sees.
    await platform.call(
        platform.chat.CloseConversation,
        conversation_pb2.CloseConversationRequest(conversation_id=zoe.conversation.id),
        token=zoe.token,
    )
    email = f"pat@{house.slug}.example"
    await platform.call(
        platform.staff.CreateStaff,
        staff_pb2.CreateStaffRequest(
            email=email, display_name="Pat", roles=[access_pb2.CALLER_PLATFORM_ADMIN], password=PASSWORD
        ),
        tenant_id=house.id,
    )
    pat = await platform.sign_in(house.slug, email)
    grant = await platform.call(
        platform.support_grants.CreateSupportGrant,
        support_grant_pb2.CreateSupportGrantRequest(reason="The queue does not move.", hours=2),
        token=tenant.admin.token,
    )
    inside = await platform.call(
        platform.support_grants.UseSupportGrant,
        support_grant_pb2.UseSupportGrantRequest(tenant_slug=tenant.slug),
        token=pat.token,
    )
    await read(platform, inside.access_token, zoe.conversation.id)
    await platform.call(
        platform.support_grants.RevokeSupportGrant,
        support_grant_pb2.RevokeSupportGrantRequest(support_grant_id=grant.support_grant.id),
        token=tenant.admin.token,
    )

    async def entries() -> list[tuple[int, str]]:
        return sorted((each.kind, each.role) for each in (await listed(platform, officer.token)).entries)

    kinds = ledger_pb2.LedgerEntry
    assert await until(entries, lambda found: len(found) == 4) == [
        (kinds.KIND_READ, "platform_support"),
        (kinds.KIND_SUPPORT_GRANT, "admin"),
        (kinds.KIND_SUPPORT_USE, "platform_support"),
        (kinds.KIND_SUPPORT_END, "admin"),
    ]
    # The person whose conversation was read is told that it was the platform.
    assert [each.role for each in await my_ledger(platform, zoe.token)] == ["platform_support"]


async def a_chain(platform: Platform, length: int = 6) -> tuple[Tenant, Member]:
    """Makes a tenant with entries in its ledger."""
    tenant = await platform.tenant()
    zoe, officer = await tenant.visitor("Zoë"), await tenant.member(OFFICER)
    for number in range(length):
        await enter(platform, tenant, zoe, f"mail {number}")
    return tenant, officer


async def test_whatever_an_insider_does_to_the_rows_is_found(platform: Platform) -> None:
    tenant, officer = await a_chain(platform)
    key = ids.to_uuid(tenant.id, "ten")
    assert (await verified(platform, officer.token)).whole
    async with insider(platform) as database:
        for what, finding, sequence in (
            ("UPDATE privacy.ledger SET recipient = 'nobody' WHERE tenant_id = $1 AND sequence = 3", "BROKEN", 3),
            (
                "UPDATE privacy.ledger SET time = time - interval '1 day' WHERE tenant_id = $1 AND sequence = 5",
                "BROKEN",
                5,
            ),
            ("DELETE FROM privacy.ledger WHERE tenant_id = $1 AND sequence = 4", "BROKEN", 4),
            ("DELETE FROM privacy.ledger WHERE tenant_id = $1 AND sequence = 6", "TRUNCATED", 6),
            ("DELETE FROM privacy.ledger WHERE tenant_id = $1 AND sequence < 3", "BEHEADED", 1),
            ("DELETE FROM privacy.ledger WHERE tenant_id = $1", "TRUNCATED", 1),
            ("UPDATE privacy.ledger_heads SET sequence = 5 WHERE tenant_id = $1", "UNSIGNED", 5),
        ):
            saved = await database.fetch("SELECT * FROM privacy.ledger WHERE tenant_id = $1", key)
            head = await database.fetchrow("SELECT * FROM privacy.ledger_heads WHERE tenant_id = $1", key)
            assert head is not None
            await database.execute(what, key)
            found = await verified(platform, officer.token)
            assert (found.whole, Finding.Finding.Name(found.finding)) == (False, f"FINDING_{finding}"), what
            assert found.sequence == sequence, what
            # Everything is put back as it was.
            columns, records = list(saved[0].keys()), [tuple(row) for row in saved]
            async with database.transaction():
                await database.execute("DELETE FROM privacy.ledger WHERE tenant_id = $1", key)
                await database.copy_records_to_table("ledger", schema_name="privacy", columns=columns, records=records)
                await database.execute(
                    "UPDATE privacy.ledger_heads SET sequence = $2 WHERE tenant_id = $1", key, head["sequence"]
                )
            assert (await verified(platform, officer.token)).whole


async def rewritten(platform: Platform, tenant: Tenant, keys: Keys, *, without: int) -> None:
    """Writes a tenant's whole chain anew without one entry, with hashes that fit, and signs its end with some keys."""
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "privacy"), pool_size=1)
    key = ids.to_uuid(tenant.id, "ten")
    async with database.transaction(tenant.id) as connection:
        kept = [entry async for entry in store.walk_entries(connection, key) if entry.sequence != without]
    async with insider(platform) as administrator:
        await administrator.execute("DELETE FROM privacy.ledger WHERE tenant_id = $1", key)
    previous = BEGINNING
    async with database.transaction(tenant.id) as connection:
        for sequence, entry in enumerate(kept, start=1):
            anew = replace(entry, sequence=sequence, previous_hash=previous).sealed()
            await store.add_entries(connection, [anew])
            previous = anew.entry_hash
        head = Head(tenant_id=key, sequence=len(kept), entry_hash=previous, sign_time=datetime.now(UTC))
        await store.save_head(connection, replace(head, signature=keys.sign(head)))
    await database.close()


async def test_a_chain_that_was_written_anew_is_found_by_its_signature(platform: Platform) -> None:
    tenant, officer = await a_chain(platform)
    await rewritten(platform, tenant, Keys("another deployment's secret"), without=2)
    found = await verified(platform, officer.token)
    assert Finding.Finding.Name(found.finding) == "FINDING_UNSIGNED"


async def test_even_with_the_deployments_secret_it_is_found_by_a_head_that_was_noted(platform: Platform) -> None:
    tenant, officer = await a_chain(platform)
    noted = (await verified(platform, officer.token)).head
    await rewritten(platform, tenant, Keys(platform.config.secret_key), without=6)
    # Nothing inside the database tells it any more.
    assert (await verified(platform, officer.token)).whole
    found = await verified(platform, officer.token, sequence=noted.sequence, entry_hash=noted.entry_hash)
    assert Finding.Finding.Name(found.finding) == "FINDING_TRUNCATED"
    await enter(platform, tenant, await tenant.visitor(), "one more")
    found = await verified(platform, officer.token, sequence=noted.sequence, entry_hash=noted.entry_hash)
    assert (Finding.Finding.Name(found.finding), found.sequence) == ("FINDING_REWRITTEN", 6)


async def test_a_damaged_journal_is_said_to_be_why_a_ledger_cannot_be_verified(
    platform: Platform, shop: Tenant, officer: Member, tmp_path: Path
) -> None:
    process = Process(replace(platform.config, journal_dir=str(tmp_path)))
    try:
        actor, wiring = actor_of(platform, officer.token), wire(process)
        await process.journal.append(Revoked(tenant_id=shop.id, credential_id=ids.new_id("ses")))
        assert (await verify_ledger(actor, wiring, 0, ""))[0].finding == Finding.FINDING_UNSPECIFIED
        (written,) = tmp_path.glob("*.jsonl")
        written.write_bytes(written.read_bytes().replace(b"revoked", b"rewoked"))
        with pytest.raises(FailedPrecondition, match="JOURNAL_DAMAGED"):
            await verify_ledger(actor, wiring, 0, "")
    finally:
        await process.close()


async def test_the_journal_notes_heads_apart_from_the_database(platform: Platform) -> None:
    tenant, officer = await a_chain(platform)
    key = ids.to_uuid(tenant.id, "ten")
    async with insider(platform) as database:
        await database.execute(
            "UPDATE privacy.jobs SET due_time = now() WHERE kind = 'ledger_head' AND tenant_id = $1", key
        )
    await ask(platform, (await tenant.visitor()).token, Kind.KIND_ACCESS)
    noted = await until(lambda: verified(platform, officer.token), lambda found: found.heads_compared == 1)
    assert noted.whole
    await rewritten(platform, tenant, Keys(platform.config.secret_key), without=1)
    found = await verified(platform, officer.token)
    assert not found.whole
    assert Finding.Finding.Name(found.finding) in ("FINDING_TRUNCATED", "FINDING_REWRITTEN")


async def test_entries_go_when_they_have_had_their_time_and_the_rest_is_a_chain(platform: Platform) -> None:
    tenant, officer = await a_chain(platform, length=0)
    key, now = ids.to_uuid(tenant.id, "ten"), datetime.now(UTC)
    keys = Keys(platform.config.secret_key)
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "privacy"), pool_size=1)
    async with database.transaction(tenant.id) as connection:
        previous = BEGINNING
        for sequence, days in enumerate((800, 760, 740, 720, 10), start=1):
            entry = Entry(
                tenant_id=key,
                sequence=sequence,
                kind=READ,
                time=now - timedelta(days=days),
                pseudonym=None,
                staff_pseudonym=None,
                record_id="",
                role="",
                purpose=access_pb2.PURPOSE_ESSENTIAL_SERVICE,
                recipient="",
                silent=False,
                deed_id=str(sequence),
                previous_hash=previous,
            ).sealed()
            await store.add_entries(connection, [entry])
            previous = entry.entry_hash
        head = Head(tenant_id=key, sequence=5, entry_hash=previous, sign_time=now)
        await store.save_head(connection, replace(head, signature=keys.sign(head)))
    await database.close()
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("privacy"))
    for dry_run, gone, left in ((True, 3, 5), (False, 3, 2), (False, 0, 2)):
        answer = await platform.call(
            subjects.PurgeExpired, subject_pb2.PurgeExpiredRequest(dry_run=dry_run), tenant_id=tenant.id
        )
        counted = {line.store: line.deleted for line in answer.stores}
        assert counted["privacy.ledger"] == gone
        found = await verified(platform, officer.token)
        assert (found.whole, found.checked) == (True, left)
    await enter(platform, tenant, await tenant.visitor(), "goes on")
    assert (await verified(platform, officer.token)).whole
    # What is taken away beyond that is found.
    async with insider(platform) as administrator:
        await administrator.execute("DELETE FROM privacy.ledger WHERE tenant_id = $1 AND sequence = 4", key)
    found = await verified(platform, officer.token)
    assert (Finding.Finding.Name(found.finding), found.sequence) == ("FINDING_BEHEADED", 4)


@pytest.mark.parametrize("who", ["operator", "visitor"])
async def test_only_those_who_answer_for_it_read_the_whole_ledger(platform: Platform, shop: Tenant, who: str) -> None:
    token = (await shop.member()).token if who == "operator" else (await shop.visitor()).token
    with pytest.raises(PermissionDenied):
        await listed(platform, token)
    with pytest.raises(PermissionDenied):
        await verified(platform, token)
