"""A member reports a message: whoever decides reads that message and no other, and the reading is on record."""

from __future__ import annotations

from typing import Any

import pytest
from parley.community.v1 import direct_pb2, leaving_pb2, moderation_pb2, topic_pb2
from parley.options.v1 import access_pb2

from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from tests.community.forum import PASSWORD, Forum, Poster, forum
from tests.community.test_direct import ACCEPT, answer, ask, read, write
from tests.community.test_moderation import appeal, statements
from tests.community.test_reviews import a_reviewer, decide, waiting
from tests.platform import Platform

REMOVE, NONE = moderation_pb2.CASE_ACTION_REMOVE, moderation_pb2.CASE_ACTION_NONE
PURGE, RESTRICT = moderation_pb2.CASE_ACTION_PURGE, moderation_pb2.CASE_ACTION_RESTRICT
HARASSMENT, ILLEGAL = moderation_pb2.FLAG_KIND_HARASSMENT, moderation_pb2.FLAG_KIND_ILLEGAL
MODERATOR = access_pb2.CALLER_MODERATOR


async def report(shop: Forum, member: Poster, thread_id: str, number: int, kind: Any = HARASSMENT) -> str:
    """Reports a message, and returns by what its outcome is asked for."""
    request = moderation_pb2.FlagMessageRequest(thread_id=thread_id, number=number, kind=kind, text="Look at this.")
    return str((await shop.call(shop.moderation.FlagMessage, request, member.token)).flag_id)


async def case_of(shop: Forum, case_id: str, token: str = "") -> moderation_pb2.ModerationCase:
    """Reads a case as somebody on the staff."""
    request = moderation_pb2.GetModerationCaseRequest(case_id=case_id)
    return (await shop.call(shop.moderation.GetModerationCase, request, token or shop.admin)).case  # type: ignore[no-any-return]


async def a_thread(platform: Platform) -> tuple[Forum, Poster, Poster, str]:
    """Lets two write to one another: something kind, something that is not, and something private."""
    shop = await forum(platform)
    ann, bo = await shop.poster(), await shop.poster()
    thread = await ask(shop, ann, bo.handle, "May I ask?")
    await answer(shop, bo, thread.id, ACCEPT)
    await write(shop, bo, thread.id, "You are a **fool**.")
    await write(shop, ann, thread.id, "My secret is a cactus.")
    return shop, ann, bo, thread.id


async def test_only_the_reported_message_is_shown_and_that_it_was_read_is_on_record(platform: Platform) -> None:
    shop, ann, bo, thread_id = await a_thread(platform)
    code = await report(shop, ann, thread_id, 2)
    await report(shop, ann, thread_id, 2)
    (case,) = await shop.cases()
    assert (case.is_message, case.flag_count, case.author.handle, case.post_id) == (True, 2, bo.handle, "")
    for member in (ann, bo):
        assert not [each for message in (await read(shop, member, thread_id)).messages for each in message.readings]
    whole = await case_of(shop, case.id)
    assert whole.flags[0].snapshot == "<p>You are a <strong>fool</strong>.</p>\n"
    assert b"cactus" not in whole.SerializeToString()
    assert thread_id.encode() not in whole.SerializeToString(), "nothing leads to the rest of the thread"
    await case_of(shop, case.id)
    rows = await shop.rows("SELECT number, staff_id FROM community.message_readings WHERE case_id = :id", id=case.id)
    assert [row.number for row in rows] == [2], "who reads on is one interval"
    seen = (await read(shop, ann, thread_id)).messages
    assert [(each.is_reported, len(each.readings)) for each in seen] == [(False, 0), (True, 1), (False, 0)]
    assert not (await read(shop, bo, thread_id)).messages[1].readings, "its author is told once it is decided"
    await shop.decide(shop.admin, case.id, NONE, is_upheld=False)
    assert len((await read(shop, bo, thread_id)).messages[1].readings) == 1
    asked = await shop.call(shop.moderation.GetFlag, moderation_pb2.GetFlagRequest(flag_id=code), ann.token)
    assert (asked.is_decided, asked.flag.snapshot) == (True, "")
    staff = await shop.call(shop.moderation.GetFlag, moderation_pb2.GetFlagRequest(flag_id=code), shop.admin)
    assert staff.flag.snapshot == "", "a message is read in its case, where that is recorded"


