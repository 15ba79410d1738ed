"""Tells whoever follows a conversation, or an inbox, what has been committed.

The hub holds no truth. It says "there is something up to here", and carries the entry along where it has it; a
follower that misses one reads the database from its own cursor. Other replicas are told through Redis, one message
for a whole batch, with positions only. A lost hint is made up for: now and then the database is asked for the heads
of what is followed, and whoever hears of lost hints, or was deaf for a while, looks again. A wiped or absent Redis
costs a delay and loses nothing. Every replica says every second that it is there; one that hears nobody but itself
keeps its hints, which would cost it more than the messages, and tells the first one that it hears to look again.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, cast
from uuid import UUID

import redis.asyncio
from parley.chat.v1 import conversation_pb2
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from kernel import ids
from kernel.errors import Unavailable
from kernel.telemetry import logs, metrics
from services.chat.actions.messages import appended_message
from services.chat.domain import OPERATOR, Entry
from services.chat.store.messages import Appended

_log = logs.get("chat")
_HINTS_LOST = metrics.counter("chat_hints_lost", "Hints to other replicas that Redis did not take.")

CHANNEL = b"parley:chat:hints"
_HEADER = struct.Struct("!16s")
_POSITION = struct.Struct("!c16s16sq")
_PRESENCE = struct.Struct("!c16s16sqBB")
_ENTRY, _STATE, _SEEN, _LOST, _HERE = b"E", b"S", b"P", b"L", b"H"
RECONNECT_SECONDS = 0.5
#: How often heads are asked of the database: while hints come, and while none do.
SWEEP_SECONDS, DEAF_SECONDS = 15.0, 2.0
#: How long Redis may take to publish, and how long it may be silent before it is asked whether it is there.
PUBLISH_SECONDS, SILENCE_SECONDS = 5.0, 10.0
#: How often a replica says that it is there, how soon it must hear that itself, and after how long the others are gone.
HERE_SECONDS, ECHO_SECONDS, ALONE_SECONDS = 1.0, 3.0, 10.0
#: How much may wait for a slow Redis, before the others are told to look for themselves.
HINTS_WAITING = 1 << 20
_HEADS_AT_ONCE = 500

HeadsOf = Callable[[UUID, Sequence[UUID]], Awaitable[Mapping[UUID, int]]]


class Follower(Protocol):
    """Whoever follows one conversation."""

    @property
    def tenant_id(self) -> UUID:
        """The tenant in which it follows."""

    @property
    def head(self) -> int:
        """How far it knows the conversation to reach."""

    def told(self, head: int, message: conversation_pb2.Message | None) -> None:
        """Hears that the conversation reaches to `head`, with the entry that stands there where it is at hand."""

    def changed(self) -> None:
        """Hears that the conversation's state, operator or place in the queue changed."""

    def present(self, presence: conversation_pb2.Presence) -> None:
        """Hears that one side types, or has read."""


class InboxFollower(Protocol):
    """Whoever follows a tenant's inbox."""

    def conversation_changed(self, conversation_id: UUID) -> None:
        """Hears that a conversation of the tenant was started, taken or closed."""

    def conversation_moved(self, conversation_id: UUID) -> None:
        """Hears that something was said, or read by its operator, in a conversation that it listens to."""

    def missed(self) -> None:
        """Hears that changes may have been missed."""


