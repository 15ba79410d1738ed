"""What people choose, refuse and take back: tied to the notice, never overwritten, and never against their browser."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.privacy.v1 import choice_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.errors import InvalidArgument, NotFound, PermissionDenied
from kernel.journal import Withdrawn, journal_folders, read
from tests.engines import SECRET
from tests.platform import OFFICER, Platform, Tenant, Visitor

RECOGNITION = choice_pb2.CHOICE_KIND_RECOGNITION
STATISTICS = choice_pb2.CHOICE_KIND_STATISTICS
INVITATIONS = choice_pb2.CHOICE_KIND_INVITATIONS
CHAT = choice_pb2.CHOICE_KIND_CHAT
IDENTIFICATION = choice_pb2.CHOICE_KIND_IDENTIFICATION
MONITORING = choice_pb2.CHOICE_KIND_MONITORING_NOTICE
GIVEN, REFUSED = choice_pb2.CHOICE_DECISION_GIVEN, choice_pb2.CHOICE_DECISION_REFUSED
WITHDRAWN = choice_pb2.CHOICE_DECISION_WITHDRAWN
CLICK, SIGNAL = choice_pb2.CHOICE_SOURCE_CLICK, choice_pb2.CHOICE_SOURCE_SIGNAL


@pytest_asyncio.fixture(scope="session")
async def shop(platform: Platform) -> Tenant:
    """A tenant whose visitors choose."""
    return await platform.tenant()


async def say(
    platform: Platform, tenant: Tenant, visitor: Visitor, kind: int, decision: int, **values: Any
) -> choice_pb2.Choice:
    """Records what a visitor says."""
    given: dict[str, Any] = {"kind": kind, "decision": decision, "notice_id": tenant.notice.id} | values
    request = choice_pb2.RecordChoiceRequest(**given)
    answer = await platform.call(platform.choices.RecordChoice, request, token=visitor.token)
    recorded: choice_pb2.Choice = answer.choice
    return recorded


async def holds(platform: Platform, token: str, *, signal: bool = False) -> dict[int, tuple[bool, int, int]]:
    """Returns what holds for a caller, by kind: whether it is allowed, what was said and how."""
    request = choice_pb2.GetChoicesRequest(global_privacy_control=signal)
    answer = await platform.call(platform.choices.GetChoices, request, token=token)
    return {each.kind: (each.allowed, each.decision, each.source) for each in answer.choices}


async def said(platform: Platform, token: str, visitor_id: str = "", size: int = 0) -> list[choice_pb2.Choice]:
    """Returns everything that was said, newest first."""
    found: list[choice_pb2.Choice] = []
    request = choice_pb2.ListChoicesRequest(visitor_id=visitor_id, page_size=size)
    while True:
        page = await platform.call(platform.choices.ListChoices, request, token=token)
        found.extend(page.choices)
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def rows(platform: Platform, tenant: Tenant) -> int:
    """Returns how many choices are kept of a tenant's visitors."""
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        query = "SELECT count(*) FROM privacy.choices WHERE tenant_id = $1"
        return int(await connection.fetchval(query, ids.to_uuid(tenant.id, "ten")))
    finally:
        await connection.close()


async def test_who_says_nothing_is_not_recognised_and_nothing_is_kept_of_the_question(platform: Platform) -> None:
    tenant = await platform.tenant()
    anonymous = await tenant.anonymous()
    unsaid = {kind: state[0] for kind, state in (await holds(platform, anonymous)).items()}
    assert unsaid == {
        RECOGNITION: False,
        STATISTICS: True,
        INVITATIONS: True,
        CHAT: True,
        IDENTIFICATION: True,
        MONITORING: False,
    }
    assert await rows(platform, tenant) == 0


async def test_the_browsers_signal_refuses_three_things_and_never_the_chat(platform: Platform, shop: Tenant) -> None:
    held = await holds(platform, await shop.anonymous(), signal=True)
    refused = {kind for kind, state in held.items() if state == (False, REFUSED, SIGNAL)}
    assert refused == {RECOGNITION, STATISTICS, INVITATIONS}
    assert held[CHAT][0]


