"""What chat decides, without anything around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import NotFound
from services.chat import domain
from services.chat.actions.wiring import viewer_of
from services.chat.domain import CLOSED, OPEN, OPERATOR, QUEUED, VISITOR, Conversation, Viewer
from tests.chat.inside import staff_of, visitor_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TENANT = ids.new_id("ten")


def a_conversation(**changes: Any) -> Conversation:
    """Returns a conversation that waits."""
    fresh = Conversation(
        tenant_id=ids.to_uuid(TENANT, "ten"),
        id=ids.new_uuid(),
        site_id=ids.new_uuid(),
        visitor_id=ids.random_uuid(),
        display_name="",
        language="",
        page_path="",
        notice_id=ids.new_uuid(),
        state=QUEUED,
        create_time=NOW,
    )
    return replace(fresh, **changes)


def a_viewer(*callers: int) -> Viewer:
    """Returns a member of staff as chat sees the person."""
    return viewer_of(staff_of(TENANT, *callers))


def held_by(viewer: Viewer, **changes: Any) -> Conversation:
    """Returns a conversation that somebody answers."""
    return a_conversation(**{"state": OPEN, "operator_id": viewer.staff_id} | changes)


MARIA = a_viewer()
ROBIN = a_viewer()
LEAD = a_viewer(access_pb2.CALLER_SUPERVISOR)
OFFICER = a_viewer(access_pb2.CALLER_PRIVACY_OFFICER)
ADMIN = a_viewer(access_pb2.CALLER_ADMIN)
PROGRAM = Viewer(replace(staff_of(TENANT), callers=frozenset({access_pb2.CALLER_SERVICE_ACCOUNT})), None, None)


@pytest.mark.parametrize(
    ("viewer", "conversation", "sees", "reads"),
    [
        (MARIA, a_conversation(), True, True),
        (MARIA, held_by(MARIA), True, True),
        (MARIA, held_by(MARIA, state=CLOSED), True, True),
        (MARIA, held_by(ROBIN), False, False),
        (MARIA, held_by(ROBIN, state=CLOSED), False, False),
        (LEAD, held_by(ROBIN), True, False),
        (LEAD, held_by(LEAD), True, True),
        (LEAD, held_by(ROBIN, state=CLOSED), True, True),
        (OFFICER, held_by(ROBIN), True, False),
        (OFFICER, held_by(ROBIN, state=CLOSED), True, True),
        (LEAD, a_conversation(), True, False),
        (OFFICER, a_conversation(), True, False),
        (PROGRAM, a_conversation(), True, False),
        (ADMIN, a_conversation(), False, False),
        (ADMIN, held_by(ROBIN, state=CLOSED), False, False),
        (PROGRAM, held_by(ROBIN), True, False),
        (PROGRAM, held_by(ROBIN, state=CLOSED), True, True),
        (LEAD, held_by(ROBIN, state=CLOSED, erase_time=NOW), True, False),
        (PROGRAM, held_by(ROBIN, state=CLOSED, erase_time=NOW), True, False),
    ],
)
def test_who_sees_and_who_reads(viewer: Viewer, conversation: Conversation, sees: bool, reads: bool) -> None:
    assert domain.may_see(viewer, conversation) is sees
    assert domain.may_read(viewer, conversation, NOW) is reads
    if not sees:
        with pytest.raises(NotFound, match="CONVERSATION_NOT_FOUND"):
            domain.check_read(viewer, conversation, NOW)
    elif reads:
        assert domain.check_read(viewer, conversation, NOW) is conversation
    elif conversation.erase_time is None:
        with pytest.raises(domain.MonitoringNeedsReason):
            domain.check_read(viewer, conversation, NOW)
    else:
        with pytest.raises(domain.ConversationErased):
            domain.check_read(viewer, conversation, NOW)


def test_a_visitor_sees_the_own_conversation_until_it_is_erased_and_no_other() -> None:
    own, other = a_conversation(), a_conversation()
    visitor = viewer_of(visitor_of(own))
    assert domain.may_read(visitor, own, NOW)
    assert domain.may_read(visitor, replace(own, state=OPEN, operator_id=MARIA.staff_id), NOW)
    assert not domain.may_see(visitor, other)
    assert not domain.may_see(visitor, replace(own, erase_time=NOW))
    assert domain.side_of(visitor) == VISITOR
    assert domain.side_of(MARIA) == OPERATOR


def test_what_does_not_exist_is_not_seen() -> None:
    with pytest.raises(NotFound):
        domain.check_seen(LEAD, None)


def test_a_claim_is_for_the_queue_and_once() -> None:
    claimed = domain.claim(a_conversation(), MARIA, NOW)
    assert (claimed.state, claimed.operator_id, claimed.operator_name, claimed.claim_time) == (
        OPEN,
        MARIA.staff_id,
        "Robin",
        NOW,
    )
    assert domain.claim(claimed, MARIA, NOW + timedelta(hours=1)) is claimed
    with pytest.raises(domain.ConversationTaken):
        domain.claim(claimed, ROBIN, NOW)
    with pytest.raises(domain.ConversationClosed):
        domain.claim(replace(claimed, state=CLOSED), MARIA, NOW)


def test_either_side_closes_and_nobody_else() -> None:
    held = held_by(MARIA)
    visitor = viewer_of(visitor_of(held))
    for viewer, side in ((visitor, VISITOR), (MARIA, OPERATOR)):
        closed = domain.close(held, viewer, NOW)
        assert (closed.state, closed.closed_by, closed.close_time) == (CLOSED, side, NOW)
        assert domain.close(closed, viewer, NOW + timedelta(hours=1)) is closed
    with pytest.raises(domain.NotTheOperator):
        domain.close(held, LEAD, NOW)
    assert domain.close(a_conversation(), LEAD, NOW).closed_by == OPERATOR


def test_a_conversation_expires_after_its_end_and_not_before() -> None:
    kept = timedelta(days=10)
    running, closed = a_conversation(), a_conversation(state=CLOSED, close_time=NOW)
    assert domain.expires(running, kept) is None
    assert not domain.is_expired(running, kept, NOW + timedelta(days=1000))
    assert domain.expires(closed, kept) == NOW + kept
    assert not domain.is_expired(closed, kept, NOW + kept - timedelta(microseconds=1))
    assert domain.is_expired(closed, kept, NOW + kept)


def test_forgetting_ends_what_runs_and_keeps_the_end_of_what_ended() -> None:
    running = domain.forget(held_by(MARIA), NOW)
    assert (running.state, running.close_time, running.erase_time) == (CLOSED, NOW, NOW)
    earlier = NOW - timedelta(days=3)
    ended = domain.forget(a_conversation(state=CLOSED, close_time=earlier), NOW)
    assert (ended.close_time, ended.erase_time) == (earlier, NOW)
