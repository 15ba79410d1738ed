"""Serves a server-streaming RPC as server-sent events.

The event's id is the response's `cursor`, and `Last-Event-ID` becomes `after_sequence`, so a client that comes back
goes on where it was. An error before the first event is a problem document; after it, an `error` event with the same
document. A client that goes away cancels the call; one that does not read holds the call back through the flow
control of both sides.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.message import Message
from starlette.types import Receive, Scope, Send

from gateway import json_form, problems
from gateway.requests import text_header
from kernel.errors import Unauthenticated
from kernel.identity import verify

HEARTBEAT_SECONDS = 15.0
#: How long an answer may hold back before it counts as a stream without anything to say yet.
FIRST_WORD_SECONDS = 1.0
#: After how many milliseconds a client comes back.
RETRY_MS = 1000
#: How many streams one credential may have at a time; a page has one or two.
STREAMS_OF_ONE = 16


def resume(request: Message, last_event_id: bytes) -> None:
    """Puts the id of the last event that the client has into the request, where the request has a cursor."""
    field = request.DESCRIPTOR.fields_by_name.get("after_sequence")
    if field is None:
        return
    if not last_event_id.isdigit() or len(last_event_id) > 18:
        raise problems.invalid(("Last-Event-ID", "is not the id of an event"))
    setattr(request, field.name, int(last_event_id))


class Streams:
    """All streams that are being served; they end together when the gateway drains."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        """Takes the keys that verify tokens, which say whose a stream is; starts with none."""
        self._keys = keys
        self._owned: Counter[str] = Counter()
        self._draining = asyncio.Event()
        self.count = 0

    def drain(self) -> None:
        """Ends all streams; their clients come back to another gateway, each at its cursor."""
        self._draining.set()

    @contextmanager
    def place_for(self, token: str) -> Iterator[None]:
        """Holds a place for a stream; raises a Problem where the token's credential has too many already."""
        owner = self._owner(token)
        if self._owned[owner] >= STREAMS_OF_ONE:
            raise problems.Problem(
                status=429,
                reason="TOO_MANY_STREAMS",
                detail="Too many streams are open with this credential. Close one, then try again.",
            )
        self._owned[owner] += 1
        try:
            yield
        finally:
            self._owned[owner] -= 1
            if self._owned[owner] <= 0:
                del self._owned[owner]

    def _owner(self, token: str) -> str:
        """Returns whose a stream is. A token that does not verify is its own; the service refuses it in a moment."""
        try:
            actor = verify(token, self._keys)
        except Unauthenticated:
            return hashlib.sha256(token.encode()).hexdigest()
        # A visitor's tokens all belong to one conversation, an account's to one account, whatever was exchanged.
        return f"{actor.tenant_id}/{actor.conversation_id or actor.subject_id or actor.site_id}"

    async def serve(self, call: Any, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one call to one client until either ends it; raises AioRpcError where the call is refused at once."""
        accepted = text_header(scope, b"accept") or "*/*"
        if not any(each in accepted for each in ("text/event-stream", "text/*", "*/*")):
            call.cancel()
            raise problems.Problem(
                status=406, reason="NOT_ACCEPTABLE", detail="This call answers with text/event-stream."
            )
        events = aiter(call)
        reading = asyncio.ensure_future(anext(events, None))
        gone = asyncio.ensure_future(_gone(receive))
        draining = asyncio.ensure_future(self._draining.wait())
        self.count += 1
        try:
            await asyncio.wait((reading, gone, draining), timeout=FIRST_WORD_SECONDS, return_when="FIRST_COMPLETED")
            if reading.done():
                # A refusal surfaces here, while the answer can still be a problem document.
                reading.result()
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [
                        (b"content-type", b"text/event-stream; charset=utf-8"),
                        (b"cache-control", b"no-store"),
                        (b"x-accel-buffering", b"no"),
                    ],
                }
            )
            await _write(send, f"retry: {RETRY_MS}\n\n".encode())
            while not (gone.done() or draining.done()):
                if not reading.done():
                    await asyncio.wait(
                        (reading, gone, draining), timeout=HEARTBEAT_SECONDS, return_when="FIRST_COMPLETED"
                    )
                    if not (reading.done() or gone.done() or draining.done()):
                        await _write(send, b": still here\n\n")
                    continue
                try:
                    message = reading.result()
                except grpc.aio.AioRpcError as error:
                    document = orjson.dumps(problems.from_error(error).document())
                    await _write(send, b"event: error\ndata: " + document + b"\n\n")
                    break
                if message is None:
                    break
                await _write(send, event(message))
                reading = asyncio.ensure_future(anext(events, None))
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.count -= 1
            call.cancel()
            for task in (reading, gone, draining):
                task.cancel()
            await asyncio.gather(reading, gone, draining, return_exceptions=True)


def event(message: Message) -> bytes:
    """Writes a response as one event; orjson writes no line breaks, so the data is one line."""
    cursor = message.DESCRIPTOR.fields_by_name.get("cursor")
    head = b"" if cursor is None else b"id: %d\n" % getattr(message, cursor.name)
    return head + b"data: " + json_form.dump(message) + b"\n\n"


async def _write(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
