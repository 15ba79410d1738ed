"""Tells whoever waits that there is something new: this process at once, other processes through Redis.

A hint carries its topic, and by whom it was sent, since whoever sent it has heard it already. Whoever waits also looks
now and then by itself, so that a lost hint, or a Redis that was wiped or is away, costs a moment and never data.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.telemetry import logs

_log = logs.get("hints")
_PREFIX = "parley:hint:"
_WAITING = "parley.after_transaction"
_RETRY_SECONDS = 1.0


def after_transaction(connection: AsyncConnection, callback: Callable[[], None]) -> None:
    """Calls back once when the connection has gone back to its pool, after its transaction was committed or undone."""
    sync = connection.sync_connection
    if sync is None or sync.closed:
        raise ValueError("the connection is closed")
    if not event.contains(sync.engine.pool, "checkin", _checked_in):
        event.listen(sync.engine.pool, "checkin", _checked_in)
    waiting: list[Callable[[], None]] = sync.info.setdefault(_WAITING, [])
    if callback not in waiting:
        waiting.append(callback)


def _checked_in(_: Any, record: Any) -> None:
    for callback in record.info.pop(_WAITING, ()):
        callback()


async def wait(heard: asyncio.Event, seconds: float) -> None:
    """Waits until there is something new, or for so many seconds."""
    # asyncio.wait_for loses a cancellation that comes together with the event, and whoever stops would wait for ever.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await heard.wait()


class Hints:
    """The hints of one process."""

    def __init__(self, redis: Redis | None = None) -> None:
        """Takes a client of its own; without one, hints stay in this process."""
        self._redis = redis
        self._sender = secrets.token_bytes(8)
        self._listeners: dict[str, list[asyncio.Event]] = {}
        self._to_send: dict[str, None] = {}
        self._something_to_send = asyncio.Event()
        self._new_topic = asyncio.Event()
        self._senders: dict[str, Callable[[], None]] = {}

    def listen(self, *topics: str) -> asyncio.Event:
        """Returns an event that is set whenever there is something new; whoever waits for it clears it."""
        heard = asyncio.Event()
        for topic in topics:
            self._listeners.setdefault(topic, []).append(heard)
        self._new_topic.set()
        return heard

    def send(self, topic: str) -> None:
        """Says that there is something new; several at once are one."""
        self._heard(topic)
        self._to_send[topic] = None
        self._something_to_send.set()

    def send_after(self, connection: AsyncConnection, topic: str) -> None:
        """Says so when the connection's transaction is over."""
        if topic not in self._senders:
            # The same function each time, so that a transaction with many news sends one hint.
            self._senders[topic] = lambda: self.send(topic)
        after_transaction(connection, self._senders[topic])

    async def run(self) -> None:
        """Carries hints to and from the other processes, until cancelled; does nothing without Redis."""
        if self._redis is None:
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sending(self._redis))
            tasks.create_task(self._receiving(self._redis))

    async def _sending(self, redis: Redis) -> None:
        while True:
            await self._something_to_send.wait()
            self._something_to_send.clear()
            topics, self._to_send = self._to_send, {}
            try:
                pipeline: Any
                async with redis.pipeline(transaction=False) as pipeline:
                    for topic in topics:
                        pipeline.publish(_PREFIX + topic, self._sender)
                    await pipeline.execute()
            except (RedisError, OSError):
                # The others look by themselves within seconds.
                continue

    async def _receiving(self, redis: Redis) -> None:
        while True:
            try:
                await self._receive(redis)
            except (RedisError, OSError) as error:
                _log.warning("hints work without redis", exc_info=error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _receive(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
            subscribed: set[str] = set()
            while True:
                self._new_topic.clear()
                new = self._listeners.keys() - subscribed
                if new:
                    await subscription.subscribe(*(_PREFIX + topic for topic in new))
                    subscribed |= new
                    # What was said before is lost, so that everybody who just came to listen looks once.
                    for topic in new:
                        self._heard(topic)
                if not subscribed:
                    await self._new_topic.wait()
                    continue
                message = await subscription.get_message(timeout=1.0)
                if message is not None and message["data"] != self._sender:
                    self._heard(message["channel"].decode().removeprefix(_PREFIX))

    def _heard(self, topic: str) -> None:
        for heard in self._listeners.get(topic, ()):
            heard.set()
