"""Serves `parley.community.v1.DirectMessageService`."""

from __future__ import annotations

from parley.community.v1 import direct_pb2, direct_pb2_grpc, topic_pb2

from kernel.identity import Actor
from kernel.rpc.gates import current_actor
from services.community.actions import direct
from services.community.actions.wiring import Wiring
from services.community.domain.direct import Message, Thread
from services.community.servicer.accounts import author_message
from services.community.servicer.times import Context, stamp


def _thread_message(thread: Thread) -> direct_pb2.Thread:
    return direct_pb2.Thread(
        id=thread.id,
        other=author_message(thread.other),
        state=direct_pb2.ThreadState.ValueType(thread.shown_state),
        is_asker=thread.is_asker,
        last_number=thread.last_number,
        read_number=thread.read_number,
        last_message_time=stamp(thread.last_message_time),
        create_time=stamp(thread.create_time),
    )


def _direct_message(message: Message, actor: Actor) -> direct_pb2.DirectMessage:
    return direct_pb2.DirectMessage(
        number=message.number,
        is_own=message.author_id == actor.subject_id,
        html=message.shown_html,
        create_time=stamp(message.create_time),
        state=topic_pb2.ContentState.ValueType(message.state),
        is_reported=message.is_reported,
        readings=[
            direct_pb2.MessageReading(
                by_platform=each.by_platform,
                first_time=stamp(each.first_time),
                last_time=stamp(each.last_time),
            )
            for each in message.readings
        ],
    )


class DirectMessageServicer(direct_pb2_grpc.DirectMessageServiceServicer):
    """The RPCs of what two members write to one another."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def AskContact(
        self, request: direct_pb2.AskContactRequest, context: Context
    ) -> direct_pb2.AskContactResponse:
        """Asks for contact."""
        made = await direct.ask_contact(
            current_actor(), self._wiring, request.handle, request.body, request.request_id, request
        )
        return direct_pb2.AskContactResponse(thread=_thread_message(made))

    async def AnswerContact(
        self, request: direct_pb2.AnswerContactRequest, context: Context
    ) -> direct_pb2.AnswerContactResponse:
        """Answers a request."""
        kept = await direct.answer_contact(current_actor(), self._wiring, request.thread_id, request.answer)
        return direct_pb2.AnswerContactResponse(thread=_thread_message(kept))

    async def SendMessage(
        self, request: direct_pb2.SendMessageRequest, context: Context
    ) -> direct_pb2.SendMessageResponse:
        """Writes to the other."""
        actor = current_actor()
        made = await direct.send_message(
            actor, self._wiring, request.thread_id, request.body, request.request_id, request
        )
        return direct_pb2.SendMessageResponse(message=_direct_message(made, actor))

    async def ListThreads(
        self, request: direct_pb2.ListThreadsRequest, context: Context
    ) -> direct_pb2.ListThreadsResponse:
        """Lists threads."""
        page, following = await direct.list_threads(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return direct_pb2.ListThreadsResponse(threads=map(_thread_message, page), next_page_token=following)

    async def ListMessages(
        self, request: direct_pb2.ListMessagesRequest, context: Context
    ) -> direct_pb2.ListMessagesResponse:
        """Lists messages."""
        actor = current_actor()
        thread, page, following = await direct.list_messages(
            actor, self._wiring, request.thread_id, request.before_number, request.page_size
        )
        return direct_pb2.ListMessagesResponse(
            thread=_thread_message(thread),
            messages=[_direct_message(each, actor) for each in page],
            next_before_number=following,
        )

    async def DeleteMessage(
        self, request: direct_pb2.DeleteMessageRequest, context: Context
    ) -> direct_pb2.DeleteMessageResponse:
        """Takes a message away."""
        await direct.delete_message(current_actor(), self._wiring, request.thread_id, request.number)
        return direct_pb2.DeleteMessageResponse()
