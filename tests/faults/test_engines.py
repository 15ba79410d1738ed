"""What the whole platform does while one of its engines is not what it should be.

A replica of the database may be behind or away at any time. A Redis that hangs is worse than one that is gone: it takes
what it is sent and never answers.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from parley.chat.v1 import conversation_pb2, report_pb2, report_pb2_grpc, transcript_pb2, transcript_pb2_grpc
from parley.community.v1 import post_pb2
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from parley.support.v1 import report_pb2 as support_report_pb2
from parley.support.v1 import report_pb2_grpc as support_report_pb2_grpc
from parley.support.v1 import ticket_pb2
from redis.exceptions import RedisError

from cli.folders import MIGRATIONS
from cli.services import METADATA
from kernel.embedded import Engines
from kernel.storage import replicas
from kernel.storage.migrate import migrate
from kernel.telemetry.metrics import REGISTRY
from kernel.valkey import open_redis
from tests.chat.people import claim, close, post, readers
from tests.community.forum import forum
from tests.engines import SECRET
from tests.faults.faults import frozen
from tests.platform import SUPERVISOR, Member, Platform, Tenant, Visitor, a_config, running_platform
from tests.standby import Pair, a_pair
from tests.support.desk import a_desk

SERVE = access_pb2.PURPOSE_ESSENTIAL_SERVICE
#: How long each service may take for some calls while Redis hangs: some seconds, and more on a busy machine. By the
#: library's own habit it would be minutes.
PATIENCE = 30.0


@pytest_asyncio.fixture(scope="module")
async def pair() -> AsyncIterator[Pair]:
    """The database of the platform, and a replica of it."""
    with (
        tempfile.TemporaryDirectory(prefix="parley-pair-", ignore_cleanup_errors=True) as name,
        a_pair(Path(name) / "engines") as made,
    ):
        await migrate(made.url, SECRET, MIGRATIONS, declared=METADATA.values())
        await made.follow()
        yield made


@pytest_asyncio.fixture(scope="module")
async def own_redis(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A Redis that nobody else uses."""
    with Engines(tmp_path_factory.mktemp("valkey"), postgres=False) as own:
        yield own.redis_url


