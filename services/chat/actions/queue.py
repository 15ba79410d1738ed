"""Says where somebody stands in the queue, and how long that will presumably take.

How long others waited is looked up for all of a tenant at once and remembered for some seconds: hundreds who wait hear
of every change, and what they are told would not change meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.clock import Clock
from services.chat.domain import QUEUED, Conversation
from services.chat.domain.routing import NOWHERE, Place, expected_wait
from services.chat.store import queue
from services.chat.store.queue import Waits

FRESH = timedelta(seconds=5)
_REMEMBERED = 10_000


class Queue:
    """The tenants' queues, as those see them who wait and those who serve them."""

    def __init__(self, clock: Clock) -> None:
        """Takes what tells the time."""
        self._clock = clock
        self._waits: OrderedDict[UUID, tuple[datetime, Waits]] = OrderedDict()

    async def place_of(self, connection: AsyncConnection, conversation: Conversation) -> Place:
        """Returns where a conversation stands; nowhere where it does not wait."""
        if conversation.state != QUEUED:
            return NOWHERE
        position = await queue.position_of(connection, conversation)
        waits = await self._recent(connection, conversation.tenant_id)
        return Place(position, expected_wait(position, waits.get(conversation.team_id, [])))

    async def places_of(
        self, connection: AsyncConnection, tenant_id: UUID, shown: Iterable[Conversation]
    ) -> dict[UUID, Place]:
        """Returns where those of the first thousand stand, if any of those who are shown waits."""
        if all(each.state != QUEUED for each in shown):
            return {}
        waits = await self._recent(connection, tenant_id)
        counts: dict[UUID | None, int] = {}
        found: dict[UUID, Place] = {}
        for conversation_id, team_id in await queue.list_waiting(connection, tenant_id):
            position = counts[team_id] = counts.get(team_id, 0) + 1
            found[conversation_id] = Place(position, expected_wait(position, waits.get(team_id, [])))
        return found

    async def _recent(self, connection: AsyncConnection, tenant_id: UUID) -> Waits:
        now = self._clock.now()
        read, waits = self._waits.get(tenant_id, (None, {}))
        if read is None or not read <= now < read + FRESH:
            waits = await queue.recent_waits(connection, tenant_id, now)
            self._waits[tenant_id] = (now, waits)
            self._waits.move_to_end(tenant_id)
            while len(self._waits) > _REMEMBERED:
                self._waits.popitem(last=False)
        return waits
