"""Erasing somebody stands every race: half a failure, two at once, a message in flight, an event that comes late."""

from __future__ import annotations

import asyncio

import pytest
from parley.identity.v1 import receipt_code_pb2, token_pb2
from parley.options.v1 import privacy_pb2
from parley.privacy.v1 import ledger_pb2, request_pb2

from kernel import ids
from kernel.errors import ParleyError, PermissionDenied
from tests.platform import Member, Platform, Tenant
from tests.privacy.rights import (
    DONE,
    RUNNING,
    Kind,
    ask,
    claim,
    owner,
    say,
    settled,
    tenant_key,
    track,
    until,
    values_of,
    wake,
)

Step = request_pb2.RequestStep


async def test_somebody_with_nothing_but_a_code_is_forgotten_and_the_code_opens_nothing_more(
    platform: Platform, shop: Tenant
) -> None:
    zoe = await shop.visitor("Zoë")
    await say(platform, zoe.token, zoe, "zoe-words")
    receipt = await platform.call(
        platform.receipt_codes.IssueReceiptCode, receipt_code_pb2.IssueReceiptCodeRequest(), token=zoe.token
    )
    entering = token_pb2.ExchangeCredentialRequest(
        receipt_code=token_pb2.ReceiptCode(tenant_slug=shop.slug, code=receipt.receipt_code)
    )
    entered = await platform.call(platform.tokens.ExchangeCredential, entering)
    made = await ask(platform, entered.access_token, Kind.KIND_ERASE)
    done = await settled(platform, shop, made.tracking_code)
    assert {line.store: line.deleted for line in done.receipt.lines}["identity.receipt_codes"] == 1
    assert "zoe-words" not in await values_of(platform, shop, zoe)
    with pytest.raises(PermissionDenied, match="CODE_REJECTED"):
        await platform.call(platform.tokens.ExchangeCredential, entering)


async def test_one_person_in_two_tenants_and_two_of_one_name_are_not_mixed_up(platform: Platform, shop: Tenant) -> None:
    elsewhere = await platform.tenant()
    here, namesake, there = await shop.visitor("Zoë"), await shop.visitor("Zoë"), await elsewhere.visitor("Zoë")
    for visitor in (here, namesake, there):
        await say(platform, visitor.token, visitor, "zoe-words")
    made = await ask(platform, here.token, Kind.KIND_ERASE)
    await settled(platform, shop, made.tracking_code)
    assert "zoe-words" not in await values_of(platform, shop, here)
    assert "zoe-words" in await values_of(platform, shop, namesake)
    assert "zoe-words" in await values_of(platform, elsewhere, there)


async def test_half_a_failure_is_finished_later_and_nothing_is_counted_twice(
    platform: Platform, shop: Tenant, robin: Member
) -> None:
    zoe = await shop.visitor("Zoë")
    await claim(platform, robin.token, zoe)
    await say(platform, zoe.token, zoe, "zoe-words")
    key = ids.to_uuid(zoe.conversation.id, "cnv")
    async with owner(platform) as database:
        await database.execute(
            f"""
            CREATE FUNCTION chat.stuck() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.id = '{key}' THEN RAISE 'stuck'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER stuck BEFORE UPDATE ON chat.conversations FOR EACH ROW EXECUTE FUNCTION chat.stuck();
            """
        )
        try:
            made = await ask(platform, zoe.token, Kind.KIND_ERASE)
            half = await until(
                lambda: track(platform, shop, made.tracking_code),
                lambda request: any(step.state == Step.STATE_RETRYING for step in request.steps),
            )
            steps = {step.service: step.state for step in half.steps}
            assert steps["chat"] == Step.STATE_RETRYING
            # What leads to the person is the last that goes, or the rest would never be found.
            assert steps["privacy"] == Step.STATE_PENDING
            assert half.state == RUNNING
        finally:
            await database.execute("DROP FUNCTION chat.stuck CASCADE")
        await database.execute(
            "UPDATE privacy.jobs SET due_time = now() WHERE kind = 'privacy_request' AND key = $1", made.request.id
        )
    await wake(platform, shop)
    done = await settled(platform, shop, made.tracking_code)
    lines = {line.store: line for line in done.receipt.lines}
    assert (lines["identity.visitor_credentials"].deleted, lines["chat.conversations"].emptied) == (1, 1)
    assert {step.service: step.attempts for step in done.steps}["chat"] >= 2
    assert "zoe-words" not in await values_of(platform, shop, zoe)


