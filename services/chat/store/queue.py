"""Reads the queue: who waits, at which place, and how long others waited lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain import OPEN, QUEUED, Conversation
from services.chat.domain.routing import RECENT
from services.chat.store.conversations import conversation_of
from services.chat.store.tables import conversations

_c = conversations.c
_SHOWN = 1000
_WAITS = 20
# Each waits in the queue of its own team. Who was answered last is read by the index on when that was.
_PLACE = text(
    """
    SELECT count(*) AS place FROM chat.conversations c
    WHERE c.tenant_id = :tenant AND c.state = 1 AND c.id <= :id
      AND c.team_id IS NOT DISTINCT FROM CAST(:team AS uuid)
    """
)
_RECENT = text(
    """
    SELECT c.team_id, c.queue_place AS place,
      CAST(extract(epoch FROM c.claim_time - coalesce(c.queue_time, c.create_time)) AS double precision) AS seconds
    FROM chat.conversations c WHERE c.tenant_id = :tenant AND c.claim_time > :since
    ORDER BY c.claim_time DESC LIMIT 500
    """
)
_RUNNING = text(
    """
    SELECT c.id, t.side, t.create_time FROM chat.conversations c
    LEFT JOIN LATERAL (
      SELECT m.side, m.create_time FROM chat.messages m
      WHERE m.tenant_id = c.tenant_id AND m.conversation_id = c.id AND m.kind = 1 ORDER BY m.sequence DESC LIMIT 1
    ) t ON true
    WHERE c.tenant_id = :tenant AND c.id = ANY (CAST(:ids AS uuid[]))
    """
)

Waits = dict[UUID | None, list[tuple[float, int]]]


async def recent_waits(connection: AsyncConnection, tenant_id: UUID, now: datetime) -> Waits:
    """Returns how long those waited who were answered last, and from which place, by team."""
    found: Waits = {}
    for row in await connection.execute(_RECENT, {"tenant": tenant_id, "since": now - RECENT}):
        of_team = found.setdefault(row.team_id, [])
        if len(of_team) < _WAITS:
            of_team.append((row.seconds, row.place))
    return found


async def position_of(connection: AsyncConnection, conversation: Conversation) -> int:
    """Returns the place of a conversation in the queue of its team, from 1; 0 where it does not wait."""
    if conversation.state != QUEUED:
        return 0
    values = {"tenant": conversation.tenant_id, "id": conversation.id, "team": conversation.team_id}
    return int((await connection.execute(_PLACE, values)).scalar_one())


async def next_position(connection: AsyncConnection, conversation: Conversation, team_id: UUID | None) -> int:
    """Returns the place that a conversation which does not wait would have in the queue of a team."""
    values = {"tenant": conversation.tenant_id, "id": conversation.id, "team": team_id}
    return int((await connection.execute(_PLACE, values)).scalar_one()) + 1


async def list_waiting(connection: AsyncConnection, tenant_id: UUID) -> list[tuple[UUID, UUID | None]]:
    """Returns the first thousand who wait, each with the team."""
    query = select(_c.id, _c.team_id).where(_c.tenant_id == tenant_id, _c.state == QUEUED).order_by(_c.id).limit(_SHOWN)
    return [(row.id, row.team_id) for row in await connection.execute(query)]


async def lock_queue(connection: AsyncConnection, tenant_id: UUID, limit: int) -> list[Conversation]:
    """Returns those who have waited longest, and holds them; whom somebody else takes at this moment is left out."""
    query = (
        select(conversations)
        .where(_c.tenant_id == tenant_id, _c.state == QUEUED)
        .order_by(_c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [conversation_of(row) for row in await connection.execute(query)]


async def lock_held(
    connection: AsyncConnection, tenant_id: UUID, operator_id: UUID, limit: int, *, waits: bool = False
) -> list[Conversation]:
    """Returns what an operator answers, and holds it; what somebody else holds is left out, or waited for."""
    query = (
        select(conversations)
        .where(_c.operator_id == operator_id, _c.tenant_id == tenant_id, _c.state == OPEN)
        .order_by(_c.id)
        .limit(limit)
        .with_for_update(skip_locked=not waits)
    )
    return [conversation_of(row) for row in await connection.execute(query)]


async def count_held(connection: AsyncConnection, tenant_id: UUID, operator_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Returns how many conversations each of these operators answers; who answers none is left out."""
    query = (
        select(_c.operator_id, func.count())
        .where(_c.operator_id.in_(operator_ids), _c.tenant_id == tenant_id, _c.state == OPEN)
        .group_by(_c.operator_id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def list_running(
    connection: AsyncConnection, tenant_id: UUID, after: UUID | None, limit: int
) -> list[Conversation]:
    """Returns a page of what waits or runs, the oldest first."""
    query = (
        select(conversations)
        .where(_c.tenant_id == tenant_id, _c.state.in_((QUEUED, OPEN)))
        .order_by(_c.id)
        .limit(limit)
    )
    rows = await connection.execute(query if after is None else query.where(_c.id > after))
    return [conversation_of(row) for row in rows]


async def last_said(
    connection: AsyncConnection, tenant_id: UUID, conversation_ids: Sequence[UUID]
) -> dict[UUID, tuple[int, datetime]]:
    """Returns which side said the last word in each of these conversations, and when; not what it was."""
    rows = await connection.execute(_RUNNING, {"tenant": tenant_id, "ids": list(conversation_ids)})
    return {row.id: (row.side, row.create_time) for row in rows if row.side is not None}
