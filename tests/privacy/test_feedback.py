"""Feedback and complaints: from anybody, answered in time, and used for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from functools import partial
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from parley.events.v1 import events_pb2, events_pb2_grpc
from parley.privacy.v1 import feedback_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel import ids
from kernel.clock import ManualClock
from kernel.embedded import EngineUrls
from kernel.errors import FailedPrecondition, NotFound, PermissionDenied
from kernel.events import topic_of
from kernel.jobs import Job
from kernel.mail import Letter
from kernel.rpc.process import Process
from kernel.telemetry import metrics
from services.privacy.__main__ import wire
from services.privacy.actions import feedback
from tests.platform import (
    ADMIN,
    OFFICER,
    SUPERVISOR,
    Member,
    Platform,
    Tenant,
    a_config,
    migrated_database,
    running_platform,
)
from tests.privacy.rights import owner, until

COMPLAINT = feedback_pb2.FEEDBACK_KIND_COMPLAINT
WAITING, OVERDUE = feedback_pb2.FEEDBACK_VIEW_WAITING, feedback_pb2.FEEDBACK_VIEW_OVERDUE
ANSWERED = feedback_pb2.FEEDBACK_VIEW_ANSWERED
WORDS = "Nobody told me that my chat was watched 7f3d"


@pytest_asyncio.fixture(scope="session")
async def shop(platform: Platform) -> Tenant:
    """A tenant that hears complaints."""
    return await platform.tenant()


@pytest_asyncio.fixture(scope="session")
async def officer(shop: Tenant) -> Member:
    """The one who answers them."""
    return await shop.member(OFFICER)


async def submit(platform: Platform, token: str, text: str = WORDS, **values: Any) -> Any:
    """Says something."""
    given: dict[str, Any] = {"kind": COMPLAINT, "text": text} | values
    request = feedback_pb2.SubmitFeedbackRequest(**given)
    return await platform.call(platform.feedback.SubmitFeedback, request, token=token)


async def track(platform: Platform, token: str, code: str) -> feedback_pb2.Feedback:
    """Looks where it stands."""
    answer = await platform.call(
        platform.feedback.TrackFeedback, feedback_pb2.TrackFeedbackRequest(code=code), token=token
    )
    found: feedback_pb2.Feedback = answer.feedback
    return found


async def listed(platform: Platform, token: str, view: feedback_pb2.FeedbackView.ValueType) -> Any:
    """Returns one of the lists."""
    return await platform.call(platform.feedback.ListFeedback, feedback_pb2.ListFeedbackRequest(view=view), token=token)


async def answer(platform: Platform, token: str, feedback_id: str, text: str) -> feedback_pb2.Feedback:
    """Answers."""
    request = feedback_pb2.AnswerFeedbackRequest(feedback_id=feedback_id, answer=text)
    done = await platform.call(platform.feedback.AnswerFeedback, request, token=token)
    changed: feedback_pb2.Feedback = done.feedback
    return changed


async def test_somebody_without_an_account_complains_and_finds_the_answer_by_the_code(
    platform: Platform, shop: Tenant, officer: Member
) -> None:
    anonymous = await shop.anonymous()
    given = await submit(platform, anonymous)
    waiting = await track(platform, anonymous, given.code.lower().replace("-", " "))
    assert (waiting.text, waiting.state) == (WORDS, feedback_pb2.Feedback.STATE_WAITING)
    due = waiting.due_time.ToDatetime(UTC) - waiting.create_time.ToDatetime(UTC)
    assert due == timedelta(days=14)
    assert waiting.id in [each.id for each in (await listed(platform, officer.token, WAITING)).feedback]
    await answer(platform, officer.token, waiting.id, "You are right; we have told the team.")
    found = await track(platform, await shop.anonymous(), given.code)
    assert (found.state, found.answer) == (
        feedback_pb2.Feedback.STATE_ANSWERED,
        "You are right; we have told the team.",
    )
    assert waiting.id in [each.id for each in (await listed(platform, officer.token, ANSWERED)).feedback]
    assert waiting.id not in [each.id for each in (await listed(platform, officer.token, WAITING)).feedback]


async def test_a_wrong_code_and_another_tenants_code_find_nothing(platform: Platform, shop: Tenant) -> None:
    given = await submit(platform, await shop.anonymous())
    other = await (await platform.tenant()).anonymous()
    for token, code in ((other, given.code), (await shop.anonymous(), "ZZZZ-ZZZZ-ZZZZ"), (other, "x")):
        with pytest.raises(NotFound, match="FEEDBACK_NOT_FOUND"):
            await track(platform, token, code)


async def test_only_the_privacy_officer_reads_it(platform: Platform, shop: Tenant) -> None:
    for who in (shop.admin, await shop.member(SUPERVISOR, ADMIN)):
        with pytest.raises(PermissionDenied):
            await listed(platform, who.token, WAITING)


async def test_a_first_answer_stays(platform: Platform, shop: Tenant, officer: Member) -> None:
    given = await submit(platform, await shop.anonymous())
    feedback_id = (await track(platform, await shop.anonymous(), given.code)).id
    first = await answer(platform, officer.token, feedback_id, "Yes.")
    assert await answer(platform, officer.token, feedback_id, "Yes.") == first
    with pytest.raises(FailedPrecondition, match="FEEDBACK_ANSWERED"):
        await answer(platform, officer.token, feedback_id, "No.")


async def test_a_retry_returns_the_same_code(platform: Platform, shop: Tenant) -> None:
    anonymous = await shop.anonymous()
    first = await submit(platform, anonymous, "Once.", request_id="one-complaint")
    assert await submit(platform, anonymous, "Once.", request_id="one-complaint") == first


async def tables_with(platform: Platform, words: str) -> list[str]:
    """Returns every table of every service in which something stands that was said."""
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        names = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
            "WHERE schemaname IN ('identity', 'privacy', 'chat')"
        )
        return [
            row["name"]
            for row in names
            if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {row['name']} t WHERE t::text LIKE '%{words}%')")
        ]
    finally:
        await connection.close()


class SlowRelay:
    """A relay that takes its time: the mail is on its way until the test lets it arrive."""

    def __init__(self) -> None:
        """Starts with no mail."""
        self.taken, self.arrived = asyncio.Event(), asyncio.Event()

    async def send(self, letter: Letter) -> str:
        """Takes a mail and waits."""
        self.taken.set()
        await self.arrived.wait()
        return "<mail@people.example>"


async def test_whoever_takes_it_back_while_the_answer_is_on_its_way_finds_that_it_went(
    platform: Platform, shop: Tenant, officer: Member
) -> None:
    anonymous, relay = await shop.anonymous(), SlowRelay()
    given = await submit(platform, anonymous, "Is this on its way?")
    feedback_id = (await track(platform, anonymous, given.code)).id
    key = ids.to_uuid(feedback_id, "fbk")
    await answer(platform, officer.token, feedback_id, "It is.")
    process = Process(platform.config)
    async with owner(platform) as database:
        # An address comes with the answer's job only; this one is mailed by the test.
        await database.execute("UPDATE privacy.feedback SET contact = 'a@b.example' WHERE id = $1", key)
        job = Job(
            id=key,
            tenant_id=shop.id,
            kind=feedback.MAIL_JOB,
            key=None,
            arguments={"feedback_id": feedback_id},
            attempt=1,
        )
        mailing = asyncio.create_task(feedback.mail_answer(replace(wire(process), mailer=relay), job))
        await relay.taken.wait()
        taking_back = asyncio.create_task(
            platform.call(
                platform.feedback.WithdrawFeedback,
                feedback_pb2.WithdrawFeedbackRequest(code=given.code),
                token=anonymous,
            )
        )
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%feedback%'"
        await until(lambda: database.fetchval(waiting), bool)
        relay.arrived.set()
        await asyncio.gather(mailing, taking_back)
        told = "SELECT count(*) FROM privacy.outbox WHERE type = 'feedback.mailed' AND attributes->>'feedback_id' = $1"
        assert await database.fetchval(told, feedback_id) == 1
        # Taken back before it is mailed, nothing goes out.
        relay.taken.clear()
        await feedback.mail_answer(replace(wire(process), mailer=relay), job)
        assert not relay.taken.is_set()
    await process.close()
    with pytest.raises(NotFound):
        await track(platform, anonymous, given.code)


async def test_it_stands_in_no_other_list_and_goes_when_its_author_takes_it_back(
    platform: Platform, shop: Tenant, officer: Member
) -> None:
    anonymous = await shop.anonymous()
    words = "A complaint like no other 51ab"
    given = await submit(platform, anonymous, words, contact="sam-51ab@people.example")
    assert await tables_with(platform, words) == ["privacy.feedback"]
    assert await tables_with(platform, "sam-51ab") == ["privacy.feedback"]
    request = feedback_pb2.WithdrawFeedbackRequest(code=given.code)
    await platform.call(platform.feedback.WithdrawFeedback, request, token=anonymous)
    assert await tables_with(platform, words) == []
    with pytest.raises(NotFound):
        await track(platform, anonymous, given.code)
    with pytest.raises(NotFound):
        await platform.call(platform.feedback.WithdrawFeedback, request, token=anonymous)


async def test_a_visitors_feedback_is_in_the_copy_and_goes_with_the_visitor(platform: Platform, shop: Tenant) -> None:
    visitor = await shop.visitor("Sam")
    words = "From within a chat 93cd"
    await submit(platform, visitor.token, words)
    subjects = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("privacy"))
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id)
    copy = await platform.call(
        subjects.ExportSubject, subject_pb2.ExportSubjectRequest(subject=subject), tenant_id=shop.id
    )
    assert words in [value.value for record in copy.records for value in record.values]
    await platform.call(subjects.EraseSubject, subject_pb2.EraseSubjectRequest(subject=subject), tenant_id=shop.id)
    assert await tables_with(platform, words) == []


@pytest_asyncio.fixture
async def later(
    engines: EngineUrls, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Platform, ManualClock]]:
    """A platform of its own, whose clock can be moved."""
    # Tokens are judged by the machine's clock, so that this one starts with it, anew for each test.
    clock = ManualClock(datetime.now(UTC))
    async with migrated_database(engines) as url:
        config = a_config(url, engines.redis_url, tmp_path_factory.mktemp("later"))
        async with running_platform(config, clock=clock) as platform:
            yield platform, clock


def missed() -> float:
    """Returns how many deadlines were missed, as the metrics say."""
    return metrics.REGISTRY.get_sample_value("parley_deadlines_missed_total", {"kind": "feedback"}) or 0.0


async def events_of(platform: Platform, kind: str, tenant: Tenant) -> list[str]:
    """Returns the ids of the feedback of which events of a kind tell, as of now."""
    events = events_pb2_grpc.EventServiceStub(platform.channels.of("privacy"))
    page = await platform.call(events.ListEvents, events_pb2.ListEventsRequest(page_size=1000))
    return [
        event.attributes["feedback_id"] for event in page.events if event.type == kind and event.tenant_id == tenant.id
    ]


async def told(platform: Platform, kind: str, tenant: Tenant) -> list[str]:
    """Waits until an event of a kind is told about a tenant, and returns the ids of the feedback that it names."""
    assert platform.running is not None
    news = platform.running._process.hints.listen(topic_of("privacy", kind))
    while True:
        news.clear()
        found = await events_of(platform, kind, tenant)
        if found:
            return found
        await news.wait()


async def test_an_answer_that_is_not_given_in_time_raises_the_alarm_once(
    later: tuple[Platform, ManualClock],
) -> None:
    platform, clock = later
    tenant = await platform.tenant()
    officer, anonymous = await tenant.member(OFFICER), await tenant.anonymous()
    late, answered_one = await submit(platform, anonymous), await submit(platform, anonymous, "Answered.")
    late_id = (await track(platform, anonymous, late.code)).id
    await answer(platform, officer.token, (await track(platform, anonymous, answered_one.code)).id, "Thank you.")
    before = missed()
    assert (await listed(platform, officer.token, OVERDUE)).overdue_count == 0
    clock.advance(timedelta(days=14))
    # Once the due day's work is done, whatever it did, everybody who should hear of it has been told.
    due = "SELECT count(*) FROM privacy.jobs WHERE kind = $1 AND tenant_id = $2"
    async with owner(platform) as database:
        waiting = partial(database.fetchval, due, feedback.DUE_JOB, ids.to_uuid(tenant.id, "ten"))
        await until(waiting, lambda count: count == 0)
    assert await events_of(platform, "feedback.overdue", tenant) == [late_id]
    assert missed() == before + 1
    page = await listed(platform, officer.token, OVERDUE)
    assert [each.id for each in page.feedback] == [late_id]
    assert (page.overdue_count, page.feedback[0].overdue) == (1, True)
    await answer(platform, officer.token, late_id, "We are sorry that it took so long.")
    assert (await listed(platform, officer.token, OVERDUE)).overdue_count == 0


async def test_the_answer_is_mailed_where_an_address_was_left_and_nothing_else_is(
    later: tuple[Platform, ManualClock],
) -> None:
    platform, _ = later
    tenant = await platform.tenant()
    officer, anonymous = await tenant.member(OFFICER), await tenant.anonymous()
    feedback_ids: dict[str, str] = {}
    for contact in ("", "sam@people.example"):
        given = await submit(platform, anonymous, "Why was <b>I</b> asked?", contact=contact)
        feedback_id = feedback_ids[contact] = (await track(platform, anonymous, given.code)).id
        await answer(platform, officer.token, feedback_id, f"Because, {contact or 'nobody'}.")
    assert await told(platform, "feedback.mailed", tenant) == [feedback_ids["sam@people.example"]]
    (path,) = (platform.config.data_dir / "mail").glob("[!.]*.eml")
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert letter["To"] == "sam@people.example"
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert "Because, sam@people.example." in plain.get_content()
    assert "Why was &lt;b&gt;I&lt;/b&gt; asked?" in rich.get_content()