class Hub:
    """The followers of one replica."""

    def __init__(self, redis_client: redis.asyncio.Redis, channel: bytes = CHANNEL) -> None:
        """Takes the way to the other replicas."""
        self._redis = redis_client
        self._channel = channel
        self._replica = ids.random_uuid().bytes
        self._topics: dict[UUID, set[Follower]] = {}
        self._inboxes: dict[UUID, set[InboxFollower]] = {}
        # By conversation, so that a message costs the same however many operators are there.
        self._listeners: dict[UUID, set[InboxFollower]] = {}
        self._hints = bytearray()
        self._wake = asyncio.Event()
        self._has_lost = False
        self._hears = False
        self._is_alone = False
        self._heard_itself = self._heard_others = -ALONE_SECONDS

    def follow(self, conversation_id: UUID, follower: Follower) -> None:
        """Adds a follower of a conversation."""
        self._topics.setdefault(conversation_id, set()).add(follower)

    def unfollow(self, conversation_id: UUID, follower: Follower) -> None:
        """Removes a follower of a conversation."""
        followers = self._topics.get(conversation_id)
        if followers is not None:
            followers.discard(follower)
            if not followers:
                del self._topics[conversation_id]

    def follow_inbox(self, tenant_id: UUID, follower: InboxFollower) -> None:
        """Adds a follower of a tenant's inbox."""
        self._inboxes.setdefault(tenant_id, set()).add(follower)

    def unfollow_inbox(self, tenant_id: UUID, follower: InboxFollower) -> None:
        """Removes a follower of a tenant's inbox."""
        followers = self._inboxes.get(tenant_id)
        if followers is not None:
            followers.discard(follower)
            if not followers:
                del self._inboxes[tenant_id]

    def listen(self, conversation_id: UUID, follower: InboxFollower) -> None:
        """Tells a follower of an inbox also of what is said and read in a conversation, which it answers."""
        self._listeners.setdefault(conversation_id, set()).add(follower)

    def unlisten(self, conversation_id: UUID, follower: InboxFollower) -> None:
        """Stops telling a follower of an inbox of what is said in a conversation."""
        listeners = self._listeners.get(conversation_id)
        if listeners is not None:
            listeners.discard(follower)
            if not listeners:
                del self._listeners[conversation_id]

    def committed(self, tenant_id: UUID, fresh: Sequence[tuple[Entry, Appended]]) -> None:
        """Tells the followers of every conversation that has fresh entries; own followers first."""
        for entry, appended in fresh:
            followers = self._topics.get(entry.conversation_id)
            if followers:
                message = appended_message(entry, appended)
                for follower in tuple(followers):
                    follower.told(appended.sequence, message)
            self._tell_move(entry.conversation_id)
            if not self._is_alone:
                self._hint(_POSITION.pack(_ENTRY, tenant_id.bytes, entry.conversation_id.bytes, appended.sequence))

    def state_changed(self, tenant_id: UUID, conversation_ids: Iterable[UUID]) -> None:
        """Tells those who follow the conversations, and the tenant's inbox, that their state changed."""
        for conversation_id in conversation_ids:
            self._tell_state(tenant_id, conversation_id)
            self._hint(_POSITION.pack(_STATE, tenant_id.bytes, conversation_id.bytes, 0))

    def seen(self, tenant_id: UUID, conversation_id: UUID, side: int, *, typing: bool, read: int) -> None:
        """Tells the other side that one side types, or how far it has read."""
        self._tell_presence(conversation_id, side, typing=typing, read=read)
        self._hint(_PRESENCE.pack(_SEEN, tenant_id.bytes, conversation_id.bytes, read, side, typing))

    async def send_hints(self) -> None:
        """Publishes what there is to say to other replicas, as much in one message as has come together."""
        loop = asyncio.get_running_loop()
        while True:
            here = loop.call_later(HERE_SECONDS, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                here.cancel()
            self._wake.clear()
            payload, self._hints = bytes(self._hints) or _HERE, bytearray()
            if self._has_lost:
                payload = _LOST
            self._is_alone = self._hears_only_itself()
            try:
                async with asyncio.timeout(PUBLISH_SECONDS):
                    await self._redis.publish(self._channel, _HEADER.pack(self._replica) + payload)
                self._has_lost = False
            except (RedisError, OSError, TimeoutError):
                # What this replica could not say is said by one word later; until then the others sweep.
                _HINTS_LOST.inc()
                self._has_lost, self._is_alone = True, False
                await asyncio.sleep(RECONNECT_SECONDS)
                self._wake.set()

    async def receive_hints(self) -> None:
        """Passes on what other replicas say; a lost Redis is connected to again and again."""
        while True:
            with contextlib.suppress(RedisError, OSError):
                async with self._redis.pubsub() as listening:
                    await self._listen(listening)
            self._hears = self._is_alone = False
            await asyncio.sleep(RECONNECT_SECONDS)

    async def sweep(self, heads_of: HeadsOf) -> None:
        """Looks now and then how far the followed conversations reach, for hints that were lost without a trace."""
        while True:
            # One that cannot speak is not known to be there, and is told nothing.
            is_sound = self._hears and not self._has_lost
            await asyncio.sleep(SWEEP_SECONDS if is_sound else DEAF_SECONDS)
            with contextlib.suppress(Unavailable):
                await self.look_around(heads_of)

    async def look_around(self, heads_of: HeadsOf) -> None:
        """Tells every follower how far its conversation reaches; while no hints come, also inboxes to look again."""
        if not self._hears:
            for watchers in tuple(self._inboxes.values()):
                for watcher in tuple(watchers):
                    watcher.missed()
        followed: dict[UUID, set[UUID]] = {}
        for conversation_id, followers in self._topics.items():
            for follower in followers:
                followed.setdefault(follower.tenant_id, set()).add(conversation_id)
        for tenant_id, wanted in followed.items():
            left = list(wanted)
            while left:
                some, left = left[:_HEADS_AT_ONCE], left[_HEADS_AT_ONCE:]
                for conversation_id, head in (await heads_of(tenant_id, some)).items():
                    for follower in tuple(self._topics.get(conversation_id, ())):
                        if follower.tenant_id == tenant_id and head > follower.head:
                            # Whoever takes or closes a conversation adds an entry, so that a head tells of states too.
                            follower.told(head, None)
                            follower.changed()

    async def _listen(self, listening: Any) -> None:
        await listening.subscribe(self._channel)
        is_asked = False
        while True:
            message = await listening.get_message(timeout=SILENCE_SECONDS)
            if message is None:
                if is_asked:
                    # A connection that is only half there is as good as none.
                    raise RedisConnectionError("silent")
                await listening.ping()
            elif message["type"] == "subscribe":
                # Whatever was said while this replica did not listen is looked for in the database.
                self._hears = True
                self._heard_others = time.monotonic()
                self._wake.set()
                self._look_again()
            elif message["type"] == "message":
                self._received(message["data"])
            is_asked = message is None

    def _hears_only_itself(self) -> bool:
        # Its own word must come back: a connection that is only half there would make everybody look absent.
        now = time.monotonic()
        hears_itself = self._hears and now - self._heard_itself < ECHO_SECONDS
        return hears_itself and now - self._heard_others > ALONE_SECONDS

    def _hint(self, packed: bytes) -> None:
        if self._is_alone:
            return
        if len(self._hints) < HINTS_WAITING:
            self._hints += packed
        else:
            self._has_lost = True
        self._wake.set()

    def _received(self, data: bytes) -> None:
        if data[: _HEADER.size] == self._replica:
            self._heard_itself = time.monotonic()
            return
        self._heard_others = time.monotonic()
        if self._is_alone:
            # It may have come a while ago, and has heard nothing of what was said since.
            self._is_alone, self._has_lost = False, True
            self._wake.set()
        at = _HEADER.size
        while at < len(data):
            kind = data[at : at + 1]
            if kind == _HERE:
                return
            if kind == _LOST:
                self._look_again()
                return
            if kind == _SEEN:
                _, _, conversation, read, side, typing = _PRESENCE.unpack_from(data, at)
                at += _PRESENCE.size
                self._tell_presence(UUID(bytes=conversation), side, typing=bool(typing), read=read)
                continue
            _, tenant, conversation, head = _POSITION.unpack_from(data, at)
            at += _POSITION.size
            if kind == _ENTRY:
                for follower in tuple(self._topics.get(UUID(bytes=conversation), ())):
                    follower.told(head, None)
                self._tell_move(UUID(bytes=conversation))
            else:
                self._tell_state(UUID(bytes=tenant), UUID(bytes=conversation))

    def _look_again(self) -> None:
        for followers in tuple(self._topics.values()):
            for follower in tuple(followers):
                follower.changed()
        for watchers in tuple(self._inboxes.values()):
            for watcher in tuple(watchers):
                watcher.missed()

    def _tell_state(self, tenant_id: UUID, conversation_id: UUID) -> None:
        for follower in tuple(self._topics.get(conversation_id, ())):
            follower.changed()
        for watcher in tuple(self._inboxes.get(tenant_id, ())):
            watcher.conversation_changed(conversation_id)

    def marked(self, conversation_ids: Iterable[UUID]) -> None:
        """Tells the inboxes of those who answer in conversations that read marks were written there."""
        for conversation_id in conversation_ids:
            self._tell_move(conversation_id)

    def _tell_move(self, conversation_id: UUID) -> None:
        listeners = self._listeners.get(conversation_id)
        if listeners:
            for listener in tuple(listeners):
                listener.conversation_moved(conversation_id)

    def _tell_presence(self, conversation_id: UUID, side: int, *, typing: bool, read: int) -> None:
        if side == OPERATOR and read:
            self._tell_move(conversation_id)
        followers = self._topics.get(conversation_id)
        if not followers:
            return
        presence = conversation_pb2.Presence(
            conversation_id=ids.from_uuid("cnv", conversation_id),
            side=cast("conversation_pb2.Side.ValueType", side),
            typing=typing,
            read_sequence=read,
        )
        for follower in tuple(followers):
            follower.present(presence)