async def no_longer_running(platform: Platform, tenant: Tenant, code: str) -> request_pb2.SubjectRequest:
    """Waits until a request is done, or came to nothing."""
    return await until(lambda: track(platform, tenant, code), lambda found: found.state != RUNNING)


async def test_two_at_once_are_both_answered(platform: Platform, shop: Tenant) -> None:
    zoe = await shop.visitor("Zoë")
    kinds = (Kind.KIND_ERASE, Kind.KIND_ERASE, Kind.KIND_ACCESS, Kind.KIND_RESTRICT)
    made = await asyncio.gather(*(ask(platform, zoe.token, kind) for kind in kinds))
    erased = await asyncio.gather(*(settled(platform, shop, each.tracking_code) for each in made[:2]))
    assert all(each.receipt.backups_gone_time.seconds for each in erased)
    others = [await no_longer_running(platform, shop, each.tracking_code) for each in made[2:]]
    assert {each.state for each in others} <= {DONE, Kind.STATE_OVERTAKEN}
    assert not any(each.restricted for each in others)
    # A restriction that was on its way when the erasure overtook it takes its own seals away.
    async with owner(platform) as database:
        key = ids.to_uuid(zoe.conversation.visitor_id, "vis")

        async def sealed() -> int:
            return sum(
                [
                    int(await database.fetchval(f"SELECT count(*) FROM {each}.seals WHERE subject_id = $1", key))
                    for each in ("chat", "identity", "privacy")
                ]
            )

        await until(sealed, lambda left: left == 0)
        assert not await database.fetchval(
            "SELECT count(*) FROM privacy.jobs WHERE arguments ->> 'subject' = $1 AND state = 2",
            zoe.conversation.visitor_id,
        )


async def test_a_message_in_flight_is_erased_or_refused(platform: Platform, shop: Tenant) -> None:
    zoe = await shop.visitor("Zoë")

    async def keep_talking(voice: int) -> None:
        number = 0
        while True:
            try:
                await say(platform, zoe.token, zoe, f"zoe-words-{voice}-{number}")
            except ParleyError:
                return
            number += 1

    talking = [asyncio.create_task(keep_talking(voice)) for voice in range(3)]
    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    await settled(platform, shop, made.tracking_code)
    async with asyncio.timeout(10):
        await asyncio.gather(*talking)
    assert "zoe-words" not in await values_of(platform, shop, zoe)


async def test_a_late_event_brings_nobody_back(
    platform: Platform, shop: Tenant, officer: Member, robin: Member
) -> None:
    zoe = await shop.visitor("Zoë")
    made = await ask(platform, zoe.token, Kind.KIND_ERASE)
    await settled(platform, shop, made.tracking_code)
    events = [ids.new_uuid(), ids.new_uuid()]
    async with owner(platform) as database:
        for event_id in events:
            await database.execute(
                "INSERT INTO chat.outbox (tenant_id, id, domain, type, schema_version, time, subjects, attributes) "
                "VALUES ($1, $2, $3, 'access.recorded', 1, now(), $4, $5)",
                tenant_key(shop),
                event_id,
                privacy_pb2.DOMAIN_MAIN,
                [f"visitor:{zoe.conversation.visitor_id}"],
                f'{{"record_id": "{zoe.conversation.id}", "staff_id": "{robin.id}", '
                f'"purpose": "PURPOSE_ESSENTIAL_SERVICE", "interval_id": "{ids.new_id("acc")}"}}',
            )

        async def heard() -> list[ledger_pb2.LedgerEntry]:
            answer = await platform.call(
                platform.ledger.ListLedger,
                ledger_pb2.ListLedgerRequest(record_id=zoe.conversation.id, kind=ledger_pb2.LedgerEntry.KIND_READ),
                token=officer.token,
            )
            return list(answer.entries)

        entries = await until(heard, lambda found: len(found) == 2)
        # That it was read is known; that both readings were about the same person is not.
        assert len({entry.pseudonym for entry in entries}) == 2
        key = ids.to_uuid(zoe.conversation.visitor_id, "vis")
        assert not await database.fetchval("SELECT count(*) FROM privacy.ledger_people WHERE subject_id = $1", key)
    found = await platform.call(
        platform.ledger.ListLedger,
        ledger_pb2.ListLedgerRequest(subject_id=zoe.conversation.visitor_id),
        token=officer.token,
    )
    assert not found.entries
