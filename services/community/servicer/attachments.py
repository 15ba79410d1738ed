"""Serves `parley.community.v1.AttachmentService`, and the community's files as `parley.files.v1.FileService`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.community.v1 import attachment_pb2, attachment_pb2_grpc

from kernel.files.serving import begun
from kernel.rpc.gates import current_actor
from services.community.actions import attachments
from services.community.actions.wiring import Wiring
from services.community.domain.files import PENDING, Attachment
from services.community.servicer.times import Context, stamp


def attachment_message(attachment: Attachment) -> attachment_pb2.Attachment:
    """Writes a file's record."""
    return attachment_pb2.Attachment(
        id=attachment.id,
        filename=attachment.filename,
        # What a sender says that a file is, is not shown as what it is.
        media_type="" if attachment.state == PENDING else attachment.media_type,
        size=attachment.size,
        state=attachment_pb2.AttachmentState.ValueType(attachment.state),
        reason=attachment.reason,
        width=attachment.width,
        height=attachment.height,
        create_time=stamp(attachment.create_time),
    )


class AttachmentServicer(attachment_pb2_grpc.AttachmentServiceServicer):
    """The files in posts."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def UploadAttachment(
        self, request_iterator: AsyncIterator[attachment_pb2.UploadAttachmentRequest], context: Context
    ) -> attachment_pb2.UploadAttachmentResponse:
        """Takes a file in."""
        first, pieces = await begun(request_iterator, attachment_pb2.UploadAttachmentRequest)
        made = await attachments.upload_attachment(
            current_actor(), self._wiring, first.filename, first.content_type, pieces, first.request_id, first
        )
        return attachment_pb2.UploadAttachmentResponse(attachment=attachment_message(made))

    async def ListAttachments(
        self, request: attachment_pb2.ListAttachmentsRequest, context: Context
    ) -> attachment_pb2.ListAttachmentsResponse:
        """Lists the files that wait."""
        found, room = await attachments.list_attachments(current_actor(), self._wiring)
        return attachment_pb2.ListAttachmentsResponse(attachments=map(attachment_message, found), most_bytes=room)

    async def OpenAttachment(
        self, request: attachment_pb2.OpenAttachmentRequest, context: Context
    ) -> attachment_pb2.OpenAttachmentResponse:
        """Returns the way to a file's bytes."""
        url, end = await attachments.open_attachment(current_actor(), self._wiring, request.attachment_id)
        return attachment_pb2.OpenAttachmentResponse(url=url, expire_time=stamp(end))

    async def DeleteAttachment(
        self, request: attachment_pb2.DeleteAttachmentRequest, context: Context
    ) -> attachment_pb2.DeleteAttachmentResponse:
        """Takes a file away."""
        await attachments.delete_attachment(current_actor(), self._wiring, request.attachment_id)
        return attachment_pb2.DeleteAttachmentResponse()
