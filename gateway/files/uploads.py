"""Passes the body of a request on as the pieces of a client's stream, as slowly as the service takes them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any
from urllib.parse import unquote_to_bytes

import grpc.aio
from google.protobuf.message import Message
from starlette.types import Receive, Scope

from gateway import problems
from gateway.requests import Disconnected, discard, text_header
from kernel.files.store import LONGEST_UPLOAD
from kernel.rpc.channels import opened

#: A piece goes on as soon as it is so large.
PIECE_BYTES = 128 * 1024
#: How long a sender may say nothing.
STILL_SECONDS = 20.0
_NAME = re.compile(r"""filename\*\s*=\s*utf-8''([^;\s]+)""", re.IGNORECASE)
_LONGEST_NAME = 255


async def taken_in(open_call: Callable[[], Any], first: Message, scope: Scope, receive: Receive) -> Message:
    """Sends a request's body to a service and returns its answer; `first` says what the file is for.

    Raises the service's refusal, or a Problem for a sender who is too slow or whose headers make no sense.
    """
    given: Any = first
    given.filename = _filename(text_header(scope, b"content-disposition"))
    given.content_type = text_header(scope, b"content-type")[:127]
    given.request_id = text_header(scope, b"idempotency-key")
    piece_type: Any = type(first)
    is_whole = False
    call: Any = None
    try:
        async with asyncio.timeout(LONGEST_UPLOAD.total_seconds()):
            call, is_in = await opened(open_call)
            if not is_in:
                return await _refusal(call)
            await call.write(first)
            async with aclosing(pieces_of(receive)) as pieces:
                async for data in pieces:
                    await call.write(piece_type(data=data))
            is_whole = True
            await call.done_writing()
            answer: Message = await call
            return answer
    except TimeoutError:
        raise problems.too_slow() from None
    except (asyncio.InvalidStateError, grpc.aio.UsageError):
        # The service refused before the end; why stands in its status.
        pass
    except grpc.aio.AioRpcError:
        if not is_whole:
            await discard(receive)
        raise
    finally:
        if call is not None:
            call.cancel()
    await discard(receive)
    return await _refusal(call)


async def _refusal(call: Any) -> Message:
    answer: Message = await call
    return answer


async def pieces_of(receive: Receive) -> AsyncGenerator[bytes, None]:
    """Yields a body in pieces, as it comes; raises TimeoutError for a sender who says nothing for too long."""
    waiting = bytearray()
    while True:
        async with asyncio.timeout(STILL_SECONDS):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        waiting += message.get("body", b"")
        is_last = not message.get("more_body", False)
        if len(waiting) >= PIECE_BYTES or (is_last and waiting):
            yield bytes(waiting)
            waiting.clear()
        if is_last:
            return


def _filename(disposition: str) -> str:
    """Returns the name in a header such as `attachment; filename*=UTF-8''a%20b.png`; a long one loses its start."""
    found = _NAME.search(disposition)
    if found is None:
        return ""
    try:
        return unquote_to_bytes(found[1]).decode()[-_LONGEST_NAME:]
    except UnicodeDecodeError:
        raise problems.invalid(("filename", "must be UTF-8")) from None
