"""Serves `parley.support.v1.TicketFileService`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.support.v1 import file_pb2, file_pb2_grpc

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.files.serving import begun
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context, stamp
from services.support.actions import files
from services.support.actions.files import Coming
from services.support.actions.wiring import Wiring
from services.support.servicer.messages import file_message


class TicketFileServicer(file_pb2_grpc.TicketFileServiceServicer):
    """The files of tickets."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def UploadRequestFile(
        self, request_iterator: AsyncIterator[file_pb2.UploadRequestFileRequest], context: Context
    ) -> file_pb2.UploadRequestFileResponse:
        """Takes in a file for a request that is to come."""
        first, pieces = await begun(request_iterator, file_pb2.UploadRequestFileRequest)
        coming = Coming(filename=first.filename, media_type=first.content_type)
        made = await files.upload_request_file(current_actor(), self._wiring, coming, pieces, first.request_id, first)
        return file_pb2.UploadRequestFileResponse(file_id=ids.from_uuid("att", made))

    async def UploadTicketFile(
        self, request_iterator: AsyncIterator[file_pb2.UploadTicketFileRequest], context: Context
    ) -> file_pb2.UploadTicketFileResponse:
        """Takes in a file for a ticket."""
        first, pieces = await begun(request_iterator, file_pb2.UploadTicketFileRequest)
        if not first.ticket_id:
            raise InvalidArgument(
                "ARGUMENT_INVALID",
                "Some fields are missing or malformed. Nothing was kept.",
                fields=[("ticket_id", "must name the ticket in the first piece")],
            )
        coming = Coming(filename=first.filename, media_type=first.content_type)
        ticket_id = ids.to_uuid(first.ticket_id, "tkt")
        made = await files.upload_ticket_file(
            current_actor(), self._wiring, ticket_id, coming, pieces, first.request_id, first
        )
        return file_pb2.UploadTicketFileResponse(file=file_message(made))

    async def ListTicketFiles(
        self, request: file_pb2.ListTicketFilesRequest, context: Context
    ) -> file_pb2.ListTicketFilesResponse:
        """Lists the files of a ticket."""
        found, room = await files.list_ticket_files(
            current_actor(), self._wiring, ids.to_uuid(request.ticket_id, "tkt")
        )
        return file_pb2.ListTicketFilesResponse(files=map(file_message, found), most_bytes=room)

    async def OpenTicketFile(
        self, request: file_pb2.OpenTicketFileRequest, context: Context
    ) -> file_pb2.OpenTicketFileResponse:
        """Returns the way to a file's bytes."""
        url, end = await files.open_ticket_file(
            current_actor(), self._wiring, ids.to_uuid(request.ticket_id, "tkt"), ids.to_uuid(request.file_id, "att")
        )
        return file_pb2.OpenTicketFileResponse(url=url, expire_time=stamp(end))

    async def RemoveTicketFile(
        self, request: file_pb2.RemoveTicketFileRequest, context: Context
    ) -> file_pb2.RemoveTicketFileResponse:
        """Takes a file away."""
        await files.remove_ticket_file(
            current_actor(), self._wiring, ids.to_uuid(request.ticket_id, "tkt"), ids.to_uuid(request.file_id, "att")
        )
        return file_pb2.RemoveTicketFileResponse()