@pytest_asyncio.fixture(scope="module")
async def platform(pair: Pair, own_redis: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """All services, on engines of their own."""
    config = a_config(pair.url, own_redis, tmp_path_factory.mktemp("data"), database_replicas=(pair.replica_url,))
    async with running_platform(config) as running:
        yield running


@pytest.fixture(autouse=True)
def short_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica that was away is soon asked again, and a busy machine is no reason to leave it aside."""
    monkeypatch.setattr(replicas, "REST_SECONDS", 0.05)
    monkeypatch.setattr(replicas, "WAIT_SECONDS", 30.0)


async def is_read(platform: Platform, lee: Member) -> None:
    """Returns once searches are answered by the replica, which a test before this one may have taken away."""
    before = counted("chat")
    async with asyncio.timeout(30):
        while counted("chat") == before:
            await found(platform, lee, "nothing")


def counted(service: str, outcome: str = "read") -> float:
    return REGISTRY.get_sample_value("parley_replica_reads_total", {"service": service, "outcome": outcome}) or 0.0


async def a_talk(platform: Platform, tenant: Tenant, operator: Member, said: str) -> Visitor:
    """Returns a visitor who said something in a conversation that is over."""
    visitor = await tenant.visitor("Zoë")
    await claim(platform, operator.token, visitor.conversation.id)
    await post(platform, visitor.token, visitor.conversation.id, said)
    await close(platform, operator.token, visitor.conversation.id)
    return visitor


async def found(platform: Platform, lee: Member, query: str) -> list[str]:
    answer = await platform.call(
        transcript_pb2_grpc.TranscriptServiceStub(platform.channels.of("chat")).SearchTranscripts,
        transcript_pb2.SearchTranscriptsRequest(
            filter=transcript_pb2.TranscriptFilter(query=query), purpose=access_pb2.Purpose.ValueType(SERVE)
        ),
        token=lee.token,
    )
    return [line.conversation_id for line in answer.found]


async def erase(platform: Platform, tenant: Tenant, visitor: Visitor) -> None:
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id)
    await platform.call(
        subject_pb2_grpc.SubjectServiceStub(platform.channels.of("chat")).EraseSubject,
        subject_pb2.EraseSubjectRequest(subject=subject),
        tenant_id=tenant.id,
    )


async def test_searches_and_reports_are_read_from_the_replica_and_readings_are_noted(platform: Platform) -> None:
    tenant = await platform.tenant()
    robin, lee = await tenant.member(), await tenant.member(SUPERVISOR, name="Lee")
    zoe = await a_talk(platform, tenant, robin, "My violet lamp is broken")
    desk, shop = await a_desk(platform), await forum(platform)
    ticket_id = await desk.submit("The violet shop does not open.")
    space, ann = await shop.space("questions"), await shop.poster("ann_asks")
    topic = await shop.topic(ann, space.id, "Does it float?", "I wonder about violet.")
    await is_read(platform, lee)
    before = {each: counted(each) for each in ("chat", "support", "community")}

    assert await found(platform, lee, "violet") == [zoe.conversation.id]
    # It stands on record at once, which no replica keeps.
    assert [each.purpose for each in await readers(platform, lee.token, zoe.conversation.id)].count(SERVE) >= 1
    report = report_pb2_grpc.ReportServiceStub(platform.channels.of("chat"))
    await platform.call(
        report.GetReport,
        report_pb2.GetReportRequest(first_day="2026-01-01", last_day="2026-01-02"),
        token=lee.token,
    )
    assert counted("chat") - before["chat"] == 2

    hits = await desk.call(desk.tickets.SearchTickets, ticket_pb2.SearchTicketsRequest(words="violet"))
    assert [each.ticket.id for each in hits.hits] == [ticket_id]
    reports = support_report_pb2_grpc.ReportServiceStub(platform.support)
    await desk.call(reports.GetDeskReport, support_report_pb2.GetDeskReportRequest(), desk.lead)
    assert counted("support") - before["support"] == 2

    answer = await shop.call(shop.posts.SearchPosts, post_pb2.SearchPostsRequest(words="violet"), ann.token)
    assert [each.topic_id for each in answer.posts] == [topic.id]
    assert counted("community") - before["community"] == 1


async def test_whoever_was_erased_is_found_nowhere_while_the_replica_still_has_the_words(
    platform: Platform, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await platform.tenant()
    robin, lee = await tenant.member(), await tenant.member(SUPERVISOR, name="Lee")
    zoe = await a_talk(platform, tenant, robin, "My turquoise lamp is broken")
    await is_read(platform, lee)
    assert await found(platform, lee, "turquoise") == [zoe.conversation.id]
    await pair.tell_replica("SELECT pg_wal_replay_pause()")
    try:
        await erase(platform, tenant, zoe)
        there = "SELECT count(*) FROM chat.messages WHERE body LIKE '%turquoise%'"
        assert await pair.tell_replica(there) == 1
        before = counted("chat", "behind")
        monkeypatch.setattr(replicas, "WAIT_SECONDS", 0.3)
        assert await found(platform, lee, "turquoise") == []
        assert counted("chat", "behind") == before + 1
    finally:
        await pair.tell_replica("SELECT pg_wal_replay_resume()")


async def test_without_the_replica_everything_is_found_as_before(platform: Platform, pair: Pair) -> None:
    tenant = await platform.tenant()
    robin, lee = await tenant.member(), await tenant.member(SUPERVISOR, name="Lee")
    zoe = await a_talk(platform, tenant, robin, "My maroon lamp is broken")
    pair.replica.stop()
    try:
        assert await found(platform, lee, "maroon") == [zoe.conversation.id]
        assert await found(platform, lee, "maroon") == [zoe.conversation.id]
    finally:
        pair.start_replica()
    # It is read again once it is back, without anybody's doing.
    await is_read(platform, lee)


async def test_a_silent_server_is_waited_for_once_and_not_by_everybody(own_redis: str) -> None:
    client = open_redis(own_redis, answer_seconds=1.0)
    await client.set("k", "v")
    async with frozen(own_redis):
        started = time.monotonic()
        with pytest.raises(RedisError):
            await client.get("k")
        assert 0.5 < time.monotonic() - started < 6.0
        started = time.monotonic()
        for _ in range(1000):
            with pytest.raises(RedisError):
                await client.get("k")
        # If each of them waited, it would take more than three minutes.
        assert time.monotonic() - started < 60
    # It is asked again a moment later.
    async with asyncio.timeout(10):
        while True:
            try:
                found = await client.get("k")
            except RedisError:
                continue
            break
    assert found == b"v"
    await client.aclose()


async def test_what_is_meant_to_wait_waits(own_redis: str) -> None:
    client = open_redis(own_redis, answer_seconds=1.0)
    async with client.pubsub(ignore_subscribe_messages=True) as listening:
        await listening.subscribe("topic")
        assert await listening.get_message(timeout=0.1) is None
        waiting = asyncio.create_task(listening.get_message(timeout=20.0))
        # Longer than an answer may take.
        await asyncio.wait({waiting}, timeout=1.5)
        assert not waiting.done()
        await client.publish("topic", "word")
        message = await waiting
    assert message is not None
    assert message["data"] == b"word"
    await client.aclose()


async def test_every_service_answers_while_redis_says_nothing(platform: Platform, own_redis: str) -> None:
    tenant, desk, shop = await platform.tenant(), await a_desk(platform), await forum(platform)
    robin = await tenant.member()
    ann = await shop.poster("ann_asks")
    space = await shop.space("questions")
    took: dict[str, float] = {}

    class Timed:
        def __init__(self, what: str) -> None:
            self.what = what

        async def __aenter__(self) -> None:
            self.started = time.monotonic()

        async def __aexit__(self, *_: object) -> None:
            took[self.what] = time.monotonic() - self.started

    async with frozen(own_redis):
        async with Timed("identity: sign in"):
            await platform.sign_in(tenant.slug, robin.email, robin.id)
        async with Timed("chat and privacy: start, claim, post, close"):
            visitor = await tenant.visitor("Zoë")
            await claim(platform, robin.token, visitor.conversation.id)
            await post(platform, visitor.token, visitor.conversation.id, "Is anybody there?")
            listed = await platform.call(
                platform.chat.ListMessages,
                conversation_pb2.ListMessagesRequest(conversation_id=visitor.conversation.id),
                token=visitor.token,
            )
            await close(platform, robin.token, visitor.conversation.id)
        assert "Is anybody there?" in [each.body for each in listed.messages]
        async with Timed("support: ask and answer"):
            ticket_id = await desk.submit("The shop does not open.")
            await desk.change(ticket_id, ("ACCEPT",), ("ASSIGN", "me"))
        async with Timed("community: open and read a topic"):
            topic = await shop.topic(ann, space.id, "Does it float?", "I wonder.")
            assert [each.html for each in await shop.read(topic.id)] == ["<p>I wonder.</p>\n"]
    assert max(took.values()) < PATIENCE, took
    # And goes on as if nothing had been.
    visitor = await tenant.visitor("Ann")
    await post(platform, visitor.token, visitor.conversation.id, "Hello again")
