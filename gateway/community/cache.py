"""Keeps pages that everybody sees alike, for a second, or until the community says that something has changed.

Nothing of a page for somebody who is signed in ever comes here. A hint empties a tenant's pages at once; without one,
as while Redis is away, a page is a second old at most.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from kernel.community import topic_of
from kernel.hints import Hints

SECONDS = 1.0
_MOST_BYTES = 64 * 1024 * 1024

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A rendered page."""

    until: float
    tenant_id: str
    status: int
    headers: Headers
    body: bytes


class PageCache:
    """The pages, the least recently used of which are forgotten first."""

    def __init__(self, hints: Hints | None) -> None:
        """Takes the process's hints; without them a page only ever grows old."""
        self._hints = hints
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._size = 0
        self._changed: dict[str, asyncio.Event] = {}
        self._rendering: dict[bytes, asyncio.Task[Kept | Response]] = {}

    def find(self, key: bytes) -> Kept | None:
        """Returns a page that is still as it was."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        changed = self._changed.get(kept.tenant_id)
        if changed is not None and changed.is_set():
            changed.clear()
            for other in [each for each, page in self._kept.items() if page.tenant_id == kept.tenant_id]:
                self._drop(other)
            return None
        if kept.until < time.monotonic():
            return None
        self._kept.move_to_end(key)
        return kept

    async def render(self, key: bytes, tenant_id: str, page: Callable[[], Awaitable[Response]]) -> Kept | Response:
        """Renders a page once for all who ask for it meanwhile; what is no good page is handed back and not kept."""
        task = self._rendering.get(key)
        if task is None:
            if self._hints is not None and tenant_id not in self._changed:
                self._changed[tenant_id] = self._hints.listen(topic_of(tenant_id))
            task = asyncio.create_task(self._render(key, tenant_id, page))
            self._rendering[key] = task
            task.add_done_callback(lambda _: self._rendering.pop(key, None))
        return await asyncio.shield(task)

    async def _render(self, key: bytes, tenant_id: str, page: Callable[[], Awaitable[Response]]) -> Kept | Response:
        changed = self._changed.get(tenant_id)
        if changed is not None and changed.is_set():
            # What is read from here on is newer than the hint; what was kept before is not.
            changed.clear()
            for other in [each for each, kept in self._kept.items() if kept.tenant_id == tenant_id]:
                self._drop(other)
        response = await page()
        if response.status_code != 200:
            return response
        kept = Kept(time.monotonic() + SECONDS, tenant_id, 200, list(response.raw_headers), bytes(response.body))
        self._drop(key)
        self._kept[key] = kept
        self._size += len(kept.body)
        while self._size > _MOST_BYTES:
            self._drop(next(iter(self._kept)))
        return kept

    def _drop(self, key: bytes) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._size -= len(gone.body)
