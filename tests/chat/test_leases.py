"""What somebody answers is a lease that ends with the signs of life, and whatever happens at once has one holder."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from parley.chat.v1 import conversation_pb2

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.errors import FailedPrecondition, NotFound
from kernel.identity import Actor
from kernel.jobs import Job
from services.chat.actions import conversations, operators, routing, transfers
from services.chat.actions.wiring import Wiring
from services.chat.domain import OPEN, QUEUED
from services.chat.domain.routing import AUTOMATIC, OFFER, ONLINE, Rule
from services.chat.store import conversations as store
from services.chat.store import operators as people
from services.chat.store import routing as rules
from tests.chat.inside import a_conversation, a_wiring, say, staff_of
from tests.platform import Platform

Kind = conversation_pb2.Message


def a_job(tenant_id: str, kind: str, **arguments: str) -> Job:
    return Job(id=ids.new_uuid(), tenant_id=tenant_id, kind=kind, key=None, arguments=arguments, attempt=1)


async def end_lease(wiring: Wiring, actor: Actor) -> None:
    await routing.end_lease(wiring, a_job(actor.tenant_id, "chat.lease", staff_id=actor.subject_id))


async def state_of(wiring: Wiring, tenant_id: str, conversation_id: UUID) -> tuple[int, UUID | None]:
    async with wiring.database.transaction(tenant_id) as connection:
        found = await store.find_conversation(connection, ids.to_uuid(tenant_id, "ten"), conversation_id)
    assert found is not None
    return found.state, found.operator_id


async def test_whoever_goes_silent_loses_what_they_answer_and_whoever_is_heard_of_keeps_it(platform: Platform) -> None:
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        tenant_id = ids.new_id("ten")
        robin, conversation = staff_of(tenant_id), await a_conversation(wiring, tenant_id)
        await say(wiring, conversation)
        await conversations.claim_conversation(robin, wiring, conversation.id)
        clock.advance(wiring.lease - timedelta(seconds=1))
        heard = {robin.subject_id: clock.now()}
        await operators.write_presence(wiring, tenant_id, heard, {})
        clock.advance(timedelta(seconds=2))
        await end_lease(wiring, robin)
        assert (await state_of(wiring, tenant_id, conversation.id))[0] == OPEN
        clock.advance(wiring.lease)
        assert (await operators.my_presence(robin, wiring)).seen_time == heard[robin.subject_id]
        await end_lease(wiring, robin)
        assert await state_of(wiring, tenant_id, conversation.id) == (QUEUED, None)
        # It is anybody's again, also the one's who lost it; and nothing that was said is lost.
        await conversations.claim_conversation(robin, wiring, conversation.id)
        entries, _ = await conversations.list_messages(robin, wiring, conversation.id, 0, 0)
        assert [entry.kind for entry in entries] == [
            Kind.KIND_TEXT,
            Kind.KIND_JOINED,
            Kind.KIND_REQUEUED,
            Kind.KIND_JOINED,
        ]


async def test_an_offer_to_which_nobody_answers_ends(platform: Platform) -> None:
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        tenant_id = ids.new_id("ten")
        robin, maria, conversation = staff_of(tenant_id), staff_of(tenant_id), await a_conversation(wiring, tenant_id)
        await conversations.claim_conversation(robin, wiring, conversation.id)
        await operators.set_my_presence(maria, wiring, ONLINE)
        maria_id = ids.to_uuid(maria.subject_id, "stf")
        await transfers.transfer_conversation(robin, wiring, conversation.id, "", to_staff_id=maria_id)
        job = a_job(tenant_id, "chat.offer", conversation_id=ids.from_uuid("cnv", conversation.id))
        await routing.end_offer(wiring, job)
        clock.advance(OFFER)
        with pytest.raises(FailedPrecondition, match="OFFER_OVER"):
            await transfers.accept_transfer(maria, wiring, conversation.id)
        await routing.end_offer(wiring, job)
        with pytest.raises(NotFound):
            await conversations.get_conversation(maria, wiring, conversation.id)
        clock.advance(wiring.lease)
        with pytest.raises(FailedPrecondition, match="COLLEAGUE_NOT_THERE"):
            await transfers.transfer_conversation(robin, wiring, conversation.id, "", to_staff_id=maria_id)


async def test_many_at_once_give_nothing_twice_and_nobody_too_much(platform: Platform) -> None:
    async with a_wiring(platform) as wiring:
        tenant_id = ids.new_id("ten")
        tenant, site = ids.to_uuid(tenant_id, "ten"), ids.new_uuid()
        staff = [staff_of(tenant_id) for _ in range(3)]
        for each in staff:
            await operators.set_my_presence(each, wiring, ONLINE)
        waiting = [await a_conversation(wiring, tenant_id, site_id=site) for _ in range(16)]
        async with wiring.database.transaction(tenant_id) as connection:
            await rules.save_rule(connection, tenant, Rule(scope_id=site, is_site=True, mode=AUTOMATIC))
        job = a_job(tenant_id, "chat.route")
        outcomes = await asyncio.gather(
            *(routing.route(wiring, job) for _ in range(4)),
            *(conversations.claim_conversation(staff[0], wiring, each.id) for each in waiting[:2]),
            return_exceptions=True,
        )
        assert all(outcome is None for outcome in outcomes[:4])
        await routing.route(wiring, job)
        async with wiring.database.transaction(tenant_id) as connection:
            found = await store.list_by_ids(connection, tenant, [each.id for each in waiting])
            there = await people.list_operators(connection, tenant, None, 10)
        held = {each.staff_id: sum(one.operator_id == each.staff_id for one in found) for each in there}
        assert len(found) == 16
        assert all((each.state == OPEN) == (each.operator_id is not None) for each in found)
        # Whoever takes by hand may go beyond what is given.
        first, second, third = (held[ids.to_uuid(each.subject_id, "stf")] for each in staff)
        assert first <= 6
        assert (second, third) == (4, 4)
        assert sum(each.state == QUEUED for each in found) == 16 - first - second - third


async def test_signs_of_life_are_written_together_and_none_is_lost_to_an_outage(platform: Platform) -> None:
    async with a_wiring(platform) as wiring:
        tenant_id = ids.new_id("ten")
        robin, maria = staff_of(tenant_id), staff_of(tenant_id)
        written: list[tuple[set[str], set[str]]] = []

        async def write(_: str, seen: Any, come: Any) -> None:
            written.append((set(seen), set(come)))
            if len(written) == 1:
                raise ConnectionError

        leave = wiring.presence.open(robin, lambda: 1.0)
        wiring.presence.note(maria)
        with pytest.raises(ConnectionError):
            await wiring.presence.beat(write)
        await wiring.presence.beat(write)
        both = {robin.subject_id, maria.subject_id}
        assert written == [(both, {robin.subject_id})] * 2
        leave()
        await wiring.presence.beat(write)
        await wiring.presence.beat(write)
        assert written[2:] == [({robin.subject_id}, set())], (
            "what was heard last is written once more, and then no more"
        )
