"""Looks at conversations that changed, once for everybody who follows the same inbox.

Two hundred operators who watch one busy queue ask the same question at the same moment; whoever asks while a look is
under way that covers the question shares its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from kernel import ids
from kernel.storage import Database
from services.chat.actions.queue import Queue
from services.chat.actions.sealed import covered
from services.chat.actions.tasks import Tasks
from services.chat.domain import Conversation
from services.chat.domain.routing import NOWHERE, Place
from services.chat.store import conversations

Seen = dict[UUID, tuple[Conversation, Place]]


class Glances:
    """The looks that are under way, one for each tenant at a time."""

    def __init__(self, database: Database, tasks: Tasks, queue: Queue) -> None:
        """Takes where to look, who holds the looks, and who knows the places in the queue."""
        self._database = database
        self._queue = queue
        self._tasks = tasks
        self._wanted: dict[str, set[UUID]] = {}
        self._looking: dict[str, asyncio.Task[Seen]] = {}

    async def look(self, tenant_id: str, conversation_ids: Sequence[UUID]) -> Seen:
        """Returns the conversations as they stand now, each with its place in the queue; a missing one is left out."""
        self._wanted.setdefault(tenant_id, set()).update(conversation_ids)
        task = self._looking.get(tenant_id)
        if task is None:
            task = self._tasks.start(self._run(tenant_id))
            self._looking[tenant_id] = task
        return await asyncio.shield(task)

    async def _run(self, tenant_id: str) -> Seen:
        try:
            async with self._database.transaction(tenant_id) as connection:
                # From here on the answer is being read, so who asks later needs a look of their own.
                wanted = self._wanted.pop(tenant_id, set())
                self._looking.pop(tenant_id, None)
                tenant = ids.to_uuid(tenant_id, "ten")
                listed = await conversations.list_by_ids(connection, tenant, list(wanted))
                # Whoever follows an inbox is on the staff.
                found = await covered(connection, tenant, listed)
                places = await self._queue.places_of(connection, tenant, found)
                return {each.id: (each, places.get(each.id, NOWHERE)) for each in found}
        finally:
            if self._looking.get(tenant_id) is asyncio.current_task():
                del self._looking[tenant_id]
