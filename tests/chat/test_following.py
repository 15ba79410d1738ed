"""A follower gets every entry once and in order, in whatever order things happen around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley.chat.v1 import conversation_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.clock import ManualClock, SystemClock
from kernel.errors import NotFound, ParleyError, PermissionDenied
from kernel.identity import Actor, Regime
from kernel.privacy.redaction import sees_all
from services.chat.actions.following import FAR_BEHIND, Following
from services.chat.actions.messages import appended_message
from services.chat.actions.wiring import Wiring, viewer_of
from services.chat.domain import OPEN, Entry
from services.chat.store.messages import Appended
from services.chat.store.tables import conversations
from tests.chat.inside import Basket, Gated, a_conversation, a_wiring, say, staff_of, visitor_of
from tests.platform import Platform

MADE_UP = 1_000_000


@pytest_asyncio.fixture(scope="session")
async def wiring(platform: Platform) -> AsyncIterator[Wiring]:
    """Chat's inside."""
    async with a_wiring(platform) as inside:
        yield inside


@st.composite
def interleavings(draw: st.DrawFn) -> tuple[int, int, Sequence[str]]:
    """Draws how many entries there are, from where to follow, and what happens in which order."""
    before = draw(st.integers(0, 3))
    after = draw(st.sampled_from([*range(before + 1), MADE_UP]))
    said = ["said", "hinted", "silent", "early", "late", "twice"]
    # The follower is told something between any two stops, and often enough while it waits for nothing.
    step = st.sampled_from([*said, *said, *["go on"] * 12, "full", "room", "room", "changed"])
    first = draw(st.sampled_from([0, 2, 6])) * ["go on"]
    return before, after, [*first, *draw(st.lists(step, min_size=8, max_size=40))]


@given(interleavings())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_interleaving_loses_doubles_or_disorders_an_entry(
    wiring: Wiring, case: tuple[int, int, Sequence[str]]
) -> None:
    before, after, steps = case
    gated = Gated(wiring.database)
    conversation = await a_conversation(wiring, ids.new_id("ten"))
    for _ in range(before):
        await say(wiring, conversation)
    inside = replace(wiring, database=gated)
    basket = Basket()
    following = Following(inside, viewer_of(visitor_of(conversation)), conversation.id, after, basket)
    starting = asyncio.create_task(following.start())
    await asyncio.sleep(0)
    untold: list[tuple[Entry, Appended]] = []
    head = before

    def tell(*told: tuple[Entry, Appended]) -> None:
        wiring.hub.committed(conversation.tenant_id, told)

    for step in steps:
        match step:
            case "said" | "hinted" | "silent" | "early" | "twice":
                fresh = await say(wiring, conversation)
                head = fresh[1].sequence
                if step in ("hinted", "silent"):
                    # The word itself may come later, while it is being read up.
                    untold.append(fresh)
                else:
                    tell(*[fresh] * (2 if step == "twice" else 1))
                if step == "hinted":
                    following.told(head, None)
                if step == "early":
                    # What was committed before is told after.
                    tell(*untold)
                    untold.clear()
            case "late":
                tell(*reversed(untold))
                untold.clear()
            case "go on":
                await gated.let_go_on()
            case "full" | "room":
                basket.room = step == "room"
                following.resume()
            case "changed":
                following.changed()
            case _:
                raise AssertionError(f"nothing happens at {step!r}")
    await gated.open()
    await starting
    basket.room = True
    following.resume()
    following.told(head, None)
    if following.cursor < head or (head and after < head):
        await basket.until_last(head)
    following.stop()
    assert basket.error is None
    assert basket.given[0] == "conversation"
    first = basket.sequences[0] if basket.sequences else head + 1
    assert basket.sequences == list(range(first, head + 1))
    assert after == MADE_UP or first == min(after, head) + 1


