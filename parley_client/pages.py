"""Reads a list to its end, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.message import Message

from parley_client.connection import Connection, Method


async def pages(connection: Connection, method: Method[Any], request: Message) -> AsyncIterator[Any]:
    """Yields the answers of a list, one a page, until there are no more; the request itself is left as it is."""
    asked: Any = type(request)()
    asked.CopyFrom(request)
    while True:
        answer = await connection.call(method, asked)
        yield answer
        if not answer.next_page_token:
            return
        asked.page_token = answer.next_page_token
