"""Serves `parley.community.v1.AttachmentService`, and the community's files as `parley.files.v1.FileService`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.community.v1 import attachment_pb2, attachment_pb2_grpc
from parley.files.v1 import files_pb2, files_pb2_grpc

from kernel.errors import InvalidArgument
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
        first = await anext(request_iterator, None)
        if first is None:
            raise InvalidArgument("FILE_EMPTY", "The file is empty. Nothing was kept.")
        begun, data = attachment_pb2.UploadAttachmentRequest(), first.data
        begun.CopyFrom(first)
        begun.ClearField("data")

        async def pieces() -> AsyncIterator[bytes]:
            yield data
            async for piece in request_iterator:
                yield piece.data

        made = await attachments.upload_attachment(
            current_actor(), self._wiring, first.filename, first.content_type, pieces(), first.request_id, begun
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


class FileServicer(files_pb2_grpc.FileServiceServicer):
    """The bytes of the community's files, for Parley's other processes."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ReadFile(
        self, request: files_pb2.ReadFileRequest, context: Context
    ) -> AsyncIterator[files_pb2.ReadFileResponse]:
        """Returns a file, or a part of it."""
        found, content = await attachments.read_file(
            current_actor(), self._wiring, request.file_id, request.start, request.end or None
        )
        yield files_pb2.ReadFileResponse(
            media_type=found.media_type,
            filename=found.filename,
            size=content.size,
            start=content.start,
            end=content.end,
        )
        async for chunk in content.chunks:
            yield files_pb2.ReadFileResponse(data=chunk)
