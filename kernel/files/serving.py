"""Takes files in piece by piece, and serves their bytes to Parley's other processes, alike in every service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

from parley.files.v1 import files_pb2, files_pb2_grpc

from kernel.files.store import Content
from kernel.identity import Actor
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context


class Described(Protocol):
    """What a service keeps of a file besides its bytes."""

    @property
    def media_type(self) -> str:
        """What it is."""

    @property
    def filename(self) -> str:
        """How its sender called it."""


class Reading(Protocol):
    """How a service reads one of its files."""

    async def __call__(self, actor: Actor, *, file_id: str, start: int, end: int | None) -> tuple[Described, Content]:
        """Returns a file from a byte on, up to another one or to its end; raises where the caller may not read it."""


class FileServicer(files_pb2_grpc.FileServiceServicer):
    """The bytes of a service's files."""

    def __init__(self, read: Reading) -> None:
        """Takes how the service reads one."""
        self._read = read

    async def ReadFile(
        self, request: files_pb2.ReadFileRequest, context: Context
    ) -> AsyncIterator[files_pb2.ReadFileResponse]:
        """Returns a file, or a part of it."""
        found, content = await self._read(
            current_actor(), file_id=request.file_id, start=request.start, end=request.end or None
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


async def begun(coming: AsyncIterator[Any], kind: type[Any]) -> tuple[Any, AsyncIterator[bytes]]:
    """Returns the first message of an upload without its bytes, an empty one where none came, and all of the bytes."""
    first = await anext(coming, None) or kind()
    said = kind()
    said.CopyFrom(first)
    said.ClearField("data")

    async def pieces() -> AsyncIterator[bytes]:
        yield first.data
        async for piece in coming:
            yield piece.data

    return said, pieces()
