"""Conversations find who answers: given out, leased, handed on, and taken back from whoever is not there any more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2, frame_pb2, presence_pb2, routing_pb2
from parley.identity.v1 import staff_pb2

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from kernel.identity import Actor
from services.chat.actions import conversations
from services.chat.domain import OPEN, QUEUED
from services.chat.domain.routing import AUTOMATIC, AWAY, OFFLINE, ONLINE
from tests.chat.inside import a_conversation, a_wiring, staff_of
from tests.chat.lines import Socket, a_line
from tests.chat.people import claim, close, get, post, read
from tests.chat.test_monitoring import monitor
from tests.platform import ADMIN, OFFICER, OPERATOR, SUPERVISOR, Member, Platform, Tenant

Kind = conversation_pb2.Message
Conversation = conversation_pb2.Conversation


@pytest_asyncio.fixture(scope="module")
async def tenant(platform: Platform) -> Tenant:
    """A tenant for tests that do not mind others."""
    return await platform.tenant()


async def set_site(platform: Platform, tenant: Tenant, mode: int, team_id: str = "") -> routing_pb2.RoutingRule:
    request = routing_pb2.SetSiteRoutingRequest(
        site_id=tenant.site.id, mode=routing_pb2.RoutingMode.ValueType(mode), team_id=team_id
    )
    answer = await platform.call(platform.routing.SetSiteRouting, request, token=tenant.admin.token)
    rule: routing_pb2.RoutingRule = answer.rule
    return rule


async def choose(platform: Platform, token: str, state: int) -> presence_pb2.Operator:
    request = presence_pb2.SetMyPresenceRequest(state=presence_pb2.OperatorState.ValueType(state))
    answer = await platform.call(platform.presence.SetMyPresence, request, token=token)
    operator: presence_pb2.Operator = answer.operator
    return operator


async def listed(platform: Platform, token: str) -> dict[str, presence_pb2.Operator]:
    answer = await platform.call(platform.presence.ListOperators, presence_pb2.ListOperatorsRequest(), token=token)
    return {each.staff_id: each for each in answer.operators}


async def transfer(platform: Platform, token: str, conversation_id: str, note: str = "", **to: str) -> Any:
    request = routing_pb2.TransferConversationRequest(conversation_id=conversation_id, note=note, **to)
    return (await platform.call(platform.routing.TransferConversation, request, token=token)).conversation


async def accept(platform: Platform, token: str, conversation_id: str) -> Any:
    request = routing_pb2.AcceptTransferRequest(conversation_id=conversation_id)
    return (await platform.call(platform.routing.AcceptTransfer, request, token=token)).conversation


async def give_back(platform: Platform, token: str, conversation_id: str) -> Any:
    request = routing_pb2.ReturnTransferRequest(conversation_id=conversation_id)
    return (await platform.call(platform.routing.ReturnTransfer, request, token=token)).conversation


async def notes(platform: Platform, token: str, conversation_id: str) -> Any:
    request = routing_pb2.ListTransfersRequest(conversation_id=conversation_id)
    return (await platform.call(platform.routing.ListTransfers, request, token=token)).transfers


async def hand_over(platform: Platform, token: str, staff_id: str, to: str = "") -> int:
    request = presence_pb2.HandOverConversationsRequest(staff_id=staff_id, to_staff_id=to)
    return int((await platform.call(platform.presence.HandOverConversations, request, token=token)).count)


async def running(platform: Platform, token: str) -> dict[str, routing_pb2.RunningConversation]:
    request = routing_pb2.ListRunningConversationsRequest()
    answer = await platform.call(platform.routing.ListRunningConversations, request, token=token)
    return {each.conversation.id: each for each in answer.conversations}


async def a_team(platform: Platform, tenant: Tenant, name: str, *members: Member) -> str:
    team = await platform.call(
        platform.staff.CreateTeam, staff_pb2.CreateTeamRequest(display_name=name), token=tenant.admin.token
    )
    for member in members:
        request = staff_pb2.UpdateStaffRequest(staff=staff_pb2.Staff(id=member.id, team_ids=[team.team.id]))
        request.update_mask.paths.append("team_ids")
        await platform.call(platform.staff.UpdateStaff, request, token=tenant.admin.token)
    return str(team.team.id)


async def follow_inbox(line: Any, member: Member) -> Socket:
    socket: Socket = await line.open(member.token)
    await socket.say(subscribe_inbox=frame_pb2.SubscribeInbox())
    return socket


def answers(frame: frame_pb2.ServerFrame, member: Member) -> bool:
    return bool(frame.inbox.conversation.operator_id == member.id)


def state_is(state: int) -> Any:
    return lambda frame: frame.conversation.state == state


async def test_what_waits_is_given_to_those_who_are_there_and_the_visitor_is_told(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, maria, absent = await tenant.member(), await tenant.member(), await tenant.member()
    await set_site(platform, tenant, AUTOMATIC)
    first = await tenant.visitor()
    async with a_line(platform) as line:
        zoe = await line.open(first.token)
        await zoe.subscribe(first.conversation.id)
        robins = await follow_inbox(line, robin)
        await robins.until(lambda frame: answers(frame, robin))
        assert (await zoe.until(state_is(OPEN))).conversation.operator_id == robin.id
        marias = await follow_inbox(line, maria)
        second = await tenant.visitor()
        # The one who answers nobody comes first.
        given = await marias.until(lambda frame: answers(frame, maria))
        assert given.inbox.conversation.id == second.conversation.id
        found = await listed(platform, maria.token)
        assert {each: found[each].held_count for each in found} == {robin.id: 1, maria.id: 1}
        assert absent.id not in found
        # Whoever is away keeps what runs, and is given nothing new.
        await choose(platform, maria.token, AWAY)
        third = await tenant.visitor()
        await robins.until(lambda frame: frame.inbox.conversation.id == third.conversation.id and answers(frame, robin))
        assert (await get(platform, maria.token, second.conversation.id)).state == OPEN
    kinds = [entry.kind for entry in await read(platform, first.token, first.conversation.id)]
    assert kinds == [Kind.KIND_STARTED, Kind.KIND_JOINED]


async def test_a_full_house_waits_until_somebody_has_room(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin = await tenant.member()
    await choose(platform, robin.token, ONLINE)
    request = presence_pb2.UpdateOperatorRequest(staff_id=robin.id, capacity=1, languages=["en"])
    await platform.call(platform.presence.UpdateOperator, request, token=tenant.admin.token)
    await set_site(platform, tenant, AUTOMATIC)
    async with a_line(platform) as line:
        robins = await follow_inbox(line, robin)
        first, second = await tenant.visitor(), await tenant.visitor()
        await robins.until(lambda frame: answers(frame, robin))
        assert (await get(platform, second.token, second.conversation.id)).state == QUEUED
        await close(platform, robin.token, first.conversation.id)
        await robins.until(
            lambda frame: frame.inbox.conversation.id == second.conversation.id and answers(frame, robin)
        )


async def test_a_sites_team_answers_there(platform: Platform) -> None:
    tenant = await platform.tenant()
    gardener, mechanic = await tenant.member(), await tenant.member()
    plants = await a_team(platform, tenant, "Plants", gardener)
    await set_site(platform, tenant, AUTOMATIC, plants)
    async with a_line(platform) as line:
        await follow_inbox(line, mechanic)
        gardeners = await follow_inbox(line, gardener)
        visitor = await tenant.visitor()
        given = await gardeners.until(lambda frame: answers(frame, gardener))
        assert (given.inbox.conversation.id, given.inbox.conversation.team_id) == (visitor.conversation.id, plants)


async def test_only_those_who_lead_set_who_is_given_what(platform: Platform, tenant: Tenant) -> None:
    robin, other = await tenant.member(), await platform.tenant()
    await choose(platform, robin.token, ONLINE)
    for capacity, languages in ((-1, ["en"]), (51, ["en"]), (1, ["EN"]), (1, ["english"]), (1, ["en", "en"])):
        request = presence_pb2.UpdateOperatorRequest(staff_id=robin.id, capacity=capacity, languages=languages)
        with pytest.raises(InvalidArgument):
            await platform.call(platform.presence.UpdateOperator, request, token=tenant.admin.token)
    request = presence_pb2.UpdateOperatorRequest(staff_id=robin.id, capacity=2)
    with pytest.raises(PermissionDenied):
        await platform.call(platform.presence.UpdateOperator, request, token=robin.token)
    with pytest.raises(NotFound, match="OPERATOR_NOT_FOUND"):
        await platform.call(platform.presence.UpdateOperator, request, token=other.admin.token)
    changed = (await platform.call(platform.presence.UpdateOperator, request, token=tenant.admin.token)).operator
    assert changed.capacity == 2
    request.etag = "1"
    with pytest.raises(FailedPrecondition, match="CHANGED_MEANWHILE"):
        await platform.call(platform.presence.UpdateOperator, request, token=tenant.admin.token)
    with pytest.raises(NotFound, match="SITE_NOT_FOUND"):
        await set_site(platform, replace_site(tenant, other), AUTOMATIC)
    foreign = await a_team(platform, other, "Theirs")
    with pytest.raises(NotFound, match="TEAM_NOT_FOUND"):
        await set_site(platform, tenant, routing_pb2.ROUTING_MODE_MANUAL, foreign)


def replace_site(tenant: Tenant, other: Tenant) -> Tenant:
    """Returns a tenant that names another one's site."""
    return replace(tenant, site=other.site)


