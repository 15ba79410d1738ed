"""What is done to tickets: by the table of states, on many at once, by two people, and back again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from parley.support.v1 import change_pb2, macro_pb2, macro_pb2_grpc, queue_pb2, record_pb2, thread_pb2, ticket_pb2

from kernel import ids
from kernel.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, ParleyError
from services.support.domain import changes, tickets
from services.support.domain.changes import Asked, By, Known, Work
from services.support.domain.tickets import Kind, Ticket
from tests.platform import Platform
from tests.support.desk import AGENT, Desk, a_desk

NOW = datetime(2026, 6, 1, tzinfo=UTC)
STATES = sorted(tickets.TRANSITIONS)


def a_ticket(state: int = tickets.TRIAGE) -> Ticket:
    """Returns a ticket that stands somewhere."""
    return Ticket(
        id=ids.new_uuid(),
        reference="AAAA-BBBB",
        requester_id=ids.new_uuid(),
        subject="It is broken",
        state=state,
        queue_id=ids.new_uuid(),
        source=record_pb2.SOURCE_FORM,
        create_time=NOW,
        update_time=NOW,
        last_entry_time=NOW,
        site_url="",
        close_time=NOW if state == tickets.CLOSED else None,
    )


NOTHING = Known(
    queue_ids=frozenset(),
    retired_queue_ids=frozenset(),
    tag_ids=frozenset(),
    fields={},
    send_after=timedelta(seconds=10),
)
MOVES = st.sampled_from(
    [("SET_STATE", changes.state_name(each)) for each in STATES]
    + [
        ("ACCEPT", ""),
        ("DECLINE", ""),
        ("ANSWER", ""),
        ("NOTE", ""),
        ("SNOOZE", "2026-06-02T00:00:00+00:00"),
        ("WAKE", ""),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(MOVES, max_size=25))
def test_whatever_is_done_a_ticket_goes_only_where_the_table_says(moves: list[tuple[str, str]]) -> None:
    ticket = a_ticket()
    for name, value in moves:
        work = Work.on(ticket, By(staff_id=ids.new_uuid(), staff_name="Ada"), NOW)
        asked = Asked(kind=Kind.Value(f"CHANGE_KIND_{name}"), value=value, text="Words.")
        try:
            changes.carry_out(work, asked, NOTHING)
        except ParleyError:
            continue
        after = work.ticket
        assert after.state == ticket.state or after.state in tickets.TRANSITIONS[ticket.state]
        # Every move stands in the history, and nothing that anybody wrote does.
        assert (after.state != ticket.state) == any(each.kind == "STATE_CHANGED" for each in work.happened)
        assert not any("Words" in each.from_value + each.to_value for each in work.happened)
        # The end is noted when it comes, and taken back when the ticket is open again.
        assert (after.close_time is not None) == (after.state == tickets.CLOSED)
        assert after.snooze_until_time is None or after.state not in (tickets.RESOLVED, tickets.CLOSED)
        ticket = after


@pytest_asyncio.fixture(scope="module")
async def desk(platform: Platform) -> Desk:
    """One company for all of these."""
    return await a_desk(platform)


async def test_many_are_changed_at_once_and_brought_back_by_one_undo(desk: Desk) -> None:
    tag = await desk.tag("bulk")
    made = [await desk.submit(f"Bulk {number}.") for number in range(3)]
    await desk.change(made[2], ("ACCEPT",))
    done = await desk.change(made, ("ACCEPT",), ("SET_PRIORITY", "URGENT"), ("ADD_TAG", tag))
    # All or nothing for each: what was accepted before is left as it was.
    assert [each.refusal for each in done.tickets] == ["", "", "TRANSITION_REFUSED"]
    tagged = {each.id for each in await desk.list(tag_id=tag)}
    assert tagged == set(made[:2])
    # What was added since is no hindrance; what was changed again is.
    await desk.change(made[0], ("NOTE", "", "I look at it."))
    await desk.change(made[1], ("SET_PRIORITY", "LOW"))
    undone = await desk.undo(done.undo_id)
    assert {each.ticket_id: each.refusal for each in undone.tickets} == {made[0]: "", made[1]: "CHANGED_SINCE"}
    back = (await desk.get(made[0])).ticket
    assert (back.state, back.priority, list(back.tag_ids)) == (
        record_pb2.STATE_TRIAGE,
        record_pb2.PRIORITY_NORMAL,
        [],
    )
    with pytest.raises(NotFound, match="UNDO_NOT_FOUND"):
        await desk.undo(done.undo_id)
    again = await desk.change(made[0], ("SET_SUBJECT", "", "Another line"))
    with pytest.raises(NotFound, match="UNDO_NOT_FOUND"):
        await desk.undo(again.undo_id, desk.lead)


async def test_a_retry_hears_what_the_first_try_answered_whatever_happened_since(desk: Desk) -> None:
    open_, over = await desk.submit("Ask me twice."), await desk.submit("Over already.")
    await desk.change(over, ("SET_STATE", "CLOSED"))
    hidden = await desk.queue("Out of sight", desk.lead, is_private=True)
    asked = (("ACCEPT",), ("NOTE", "", "Mine now."), ("MOVE", hidden))
    first = await desk.change([open_, over], *asked, request_id="one-and-the-same")
    assert [each.refusal for each in first.tickets] == ["", "TRANSITION_REFUSED"]
    await desk.change(open_, ("SET_PRIORITY", "LOW"), who=desk.lead)
    # The agent does not even see the ticket any more, and hears what became of it all the same.
    assert await desk.change([open_, over], *asked, request_id="one-and-the-same") == first
    assert first.tickets[0].entry_id == (await desk.get(open_, desk.lead)).entries[-1].id
    # Where nothing was changed there is nothing to take back, the second time as well.
    nothing = [await desk.change([over, open_], ("ACCEPT",), request_id="again", who=desk.lead) for _ in range(2)]
    assert nothing[0] == nothing[1]
    assert not nothing[0].undo_id
    assert not nothing[0].HasField("undo_until_time")


async def test_whoever_is_second_hears_it_and_loses_nothing(desk: Desk) -> None:
    ticket_id = await desk.submit("Two at once.")
    etag = (await desk.get(ticket_id)).ticket.etag
    await desk.call(
        desk.threads.SaveDraft, thread_pb2.SaveDraftRequest(ticket_id=ticket_id, body="My words"), desk.lead
    )
    results = await asyncio.gather(
        desk.change(ticket_id, ("SET_PRIORITY", "HIGH"), etag=etag),
        desk.change(ticket_id, ("SET_PRIORITY", "LOW"), etag=etag, who=desk.lead),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in results) == ["Aborted", "ChangeTicketsResponse"]
    await desk.change(ticket_id, ("ANSWER", "", "From Ada."), seen_entries=1)
    with pytest.raises(Aborted, match="ENTRIES_MISSED"):
        await desk.change(ticket_id, ("ANSWER", "", "From Lee."), seen_entries=1, who=desk.lead)
    whole = await desk.get(ticket_id, desk.lead)
    assert [each.body for each in whole.entries] == ["Two at once.", "From Ada."]
    assert whole.draft.body == "My words"
    assert not (await desk.get(ticket_id)).HasField("draft")


@pytest.mark.parametrize("order", ["123", "312", "231"])
async def test_merges_in_any_order_lose_no_message(desk: Desk, order: str) -> None:
    made = [await desk.submit(f"Part {number} of {order}.") for number in range(4)]
    words = {f"Part {number} of {order}." for number in range(4)}
    for each in order:
        await desk.call(
            desk.changes.MergeTicket,
            change_pb2.MergeTicketRequest(ticket_id=made[int(each)], into_id=made[int(each) - 1]),
        )
    whole = await desk.get(made[0])
    assert {each.body for each in whole.entries} == words
    assert set(whole.merged_ids) == set(made[1:])
    # What is written to a part is written to the whole.
    await desk.change(made[3], ("NOTE", "", f"Found {order}."))
    assert any(each.note == f"Found {order}." for each in (await desk.get(made[0])).entries)
    with pytest.raises(ParleyError):
        await desk.call(desk.changes.MergeTicket, change_pb2.MergeTicketRequest(ticket_id=made[0], into_id=made[3]))
    for each in reversed(order):
        await desk.call(desk.changes.UnmergeTicket, change_pb2.UnmergeTicketRequest(ticket_id=made[int(each)]))
    for number, ticket_id in enumerate(made):
        found = await desk.get(ticket_id)
        assert found.entries[0].body == f"Part {number} of {order}."
        assert len(found.entries) == (2 if number == 0 else 1)
        assert found.ticket.state != record_pb2.STATE_CLOSED


async def test_a_queue_gives_each_in_turn_or_to_whoever_has_least(desk: Desk) -> None:
    uma = await desk.tenant.member(AGENT, name="Uma")
    turns = await desk.queue("Turns", desk.agent, uma, assignment=queue_pb2.ASSIGNMENT_ROUND_ROBIN)
    least = await desk.queue("Least", desk.agent, uma, assignment=queue_pb2.ASSIGNMENT_LEAST_BUSY)
    made = [await desk.submit(f"Turn {number}.") for number in range(4)]
    for ticket_id in made:
        await desk.change(ticket_id, ("MOVE", turns), ("ASSIGN", "auto"))
    given = [(await desk.get(each)).ticket.assignee_id for each in made]
    assert given[0] != given[1]
    assert given[:2] == given[2:]
    other = await desk.submit("Whoever has least.")
    await desk.change(made[:1], ("ASSIGN", uma.id))
    await desk.change(made[1:], ("ASSIGN", desk.agent.id))
    await desk.change(other, ("MOVE", least), ("ASSIGN", "auto"))
    assert (await desk.get(other)).ticket.assignee_id == uma.id
    with pytest.raises(NotFound, match="STAFF_NOT_FOUND"):
        await desk.change(other, ("ASSIGN", desk.tenant.admin.id))


async def test_an_answer_can_be_taken_back_until_it_goes_out(desk: Desk) -> None:
    ticket_id = await desk.submit("Answer me.")
    sent = await desk.change(ticket_id, ("ACCEPT",), ("ANSWER", "", "Too fast."))
    take_back = thread_pb2.UndoAnswerRequest(ticket_id=ticket_id, entry_id=sent.tickets[0].entry_id)
    with pytest.raises(FailedPrecondition, match="ANSWER_GONE"):
        await desk.call(desk.threads.UndoAnswer, take_back, desk.lead)
    back = await desk.call(desk.threads.UndoAnswer, take_back)
    assert back.draft.body == "Too fast."
    whole = await desk.get(ticket_id)
    assert [(each.body, each.is_withdrawn) for each in whole.entries[1:]] == [("", True)]
    assert whole.ticket.state == record_pb2.STATE_OPEN
    search = ticket_pb2.SearchTicketsRequest(words="fast")
    assert not (await desk.call(desk.tickets.SearchTickets, search)).hits


async def test_a_macro_does_several_things_with_one_undo(desk: Desk) -> None:
    stub = macro_pb2_grpc.MacroServiceStub(desk.platform.support)
    steps = [
        macro_pb2.MacroStep(kind=change_pb2.CHANGE_KIND_SET_PRIORITY, value="LOW"),
        macro_pb2.MacroStep(kind=change_pb2.CHANGE_KIND_ANSWER, words="We look at it."),
    ]
    made = await desk.call(stub.CreateMacro, macro_pb2.CreateMacroRequest(label="Look", steps=steps))
    ticket_id = await desk.submit("Run it.")
    ran = await desk.change(ticket_id, macro_id=made.macro.id)
    whole = await desk.get(ticket_id)
    assert (whole.ticket.priority, whole.entries[1].body) == (record_pb2.PRIORITY_LOW, "We look at it.")
    await desk.undo(ran.undo_id)
    back = await desk.get(ticket_id)
    assert (back.ticket.priority, back.entries[1].is_withdrawn) == (record_pb2.PRIORITY_NORMAL, True)


async def test_what_is_snoozed_or_unwanted_is_out_of_sight_and_wrong_values_change_nothing(desk: Desk) -> None:
    ticket_id = await desk.submit("Later.")
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await desk.change(ticket_id, ("SNOOZE", until))
    assert ticket_id not in {each.id for each in await desk.list()}
    assert [each.id for each in await desk.list(snoozed=True)] == [ticket_id]
    await desk.change(ticket_id, ("WAKE",), ("MARK_SPAM",))
    assert [each.id for each in await desk.list(spam=True)] == [ticket_id]
    for kind, value, text in (
        ("SNOOZE", "tomorrow", ""),
        ("SNOOZE", "2020-01-01T00:00:00+00:00", ""),
        ("SET_STATE", "NOWHERE", ""),
        ("SET_PRIORITY", "0", ""),
        ("ADD_TAG", "tkt_nothing", ""),
        ("ANSWER", "", " \u200b "),
        ("SET_SITE", "", "nowhere"),
    ):
        with pytest.raises(InvalidArgument, match="CHANGE_MALFORMED"):
            await desk.change(ticket_id, ("SET_PRIORITY", "URGENT"), (kind, value, text))
    assert (await desk.get(ticket_id)).ticket.priority == record_pb2.PRIORITY_NORMAL
