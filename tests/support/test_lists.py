"""Every filter and every order of the list, page after page, and the numbers beside the views."""

from __future__ import annotations

import pytest
from parley.support.v1 import ticket_pb2

from tests.platform import Platform
from tests.support.desk import Desk, a_desk


@pytest.fixture
async def desk(platform: Platform) -> Desk:
    """A company with an agent and a supervisor."""
    return await a_desk(platform)


async def pages(desk: Desk, order: str, size: int) -> list[str]:
    """Returns the ids of all that is open, read so many at a time."""
    found: list[str] = []
    token = ""
    while True:
        request = ticket_pb2.ListTicketsRequest(
            order=ticket_pb2.Order.Value(f"ORDER_{order}"), page_size=size, page_token=token
        )
        page = await desk.call(desk.tickets.ListTickets, request)
        found += [each.id for each in page.tickets]
        token = page.next_page_token
        if not token:
            return found


async def test_every_order_goes_on_where_its_page_ended(desk: Desk) -> None:
    made = [await desk.submit(f"Number {number}.", email=f"{number}@people.example") for number in range(5)]
    await desk.change(made[2], ("SET_PRIORITY", "URGENT"))
    await desk.change(made[0], ("NOTE", "", "Looked at."))
    wanted = {
        "OLDEST": made,
        "NEWEST": made[::-1],
        "UPDATED": [made[0], made[2], made[4], made[3], made[1]],
        "PRIORITY": [made[2], made[0], made[4], made[3], made[1]],
    }
    for order, ids in wanted.items():
        assert await pages(desk, order, 2) == ids, order
        assert await pages(desk, order, 200) == ids, order
    due = await pages(desk, "DUE", 2)
    assert due == await pages(desk, "DUE", 200)
    assert set(due) <= set(made)


async def test_every_filter_finds_what_it_says_and_nothing_else(desk: Desk) -> None:
    first, second, third = [
        await desk.submit(f"Number {number}.", email=f"{number}@people.example") for number in range(3)
    ]
    queue, tag = await desk.queue("Repairs", desk.agent), await desk.tag("urgent-matter")
    await desk.change(first, ("ACCEPT",), ("ASSIGN", "me"), ("SET_PRIORITY", "HIGH"), ("MOVE", queue))
    await desk.change(second, ("ADD_TAG", tag), ("FOLLOW",))
    await desk.change(third, ("MARK_SPAM",))
    assert {each.id for each in await desk.list()} == {first, second}
    requester = (await desk.get(second)).ticket.requester_id
    for found, filters in (
        ([first], {"queue_id": queue}),
        ([first], {"assignee": ticket_pb2.ASSIGNEE_ME}),
        ([first], {"assignee_id": desk.agent.id}),
        ([second], {"assignee": ticket_pb2.ASSIGNEE_NOBODY}),
        ([second], {"assignee": ticket_pb2.ASSIGNEE_FOLLOWED}),
        ([first], {"priorities": [3, 4]}),
        ([second], {"tag_id": tag}),
        ([second], {"requester_id": requester}),
        ([], {"snoozed": True}),
        ([third], {"spam": True}),
        ([], {"breached": True}),
        ([], {"queue_id": (await a_desk(desk.platform)).tenant.id.replace("ten_", "que_")}),
    ):
        assert [each.id for each in await desk.list(**filters)] == found, filters
        assert [each.id for each in await desk.list("TRIAGE", "OPEN", **filters)] == found, filters
    assert [each.id for each in await desk.list("OPEN")] == [first]
    assert {each.id for each in await desk.list(reply_last=True)} <= {first, second}
    counted = await desk.call(desk.tickets.CountTickets, ticket_pb2.CountTicketsRequest())
    assert (counted.triage, counted.mine, counted.unassigned, counted.breached) == (1, 1, 0, 0)
