"""What happens to tickets as time goes by: promises are near and then missed, each said once; what is solved closes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from parley.identity.v1 import tenant_pb2
from parley.support.v1 import level_pb2, level_pb2_grpc, record_pb2, report_pb2, report_pb2_grpc, ticket_pb2

from kernel.errors import NotFound
from services.support.actions import changing, levels, mails
from tests.platform import Platform
from tests.support.desk import Desk, a_desk
from tests.support.inside import a_job, later

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def said(desk: Desk, ticket_id: str) -> list[tuple[str, str]]:
    """Returns what was said of a ticket's promises."""
    events = (await desk.get(ticket_id)).events
    return [(each.kind, each.to_value) for each in events if each.kind.startswith("LEVEL_")]


async def look(desk: Desk, by: timedelta) -> None:
    """Lets the desk look at its deadlines, so much later than now, as it does every minute."""
    async with later(desk, by) as wiring:
        await levels.look(wiring, a_job(desk, levels.JOB))


async def test_a_deadline_is_said_to_be_near_once_and_missed_once(platform: Platform) -> None:
    desk = await a_desk(platform)
    stub = level_pb2_grpc.LevelServiceStub(platform.support)
    promise = level_pb2.SetLevelRequest(first_response_minutes=60, resolution_minutes=600, warn_minutes=15)
    await desk.call(stub.SetLevel, promise, desk.lead)
    ticket_id, answered = await desk.submit("Slow."), await desk.submit("Quick.", email="kim@people.example")
    await desk.change(answered, ("ACCEPT",), ("ANSWER", "", "Here."))
    await look(desk, 44 * MINUTE)
    assert not await said(desk, ticket_id)
    for _ in range(2):
        await look(desk, 46 * MINUTE)
    assert await said(desk, ticket_id) == [("LEVEL_NEAR", "FIRST_RESPONSE")]
    assert not (await desk.get(ticket_id)).ticket.is_breached
    for _ in range(2):
        await look(desk, 61 * MINUTE)
    assert await said(desk, ticket_id) == [("LEVEL_NEAR", "FIRST_RESPONSE"), ("LEVEL_MISSED", "FIRST_RESPONSE")]
    assert (await desk.get(ticket_id)).ticket.is_breached
    assert [each.id for each in await desk.list(breached=True)] == [ticket_id]
    # What was answered in time, and then waits for its requester, is neither.
    assert not await said(desk, answered)
    reports = report_pb2_grpc.ReportServiceStub(platform.support)
    counted = await desk.call(reports.GetDeskReport, report_pb2.GetDeskReportRequest(days=7), desk.lead)
    assert sum(each.missed for each in counted.days) == 1


async def test_what_is_solved_is_closed_after_its_days_unless_something_happened(platform: Platform) -> None:
    desk = await a_desk(platform)
    request = tenant_pb2.UpdateSettingRequest(name="support.close_days", value_json="3")
    await platform.call(platform.tenants.UpdateSetting, request, token=desk.tenant.admin.token)
    quiet, opened = await desk.submit("Thanks."), await desk.submit("Not yet.", email="kim@people.example")
    for ticket_id in (quiet, opened):
        await desk.change(ticket_id, ("ACCEPT",), ("SET_STATE", "RESOLVED"))
    await desk.change(quiet, ("NOTE", "", "A note keeps nothing open."))
    await desk.change(opened, ("SET_STATE", "OPEN"))
    for by, states in ((2 * DAY, ("RESOLVED", "OPEN")), (3 * DAY + MINUTE, ("CLOSED", "OPEN"))):
        async with later(desk, by) as wiring:
            for ticket_id in (quiet, opened):
                await mails.close_resolved(wiring, a_job(desk, changing.CLOSE_JOB, ticket=ticket_id))
        found = [(await desk.get(each)).ticket.state for each in (quiet, opened)]
        assert [record_pb2.State.Name(each).removeprefix("STATE_") for each in found] == list(states)
    # Gone meanwhile, there is nothing to close.
    async with later(desk, DAY) as wiring:
        await mails.close_resolved(wiring, a_job(desk, changing.CLOSE_JOB, ticket="tkt_" + "0" * 26))


async def test_a_part_is_split_off_and_both_know_of_each_other(platform: Platform) -> None:
    desk = await a_desk(platform)
    whole = await desk.submit("The cart is empty, and the logo is old.", email="pat@people.example")
    request = ticket_pb2.OpenTicketRequest(
        email="pat@people.example",
        site_url="https://shop.example/",
        description="The logo is old.",
        parent_id=whole,
        request_id="split-off-once",
    )
    part, again = [(await desk.call(desk.tickets.OpenTicket, request)).ticket for _ in range(2)]
    assert (part.id, part.parent_id) == (again.id, whole)
    assert [each.to_value for each in (await desk.get(whole)).events if each.kind == "SPLIT_INTO"] == [part.id]
    assert [each.from_value for each in (await desk.get(part.id)).events if each.kind == "SPLIT_FROM"] == [whole]
    # The first loses nothing by it, and neither goes with the other.
    assert [each.body for each in (await desk.get(whole)).entries] == ["The cart is empty, and the logo is old."]
    await desk.change(whole, ("SET_STATE", "CLOSED"))
    assert (await desk.get(part.id)).ticket.state == record_pb2.STATE_OPEN
    elsewhere = await a_desk(platform)
    with pytest.raises(NotFound, match="TICKET_NOT_FOUND"):
        await elsewhere.call(elsewhere.tickets.OpenTicket, request)


async def test_whoever_follows_a_ticket_finds_it_among_their_own_until_they_stop(platform: Platform) -> None:
    desk = await a_desk(platform)
    ticket_id = await desk.submit("Follow me.")
    for _ in range(2):
        await desk.change(ticket_id, ("FOLLOW",))
    assert list((await desk.get(ticket_id, desk.lead)).ticket.follower_ids) == [desk.agent.id]
    followed = ticket_pb2.ASSIGNEE_FOLLOWED
    assert [each.id for each in await desk.list(assignee=followed)] == [ticket_id]
    assert not await desk.list(assignee=followed, who=desk.lead)
    await desk.change(ticket_id, ("UNFOLLOW",))
    assert not await desk.list(assignee=followed)
    assert not (await desk.get(ticket_id)).ticket.follower_ids
