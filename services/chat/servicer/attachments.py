"""Serves `parley.chat.v1.AttachmentService`, and chat's files as `parley.files.v1.FileService`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import grpc.aio
from parley.chat.v1 import attachment_pb2, attachment_pb2_grpc, conversation_pb2

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.filenames import file_name
from kernel.files.serving import begun
from kernel.rpc.gates import current_actor
from services.chat import domain
from services.chat.actions import attachments
from services.chat.actions.messages import entry_message, stamp
from services.chat.actions.wiring import Wiring, tenant_of
from services.chat.domain import Attachment

Context = grpc.aio.ServicerContext[Any, Any]


class AttachmentServicer(attachment_pb2_grpc.AttachmentServiceServicer):
    """The files in conversations."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def UploadAttachment(
        self, request_iterator: AsyncIterator[attachment_pb2.UploadAttachmentRequest], context: Context
    ) -> attachment_pb2.UploadAttachmentResponse:
        """Takes a file in."""
        first, pieces = await begun(request_iterator, attachment_pb2.UploadAttachmentRequest)
        if not first.conversation_id:
            raise InvalidArgument(
                "ARGUMENT_INVALID",
                "Some fields are missing or malformed. Nothing was kept.",
                fields=[("conversation_id", "must name the conversation in the first piece")],
            )
        actor = current_actor()
        coming = Attachment(
            tenant_id=tenant_of(actor),
            id=ids.new_uuid(),
            conversation_id=ids.to_uuid(first.conversation_id, "cnv"),
            side=domain.NEITHER,
            filename=file_name(first.filename),
            media_type=first.content_type,
            size=0,
            state=domain.PENDING,
            file_key="",
            create_time=self._wiring.clock.now(),
        )
        entry = await attachments.upload_attachment(actor, self._wiring, coming, pieces, first.request_id, first)
        return attachment_pb2.UploadAttachmentResponse(attachment_id=entry.body, message=entry_message(entry))

    async def ListAttachments(
        self, request: attachment_pb2.ListAttachmentsRequest, context: Context
    ) -> attachment_pb2.ListAttachmentsResponse:
        """Lists the files of a conversation."""
        found, room = await attachments.list_attachments(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return attachment_pb2.ListAttachmentsResponse(attachments=map(written, found), most_bytes=room)

    async def OpenAttachment(
        self, request: attachment_pb2.OpenAttachmentRequest, context: Context
    ) -> attachment_pb2.OpenAttachmentResponse:
        """Returns the way to a file's bytes."""
        url, end = await attachments.open_attachment(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            ids.to_uuid(request.attachment_id, "att"),
        )
        return attachment_pb2.OpenAttachmentResponse(url=url, expire_time=stamp(end))


def written(attachment: Attachment) -> attachment_pb2.Attachment:
    """Writes a file's record as the contract has it."""
    pending = attachment.state == domain.PENDING
    return attachment_pb2.Attachment(
        id=ids.from_uuid("att", attachment.id),
        conversation_id=ids.from_uuid("cnv", attachment.conversation_id),
        side=cast("conversation_pb2.Side.ValueType", attachment.side),
        filename=attachment.filename,
        # What a sender says that a file is, is not shown as what it is.
        media_type="" if pending else attachment.media_type,
        size=attachment.size,
        state=cast("attachment_pb2.Attachment.State.ValueType", attachment.state),
        reason=attachment.reason,
        width=attachment.width,
        height=attachment.height,
        create_time=stamp(attachment.create_time),
    )