async def test_a_yes_against_the_signal_is_recorded_as_a_refusal(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    choice = await say(platform, shop, visitor, RECOGNITION, GIVEN, global_privacy_control=True)
    assert (choice.decision, choice.source) == (REFUSED, SIGNAL)
    assert (await holds(platform, visitor.token))[RECOGNITION] == (False, REFUSED, SIGNAL)
    chat = await say(platform, shop, visitor, CHAT, GIVEN, global_privacy_control=True)
    assert (chat.decision, chat.source) == (GIVEN, CLICK)


async def test_each_word_stands_beside_the_notice_under_which_it_was_said(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor = await tenant.visitor()
    for decision in (GIVEN, WITHDRAWN, WITHDRAWN, GIVEN):
        await say(platform, tenant, visitor, RECOGNITION, decision)
    history = await said(platform, visitor.token, size=2)
    # Saying the same again adds nothing.
    assert [choice.decision for choice in history] == [GIVEN, WITHDRAWN, GIVEN]
    assert {(choice.notice_id, choice.notice_hash) for choice in history} == {
        (tenant.notice.id, tenant.notice.content_hash)
    }
    assert (await holds(platform, visitor.token))[RECOGNITION] == (True, GIVEN, CLICK)
    assert (await holds(platform, visitor.token, signal=True))[RECOGNITION] == (False, REFUSED, SIGNAL)


async def test_taking_back_what_was_never_given_is_a_refusal(platform: Platform, shop: Tenant) -> None:
    choice = await say(platform, shop, await shop.visitor(), STATISTICS, WITHDRAWN)
    assert choice.decision == REFUSED


async def test_a_refusal_is_in_the_journal_and_told_to_the_other_services(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    given = await say(platform, shop, visitor, RECOGNITION, GIVEN)
    gone = await say(platform, shop, visitor, RECOGNITION, WITHDRAWN)
    folder, copy = journal_folders(platform.config)
    reading = read([each for each in (folder, copy) if each], SECRET)
    noted = {each.entry.choice_id: each.entry for each in reading.noted if isinstance(each.entry, Withdrawn)}
    assert given.id not in noted
    assert noted[gone.id].row["decision"] == WITHDRAWN
    assert noted[gone.id].subject.id == visitor.conversation.visitor_id
    events = events_pb2_grpc.EventServiceStub(platform.channels.of("privacy"))
    listed = await platform.call(events.ListEvents, events_pb2.ListEventsRequest(page_size=1000))
    told = [
        (event.attributes["kind"], event.attributes["decision"])
        for event in listed.events
        if event.type == "choice.changed" and f"visitor:{visitor.conversation.visitor_id}" in event.subjects
    ]
    assert told == [("recognition", "given"), ("recognition", "withdrawn")]


async def test_a_retry_records_once(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    first = await say(platform, shop, visitor, INVITATIONS, REFUSED, request_id="the-same-choice")
    again = await say(platform, shop, visitor, INVITATIONS, REFUSED, request_id="the-same-choice")
    assert again == first


async def test_nobody_speaks_for_another_visitor(platform: Platform, shop: Tenant) -> None:
    visitor, other = await shop.visitor(), await shop.visitor()
    with pytest.raises(PermissionDenied, match="NOT_YOURS"):
        await said(platform, visitor.token, other.conversation.visitor_id)
    with pytest.raises(NotFound, match="NOTICE_NOT_FOUND"):
        await say(platform, shop, visitor, CHAT, REFUSED, notice_id=(await platform.tenant()).notice.id)
    with pytest.raises(InvalidArgument, match="VISITOR_MISSING"):
        await said(platform, (await shop.member(OFFICER)).token)


async def test_a_process_of_the_platform_passes_on_what_somebody_said(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    answers = [
        await platform.call(
            platform.choices.RecordVisitorChoice,
            choice_pb2.RecordVisitorChoiceRequest(
                visitor_id=visitor.conversation.visitor_id,
                kind=RECOGNITION,
                decision=GIVEN,
                notice_id=shop.notice.id,
                global_privacy_control=signal,
            ),
            tenant_id=shop.id,
        )
        for signal in (False, True)
    ]
    assert [(each.choice.allowed, each.choice.decision) for each in answers] == [(True, GIVEN), (False, REFUSED)]
    assert [choice.decision for choice in await said(platform, visitor.token)] == [REFUSED, GIVEN]


async def test_the_officer_sees_what_was_said_and_a_stranger_sees_nothing(platform: Platform, shop: Tenant) -> None:
    visitor, officer = await shop.visitor(), await shop.member(OFFICER)
    choice = await say(platform, shop, visitor, CHAT, REFUSED)
    assert await said(platform, officer.token, visitor.conversation.visitor_id) == [choice]
    stranger = await (await platform.tenant()).member(OFFICER)
    assert await said(platform, stranger.token, visitor.conversation.visitor_id) == []


async def test_choices_are_in_the_copy_and_go_with_the_visitor(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor()
    choice = await say(platform, shop, visitor, INVITATIONS, REFUSED)
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("privacy"))
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id)
    copy = await platform.call(
        subjects.ExportSubject, subject_pb2.ExportSubjectRequest(subject=subject), tenant_id=shop.id
    )
    (record,) = [record for record in copy.records if record.record == "privacy.choices"]
    assert record.record_id == choice.id
    assert "CHOICE_DECISION_REFUSED" in [value.value for value in record.values]
    await platform.call(subjects.EraseSubject, subject_pb2.EraseSubjectRequest(subject=subject), tenant_id=shop.id)
    officer = await shop.member(OFFICER)
    assert await said(platform, officer.token, visitor.conversation.visitor_id) == []
