"""Finds lines of what was said by their words, and reads them with where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.search import Search

_SEARCH = Search("chat", "messages")
_FILTERS = ("since", "closed_after", "operator_id", "site_id", "tag_id")
#: The bound tenant's rows are read by their keys, under row security as always.
_LINES = text(
    f"""
    SELECT m.id, m.conversation_id, m.sequence, m.side, m.create_time, app.snippet(m.body, :query) AS snippet,
      c.display_name, c.operator_id, c.operator_name, c.site_id, c.close_time, c.visitor_id
    FROM {_SEARCH.source(*_FILTERS)} h
    JOIN chat.messages m
      ON m.tenant_id = :tenant AND m.conversation_id = h.conversation_id AND m.sequence = h.sequence
    JOIN chat.conversations c ON c.tenant_id = :tenant AND c.id = h.conversation_id
    ORDER BY m.id DESC
    """  # noqa: S608 - Names in the code.
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What is looked for in the transcripts of one tenant, among conversations that ended after a moment."""

    query: str
    closed_after: datetime
    operator_id: UUID | None = None
    site_id: UUID | None = None
    tag_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def filters(self) -> dict[str, object]:
        """Returns what narrows the search, as its function calls it."""
        return {
            "since": None if self.since is None else first_id_at(self.since),
            "closed_after": self.closed_after,
            "operator_id": self.operator_id,
            "site_id": self.site_id,
            "tag_id": self.tag_id,
        }


def first_id_at(moment: datetime) -> UUID:
    """Returns the id from which on all ids are made at a moment or later."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


async def search(
    connection: AsyncConnection, tenant_id: UUID, sought: Sought, *, before: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns a page of lines with the words, newest first."""
    given = _SEARCH.arguments(sought.query, size=limit, before=_edge(sought, before), **sought.filters())
    return (await connection.execute(_LINES, {"tenant": tenant_id, **given})).all()


async def find_places(
    connection: AsyncConnection, sought: Sought, *, before: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Returns where a page of lines with the words stands, newest first: `hit`, `conversation_id` and `sequence`."""
    return await _SEARCH.places(connection, sought.query, size=limit, before=_edge(sought, before), **sought.filters())


def _edge(sought: Sought, before: UUID | None) -> UUID | None:
    if sought.until is None:
        return before
    end = first_id_at(sought.until)
    return end if before is None else min(before, end)
