"""The bare service: one stream in, one writer that commits what has come together, one publish out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp
from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.live.v1 import live_pb2, live_pb2_grpc

from bench.bare import redis
from bench.bare.gateway import CHANNEL
from kernel import ids

BATCH = 512

_INSERT = """
INSERT INTO bench.messages (conversation_id, sequence, id, client_message_id, body, create_time)
SELECT c, s, i, m, b, $6 FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::text[]) AS n(c, s, i, m, b)
"""
_HEAD = "SELECT coalesce(max(sequence), 0) FROM bench.messages WHERE conversation_id = $1"
_WELCOME = frame_pb2.ServerFrame(welcome=frame_pb2.Welcome()).SerializeToString()


@dataclass(slots=True)
class Topic:
    """One conversation."""

    key: UUID
    head: int
    followers: list[int] = field(default_factory=list)


class Bare(live_pb2_grpc.LiveServiceServicer):
    """All of it."""

    def __init__(
        self,
        writer: asyncpg.Connection[asyncpg.Record],
        reader: asyncpg.Connection[asyncpg.Record],
        bus: redis.Redis,
    ) -> None:
        """Takes a connection to write on, one to look up heads on, and one to Redis."""
        self._writer = writer
        self._reader = reader
        self._bus = bus
        self._topics: dict[str, Topic] = {}
        self._followed: dict[int, list[Topic]] = {}
        self._queue: list[tuple[int, Topic, Any]] = []
        self._out = live_pb2.LiveResponse()
        self._wake, self._work = asyncio.Event(), asyncio.Event()

    async def Live(
        self, request_iterator: AsyncIterator[live_pb2.LiveRequest], context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[live_pb2.LiveResponse]:
        """Carries the gateway's sockets."""
        reading = asyncio.create_task(self._read(request_iterator))
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                out, self._out = self._out, live_pb2.LiveResponse()
                yield out
        finally:
            reading.cancel()

    async def _read(self, requests: AsyncIterator[live_pb2.LiveRequest]) -> None:
        async for request in requests:
            for envelope in request.envelopes:
                if envelope.HasField("frame"):
                    await self._take(envelope.channel, frame_pb2.ClientFrame.FromString(envelope.frame))
                else:
                    for topic in self._followed.pop(envelope.channel, ()):
                        topic.followers.remove(envelope.channel)

    async def _take(self, channel: int, frame: frame_pb2.ClientFrame) -> None:
        kind = frame.WhichOneof("frame")
        if kind == "post":
            self._queue.append((channel, self._topics[frame.post.conversation_id], frame.post))
            self._work.set()
        elif kind == "subscribe":
            topic = await self._topic(frame.subscribe.conversation_id)
            topic.followers.append(channel)
            self._followed.setdefault(channel, []).append(topic)
            answer = frame_pb2.ServerFrame(subscribed=frame_pb2.Subscribed())
            self._answer(channel, answer.SerializeToString())
        elif kind == "authenticate":
            self._answer(channel, _WELCOME)

    async def _topic(self, conversation_id: str) -> Topic:
        topic = self._topics.get(conversation_id)
        if topic is None:
            key = ids.to_uuid(conversation_id, "cnv")
            topic = self._topics[conversation_id] = Topic(key, int(await self._reader.fetchval(_HEAD, key)))
        return topic

    def _answer(self, channel: int, frame: bytes) -> None:
        self._out.envelopes.add(channel=channel, frame=frame)
        self._wake.set()

    async def write(self) -> None:
        """Writes what waits, all of it in one statement, which is its own transaction."""
        insert = await self._writer.prepare(_INSERT)
        while True:
            await self._work.wait()
            self._work.clear()
            while self._queue:
                batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
                seconds = time.time()
                keys, sequences, names, clients, bodies = [], [], [], [], []
                for _, topic, post in batch:
                    topic.head += 1
                    keys.append(topic.key)
                    sequences.append(topic.head)
                    names.append(ids.new_uuid())
                    clients.append(post.client_message_id)
                    bodies.append(post.body)
                await insert.fetch(keys, sequences, names, clients, bodies, datetime.fromtimestamp(seconds, UTC))
                self._tell(batch, sequences, names, seconds)

    def _tell(
        self, batch: list[tuple[int, Topic, Any]], sequences: list[int], names: list[UUID], seconds: float
    ) -> None:
        stamp = Timestamp(seconds=int(seconds), nanos=int(seconds % 1 * 1e9))
        said = live_pb2.LiveResponse()
        for (channel, topic, post), sequence, name in zip(batch, sequences, names, strict=True):
            ack = frame_pb2.Ack(
                conversation_id=post.conversation_id,
                client_message_id=post.client_message_id,
                sequence=sequence,
                head_sequence=sequence,
                create_time=stamp,
            )
            self._out.envelopes.add(channel=channel, frame=frame_pb2.ServerFrame(ack=ack).SerializeToString())
            message = conversation_pb2.Message(
                id=name.hex,
                conversation_id=post.conversation_id,
                sequence=sequence,
                client_message_id=post.client_message_id,
                body=post.body,
                create_time=stamp,
            )
            frame = frame_pb2.ServerFrame(message=message).SerializeToString()
            for follower in topic.followers:
                if follower != channel:
                    said.envelopes.add(channel=follower, frame=frame)
        self._bus.publish(CHANNEL, said.SerializeToString())
        self._wake.set()


async def run(listen: str, database_url: str, redis_url: str) -> None:
    """Serves until cancelled."""
    writer, reader = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    bare = Bare(writer, reader, await redis.connect(redis_url))
    server = grpc.aio.server()
    live_pb2_grpc.add_LiveServiceServicer_to_server(bare, server)
    server.add_insecure_port(listen)
    await server.start()
    try:
        await bare.write()
    finally:
        await server.stop(0)
