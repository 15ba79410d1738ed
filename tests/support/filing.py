"""Sends files to the desk, as the form, staff and programs do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc.aio
from parley.support.v1 import file_pb2, file_pb2_grpc, record_pb2

from kernel.errors import from_rpc_error
from tests.platform import Member
from tests.support.desk import Desk

TicketFile = record_pb2.TicketFile
PDF = b"%PDF-1.7\n" + b"x" * 2000


def stub(desk: Desk) -> Any:
    """Returns the way to the desk's files."""
    return file_pb2_grpc.TicketFileServiceStub(desk.platform.support)


async def _sent(method: Any, first: Any, pieces: Sequence[bytes], token: str) -> Any:
    async def requests() -> AsyncIterator[Any]:
        yield first
        for piece in pieces:
            yield type(first)(data=piece)

    try:
        return await method(requests(), metadata=(("authorization", f"Bearer {token}"),))
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from None


async def send_before(desk: Desk, *pieces: bytes, token: str = "", name: str = "bill.pdf", **more: Any) -> str:
    """Sends a file for a request that is to come, and returns its id."""
    first = file_pb2.UploadRequestFileRequest(filename=name, **more)
    token = token or await desk.tenant.anonymous()
    return str((await _sent(stub(desk).UploadRequestFile, first, pieces or (PDF,), token)).file_id)


async def add(
    desk: Desk, ticket_id: str, *pieces: bytes, who: Member | None = None, name: str = "how.pdf", **more: Any
) -> TicketFile:
    """Adds a file to a ticket as the agent, or as somebody else."""
    first = file_pb2.UploadTicketFileRequest(ticket_id=ticket_id, filename=name, **more)
    made = await _sent(stub(desk).UploadTicketFile, first, pieces or (PDF,), (who or desk.agent).token)
    file: TicketFile = made.file
    return file


async def files_of(desk: Desk, ticket_id: str, who: Member | None = None) -> Sequence[TicketFile]:
    """Lists the files of a ticket."""
    request = file_pb2.ListTicketFilesRequest(ticket_id=ticket_id)
    found: Sequence[TicketFile] = (await desk.call(stub(desk).ListTicketFiles, request, who)).files
    return found


async def examined(desk: Desk, ticket_id: str) -> Sequence[TicketFile]:
    """Returns the files of a ticket once all of them were examined."""
    async with asyncio.timeout(20):
        while True:
            found = await files_of(desk, ticket_id)
            if found and all(each.state != TicketFile.STATE_PENDING for each in found):
                return found
            await asyncio.sleep(0.05)


async def read(desk: Desk, ticket_id: str, file_id: str, who: Member | None = None) -> str:
    """Returns the address at which a file can be read."""
    request = file_pb2.OpenTicketFileRequest(ticket_id=ticket_id, file_id=file_id)
    return str((await desk.call(stub(desk).OpenTicketFile, request, who)).url)
