"""Handles the live frames of one channel."""

from __future__ import annotations

import time
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from parley.chat.v1 import conversation_pb2, frame_pb2
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import InvalidArgument, ParleyError, ResourceExhausted
from kernel.identity import Actor
from kernel.privacy.redaction import redact, sees_all
from kernel.rpc.live import Bucket, Channel
from services.chat.actions import talking
from services.chat.actions.following import Following, InboxFollowing
from services.chat.actions.messages import stamp
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import Entry, Viewer
from services.chat.store.messages import Appended

HEARTBEAT_MS = 20_000
FOLLOWED_AT_ONCE = 200
TYPING_RATE, TYPING_BURST = 1.0, 5.0
POST_BURST = 2.0

# What is shared among followers holds an entry, and nothing else that a frame may hold.
_ENTRY = conversation_pb2.Message.DESCRIPTOR

_ANSWERING = (access_pb2.CALLER_OPERATOR, access_pb2.CALLER_SUPERVISOR)

Work = Coroutine[Any, Any, None]


class ChatHandler:
    """What chat does with one channel."""

    def __init__(self, wiring: Wiring, channel: Channel, post_rate: float) -> None:
        """Takes what the actions work with, the channel, and how many messages a second it may post."""
        self._wiring = wiring
        self._channel = channel
        self._callers = channel.actor.callers
        self._followed: dict[UUID, Following] = {}
        self._inbox: InboxFollowing | None = None
        self._viewer: tuple[Viewer, UUID] | None = None
        self._typing = Bucket(TYPING_RATE, TYPING_BURST)
        self._posting = Bucket(post_rate, post_rate * POST_BURST)
        self._heard = time.monotonic()
        # Whoever answers visitors is there as long as something is heard of the connection.
        self._leave = wiring.presence.open(channel.actor, self._last_heard) if channel.actor.has(*_ANSWERING) else None

    def _last_heard(self) -> float:
        return self._heard

    def frame(self, name: str, frame: frame_pb2.ClientFrame) -> Work | None:
        """Handles one admitted frame."""
        self._heard = time.monotonic()
        match name:
            case "post":
                self._post(frame.frame_id, frame.post)
            case "typing":
                self._type(frame.typing)
            case "read":
                return self._read(frame.read)
            case "subscribe":
                return self._subscribe(frame.frame_id, frame.subscribe)
            case "unsubscribe":
                self._unsubscribe(ids.to_uuid(frame.unsubscribe.conversation_id, "cnv"))
            case "subscribe_inbox":
                self._subscribe_inbox()
            case "ping":
                self._pong(frame.frame_id)
            case "authenticate":
                self._welcome(frame.frame_id)
        return None

    def refuse(self, frame_id: str, error: ParleyError) -> None:
        """Tells the client that a frame was not carried out."""
        after = error.retry_after or timedelta()
        self._send(
            frame_pb2.ServerFrame(
                frame_id=frame_id,
                refused=frame_pb2.Refused(
                    reason=error.reason, retry_after_ms=max(1, round(after.total_seconds() * 1000)) if after else 0
                ),
            )
        )

    def credited(self) -> None:
        """Goes on with whatever waited for room."""
        for following in tuple(self._followed.values()):
            following.resume()
        if self._inbox is not None:
            self._inbox.resume()

    def renewed(self) -> None:
        """Looks again at what is followed where the person's rights changed; frames are admitted by them anyway."""
        if self._channel.actor.callers == self._callers:
            return
        self._callers = self._channel.actor.callers
        viewer = viewer_of(self._channel.actor)
        for following in tuple(self._followed.values()):
            following.renew(viewer)
        if self._inbox is not None:
            self._inbox.renew(viewer)

    def closed(self) -> None:
        """Stops following."""
        if self._leave is not None:
            self._leave()
        for following in self._followed.values():
            following.stop()
        self._followed.clear()
        if self._inbox is not None:
            self._inbox.stop()
        # Both hold this handler, which would stay with them until the collector comes (decision 0082).
        self._leave = self._inbox = None

    def _welcome(self, frame_id: str) -> None:
        expires = Timestamp()
        if self._channel.actor.expire_time is not None:
            expires.FromDatetime(self._channel.actor.expire_time)
        self._send(
            frame_pb2.ServerFrame(
                frame_id=frame_id, welcome=frame_pb2.Welcome(expire_time=expires, heartbeat_ms=HEARTBEAT_MS)
            )
        )

    def _post(self, frame_id: str, post: conversation_pb2.PostMessageRequest) -> None:
        wait = self._posting.take()
        if wait:
            raise ResourceExhausted(
                "POSTS_LIMITED", "That is too fast. Not sent; please try again.", retry_after=timedelta(seconds=wait)
            )
        (viewer, tenant_id), channel = self._viewing(), self._channel
        entry = talking.entry_of(viewer, ids.to_uuid(post.conversation_id, "cnv"), post.client_message_id, post.body)

        def done(result: Appended | ParleyError) -> None:
            if not channel.is_open:
                return
            if isinstance(result, ParleyError):
                self.refuse(frame_id, result)
            elif result.outcome == "fresh" and result.id == entry.id:
                self._ack(frame_id, post, result)
            else:
                try:
                    channel.work(self._explain(viewer.actor, entry, result, frame_id, post), frame_id)
                except ParleyError as error:
                    self.refuse(frame_id, error)

        talking.submit_message(tenant_id, self._wiring, entry, done)

    def _viewing(self) -> tuple[Viewer, UUID]:
        # An actor changes when its token does; its ids are wanted for every message.
        actor = self._channel.actor
        if self._viewer is None or self._viewer[0].actor is not actor:
            self._viewer = viewer_of(actor), tenant_of(actor)
        return self._viewer

    async def _explain(
        self, actor: Actor, entry: Entry, result: Appended, frame_id: str, post: conversation_pb2.PostMessageRequest
    ) -> None:
        self._ack(frame_id, post, await talking.explained(actor, self._wiring, entry, result))

    def _ack(self, frame_id: str, post: conversation_pb2.PostMessageRequest, result: Appended) -> None:
        # An ack holds only what its receiver sent or is told as the author, so there is nothing to take out.
        frame = frame_pb2.ServerFrame(frame_id=frame_id)
        ack = frame.ack
        ack.conversation_id = post.conversation_id
        ack.client_message_id = post.client_message_id
        ack.sequence = result.sequence
        ack.head_sequence = result.head
        moment = stamp(result.create_time)
        if moment is not None:
            ack.create_time.CopyFrom(moment)
        self._channel.send(frame.SerializeToString())

    def _type(self, typing: conversation_pb2.SetTypingRequest) -> None:
        if not self._typing.take():
            self._known(typing.conversation_id).type(typing=typing.typing)

    def _read(self, read: conversation_pb2.MarkReadRequest) -> Work | None:
        conversation_id = ids.to_uuid(read.conversation_id, "cnv")
        following = self._followed.get(conversation_id)
        if following is None:
            return talking.mark_read(self._channel.actor, self._wiring, conversation_id, read.sequence)
        following.read(read.sequence)
        return None

    async def _subscribe(self, frame_id: str, subscribe: frame_pb2.Subscribe) -> None:
        conversation_id = ids.to_uuid(subscribe.conversation_id, "cnv")
        self._unsubscribe(conversation_id)
        if len(self._followed) >= FOLLOWED_AT_ONCE:
            raise ResourceExhausted("FOLLOWS_LIMITED", "Too many conversations are followed at once. Leave one first.")
        following = Following(
            self._wiring,
            viewer_of(self._channel.actor),
            conversation_id,
            subscribe.after_sequence,
            _Outlet(self, conversation_id, frame_id),
        )
        self._followed[conversation_id] = following
        try:
            await following.start()
        except BaseException:
            if self._followed.get(conversation_id) is following:
                del self._followed[conversation_id]
            raise

    def _unsubscribe(self, conversation_id: UUID) -> None:
        following = self._followed.pop(conversation_id, None)
        if following is not None:
            following.stop()

    def _subscribe_inbox(self) -> None:
        if self._inbox is None:
            self._inbox = InboxFollowing(self._wiring, viewer_of(self._channel.actor), self)
            self._inbox.start()

    def _pong(self, frame_id: str) -> None:
        heads = {ids.from_uuid("cnv", key): each.head for key, each in self._followed.items()}
        self._send(frame_pb2.ServerFrame(frame_id=frame_id, pong=frame_pb2.Pong(heads=heads)))

    def _known(self, conversation_id: str) -> Following:
        following = self._followed.get(ids.to_uuid(conversation_id, "cnv"))
        if following is None:
            raise InvalidArgument("NOT_FOLLOWED", "Follow the conversation first.")
        return following

    # The outlet of the inbox is the handler itself: a channel has one inbox.
    def has_room(self) -> bool:
        """Says whether the socket takes more now."""
        return self._channel.has_room()

    def inbox(self, change: conversation_pb2.WatchInboxResponse) -> None:
        """Sends a change of the inbox."""
        self._send(frame_pb2.ServerFrame(inbox=change))

    def inbox_ended(self, error: ParleyError) -> None:
        """Tells that the inbox is not followed any more."""
        self._inbox = None
        self.refuse("", error)

    def ended(self, conversation_id: UUID, error: ParleyError) -> None:
        """Tells that a conversation is not followed any more."""
        self._followed.pop(conversation_id, None)
        self.refuse("", error)

    def send_message(self, message: conversation_pb2.Message) -> None:
        """Sends an entry; it is written once for all followers who see the same of it."""
        self._channel.send(_shared.frame_of(message, self._channel.actor))

    def send(self, frame: frame_pb2.ServerFrame) -> None:
        """Sends a frame."""
        self._send(frame)

    def _send(self, frame: frame_pb2.ServerFrame) -> None:
        redact(frame, self._channel.actor)
        self._channel.send(frame.SerializeToString())


