"""Finds tickets by the words in their subjects and in what was written, within some queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.search import Search

_ENTRIES, _SUBJECTS = Search("support", "entries"), Search("support", "tickets")
#: The bound tenant's rows are read by their keys, under row security as always.
_LINES = text(
    f"""
    SELECT h.hit AS key, h.ticket_id,
      app.snippet(CASE WHEN e.note <> '' THEN e.note ELSE e.body END, :query) AS snippet
    FROM {_ENTRIES.source("queue_ids")} h
    JOIN support.entries e ON e.tenant_id = :tenant AND e.id = h.hit
    UNION ALL
    SELECT h.hit AS key, h.hit AS ticket_id, app.snippet(t.subject, :query) AS snippet
    FROM {_SUBJECTS.source("queue_ids")} h
    JOIN support.tickets t ON t.tenant_id = :tenant AND t.id = h.hit
    ORDER BY key DESC LIMIT :size
    """  # noqa: S608 - Names in the code.
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place with the words: by what it sorts, its ticket, and the words with marks."""

    key: UUID
    ticket_id: UUID
    snippet: str


async def find(
    connection: AsyncConnection,
    tenant_id: UUID,
    words: str,
    queue_ids: Sequence[UUID],
    *,
    before: UUID | None,
    limit: int,
) -> list[Hit]:
    """Returns a page of places with the words, newest first."""
    given = _ENTRIES.arguments(words, size=limit, before=before, queue_ids=list(queue_ids))
    rows = await connection.execute(_LINES, {"tenant": tenant_id, **given})
    return [Hit(key=row.key, ticket_id=row.ticket_id, snippet=row.snippet) for row in rows]
