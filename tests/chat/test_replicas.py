"""Two replicas are one chat: what is said at one is heard at the other, with hints or without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from parley.chat.v1 import frame_pb2
from redis.asyncio import Redis

from kernel.embedded import EngineUrls
from tests.chat.lines import Line, a_line
from tests.chat.people import CLOSED, OPEN, claim, close, get
from tests.platform import Platform, free_ports, running_platform

NOWHERE = "redis://127.0.0.1:1/0"


@asynccontextmanager
async def a_second_replica(platform: Platform, token: str, conversation_id: str, **changes: str) -> AsyncIterator[Line]:
    """Runs another chat on the same database and yields a line to it."""
    config = replace(platform.config, **changes).with_addresses({"chat": (f"127.0.0.1:{free_ports(1)[0]}",)})  # type: ignore[arg-type]  # Texts only.
    async with running_platform(config, services=("chat",)) as replica:
        # A replica that has just started asks to be tried again until it knows the keys.
        await get(replica, token, conversation_id)
        async with a_line(replica) as line:
            yield line


async def test_a_talk_across_replicas_is_one_talk(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor, robin = await tenant.visitor("Zoë"), await tenant.member(name="Robin")
    conversation_id = visitor.conversation.id
    async with a_line(platform) as here, a_second_replica(platform, visitor.token, conversation_id) as there:
        zoe, operator = await here.open(visitor.token), await there.open(robin.token)
        inbox = await there.open(robin.token)
        await inbox.say(subscribe_inbox=frame_pb2.SubscribeInbox())
        await zoe.subscribe(conversation_id)
        await claim(platform, robin.token, conversation_id)
        await inbox.until(lambda each: each.inbox.conversation.state == OPEN)
        await operator.subscribe(conversation_id)
        # Many writers on both sides, some of them with the same id on both replicas.
        await asyncio.gather(
            *(zoe.post(conversation_id, f"zoe {number}") for number in range(40)),
            *(operator.post(conversation_id, f"robin {number}") for number in range(40)),
        )
        second = await there.open(visitor.token)
        answers = await asyncio.gather(
            *(each.post(conversation_id, "once", "the-same-id") for each in (zoe, second, zoe, second))
        )
        assert len({each.ack.sequence for each in answers}) == 1
        for socket in (zoe, operator):
            await socket.until_sequence(83)
            assert socket.sequences() == list(range(1, 84))
        await operator.say(typing={"conversation_id": conversation_id, "typing": True})
        assert (await zoe.until(lambda each: each.HasField("presence"))).presence.typing
        await close(platform, visitor.token, conversation_id)
        await operator.until(lambda each: each.conversation.state == CLOSED)


async def test_a_cut_subscription_loses_nothing(platform: Platform, engines: EngineUrls) -> None:
    tenant = await platform.tenant()
    visitor, robin = await tenant.visitor(), await tenant.member(name="Robin")
    conversation_id = visitor.conversation.id
    redis = Redis.from_url(engines.redis_url)
    async with a_line(platform) as here, a_second_replica(platform, visitor.token, conversation_id) as there:
        zoe, listening = await here.open(visitor.token), await there.open(visitor.token)
        inbox = await there.open(robin.token)
        await inbox.say(subscribe_inbox=frame_pb2.SubscribeInbox())
        await listening.subscribe(conversation_id)
        await redis.client_kill_filter(_type="pubsub")
        for _ in range(3):
            await zoe.post(conversation_id)
        await claim(platform, robin.token, conversation_id)
        await listening.until_sequence(5)
        await listening.until(lambda each: each.conversation.state == OPEN)
        assert listening.sequences() == [1, 2, 3, 4, 5]
        # What an inbox may have missed it is told to read again.
        await inbox.until(lambda each: each.inbox.HasField("gap") or each.inbox.conversation.state == OPEN)
    await redis.aclose()


async def test_without_redis_a_replica_looks_for_itself(platform: Platform) -> None:
    tenant = await platform.tenant()
    visitor, robin = await tenant.visitor(), await tenant.member(name="Robin")
    conversation_id = visitor.conversation.id
    deaf = a_second_replica(platform, visitor.token, conversation_id, redis_url=NOWHERE)
    async with a_line(platform) as here, deaf as there:
        zoe, listening = await here.open(visitor.token), await there.open(visitor.token)
        inbox = await there.open(robin.token)
        await inbox.say(subscribe_inbox=frame_pb2.SubscribeInbox())
        await listening.subscribe(conversation_id)
        await zoe.post(conversation_id)
        await claim(platform, robin.token, conversation_id)
        await listening.until_sequence(3)
        await listening.until(lambda each: each.conversation.state == OPEN)
        await inbox.until(lambda each: each.inbox.HasField("gap"))
        # What is said at the deaf replica itself is heard there at once.
        assert (await listening.post(conversation_id)).ack.sequence == 4
        await listening.until_sequence(4)