async def test_nothing_is_passed_on_before_it_is_known_that_the_follower_may_read(wiring: Wiring) -> None:
    conversation = await a_conversation(wiring, ids.new_id("ten"), state=OPEN, operator_id=ids.new_uuid())
    colleague = staff_of(ids.from_uuid("ten", conversation.tenant_id), access_pb2.CALLER_SUPERVISOR)
    stranger = staff_of(ids.new_id("ten"), access_pb2.CALLER_SUPERVISOR)
    refusals: list[tuple[Basket, type[ParleyError]]] = []
    for actor, refusal in ((colleague, PermissionDenied), (stranger, NotFound)):
        gated, basket = Gated(wiring.database), Basket()
        following = Following(replace(wiring, database=gated), viewer_of(actor), conversation.id, 0, basket)
        starting = asyncio.create_task(following.start())
        await asyncio.sleep(0)
        entry, appended = await say(wiring, conversation)
        # It is the very next entry for this follower, and at hand.
        following.told(appended.sequence, appended_message(entry, appended._replace(sequence=1)))
        following.changed()
        await gated.open()
        with pytest.raises(refusal):
            await starting
        refusals.append((basket, refusal))
    assert [basket.given for basket, _ in refusals] == [[], []]


async def test_a_follower_that_is_stopped_while_it_starts_passes_nothing_on(wiring: Wiring) -> None:
    conversation = await a_conversation(wiring, ids.new_id("ten"))
    gated, basket = Gated(wiring.database), Basket()
    viewer = viewer_of(visitor_of(conversation))
    following = Following(replace(wiring, database=gated), viewer, conversation.id, 0, basket)
    starting = asyncio.create_task(following.start())
    await asyncio.sleep(0)
    following.stop()
    await gated.open()
    await starting
    entry = await say(wiring, conversation)
    following.told(1, appended_message(*entry))
    assert basket.given == []


async def test_a_follower_far_behind_is_told_of_the_gap_and_goes_on_from_the_head(wiring: Wiring) -> None:
    conversation = await a_conversation(wiring, ids.new_id("ten"), head=FAR_BEHIND + 7)
    basket = Basket()
    following = Following(wiring, viewer_of(visitor_of(conversation)), conversation.id, 6, basket)
    await following.start()
    await basket.until("gap")
    assert [(gap.after_sequence, gap.head_sequence) for gap in basket.gaps] == [(6, FAR_BEHIND + 7)]
    entry = await say(wiring, conversation)
    wiring.hub.committed(conversation.tenant_id, [entry])
    assert basket.sequences == [FAR_BEHIND + 8]
    following.stop()


async def test_reading_that_goes_on_is_recorded_as_it_goes_on(platform: Platform) -> None:
    clock = ManualClock(SystemClock().now())
    async with a_wiring(platform, clock=clock) as wiring:
        tenant_id = ids.new_id("ten")
        actor = staff_of(tenant_id)
        conversation = await a_conversation(
            wiring, tenant_id, state=OPEN, operator_id=ids.to_uuid(actor.subject_id, "stf")
        )
        basket = Basket()
        following = Following(wiring, viewer_of(actor), conversation.id, 0, basket)
        await following.start()
        began = clock.now()
        for minutes in (4, 4, 4, 4):
            clock.advance(timedelta(minutes=minutes))
            entry = await say(wiring, conversation)
            wiring.hub.committed(conversation.tenant_id, [entry])
            await basket.until_last(entry[1].sequence)
        following.stop()
        async with wiring.database.transaction(tenant_id) as connection:
            (reading,) = await wiring.access.readings(connection, conversation.tenant_id, conversation.id)
        assert reading.first_time == began
        assert reading.last_time >= clock.now() - timedelta(minutes=5)
    assert basket.sequences == [1, 2, 3, 4]


async def test_a_conversation_that_is_gone_ends_its_followers(wiring: Wiring) -> None:
    conversation = await a_conversation(wiring, ids.new_id("ten"))
    basket = Basket()
    following = Following(wiring, viewer_of(visitor_of(conversation)), conversation.id, 0, basket)
    await following.start()
    async with wiring.database.transaction(ids.from_uuid("ten", conversation.tenant_id)) as connection:
        await connection.execute(conversations.delete())
    following.changed()
    await basket.until("ended")
    assert isinstance(basket.error, NotFound)


def test_an_entry_hides_nothing_from_either_side_so_that_its_frame_is_written_once() -> None:
    entry = conversation_pb2.Message.DESCRIPTOR
    for caller in (access_pb2.CALLER_VISITOR, access_pb2.CALLER_OPERATOR, access_pb2.CALLER_SUPERVISOR):
        assert sees_all(entry, Actor(tenant_id=ids.new_id("ten"), regime=Regime.ASP, callers=frozenset({caller})))
