"""Moves read marks forward: what came together during the last write goes into one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from uuid import UUID

from kernel import ids
from kernel.errors import Unavailable
from kernel.storage import Database
from kernel.telemetry import logs
from services.chat.store import conversations

RETRY_SECONDS = 0.5

_log = logs.get("chat")


class Marks:
    """The read marks that still have to be written."""

    def __init__(self, database: Database, written: Callable[[Iterable[UUID]], None]) -> None:
        """Takes where they go, and what is told of the conversations whose marks were written."""
        self._database = database
        self._written = written
        self._waiting: dict[tuple[UUID, UUID, int], int] = {}
        self._wake = asyncio.Event()

    def move(self, tenant_id: UUID, conversation_id: UUID, side: int, sequence: int) -> None:
        """Notes how far a side has read; only the furthest counts."""
        key = (tenant_id, conversation_id, side)
        self._waiting[key] = max(sequence, self._waiting.get(key, 0))
        self._wake.set()

    async def run(self) -> None:
        """Writes until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            waiting, self._waiting = self._waiting, {}
            by_tenant: dict[UUID, list[tuple[UUID, int, int]]] = {}
            for (tenant_id, conversation_id, side), sequence in waiting.items():
                by_tenant.setdefault(tenant_id, []).append((conversation_id, side, sequence))
            for tenant_id, marks in by_tenant.items():
                try:
                    async with self._database.transaction(ids.from_uuid("ten", tenant_id)) as connection:
                        await conversations.mark_read(connection, tenant_id, marks)
                    self._written({conversation_id for conversation_id, _, _ in marks})
                except Unavailable:
                    for conversation_id, side, sequence in marks:
                        self.move(tenant_id, conversation_id, side, sequence)
                    await asyncio.sleep(RETRY_SECONDS)
                except Exception as error:  # noqa: BLE001  # One tenant's marks must not stop everybody's.
                    _log.error("read marks could not be written", exc_info=error, count=len(marks))
