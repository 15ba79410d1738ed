"""Server-sent events: the cursor is the event's id, and whoever goes away takes the call with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from parley.chat.v1 import conversation_pb2

from gateway import sse, wire_http
from kernel.errors import NotFound
from tests.gateway.backend import Backend, conversation_id
from tests.gateway.conftest import Door

WATCH = f"/v1/conversations/{conversation_id(1)}:watch"


def said(cursor: int, text: str) -> conversation_pb2.WatchConversationResponse:
    """Returns a change."""
    return conversation_pb2.WatchConversationResponse(cursor=cursor, message=conversation_pb2.Message(body=text))


async def events(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """Reads events, comments and fields alike."""
    block: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            block[name] = value
        elif block:
            yield block
            block = {}


async def test_each_change_is_an_event_with_its_cursor(door: Door, backend: Backend) -> None:
    backend.changes.put_nowait(said(7, "line\nbreak"))
    backend.changes.put_nowait(said(8, "Grüße"))
    backend.changes.put_nowait(None)
    async with door.client(authorization=f"Bearer {backend.token()}", accept="text/event-stream") as client:
        async with client.stream("GET", WATCH) as response:
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert response.headers["cache-control"] == "no-store"
            read = [event async for event in events(response)]
    assert read[0] == {"retry": "1000"}
    assert [event["id"] for event in read[1:]] == ["7", "8"]
    assert json.loads(read[1]["data"])["message"]["body"] == "line\nbreak"
    assert json.loads(read[2]["data"])["message"]["body"] == "Grüße"


async def test_the_last_event_goes_before_the_cursor_of_the_query(door: Door, backend: Backend) -> None:
    backend.changes.put_nowait(None)
    headers = {"accept": "text/event-stream", "last-event-id": "41"}
    async with door.client(authorization=f"Bearer {backend.token()}") as client:
        await client.get(f"{WATCH}?afterSequence=3", headers=headers)
    assert backend.requests[0].after_sequence == 41


@pytest.mark.parametrize("last", ["-1", "x", "1" * 30])
async def test_an_event_id_that_is_none_is_refused(door: Door, backend: Backend, last: str) -> None:
    async with door.client(authorization=f"Bearer {backend.token()}") as client:
        response = await client.get(WATCH, headers={"last-event-id": last})
    assert response.status_code == 400
    assert not backend.requests


async def test_a_refusal_before_the_first_event_is_a_problem(door: Door, backend: Backend) -> None:
    backend.error = NotFound("CONVERSATION_NOT_FOUND", "There is no such conversation.")
    async with door.client(authorization=f"Bearer {backend.token()}", accept="text/event-stream") as client:
        response = await client.get(WATCH)
    assert (response.status_code, response.json()["reason"]) == (404, "CONVERSATION_NOT_FOUND")


async def test_an_end_in_the_middle_is_an_error_event(door: Door, backend: Backend) -> None:
    backend.changes.put_nowait(said(1, "x"))
    backend.changes.put_nowait(said(-1, ""))
    async with door.client(authorization=f"Bearer {backend.token()}", accept="text/event-stream") as client:
        async with client.stream("GET", WATCH) as response:
            read = [event async for event in events(response)]
    assert read[-1]["event"] == "error"
    assert json.loads(read[-1]["data"])["reason"] == "CREDENTIAL_REJECTED"


async def test_a_client_that_goes_away_cancels_the_call(door: Door, backend: Backend) -> None:
    backend.changes.put_nowait(said(1, "x"))
    async with door.client(authorization=f"Bearer {backend.token()}", accept="text/event-stream") as client:
        async with client.stream("GET", WATCH) as response:
            async for event in events(response):
                if "id" in event:
                    break
    await asyncio.wait_for(backend.cancelled.wait(), 10)


async def test_a_client_that_never_reads_is_cut_and_its_call_cancelled(
    door: Door, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_http, "STALL_SECONDS", 0.3)
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # A socket's transport can.
    head = f"GET {WATCH} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {backend.token()}\r\n\r\n"
    writer.write(head.encode())
    for cursor in range(200):
        backend.changes.put_nowait(said(cursor, "x" * 60_000))
    await asyncio.wait_for(backend.cancelled.wait(), 10)
    writer.transport.abort()


async def test_a_quiet_stream_shows_that_it_lives(
    door: Door, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(sse, "FIRST_WORD_SECONDS", 0.05)
    async with door.client(authorization=f"Bearer {backend.token()}", accept="text/event-stream") as client:
        async with client.stream("GET", WATCH) as response:
            read = events(response)
            assert [await anext(read) for _ in range(3)][1:] == [{"": "still here"}] * 2


async def test_a_drain_ends_the_streams(door: Door, backend: Backend) -> None:
    backend.changes.put_nowait(said(1, "x"))
    async with door.client(authorization=f"Bearer {backend.token()}", accept="text/event-stream") as client:
        async with client.stream("GET", WATCH) as response:
            async for event in events(response):
                if "id" in event:
                    door.app.drain()
    await asyncio.wait_for(backend.cancelled.wait(), 10)


async def test_who_wants_something_else_is_told(door: Door, backend: Backend) -> None:
    async with door.client(authorization=f"Bearer {backend.token()}") as client:
        response = await client.get(WATCH, headers={"accept": "application/json"})
    assert (response.status_code, response.json()["reason"]) == (406, "NOT_ACCEPTABLE")


async def test_one_credential_has_a_bounded_number_of_streams(door: Door, backend: Backend) -> None:
    await door.streams_ready()
    async with AsyncExitStack() as open_streams:
        clients = [
            # Each with a token of its own, as a page that exchanged its credential again and again.
            await open_streams.enter_async_context(
                door.client(authorization=f"Bearer {backend.token(seconds=600 + each)}", accept="text/event-stream")
            )
            for each in range(sse.STREAMS_OF_ONE + 1)
        ]
        for client in clients[:-1]:
            response = await open_streams.enter_async_context(client.stream("GET", WATCH))
            assert response.status_code == 200
        refused = await clients[-1].get(WATCH)
        assert (refused.status_code, refused.json()["reason"]) == (429, "TOO_MANY_STREAMS")
        async with door.client(authorization=f"Bearer {backend.token(2)}", accept="text/event-stream") as other:
            async with other.stream("GET", f"/v1/conversations/{conversation_id(2)}:watch") as response:
                assert response.status_code == 200
    async with asyncio.timeout(10):
        while door.app._streams._owned:
            await backend.cancelled.wait()
            await asyncio.sleep(0)
