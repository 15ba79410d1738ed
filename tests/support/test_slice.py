"""From a form to a solution: somebody asks, an agent triages, answers and resolves."""

from __future__ import annotations

from tests.platform import Platform
from tests.support.desk import a_desk


async def test_a_ticket_goes_from_the_form_to_its_end(platform: Platform) -> None:
    desk = await a_desk(platform)
    ticket_id = await desk.submit("The shop does not open since Monday.", display_name="Pat")
    (listed,) = await desk.list("TRIAGE")
    assert (listed.subject, listed.requester_email) == ("The shop does not open since Monday.", "pat@people.example")
    await desk.change(ticket_id, ("ACCEPT",), ("ASSIGN", "me"), ("SET_PRIORITY", "HIGH"))
    answered = await desk.change(ticket_id, ("ANSWER", "", "Please try again now."))
    whole = await desk.get(ticket_id)
    assert [each.body for each in whole.entries] == ["The shop does not open since Monday.", "Please try again now."]
    assert whole.ticket.state == 3  # The requester is next.
    assert whole.ticket.assignee_id == desk.agent.id
    await desk.undo(answered.undo_id)
    back = await desk.get(ticket_id)
    assert back.ticket.state == 2
    assert back.draft.body == "Please try again now."
    await desk.change(ticket_id, ("SET_STATE", "RESOLVED"))
    await desk.change(ticket_id, ("SET_STATE", "CLOSED"))
    closed = (await desk.get(ticket_id)).ticket
    assert closed.purge_time.ToDatetime() > closed.close_time.ToDatetime()
    assert not await desk.list()
