"""Somebody is erased, and everything is searched: the disk, the log, the statistics, Redis, files, logs and traces.

A second person of the same name in the same tenant, who stays, is the control: what finds nothing of the first has to
find the second, or it does not look.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from parley.chat.v1 import conversation_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc
from redis.asyncio import Redis

from cli.services import METADATA
from kernel import ids
from kernel.config import SERVICES
from kernel.storage import rewrite
from kernel.telemetry import traces
from tests.chat.people import claim, post, read
from tests.disk import Disk, a_word, redis_holds
from tests.platform import Platform, Tenant, Visitor


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a chat, and the words that are nowhere but in what that person said."""

    visitor: Visitor
    words: tuple[str, ...]


async def a_person(platform: Platform, tenant: Tenant, name: str, mark: str) -> Person:
    """Starts a conversation with a canary in everything that a person may say."""
    path, said, answered = (a_word(f"{mark}{part}") for part in ("path", "said", "answered"))
    started = await platform.call(
        platform.chat.StartConversation,
        conversation_pb2.StartConversationRequest(
            display_name=name, notice_id=tenant.notice.id, language="en", page_path=f"/{path}"
        ),
        token=await tenant.anonymous(),
    )
    visitor = Visitor(started.access_token, started.visitor_credential, started.conversation)
    robin = await tenant.member()
    await post(platform, visitor.token, visitor.conversation.id, f"before {said} after")
    await claim(platform, robin.token, visitor.conversation.id)
    await post(platform, robin.token, visitor.conversation.id, f"{answered}!")
    await read(platform, robin.token, visitor.conversation.id)
    return Person(visitor, (path, said, answered))


@asynccontextmanager
async def overhearing(redis: Redis) -> AsyncIterator[list[bytes]]:
    """Yields everything that is published meanwhile."""
    heard: list[bytes] = []
    async with redis.pubsub() as listening:
        await listening.psubscribe("*")
        await listening.get_message(timeout=5)

        async def listen() -> None:
            async for message in listening.listen():
                heard.append(message["channel"])
                heard.append(message["data"] if isinstance(message["data"], bytes) else b"")

        task = asyncio.create_task(listen())
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def erased(platform: Platform, tenant: Tenant, visitor: Visitor) -> list[subject_pb2.ErasedStore]:
    """Forgets somebody in every service, and returns the receipt's lines."""
    subject = subject_pb2.Subject(kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor.conversation.visitor_id)
    stores: list[subject_pb2.ErasedStore] = []
    for service in SERVICES:
        stub = subject_pb2_grpc.SubjectServiceStub(platform.channels.of(service))
        request = subject_pb2.EraseSubjectRequest(subject=subject)
        stores += (await platform.call(stub.EraseSubject, request, tenant_id=tenant.id)).stores
    return stores


async def test_an_erased_person_is_found_nowhere_and_another_of_the_same_name_is(
    platform: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    tenant, name = await platform.tenant(), a_word("name")
    redis = Redis.from_url(platform.config.redis_url)
    owner = await asyncpg.connect(platform.config.database_url)
    try:
        with traces.recorded() as spans:
            async with overhearing(redis) as heard:
                gone = await a_person(platform, tenant, name, "gone")
                stays = await a_person(platform, tenant, name, "stays")
                receipt = await erased(platform, tenant, gone.visitor)
            told = "".join(span.to_json() for span in spans.get_finished_spans())
        disk = Disk(owner)
        for word in gone.words:
            assert await disk.holds(word), "it is invisible, and still on the disk"
        changed = [each for each in receipt if each.deleted or each.emptied]
        now = datetime.now(UTC)
        assert changed
        for each in changed:
            assert now <= each.bytes_gone_time.ToDatetime(UTC) <= now + timedelta(days=1)
        await owner.execute("ANALYZE")
        for word in (*gone.words, *stays.words, name):
            assert not await disk.measured(word), "the planner's statistics, which `migrate` turned off"
        # The receipt's moment comes.
        done = await rewrite.rewrite(platform.config.database_url, METADATA.values())
        assert {each.store for each in changed} <= set(done.cleared)
        for word in gone.words:
            assert await disk.holds(word) == set(), "the tables' files, or the log"
        for word in stays.words:
            assert "base" in await disk.holds(word)
        assert "base" in await disk.holds(name), "the other one's"
        everything = [word.encode() for word in (*gone.words, *stays.words, name)]
        # Nor does anything in Redis lead to a person by an id.
        everything += [gone.visitor.conversation.visitor_id.encode(), gone.visitor.credential.encode()]
        everything.append(ids.to_uuid(gone.visitor.conversation.visitor_id, "vis").bytes)
        await redis.set("a control", everything[0], ex=60)
        assert await redis_holds(redis, everything[0]) == ["a key of 9 bytes"], "the control is found"
        await redis.delete("a control")
        assert await redis_holds(redis, *everything) == []
        assert heard, "the replicas were told something"
        assert not [raw for raw in everything if any(raw in each for each in heard)]
        written = "".join(capfd.readouterr())
        files = [path for path in platform.config.data_dir.rglob("*") if path.is_file()]
        assert told
        for raw in everything[:7]:
            assert raw.decode() not in told, "the traces"
            assert raw.decode() not in written, "the logs"
            assert not [path.name for path in files if raw in path.read_bytes()], "the files, the journal among them"
    finally:
        await owner.close()
        await redis.aclose()
