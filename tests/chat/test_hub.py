"""Replicas tell one another what they have to, and one that is alone keeps it to itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from redis.asyncio import Redis

from kernel import ids
from kernel.embedded import EngineUrls
from services.chat.actions import hub
from services.chat.actions.hub import Hub

HERE, LOST, STATE = b"H", b"L", b"S"


class Inbox:
    """Somebody who watches an inbox."""

    def __init__(self) -> None:
        self.changed: asyncio.Queue[UUID] = asyncio.Queue()

    def conversation_changed(self, conversation_id: UUID) -> None:
        self.changed.put_nowait(conversation_id)

    def conversation_moved(self, conversation_id: UUID) -> None:
        pass

    def missed(self) -> None:
        pass


@asynccontextmanager
async def running(made: Hub) -> AsyncIterator[Hub]:
    tasks = [asyncio.create_task(work()) for work in (made.send_hints, made.receive_hints)]
    try:
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_replica_that_is_alone_keeps_its_hints_and_tells_the_first_one_that_comes_to_look(
    engines: EngineUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "HERE_SECONDS", 0.02)
    monkeypatch.setattr(hub, "ALONE_SECONDS", 0.2)
    channel, tenant, conversation = ids.new_id("cha").encode(), ids.new_uuid(), ids.new_uuid()
    redis = Redis.from_url(engines.redis_url)
    async with redis.pubsub() as listening, running(Hub(redis, channel)) as first:
        await listening.subscribe(channel)

        async def said() -> bytes:
            """Returns what is said next."""
            while True:
                message = await listening.get_message(ignore_subscribe_messages=True, timeout=10)
                if message is not None:
                    return bytes(message["data"][16:17])

        async with asyncio.timeout(20):
            # As long as somebody else may be there, it says everything; then it only says that it is there.
            kinds: list[bytes] = []
            while len(kinds) < 5 or set(kinds[-5:]) != {HERE}:
                first.state_changed(tenant, [conversation])
                kinds.append(await said())
            assert STATE in kinds
            inbox = Inbox()
            async with running(Hub(redis, channel)) as second:
                second.follow_inbox(tenant, inbox)
                while await said() != LOST:
                    pass
                first.state_changed(tenant, [conversation])
                assert await inbox.changed.get() == conversation
    await redis.aclose()