async def test_a_colleague_takes_what_is_offered_and_the_givers_access_ends(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, maria, kim = (
        await tenant.visitor("Zoë"),
        await tenant.member(name="Robin"),
        await tenant.member(name="Maria"),
        await tenant.member(),
    )
    conversation_id = visitor.conversation.id
    await claim(platform, robin.token, conversation_id)
    await post(platform, visitor.token, conversation_id, "my fern is dying")
    with pytest.raises(NotFound, match="OPERATOR_NOT_FOUND"):
        await transfer(platform, robin.token, conversation_id, staff_id=maria.id)
    await choose(platform, maria.token, ONLINE)
    offered = await transfer(platform, robin.token, conversation_id, "She has photographs.", staff_id=maria.id)
    assert (offered.operator_id, offered.offered_to_id) == (robin.id, maria.id)
    again = await transfer(platform, robin.token, conversation_id, "She has photographs.", staff_id=maria.id)
    assert again.offered_to_id == maria.id
    # Before she takes it, she reads the note and not the conversation; to anybody else it does not exist.
    assert next(each.note for each in await notes(platform, maria.token, conversation_id)) == "She has photographs."
    with pytest.raises(PermissionDenied, match="MONITORING_NEEDS_REASON"):
        await read(platform, maria.token, conversation_id)
    for attempt in (accept, notes, give_back):
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            await attempt(platform, kim.token, conversation_id)
    async with a_line(platform) as line:
        zoe = await line.open(visitor.token)
        await zoe.subscribe(conversation_id)
        taken = await accept(platform, maria.token, conversation_id)
        assert (taken.operator_id, taken.operator_name, taken.offered_to_id) == (maria.id, "Maria", "")
        await zoe.until(lambda frame: frame.conversation.operator_id == maria.id)
    assert (await accept(platform, maria.token, conversation_id)).operator_id == maria.id
    assert [entry.body for entry in await read(platform, maria.token, conversation_id)][2] == "my fern is dying"
    for refused in (read(platform, robin.token, conversation_id), post(platform, robin.token, conversation_id)):
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            await refused
    states = [each.state for each in await notes(platform, maria.token, conversation_id)]
    assert states == [routing_pb2.Transfer.STATE_ACCEPTED, routing_pb2.Transfer.STATE_RETURNED]


async def test_what_is_returned_stays_where_it_is(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, maria = await tenant.visitor(), await tenant.member(), await tenant.member()
    conversation_id = visitor.conversation.id
    await claim(platform, robin.token, conversation_id)
    await choose(platform, maria.token, ONLINE)
    for who in (maria, robin):
        await transfer(platform, robin.token, conversation_id, staff_id=maria.id)
        back = await give_back(platform, who.token, conversation_id)
        assert (back.operator_id, back.offered_to_id) == (robin.id, "")
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            await accept(platform, maria.token, conversation_id)
    await post(platform, robin.token, conversation_id, "I am still here")
    with pytest.raises(FailedPrecondition, match="ALREADY_THERE"):
        await transfer(platform, robin.token, conversation_id, staff_id=robin.id)
    with pytest.raises(InvalidArgument):
        await transfer(platform, robin.token, conversation_id, "x" * 1001, staff_id=maria.id)
    with pytest.raises(InvalidArgument):
        await transfer(platform, robin.token, conversation_id)


async def test_a_team_takes_from_its_queue_what_is_handed_to_it(platform: Platform, tenant: Tenant) -> None:
    visitor, robin, maria = await tenant.visitor(), await tenant.member(), await tenant.member()
    conversation_id, team_id = visitor.conversation.id, await a_team(platform, tenant, "Bikes")
    await claim(platform, robin.token, conversation_id)
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await transfer(platform, maria.token, conversation_id, team_id=team_id)
    handed = await transfer(platform, robin.token, conversation_id, "A matter of brakes.", team_id=team_id)
    assert (handed.state, handed.team_id, handed.operator_id) == (QUEUED, team_id, "")
    # Who did not hear the answer asks again, and nothing happens twice.
    assert (
        await transfer(platform, robin.token, conversation_id, team_id=team_id)
    ).head_sequence == handed.head_sequence
    kinds = [entry.kind for entry in await read(platform, visitor.token, conversation_id)]
    assert kinds == [Kind.KIND_STARTED, Kind.KIND_JOINED, Kind.KIND_TRANSFERRED]
    await claim(platform, maria.token, conversation_id)
    assert [each.note for each in await notes(platform, maria.token, conversation_id)] == ["A matter of brakes."]
    with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
        await notes(platform, robin.token, conversation_id)


async def test_what_a_suspended_operator_answered_waits_again_and_can_be_ended(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor, robin, maria = await tenant.visitor(), await tenant.member(), await tenant.member()
    conversation_id = visitor.conversation.id
    await claim(platform, robin.token, conversation_id)
    async with a_line(platform) as line:
        zoe = await line.open(visitor.token)
        await zoe.subscribe(conversation_id)
        request = staff_pb2.UpdateStaffRequest(
            staff=staff_pb2.Staff(id=robin.id, state=staff_pb2.Staff.STATE_SUSPENDED)
        )
        request.update_mask.paths.append("state")
        await platform.call(platform.staff.UpdateStaff, request, token=tenant.admin.token)
        waiting = (await zoe.until(state_is(QUEUED))).conversation
        assert (waiting.operator_id, waiting.operator_name, waiting.queue_position) == ("", "", 1)
        await zoe.until(lambda frame: frame.message.kind == Kind.KIND_REQUEUED)
    await claim(platform, maria.token, conversation_id)
    assert (await close(platform, maria.token, conversation_id)).state == conversation_pb2.Conversation.STATE_CLOSED


async def test_those_who_lead_hand_somebodys_work_to_a_colleague(platform: Platform, tenant: Tenant) -> None:
    robin, maria, lead = await tenant.member(), await tenant.member(name="Maria"), await tenant.member(SUPERVISOR)
    talks = [await tenant.visitor() for _ in range(2)]
    for talk in talks:
        await claim(platform, robin.token, talk.conversation.id)
    with pytest.raises(NotFound, match="OPERATOR_NOT_FOUND"):
        await hand_over(platform, lead.token, robin.id, maria.id)
    await choose(platform, maria.token, AWAY)
    stranger = await (await platform.tenant()).member(SUPERVISOR)
    with pytest.raises(NotFound, match="OPERATOR_NOT_FOUND"):
        await hand_over(platform, stranger.token, robin.id)
    with pytest.raises(PermissionDenied):
        await hand_over(platform, maria.token, robin.id, maria.id)
    assert await hand_over(platform, lead.token, robin.id, maria.id) == 2
    assert await hand_over(platform, lead.token, robin.id, maria.id) == 0
    for talk in talks:
        assert (await get(platform, maria.token, talk.conversation.id)).operator_name == "Maria"
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            await get(platform, robin.token, talk.conversation.id)
    assert await hand_over(platform, tenant.admin.token, maria.id) == 2
    assert (await get(platform, talks[0].token, talks[0].conversation.id)).state == QUEUED


async def test_what_waits_is_read_by_those_who_lead_for_a_reason_only(platform: Platform, tenant: Tenant) -> None:
    visitor, lead = await tenant.visitor(), await tenant.member(OPERATOR, SUPERVISOR)
    conversation_id = visitor.conversation.id
    await post(platform, visitor.token, conversation_id, "is anybody there?")
    for token in (lead.token, (await tenant.member(OFFICER)).token):
        with pytest.raises(PermissionDenied, match="MONITORING_NEEDS_REASON"):
            await read(platform, token, conversation_id)
    await monitor(platform, lead.token, conversation_id)
    assert (await read(platform, lead.token, conversation_id))[-1].kind == Kind.KIND_WATCHED
    assert (await read(platform, visitor.token, conversation_id))[-1].body == "Training"


async def test_those_who_lead_see_what_runs_and_who_waits_how_long(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, lead = await tenant.member(), await tenant.member(SUPERVISOR)
    waits, unanswered, answered, over = [await tenant.visitor() for _ in range(4)]
    for talk in (unanswered, answered, over):
        await claim(platform, robin.token, talk.conversation.id)
        await post(platform, talk.token, talk.conversation.id, "hello")
    await post(platform, robin.token, answered.conversation.id, "hello")
    await close(platform, robin.token, over.conversation.id)
    found = await running(platform, lead.token)
    assert list(found) == [each.conversation.id for each in (waits, unanswered, answered)]
    assert found[waits.conversation.id].waiting_time == waits.conversation.create_time
    assert found[unanswered.conversation.id].HasField("waiting_time")
    assert not found[answered.conversation.id].HasField("waiting_time")
    assert found[answered.conversation.id].conversation.operator_id == robin.id
    for token in (robin.token, tenant.admin.token):
        with pytest.raises(PermissionDenied):
            await running(platform, token)


def actor_of(member: Member, tenant_id: str, *callers: int) -> Actor:
    return replace(staff_of(tenant_id, *callers), subject_id=member.id)


async def test_a_wait_is_said_once_there_is_something_to_say(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, first = await tenant.member(), await tenant.visitor()
    assert (await get(platform, first.token, first.conversation.id)).expected_wait_seconds == 0
    async with a_wiring(platform) as wiring:
        for _ in range(3):
            now = wiring.clock.now()
            await a_conversation(
                wiring,
                tenant.id,
                state=OPEN,
                operator_id=ids.new_uuid(),
                queue_place=2,
                create_time=now - timedelta(seconds=80),
                claim_time=now,
            )
        second = await tenant.visitor()
        actor = actor_of(robin, tenant.id)
        page, _ = await conversations.list_conversations(actor, wiring, conversations.QUEUE, 0, "")
        places = {ids.from_uuid("cnv", each.id): place for each, place in page}
    assert [places[each.conversation.id].position for each in (first, second)] == [1, 2]
    assert [places[each.conversation.id].wait for each in (first, second)] == [40, 80]


async def test_somebody_who_is_there_looks_so_and_offline_means_offline(platform: Platform, tenant: Tenant) -> None:
    robin = await tenant.member()
    answer = await platform.call(
        platform.presence.GetMyPresence, presence_pb2.GetMyPresenceRequest(), token=robin.token
    )
    assert answer.operator.state == OFFLINE
    async with a_line(platform) as line:
        robins = await follow_inbox(line, robin)
        await robins.ask(ping=frame_pb2.Ping())
        async with asyncio.timeout(10):
            while (await listed(platform, robin.token)).get(robin.id, presence_pb2.Operator()).state != ONLINE:
                await robins.ask(ping=frame_pb2.Ping())
    assert (await choose(platform, robin.token, OFFLINE)).state == OFFLINE
    with pytest.raises(PermissionDenied):
        await choose(platform, (await tenant.member(ADMIN)).token, ONLINE)