async def test_a_message_is_removed_with_a_statement_and_comes_back_on_appeal(platform: Platform) -> None:
    shop, ann, bo, thread_id = await a_thread(platform)
    await report(shop, ann, thread_id, 2)
    (case,) = await shop.cases()
    with pytest.raises(InvalidArgument, match="MESSAGE_NOT_SHOWN_LESS"):
        await shop.decide(shop.admin, case.id, RESTRICT)
    decided = await shop.decide(shop.admin, case.id, REMOVE)
    assert decided.post_state == topic_pb2.CONTENT_STATE_REMOVED
    for member in (ann, bo):
        gone = (await read(shop, member, thread_id)).messages[1]
        assert (gone.html, gone.state) == ("", topic_pb2.CONTENT_STATE_REMOVED)
    (statement,) = await statements(shop, bo)
    assert (statement.thread_id, statement.number, statement.topic_id) == (thread_id, 2, "")
    assert (statement.content, statement.decision_visibility) == (
        "You are a **fool**.",
        "DECISION_VISIBILITY_CONTENT_DISABLED",
    )
    assert decided.decisions[0].terms_id == decided.terms_id, "the version in force when it was written"
    made = await appeal(shop, bo, decided.decisions[0].id)
    request = moderation_pb2.DecideAppealRequest(appeal_id=made.id, action=NONE, facts="It was a joke.")
    with pytest.raises(PermissionDenied, match="OWN_DECISION"):
        await shop.call(shop.moderation.DecideAppeal, request, shop.admin)
    other = await shop.tenant.member(MODERATOR)
    await shop.call(shop.moderation.DecideAppeal, request, other.token)
    assert "fool" in (await read(shop, ann, thread_id)).messages[1].html
    assert (await statements(shop, bo))[0].is_reversed
    assert len((await read(shop, ann, thread_id)).messages[1].readings) == 2, "one for each who read it"


async def test_nobody_reports_their_own_a_strangers_or_one_that_is_gone(platform: Platform) -> None:
    shop, ann, bo, thread_id = await a_thread(platform)
    cy = await shop.poster()
    with pytest.raises(FailedPrecondition, match="OWN_MESSAGE"):
        await report(shop, bo, thread_id, 2)
    with pytest.raises(NotFound, match="THREAD_NOT_FOUND"):
        await report(shop, cy, thread_id, 2)
    with pytest.raises(NotFound, match="MESSAGE_NOT_FOUND"):
        await report(shop, ann, thread_id, 9)
    gone = direct_pb2.DeleteMessageRequest(thread_id=thread_id, number=2)
    await shop.call(shop.direct.DeleteMessage, gone, bo.token)
    with pytest.raises(NotFound, match="MESSAGE_NOT_FOUND"):
        await report(shop, ann, thread_id, 2)
    assert not await shop.cases()


async def test_an_illegal_message_comes_to_the_reviewers_whose_reading_is_on_record_too(platform: Platform) -> None:
    shop, ann, bo, thread_id = await a_thread(platform)
    await report(shop, ann, thread_id, 2, ILLEGAL)
    ines = await a_reviewer(platform)
    (review,) = (await waiting(shop, ines)).values()
    assert review.case.is_message
    assert "fool" in review.case.flags[0].snapshot
    assert [each.id for each in review.clauses] == ["R1", "R2"]
    marks = await shop.marks("direct_messages", "flags")
    decided = await decide(shop, ines, review.id, PURGE)
    assert await shop.marks("direct_messages", "flags") == marks + 2, "the next rewrite clears what lies on the disk"
    kept = await shop.rows("SELECT f.snapshot FROM community.flags f JOIN community.cases c ON c.id = f.case_id")
    assert {each.snapshot for each in kept} == {""}, "and no report says it again"
    assert decided.post_state == topic_pb2.CONTENT_STATE_PURGED
    (reading,) = (await read(shop, bo, thread_id)).messages[1].readings
    assert reading.by_platform
    assert (await statements(shop, bo))[0].content == ""
    left = await shop.rows("SELECT body FROM community.direct_messages WHERE thread_id = :id", id=thread_id)
    assert sorted(row.body for row in left) == ["", "May I ask?", "My secret is a cactus."]


async def test_a_case_outlives_whoever_wrote_the_message_and_tells_them_nothing_more(platform: Platform) -> None:
    shop, ann, bo, thread_id = await a_thread(platform)
    await report(shop, ann, thread_id, 2)
    (case,) = await shop.cases()
    request = leaving_pb2.LeaveRequest(remains=leaving_pb2.REMAINS_ERASED, password=PASSWORD)
    await shop.call(shop.leaving.Leave, request, bo.token)
    decided = await shop.decide(shop.admin, case.id, REMOVE)
    assert decided.state == moderation_pb2.MODERATION_STATE_DECIDED
    assert decided.post_state == topic_pb2.CONTENT_STATE_AUTHOR_DELETED
    assert not await shop.rows(
        "SELECT 1 FROM community.statements s JOIN community.decisions d ON d.id = s.decision_id WHERE d.case_id = :id",
        id=case.id,
    )