class _Outlet:
    """Where one followed conversation goes: onto the channel."""

    def __init__(self, handler: ChatHandler, conversation_id: UUID, frame_id: str) -> None:
        self._handler = handler
        self._conversation_id = conversation_id
        self._frame_id = frame_id
        self._is_answered = False

    def has_room(self) -> bool:
        """Says whether the socket takes more now."""
        return self._handler.has_room()

    def message(self, message: conversation_pb2.Message) -> None:
        """Sends an entry."""
        self._handler.send_message(message)

    def conversation(self, conversation: conversation_pb2.Conversation) -> None:
        """Sends the conversation; the first time it answers the subscription."""
        if self._is_answered:
            self._handler.send(frame_pb2.ServerFrame(conversation=conversation))
            return
        self._is_answered = True
        self._handler.send(
            frame_pb2.ServerFrame(frame_id=self._frame_id, subscribed=frame_pb2.Subscribed(conversation=conversation))
        )

    def presence(self, presence: conversation_pb2.Presence) -> None:
        """Sends what the other side does."""
        self._handler.send(frame_pb2.ServerFrame(presence=presence))

    def gap(self, gap: conversation_pb2.Gap) -> None:
        """Sends that entries were left out."""
        self._handler.send(frame_pb2.ServerFrame(gap=gap))

    def ended(self, error: ParleyError) -> None:
        """Tells that the conversation is not followed any more."""
        self._handler.ended(self._conversation_id, error)


class _SharedFrames:
    """The last entry's frame, which its followers get one after the other."""

    def __init__(self) -> None:
        self._message: conversation_pb2.Message | None = None
        self._by_view: dict[frozenset[int] | None, bytes] = {}
        # How somebody's frames differ from everybody else's: not at all, where nothing is hidden from such a person.
        self._views: dict[frozenset[int], frozenset[int] | None] = {}

    def frame_of(self, message: conversation_pb2.Message, actor: Actor) -> bytes:
        """Returns an entry's frame as an actor may see it."""
        if message is not self._message:
            self._message, self._by_view = message, {}
        callers = actor.callers
        if callers not in self._views:
            self._views[callers] = None if sees_all(_ENTRY, actor) else callers
        view = self._views[callers]
        written = self._by_view.get(view)
        if written is None:
            # The frame holds a copy, so that what is taken out for one receiver stays for the next.
            frame = frame_pb2.ServerFrame(message=message)
            redact(frame, actor)
            written = self._by_view[view] = frame.SerializeToString()
        return written


_shared = _SharedFrames()
