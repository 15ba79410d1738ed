"""Keeps pages that everybody sees alike, for as long as nothing on them has changed (decision 0060).

Nothing of a page for somebody who is signed in ever comes here. A page is shown again only where its stamps, read for
this very request, are those from before it was begun; where Redis cannot say so, it is made anew.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import Scope

from gateway.requests import header
from gateway.secure_sessions import came_plain
from kernel.community import PAGE_SECONDS
from kernel.stamps import Stamps

MOST_BYTES = 64 * 1024 * 1024
#: What a page takes besides its bytes and its key, roughly.
_BESIDE = 2048
_LARGEST_KEY = 2048

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A rendered page, and under what it is kept."""

    until: float
    tenant_id: str
    scopes: Sequence[str]
    stamp: bytes
    status: int
    headers: Headers
    body: bytes = field(repr=False)


def key_of(scope: Scope, language: str) -> bytes:
    """Returns everything in a request by anybody that a page depends on; empty where it asks for too much.

    The company stands in the path, and what everybody is told may follow from the host and the language. A company
    that wants secure sessions is refused by plain HTTP, whatever was kept of it by TLS.
    """
    parts = (
        b"plain" if came_plain() else b"secure",
        header(scope, b"host").lower(),
        language.encode(),
        scope["raw_path"],
        scope["query_string"],
    )
    key = b"\x00".join(parts)
    return key if len(key) <= _LARGEST_KEY else b""


class PageCache:
    """The pages, the least recently used of which are forgotten first."""

    def __init__(self, stamps: Stamps | None, *, most_bytes: int = MOST_BYTES) -> None:
        """Takes the stamps; without them nothing is kept."""
        self._stamps = stamps
        self._most_bytes = most_bytes
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._size = 0
        self._rendering: dict[tuple[bytes, bytes], asyncio.Task[Kept | Response]] = {}

    @property
    def keys(self) -> list[bytes]:
        """What is kept, the least recently used first."""
        return list(self._kept)

    @property
    def size(self) -> int:
        """How many bytes the pages take."""
        return self._size

    def __contains__(self, key: bytes) -> bool:
        """Says whether there is a page, which may have changed since."""
        return key in self._kept

    async def find(self, key: bytes) -> Kept | None:
        """Returns a page that is still as it was when this was called."""
        kept = self._kept.get(key)
        if kept is None or self._stamps is None:
            return None
        stamp = await self._stamps.read(kept.tenant_id, kept.scopes)
        if stamp != kept.stamp or kept.until < time.monotonic():
            if self._kept.get(key) is kept:
                self._drop(key)
            return None
        if key in self._kept:
            self._kept.move_to_end(key)
        return kept

    async def render(
        self, key: bytes, tenant_id: str, scopes: Sequence[str], page: Callable[[], Awaitable[Response]]
    ) -> Kept | Response:
        """Renders a page once for all who ask for it meanwhile; what is no good page is handed back and not kept."""
        until = time.monotonic() + PAGE_SECONDS
        stamp = await self._stamps.read(tenant_id, scopes) if self._stamps is not None and key else None
        if stamp is None:
            return await page()
        # Whoever asks after a change has another stamp, and does not wait for what was begun before it.
        place = (key, stamp)
        task = self._rendering.get(place)
        if task is None:
            task = asyncio.create_task(self._render(key, tenant_id, scopes, stamp, until, page))
            self._rendering[place] = task
            task.add_done_callback(lambda _: self._rendering.pop(place, None))
        return await asyncio.shield(task)

    async def _render(
        self,
        key: bytes,
        tenant_id: str,
        scopes: Sequence[str],
        stamp: bytes,
        until: float,
        page: Callable[[], Awaitable[Response]],
    ) -> Kept | Response:
        response = await page()
        if response.status_code != 200:
            return response
        kept = Kept(until, tenant_id, scopes, stamp, 200, list(response.raw_headers), bytes(response.body))
        self._drop(key)
        self._kept[key] = kept
        self._size += _size_of(key, kept)
        while self._size > self._most_bytes:
            self._drop(next(iter(self._kept)))
        return kept

    def _drop(self, key: bytes) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._size -= _size_of(key, gone)


def _size_of(key: bytes, kept: Kept) -> int:
    return len(key) + len(kept.body) + _BESIDE
