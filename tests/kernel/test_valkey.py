"""The way to Valkey: whoever is cancelled on it ends, in whatever moment, and a dead line is known to be one."""

from __future__ import annotations

import asyncio
import errno
from typing import Any

import pytest
from redis.exceptions import TimeoutError as Silence

from kernel.embedded import EngineUrls
from kernel.valkey import open_redis

#: More turns of the loop than a question takes from the moment it is asked to its answer.
TURNS = 120


async def test_whoever_asks_again_and_again_ends_when_cancelled_in_whatever_moment(engines: EngineUrls) -> None:
    redis = open_redis(engines.redis_url)
    assert await redis.ping()

    over = asyncio.Event()

    async def ask() -> None:
        while not over.is_set():
            async with redis.pipeline(transaction=False) as pipeline:
                # It is only noted down here, whatever its type says.
                pipeline.publish("nobody", "listens")  # type: ignore[unused-awaitable]
                await pipeline.execute()

    late = []
    for turns in range(TURNS):
        over.clear()
        task = asyncio.create_task(ask())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        if (await asyncio.wait({task}, timeout=1))[1]:
            late.append(turns)
            over.set()
            await asyncio.wait({task})
    assert late == []
    assert await redis.ping()
    await redis.aclose()


async def test_a_line_that_the_system_has_given_up_is_opened_anew_and_not_asked_for_ever(engines: EngineUrls) -> None:
    redis = open_redis(engines.redis_url)
    async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
        await subscription.subscribe("news")
        await subscription.get_message(timeout=0.05)
        line: Any = subscription.connection
        dead = line._reader
        # What a reader is told when nothing that was sent was heard for too long; to Python that is a TimeoutError.
        dead.set_exception(OSError(errno.ETIMEDOUT, "nobody heard it"))
        await subscription.get_message(timeout=0.05)
        assert line._reader is not dead
        await redis.publish("news", "again")
        message = None
        while message is None:
            message = await subscription.get_message(timeout=5)
        assert message["data"] == b"again"
    await redis.aclose()


async def test_a_server_that_takes_nothing_more_is_not_waited_for_and_its_half_question_is_never_gone_on_with() -> None:
    opened: list[asyncio.StreamWriter] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        asked = b""
        while b"PING" not in asked:
            chunk = await reader.read(1024)
            asked += chunk
            writer.write(b"+OK\r\n" * chunk.count(b"SETINFO"))
        writer.write(b"+PONG\r\n")

    async with await asyncio.start_server(greet, "127.0.0.1", 0, limit=1024) as server:
        host, port = server.sockets[0].getsockname()
        redis = open_redis(f"redis://{host}:{port}?protocol=2", answer_seconds=1.0)
        for lines in (1, 2):
            assert await redis.ping()
            assert len(opened) == lines
            # More than the system keeps for somebody who does not read.
            with pytest.raises(Silence):
                await redis.set("name", b"x" * 50_000_000)
            redis._rests_until = 0  # type: ignore[attr-defined]
        await redis.aclose()
        for writer in opened:
            writer.close()
