"""Whoever is too young is refused by one call: nothing that they submitted stays anywhere, and a count remains."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import asyncpg
import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2
from parley.identity.v1 import token_pb2
from parley.privacy.v1 import choice_pb2, feedback_pb2, notice_pb2, refusal_pb2, refusal_pb2_grpc
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from redis.asyncio import Redis

from kernel import ids
from kernel.clock import ManualClock
from kernel.config import SERVICES
from kernel.errors import ParleyError, Unauthenticated
from kernel.hints import Hints
from kernel.identity import Subject
from kernel.jobs import Runner
from kernel.journal import Minor, journal_folders, read
from kernel.privacy.age import AGE_LIMIT, is_minor, refuse_minor
from kernel.storage import Database, runtime_url
from services.privacy.actions import refusals
from services.privacy.actions.peers import Peers
from services.privacy.actions.wiring import Wiring
from services.privacy.store import metadata
from tests.engines import SECRET
from tests.platform import OFFICER, OPERATOR, Platform, Tenant, Visitor, free_ports, running_platform

CANARY = "Canary-a91e"
VISITOR = subject_pb2.SUBJECT_KIND_VISITOR


@pytest_asyncio.fixture(scope="session")
async def shop(platform: Platform) -> Tenant:
    """A tenant that asks something before a chat."""
    tenant = await platform.tenant()
    published = await platform.call(
        platform.notices.PublishNotice,
        notice_pb2.PublishNoticeRequest(
            site_id=tenant.site.id,
            language="en",
            text="For people of 18 and over.",
            questions=[notice_pb2.Question(label="Your order", kind=notice_pb2.Question.KIND_LINE)],
        ),
        token=tenant.admin.token,
    )
    tenant.notice = published.notice
    return tenant


async def somebody(platform: Platform, tenant: Tenant, word: str) -> Visitor:
    """Starts a conversation in which somebody submits all that one can, and which is read by an operator."""
    visitor = await tenant.visitor(f"{word} name", answers=[f"{word} answer"])
    operator = await tenant.member(OPERATOR)
    conversation_id = visitor.conversation.id
    calls: list[tuple[Any, Any, str]] = [
        (
            platform.chat.ClaimConversation,
            conversation_pb2.ClaimConversationRequest(conversation_id=conversation_id),
            operator.token,
        ),
        (
            platform.chat.PostMessage,
            conversation_pb2.PostMessageRequest(
                conversation_id=conversation_id, client_message_id="message-1", body=f"{word}: I am 15"
            ),
            visitor.token,
        ),
        (
            platform.chat.ListMessages,
            conversation_pb2.ListMessagesRequest(conversation_id=conversation_id),
            operator.token,
        ),
        (
            platform.choices.RecordChoice,
            choice_pb2.RecordChoiceRequest(
                kind=choice_pb2.CHOICE_KIND_STATISTICS,
                decision=choice_pb2.CHOICE_DECISION_REFUSED,
                notice_id=tenant.notice.id,
            ),
            visitor.token,
        ),
        (
            platform.feedback.SubmitFeedback,
            feedback_pb2.SubmitFeedbackRequest(
                kind=feedback_pb2.FEEDBACK_KIND_COMMENT, text=f"{word} feedback", contact=f"{word}@people.example"
            ),
            visitor.token,
        ),
    ]
    for method, request, token in calls:
        await platform.call(method, request, token=token)
    return visitor


def subject_of(tenant: Tenant, visitor: Visitor) -> Subject:
    """Names a visitor."""
    return Subject(tenant_id=tenant.id, kind=VISITOR, id=visitor.conversation.visitor_id)


async def found_in(platform: Platform, *needles: str) -> dict[str, list[str]]:
    """Returns the tables in which each needle stands, outside the records of what happened (ids alone)."""
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        names = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
            "WHERE schemaname IN ('identity', 'privacy', 'chat') AND tablename NOT IN ('outbox', 'inbox', 'jobs')"
        )
        found: dict[str, list[str]] = {}
        for needle in needles:
            query = "SELECT EXISTS (SELECT FROM {} t WHERE t::text LIKE '%' || $1 || '%')"
            found[needle] = [
                row["name"] for row in names if await connection.fetchval(query.format(row["name"]), needle)
            ]
        return found
    finally:
        await connection.close()


async def tallies(platform: Platform, tenant: Tenant) -> list[tuple[str, str, int]]:
    """Returns the counts, as the privacy officer sees them."""
    stub = refusal_pb2_grpc.RefusalServiceStub(platform.channels.of("privacy"))
    officer = await tenant.member(OFFICER)
    answer = await platform.call(stub.ListRefusals, refusal_pb2.ListRefusalsRequest(), token=officer.token)
    return [(each.day, each.site_id, each.count) for each in answer.tallies]


def test_the_limit_is_eighteen_full_years() -> None:
    assert [is_minor(age) for age in (0, AGE_LIMIT - 1, AGE_LIMIT, AGE_LIMIT + 1)] == [True, True, False, False]


async def test_nothing_that_a_minor_submitted_stays_and_one_is_counted(platform: Platform, shop: Tenant) -> None:
    minor = await somebody(platform, shop, CANARY)
    control = await somebody(platform, shop, "Control-77b0")
    subject = subject_of(shop, minor)
    key = str(ids.to_uuid(subject.id, "vis"))
    before = await found_in(platform, CANARY, key, "Control-77b0")
    assert {"chat.conversations", "chat.messages", "chat.answers", "privacy.feedback"} <= set(before[CANARY])
    assert {"chat.access", "privacy.choices"} <= set(before[key])
    today = datetime.now(UTC).date().isoformat()
    counted = sum(count for _, site_id, count in await tallies(platform, shop) if site_id == shop.site.id)
    stores = await refuse_minor(platform.channels, subject, site_id=shop.site.id)
    assert {store.store for store in stores if store.deleted} >= {
        "chat.conversations",
        "chat.messages",
        "chat.answers",
        "chat.access",
        "identity.visitor_credentials",
        "privacy.choices",
        "privacy.feedback",
    }
    after = await found_in(platform, CANARY, key, "Control-77b0")
    assert after[CANARY] == []
    # Records of what happened name nobody any more, either.
    assert after[key] == []
    assert after["Control-77b0"] == before["Control-77b0"]
    assert (today, shop.site.id, counted + 1) in await tallies(platform, shop)
    # Whoever calls again, from wherever, does no harm and counts nobody twice.
    for site_id in (shop.site.id, ""):
        await refuse_minor(platform.channels, subject, site_id=site_id)
    assert (today, shop.site.id, counted + 1) in await tallies(platform, shop)
    assert (await control_messages(platform, control)) == ["Control-77b0: I am 15"]


async def control_messages(platform: Platform, visitor: Visitor) -> list[str]:
    """Returns what stands in a conversation."""
    answer = await platform.call(
        platform.chat.ListMessages,
        conversation_pb2.ListMessagesRequest(conversation_id=visitor.conversation.id),
        token=visitor.token,
    )
    return [message.body for message in answer.messages if message.body]


async def test_the_session_is_over_and_redis_knows_nothing_of_it(platform: Platform, shop: Tenant) -> None:
    minor = await somebody(platform, shop, "Canary-5e02")
    await refuse_minor(platform.channels, subject_of(shop, minor))
    with pytest.raises(ParleyError) as refused:
        await control_messages(platform, minor)
    assert refused.value.reason in ("CONVERSATION_NOT_FOUND", "CREDENTIAL_REJECTED")
    with pytest.raises(Unauthenticated):
        await platform.call(
            platform.tokens.ExchangeCredential,
            token_pb2.ExchangeCredentialRequest(visitor_credential=minor.credential),
        )
    redis = Redis.from_url(platform.config.redis_url)
    try:
        keys = [key async for key in redis.scan_iter("*")]
        assert not [key for key in keys if b"Canary-5e02" in key]
        texts = [await redis.get(key) for key in keys if await redis.type(key) == b"string"]
        assert not [text for text in texts if text and b"Canary-5e02" in text]
    finally:
        await redis.aclose()


async def test_the_refusal_is_in_the_journal_first_and_says_no_age(platform: Platform, shop: Tenant) -> None:
    minor = await shop.visitor("Sam")
    subject = subject_of(shop, minor)
    await refuse_minor(platform.channels, subject)
    folder, copy = journal_folders(platform.config)
    noted = [each.entry for each in read([each for each in (folder, copy) if each], SECRET).noted]
    about = [entry for entry in noted if getattr(entry, "subject", None) == subject]
    assert about
    assert all(isinstance(entry, Minor) for entry in about)
    assert set(about[0].as_json()) == {"tenant_id", "domain", "subject_kind", "subject_id"}


async def test_who_had_submitted_nothing_is_counted_all_the_same(platform: Platform) -> None:
    tenant = await platform.tenant()
    for _ in range(2):
        nobody = Subject(tenant_id=tenant.id, kind=subject_pb2.SUBJECT_KIND_RESPONDENT, id=ids.random_id("rsp"))
        await refuse_minor(platform.channels, nobody)
    today = datetime.now(UTC).date().isoformat()
    assert await tallies(platform, tenant) == [(today, "", 2)]


@pytest.mark.parametrize("service", SERVICES)
async def test_of_somebody_whom_nobody_knows_every_service_has_nothing_to_remove(
    platform: Platform, shop: Tenant, service: str
) -> None:
    stub = subject_pb2_grpc.SubjectServiceStub(platform.channels.of(service))
    nobody = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_RESPONDENT, id=ids.random_id("rsp"))
    request = subject_pb2.EraseSubjectRequest(subject=nobody, whole=True)
    answer = await platform.call(stub.EraseSubject, request, tenant_id=shop.id)
    assert not [store for store in answer.stores if store.deleted or store.emptied or store.held]


async def test_a_legal_hold_keeps_the_one_record_sealed_and_all_else_goes(platform: Platform, shop: Tenant) -> None:
    held, hold = await somebody(platform, shop, "Canary-c0de"), ids.new_id("hld")
    subject = subject_of(shop, held)
    named = subject_pb2.Subject(kind=VISITOR, id=subject.id)
    chat = subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat"))
    await platform.call(
        chat.SealSubject,
        subject_pb2.SealSubjectRequest(
            subject=named,
            record_id=held.conversation.id,
            reason=subject_pb2.SEAL_REASON_HELD,
            seal_id=hold,
        ),
        tenant_id=shop.id,
    )
    await refuse_minor(platform.channels, subject)
    left = await found_in(platform, "Canary-c0de")
    assert set(left["Canary-c0de"]) == {"chat.conversations", "chat.messages", "chat.answers"}
    with pytest.raises(ParleyError) as refused:
        await control_messages(platform, held)
    assert refused.value.reason in ("RECORD_SEALED", "CREDENTIAL_REJECTED", "CONVERSATION_NOT_FOUND")
    # With the hold it goes as whole as all else went: no skeleton stays.
    await platform.call(chat.UnsealSubject, subject_pb2.UnsealSubjectRequest(seal_id=hold), tenant_id=shop.id)
    key = str(ids.to_uuid(subject.id, "vis"))
    assert (await found_in(platform, "Canary-c0de", key)) == {"Canary-c0de": [], key: []}
    connection = await asyncpg.connect(platform.config.database_url)
    try:
        kept = "SELECT count(*) FROM chat.conversations WHERE id = $1"
        assert await connection.fetchval(kept, ids.to_uuid(held.conversation.id, "cnv")) == 0
    finally:
        await connection.close()


async def test_a_service_that_is_away_is_asked_until_it_has_done_it(platform: Platform, shop: Tenant) -> None:
    minor = await somebody(platform, shop, "Canary-10ff")
    subject = subject_of(shop, minor)
    privacy, nowhere = free_ports(2)
    config = replace(
        platform.config,
        privacy_addresses=(f"127.0.0.1:{privacy}",),
        chat_addresses=(f"127.0.0.1:{nowhere}",),
    )
    async with running_platform(config, services=("privacy",)) as alone:
        assert await refuse_minor(alone.channels, subject) == []
    assert "chat.messages" in (await found_in(platform, "Canary-10ff"))["Canary-10ff"]
    url = runtime_url(platform.config.database_url, platform.config.secret_key, "privacy")
    database = Database(url, pool_size=2)
    try:
        # The job that was left runs a little later, here with the very parts that the service runs it with.
        clock = ManualClock(datetime.now(UTC) + refusals.FIRST_TRY + timedelta(seconds=1))
        runner = Runner(database, metadata, hints=Hints(), clock=clock)
        wiring = cast("Wiring", SimpleNamespace(peers=Peers(platform.channels)))
        ran: list[str] = []

        async def purge(job: Any) -> None:
            ran.append(str(job.key))
            await refusals.purge(wiring, job)

        runner.on(refusals.JOB, purge)
        await runner.run_due()
        assert subject.id in ran
    finally:
        await database.close()
    assert (await found_in(platform, "Canary-10ff"))["Canary-10ff"] == []
