"""Serves `parley.chat.v1.ConversationService`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, cast

import grpc.aio
from parley.chat.v1 import conversation_pb2, conversation_pb2_grpc
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import ParleyError
from kernel.identity import Actor
from kernel.limits import METADATA_ORIGIN
from kernel.rpc.gates import current_actor
from services.chat.actions import conversations, monitoring, talking
from services.chat.actions.following import Following, InboxFollowing
from services.chat.actions.messages import appended_message, conversation_message, entry_messages, stamp
from services.chat.actions.origins import is_origin
from services.chat.actions.wiring import Wiring, tenant_of, viewer_of
from services.chat.domain import QUEUED, Conversation
from services.chat.domain.routing import NOWHERE, Place

WAITING_CHANGES = 256

Context = grpc.aio.ServicerContext[Any, Any]


class ConversationServicer(conversation_pb2_grpc.ConversationServiceServicer):
    """The RPCs of chat."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def StartConversation(
        self, request: conversation_pb2.StartConversationRequest, context: Context
    ) -> conversation_pb2.StartConversationResponse:
        """Starts a conversation."""
        actor = current_actor()
        started, place, key = await conversations.start_conversation(
            actor,
            self._wiring,
            begun(actor, request, self._wiring.clock.now()),
            [(answer.number, answer.text) for answer in request.answers],
            request.request_id,
            request,
            origin=origin_of(context),
        )
        return conversation_pb2.StartConversationResponse(
            conversation=await self._written(started, place),
            visitor_credential=key.visitor_credential,
            access_token=key.access_token,
            access_token_expire_time=key.access_token_expire_time,
        )

    async def GetConversation(
        self, request: conversation_pb2.GetConversationRequest, context: Context
    ) -> conversation_pb2.GetConversationResponse:
        """Returns a conversation."""
        found, place = await conversations.get_conversation(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return conversation_pb2.GetConversationResponse(conversation=await self._written(found, place))

    async def ListConversations(
        self, request: conversation_pb2.ListConversationsRequest, context: Context
    ) -> conversation_pb2.ListConversationsResponse:
        """Lists conversations."""
        page, following = await conversations.list_conversations(
            current_actor(),
            self._wiring,
            request.view,
            request.page_size,
            request.page_token,
            ids.to_uuid(request.tag_id, "tag") if request.tag_id else None,
        )
        return conversation_pb2.ListConversationsResponse(
            conversations=[await self._written(each, place) for each, place in page],
            next_page_token=following,
        )

    async def ClaimConversation(
        self, request: conversation_pb2.ClaimConversationRequest, context: Context
    ) -> conversation_pb2.ClaimConversationResponse:
        """Takes a conversation from the queue."""
        claimed = await conversations.claim_conversation(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return conversation_pb2.ClaimConversationResponse(conversation=await self._written(claimed))

    async def CloseConversation(
        self, request: conversation_pb2.CloseConversationRequest, context: Context
    ) -> conversation_pb2.CloseConversationResponse:
        """Closes a conversation."""
        closed = await conversations.close_conversation(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return conversation_pb2.CloseConversationResponse(conversation=await self._written(closed))

    async def ListAnswers(
        self, request: conversation_pb2.ListAnswersRequest, context: Context
    ) -> conversation_pb2.ListAnswersResponse:
        """Lists what the visitor said before the chat."""
        found = await conversations.list_answers(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return conversation_pb2.ListAnswersResponse(
            answers=[
                conversation_pb2.PreChatAnswer(number=each.number, label=each.label, text=each.text) for each in found
            ]
        )

    async def ListMessages(
        self, request: conversation_pb2.ListMessagesRequest, context: Context
    ) -> conversation_pb2.ListMessagesResponse:
        """Lists the entries of a conversation."""
        page, head = await conversations.list_messages(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            request.after_sequence,
            request.page_size,
        )
        return conversation_pb2.ListMessagesResponse(messages=entry_messages(page), head_sequence=head)

    async def PostMessage(
        self, request: conversation_pb2.PostMessageRequest, context: Context
    ) -> conversation_pb2.PostMessageResponse:
        """Says something."""
        actor = current_actor()
        entry = talking.entry_of(
            viewer_of(actor), ids.to_uuid(request.conversation_id, "cnv"), request.client_message_id, request.body
        )
        appended = await talking.post_message(actor, self._wiring, entry)
        return conversation_pb2.PostMessageResponse(message=appended_message(entry, appended))

    async def SetTyping(
        self, request: conversation_pb2.SetTypingRequest, context: Context
    ) -> conversation_pb2.SetTypingResponse:
        """Shows that the caller types."""
        await talking.set_typing(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"), typing=request.typing
        )
        return conversation_pb2.SetTypingResponse()

    async def MarkRead(
        self, request: conversation_pb2.MarkReadRequest, context: Context
    ) -> conversation_pb2.MarkReadResponse:
        """Moves the caller's read mark."""
        await talking.mark_read(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"), request.sequence
        )
        return conversation_pb2.MarkReadResponse()

    async def ListReaders(
        self, request: conversation_pb2.ListReadersRequest, context: Context
    ) -> conversation_pb2.ListReadersResponse:
        """Lists who has read a conversation."""
        readings = await conversations.list_readers(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return conversation_pb2.ListReadersResponse(
            readers=[
                conversation_pb2.Reader(
                    staff_id="" if reading.staff_id is None else ids.from_uuid("stf", reading.staff_id),
                    api_key_id="" if reading.key_id is None else ids.from_uuid("key", reading.key_id),
                    display_name=reading.staff_name,
                    purpose=cast("access_pb2.Purpose.ValueType", reading.purpose),
                    first_time=stamp(reading.first_time),
                    last_time=stamp(reading.last_time),
                )
                for reading in readings
            ]
        )

    async def MonitorConversation(
        self, request: conversation_pb2.MonitorConversationRequest, context: Context
    ) -> conversation_pb2.MonitorConversationResponse:
        """Opens a running conversation to the caller."""
        watched = await monitoring.monitor_conversation(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            request.reason,
            request.minutes,
        )
        return conversation_pb2.MonitorConversationResponse(conversation=await self._written(watched))

    async def StopMonitoring(
        self, request: conversation_pb2.StopMonitoringRequest, context: Context
    ) -> conversation_pb2.StopMonitoringResponse:
        """Ends the caller's watching."""
        stopped = await monitoring.stop_monitoring(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return conversation_pb2.StopMonitoringResponse(conversation=await self._written(stopped))

    async def WatchConversation(
        self, request: conversation_pb2.WatchConversationRequest, context: Context
    ) -> AsyncIterator[conversation_pb2.WatchConversationResponse]:
        """Streams what happens in a conversation."""
        outlet = Changes()
        following = Following(
            self._wiring,
            viewer_of(current_actor()),
            ids.to_uuid(request.conversation_id, "cnv"),
            request.after_sequence,
            outlet,
        )
        await following.start()
        sent = request.after_sequence
        try:
            async for change in outlet.drain(following.resume):
                # The cursor is what has left, not what is still waiting here: who comes back with it misses nothing.
                if change.HasField("message"):
                    sent = change.message.sequence
                elif change.HasField("gap"):
                    sent = change.gap.head_sequence
                change.cursor = sent
                yield change
        finally:
            following.stop()

    async def WatchInbox(
        self, request: conversation_pb2.WatchInboxRequest, context: Context
    ) -> AsyncIterator[conversation_pb2.WatchInboxResponse]:
        """Streams what changes in the caller's inbox."""
        outlet = InboxChanges()
        following = InboxFollowing(self._wiring, viewer_of(current_actor()), outlet)
        following.start()
        # Whoever's stream stands is there: the gateway ends it when its other end is gone.
        leave = self._wiring.presence.open(current_actor(), time.monotonic)
        try:
            async for change in outlet.drain(following.resume):
                yield change
        finally:
            leave()
            following.stop()

    async def _written(self, conversation: Conversation, place: Place = NOWHERE) -> conversation_pb2.Conversation:
        kept = await self._wiring.kept_for(ids.from_uuid("ten", conversation.tenant_id))
        return conversation_message(conversation, kept, place)


def begun(actor: Actor, request: conversation_pb2.StartConversationRequest, now: datetime) -> Conversation:
    """Returns the conversation that somebody asks for, before it is kept."""
    return Conversation(
        tenant_id=tenant_of(actor),
        id=ids.new_uuid(),
        site_id=ids.to_uuid(actor.site_id, "sit"),
        # Whoever chose to be remembered on the site comes as the same visitor; everybody else is new.
        visitor_id=ids.to_uuid(actor.subject_id, "vis") if actor.subject_id else ids.random_uuid(),
        display_name=request.display_name,
        language=request.language,
        page_path=request.page_path,
        notice_id=ids.to_uuid(request.notice_id, "ntc"),
        state=QUEUED,
        create_time=now,
    )


def origin_of(context: Context) -> str:
    """Returns the gateway's keyed hash of where the caller is; nothing where there is none, or it is something else."""
    sent = [value for key, value in context.invocation_metadata() or () if key == METADATA_ORIGIN]
    return sent[0] if len(sent) == 1 and isinstance(sent[0], str) and is_origin(sent[0]) else ""


class _Waiting:
    """Changes that a streaming RPC has not sent yet. Who fills it asks for room first, so that it stays bounded."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Any] = asyncio.Queue()

    def has_room(self) -> bool:
        """Says whether more can be taken now."""
        return self._queue.qsize() < WAITING_CHANGES

    async def drain(self, resume: Any) -> AsyncIterator[Any]:
        """Yields the changes as they come; raises what ended them."""
        while True:
            change = await self._queue.get()
            if isinstance(change, ParleyError):
                raise change
            yield change
            if self._queue.empty():
                resume()

    def _put(self, change: Any) -> None:
        self._queue.put_nowait(change)


class Changes(_Waiting):
    """The changes of one conversation."""

    def message(self, message: conversation_pb2.Message) -> None:
        """Takes an entry."""
        self._put(conversation_pb2.WatchConversationResponse(message=message))

    def conversation(self, conversation: conversation_pb2.Conversation) -> None:
        """Takes the conversation as it stands now."""
        self._put(conversation_pb2.WatchConversationResponse(conversation=conversation))

    def presence(self, presence: conversation_pb2.Presence) -> None:
        """Takes what the other side does."""
        self._put(conversation_pb2.WatchConversationResponse(presence=presence))

    def gap(self, gap: conversation_pb2.Gap) -> None:
        """Takes that entries were left out."""
        self._put(conversation_pb2.WatchConversationResponse(gap=gap))

    def ended(self, error: ParleyError) -> None:
        """Takes that the stream ends."""
        self._put(error)


class InboxChanges(_Waiting):
    """The changes of an inbox."""

    def inbox(self, change: conversation_pb2.WatchInboxResponse) -> None:
        """Takes a change."""
        self._put(change)

    def inbox_ended(self, error: ParleyError) -> None:
        """Takes that the stream ends."""
        self._put(error)
