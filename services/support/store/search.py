"""Finds tickets by the words in their subjects and in what was written, within the queues that somebody sees."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.search import Search
from kernel.storage.statements import Statement
from services.support.store.lists import SHOWN, SHOWN_FROM, Shown, shown
from services.support.store.queues import VISIBLE, Reader

_ENTRIES, _SUBJECTS = Search("support", "entries"), Search("support", "tickets")
_SEEN = f"ARRAY({VISIBLE})"
#: The places come first, the bound tenant's rows are then read by their keys, under row security as always. A text is
#: taken apart for what is shown of it: not for a ticket's second place, nor for the place that only says that the list
#: goes on.
_LINES = Statement(
    f"""
    WITH hits AS MATERIALIZED (
      SELECT h.hit AS key, h.ticket_id, true AS is_entry FROM {_ENTRIES.source(queue_ids=_SEEN)} h
      UNION ALL
      SELECT h.hit, h.hit, false FROM {_SUBJECTS.source(queue_ids=_SEEN)} h
      ORDER BY key DESC LIMIT :size
    ), places AS (
      SELECT h.*, row_number() OVER (ORDER BY h.key DESC) < :size
        AND row_number() OVER (PARTITION BY h.ticket_id ORDER BY h.key DESC) = 1 AS is_shown
      FROM hits h
    )
    SELECT {SHOWN}, p.key, CASE WHEN p.is_shown THEN app.snippet(
      CASE WHEN NOT p.is_entry THEN t.subject WHEN e.note <> '' THEN e.note ELSE e.body END, :query) END AS snippet
    FROM places p
    JOIN ({SHOWN_FROM}) ON t.tenant_id = :tenant AND t.id = p.ticket_id
    LEFT JOIN support.entries e ON p.is_entry AND e.tenant_id = :tenant AND e.id = p.key
    WHERE NOT p.is_entry OR e.id IS NOT NULL
    ORDER BY p.key DESC
    """  # noqa: S608 - Names in the code.
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place with the words: by what it sorts, its ticket, and the words with marks where they are shown."""

    key: UUID
    shown: Shown
    snippet: str


async def find(
    connection: AsyncConnection, tenant_id: UUID, words: str, reader: Reader, *, before: UUID | None, limit: int
) -> list[Hit]:
    """Returns a page of places with the words, newest first; the snippet is with each ticket's first, but the last."""
    given = _ENTRIES.arguments(words, size=limit, before=before)
    rows = await _LINES.rows(connection, {"tenant": tenant_id, **reader.arguments(), **given})
    return [Hit(key=row.key, shown=shown(row), snippet=row.snippet or "") for row in rows]
