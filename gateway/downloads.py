"""Hands out a stream of pieces as one file: what the contract marks as a download.

The first piece says what the file is and what it is called; nothing is kept, and a client that does not read holds the
call back through the flow control of both sides.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import grpc
from starlette.responses import Response, StreamingResponse

from gateway import problems

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")


async def handed_out(call: Any) -> Response:
    """Returns a call's pieces as a file; raises a Problem where the call is refused before the first piece."""
    try:
        first = await call.read()
    except grpc.aio.AioRpcError as error:
        raise problems.from_error(error) from None
    if first is grpc.aio.EOF:
        raise problems.not_found()
    name = first.filename if _NAME.fullmatch(first.filename) else "copy"
    media_type = first.content_type if _TYPE.fullmatch(first.content_type) else "application/octet-stream"

    async def pieces() -> AsyncIterator[bytes]:
        # What ends before its time must not look whole: an error here cuts the connection.
        try:
            yield first.data
            while (piece := await call.read()) is not grpc.aio.EOF:
                yield piece.data
        finally:
            call.cancel()

    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="{name}"',
        "x-accel-buffering": "no",
    }
    return StreamingResponse(pieces(), media_type=media_type, headers=headers)
