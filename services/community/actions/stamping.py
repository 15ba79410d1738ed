"""Tells whoever keeps pages that they are not as they were, before whoever changed them hears that it is done.

A change is marked before its commit and settled behind it (decision 0060). Whatever changes pages does so to the whole
community, unless its action says that it only added to a topic: who forgets to say anything is on the safe side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.community import GROWN, PAGE_SECONDS, WHOLE, of_topic
from kernel.stamps import TROUBLE, Stamps
from kernel.storage import Database
from kernel.telemetry import logs
from services.community.store.shown import changes_pages

_log = logs.get("pages")
_NOTED = "parley.pages"
_AGAIN_SECONDS = 0.25


@dataclass(slots=True)
class Noted:
    """What a transaction has done to pages so far."""

    whole: bool = False
    touched: bool = False
    topics: set[str] = field(default_factory=set)


def note(connection: AsyncConnection) -> Noted:
    """Returns what the running transaction has done to pages, to be added to."""
    noted: Noted = connection.info.setdefault(_NOTED, Noted())
    return noted


class PageStamps:
    """Watches a database, and changes the stamps of what its transactions change."""

    def __init__(self, database: Database, stamps: Stamps) -> None:
        """Begins to watch."""
        self._stamps = stamps
        engine = database.engine.sync_engine
        event.listen(engine, "begin", _begun)
        event.listen(engine, "before_cursor_execute", _executing)
        database.watch = self

    async def before_commit(self, connection: AsyncConnection, tenant_id: str) -> Callable[[], Awaitable[None]] | None:
        """Marks the pages that a transaction changes; returns what settles them."""
        noted: Noted | None = connection.info.pop(_NOTED, None)
        if noted is None:
            return None
        if not noted.whole and noted.topics:
            topics = list(noted.topics)
            return lambda: self.added(tenant_id, topics)
        try:
            change = await self._stamps.mark(tenant_id, [WHOLE])
        except TROUBLE as error:
            _log.warning("pages are changed without a mark", exc_info=error)
            change = ""
        return lambda: self._changed(tenant_id, change)

    async def added(self, tenant_id: str, topic_ids: list[str]) -> None:
        """Says that something was added to topics, and is committed."""
        try:
            await self._stamps.settle(tenant_id, [GROWN, *(of_topic(each) for each in topic_ids)])
        except TROUBLE as error:
            # What is new is seen a moment later.
            _log.warning("pages grow old without redis", exc_info=error)

    async def _changed(self, tenant_id: str, change: str) -> None:
        deadline = asyncio.get_running_loop().time() + PAGE_SECONDS
        while True:
            try:
                await self._stamps.settle(tenant_id, [WHOLE], change)
                return
            except TROUBLE as error:
                # A gateway that still reaches Redis may show what it kept, for so long at most. Only then is it done.
                left = deadline - asyncio.get_running_loop().time()
                if left <= 0:
                    _log.warning("pages have grown old without redis", exc_info=error)
                    return
                await asyncio.sleep(min(_AGAIN_SECONDS, left))


def _begun(connection: Any) -> None:
    connection.info.pop(_NOTED, None)


def _executing(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    if changes_pages(statement):
        connection.info.setdefault(_NOTED, Noted()).touched = True
