"""Serves `parley.support.v1.QueueService`."""

from __future__ import annotations

from datetime import UTC, datetime

from parley.support.v1 import queue_pb2, queue_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context, stamp
from services.support.actions import queues
from services.support.actions.wiring import Wiring
from services.support.domain.queues import MANUAL, Field, Queue, Tag
from services.support.servicer.messages import an_id

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def queue_message(queue: Queue) -> queue_pb2.Queue:
    """Writes a queue."""
    return queue_pb2.Queue(
        id=an_id("que", queue.id),
        label=queue.label,
        assignment=queue_pb2.Assignment.ValueType(queue.assignment),
        is_private=queue.is_private,
        member_ids=[an_id("stf", each) for each in queue.member_ids],
        etag=str(queue.revision),
        create_time=stamp(queue.create_time),
        is_retired=queue.is_retired,
    )


def _tag(tag: Tag) -> queue_pb2.TicketTag:
    return queue_pb2.TicketTag(id=an_id("ttg", tag.id), word=tag.word, is_retired=tag.is_retired)


def _field(field: Field) -> queue_pb2.Field:
    return queue_pb2.Field(
        id=an_id("fld", field.id),
        label=field.label,
        kind=queue_pb2.FieldKind.ValueType(field.kind),
        choices=field.choices,
        is_asked=field.is_asked,
        reason=field.reason,
        is_retired=field.is_retired,
        etag=str(field.revision),
    )


class QueueServicer(queue_pb2_grpc.QueueServiceServicer):
    """The RPCs of queues, tags and own fields."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateQueue(
        self, request: queue_pb2.CreateQueueRequest, context: Context
    ) -> queue_pb2.CreateQueueResponse:
        """Makes a queue."""
        made = Queue(
            id=ids.new_uuid(),
            label=request.label,
            create_time=self._wiring.clock.now(),
            assignment=request.assignment or MANUAL,
            is_private=request.is_private,
            member_ids=tuple(ids.to_uuid(each, "stf") for each in dict.fromkeys(request.member_ids)),
        )
        queue = await queues.create_queue(current_actor(), self._wiring, made, request.request_id, request)
        return queue_pb2.CreateQueueResponse(queue=queue_message(queue))

    async def ListQueues(self, request: queue_pb2.ListQueuesRequest, context: Context) -> queue_pb2.ListQueuesResponse:
        """Lists queues."""
        found = await queues.list_queues(current_actor(), self._wiring)
        return queue_pb2.ListQueuesResponse(queues=[queue_message(each) for each in found])

    async def UpdateQueue(
        self, request: queue_pb2.UpdateQueueRequest, context: Context
    ) -> queue_pb2.UpdateQueueResponse:
        """Changes a queue."""
        wanted = Queue(
            id=ids.to_uuid(request.queue_id, "que"),
            label=request.label,
            create_time=_NEVER,
            assignment=request.assignment or MANUAL,
            is_private=request.is_private,
            is_retired=request.is_retired,
            member_ids=tuple(ids.to_uuid(each, "stf") for each in dict.fromkeys(request.member_ids)),
        )
        queue = await queues.update_queue(current_actor(), self._wiring, wanted, request.etag)
        return queue_pb2.UpdateQueueResponse(queue=queue_message(queue))

    async def CreateTicketTag(
        self, request: queue_pb2.CreateTicketTagRequest, context: Context
    ) -> queue_pb2.CreateTicketTagResponse:
        """Adds a tag."""
        made = await queues.create_tag(current_actor(), self._wiring, request.word, request.request_id, request)
        return queue_pb2.CreateTicketTagResponse(tag=_tag(made))

    async def ListTicketTags(
        self, request: queue_pb2.ListTicketTagsRequest, context: Context
    ) -> queue_pb2.ListTicketTagsResponse:
        """Lists tags."""
        found = await queues.list_tags(current_actor(), self._wiring)
        return queue_pb2.ListTicketTagsResponse(tags=[_tag(each) for each in found])

    async def UpdateTicketTag(
        self, request: queue_pb2.UpdateTicketTagRequest, context: Context
    ) -> queue_pb2.UpdateTicketTagResponse:
        """Changes a tag."""
        changed = await queues.update_tag(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.tag_id, "ttg"),
            request.word,
            is_retired=request.is_retired,
        )
        return queue_pb2.UpdateTicketTagResponse(tag=_tag(changed))

    async def CreateField(
        self, request: queue_pb2.CreateFieldRequest, context: Context
    ) -> queue_pb2.CreateFieldResponse:
        """Makes a field."""
        made = Field(
            id=ids.new_uuid(),
            label=request.label,
            kind=request.kind,
            choices=tuple(request.choices),
            is_asked=request.is_asked,
            reason=request.reason,
        )
        field = await queues.create_field(current_actor(), self._wiring, made, request.request_id, request)
        return queue_pb2.CreateFieldResponse(field=_field(field))

    async def ListFields(self, request: queue_pb2.ListFieldsRequest, context: Context) -> queue_pb2.ListFieldsResponse:
        """Lists fields."""
        found = await queues.list_fields(current_actor(), self._wiring)
        return queue_pb2.ListFieldsResponse(fields=[_field(each) for each in found])

    async def UpdateField(
        self, request: queue_pb2.UpdateFieldRequest, context: Context
    ) -> queue_pb2.UpdateFieldResponse:
        """Changes a field."""
        wanted = Field(
            id=ids.to_uuid(request.field_id, "fld"),
            label=request.label,
            kind=0,
            choices=tuple(request.choices),
            is_asked=request.is_asked,
            reason=request.reason,
            is_retired=request.is_retired,
        )
        field = await queues.update_field(current_actor(), self._wiring, wanted, request.etag)
        return queue_pb2.UpdateFieldResponse(field=_field(field))
