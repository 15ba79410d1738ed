"""Reads a ticket as it is opened, with all that belongs to it, in one statement and so in one round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.storage.rows import maker
from kernel.storage.statements import Statement
from services.support.domain.files import MOST_FILES, TicketFile
from services.support.domain.levels import Clock
from services.support.domain.tickets import Entry, Happened, no_such_ticket
from services.support.store.lists import SHOWN, SHOWN_FROM, Shown, shown
from services.support.store.queues import VISIBLE, Reader
from services.support.store.tables import clocks, drafts, entries, events, files, viewers
from services.support.store.thread import Draft, Viewer
from services.support.store.tickets import Requester

#: So many of the last entries and events are shown, and of the tickets that are part of one.
MOST_SHOWN = 500


def _names(of: Table, *left_out: str) -> list[str]:
    return [each.name for each in of.c if each.name not in ("tenant_id", *left_out)]


_ENTRY, _EVENT, _FILE = _names(entries), _names(events), _names(files)
_CLOCK, _DRAFT = _names(clocks, "ticket_id"), _names(drafts, "ticket_id", "staff_id")
_VIEWER = _names(viewers, "seen_time")
_REQUESTER = ("id", "email", "display_name")
_entry, _happened, _file = maker(Entry, _ENTRY), maker(Happened, _EVENT), maker(TicketFile, _FILE)
_clock, _draft, _viewer = maker(Clock, _CLOCK), maker(Draft, _DRAFT), maker(Viewer, _VIEWER)
_requester = maker(Requester, _REQUESTER)


def _row(prefix: str, names: Sequence[str]) -> str:
    return f"ROW({', '.join(f'{prefix}.{name}' for name in names)})"


# What hangs on the ticket comes as lists of rows beside it. A merge is a pointer, so that the tickets that are part of
# this one are found first, and then what was written in all of them together.
_WHOLE = Statement(
    f"""
    WITH RECURSIVE parts AS (
      SELECT t.id FROM support.tickets t WHERE t.tenant_id = :tenant AND t.id = :ticket
      UNION
      SELECT t.id FROM support.tickets t JOIN parts p ON t.tenant_id = :tenant AND t.merged_into_id = p.id
    ), together AS MATERIALIZED (SELECT ARRAY(SELECT p.id FROM parts p LIMIT {MOST_SHOWN + 1}) AS ids)
    SELECT {SHOWN}, (SELECT s.ids FROM together s) AS together, ARRAY(
        SELECT ROW({", ".join(f"e.{name}" for name in _ENTRY)}, (
          SELECT a.email FROM support.requesters a WHERE a.tenant_id = :tenant AND a.id = e.author_id))
        FROM support.entries e
        WHERE e.tenant_id = :tenant AND e.ticket_id = ANY (CAST((SELECT s.ids FROM together s) AS uuid[]))
        ORDER BY e.id DESC LIMIT {MOST_SHOWN}
      ) AS entries, ARRAY(
        SELECT {_row("h", _EVENT)} FROM support.events h
        WHERE h.tenant_id = :tenant AND h.ticket_id = ANY (CAST((SELECT s.ids FROM together s) AS uuid[]))
        ORDER BY h.id DESC LIMIT {MOST_SHOWN}
      ) AS events, ARRAY(
        SELECT {_row("f", _FILE)} FROM support.files f
        WHERE f.tenant_id = :tenant AND f.ticket_id = ANY (CAST((SELECT s.ids FROM together s) AS uuid[]))
        ORDER BY f.create_time, f.id LIMIT {MOST_FILES}
      ) AS files, ARRAY(
        SELECT {_row("c", _REQUESTER)} FROM support.copies k
        JOIN support.requesters c ON c.tenant_id = k.tenant_id AND c.id = k.requester_id
        WHERE k.tenant_id = :tenant AND k.ticket_id = t.id ORDER BY k.create_time, c.id
      ) AS copies, ARRAY(
        SELECT {_row("d", _DRAFT)} FROM support.drafts d
        WHERE d.tenant_id = :tenant AND d.ticket_id = t.id AND d.staff_id = CAST(:reader AS uuid)
      ) AS drafts, ARRAY(
        SELECT ROW(l.other_id, l.kind) FROM support.links l
        JOIN support.tickets o ON o.tenant_id = l.tenant_id AND o.id = l.other_id
        WHERE l.tenant_id = :tenant AND l.ticket_id = t.id ORDER BY l.other_id
      ) AS links, ARRAY(
        SELECT {_row("v", _VIEWER)} FROM support.viewers v
        WHERE v.tenant_id = :tenant AND v.ticket_id = t.id AND v.seen_time >= :since
          AND v.staff_id IS DISTINCT FROM CAST(:reader AS uuid)
        ORDER BY v.staff_id
      ) AS viewers, ARRAY(
        SELECT ROW(w.field_id, w.value) FROM support.field_values w
        WHERE w.tenant_id = :tenant AND w.ticket_id = t.id
      ) AS fields, ARRAY(
        SELECT o.staff_id FROM support.followers o
        WHERE o.tenant_id = :tenant AND o.ticket_id = t.id ORDER BY o.staff_id
      ) AS follower_ids, ARRAY(
        SELECT {_row("k", _CLOCK)} FROM support.clocks k
        WHERE k.tenant_id = :tenant AND k.ticket_id = t.id ORDER BY k.metric
      ) AS clocks
    FROM {SHOWN_FROM}
    WHERE t.tenant_id = :tenant AND t.id = :ticket AND t.queue_id = ANY (ARRAY({VISIBLE}))
    """  # noqa: S608 - Names in the code.
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A ticket as it is opened."""

    shown: Shown
    entries: Sequence[Entry]
    events: Sequence[Happened]
    draft: Draft | None
    part_ids: Sequence[UUID]
    links: Sequence[tuple[UUID, int]]
    viewers: Sequence[Viewer]
    fields: Mapping[UUID, str]
    follower_ids: Sequence[UUID]
    clocks: Sequence[Clock]
    files: Sequence[TicketFile]
    copies: Sequence[Requester]
    #: The addresses of those who wrote in place of the requester.
    authors: Mapping[UUID, str]


async def get_whole(
    connection: AsyncConnection, tenant_id: UUID, ticket_id: UUID, reader: Reader, *, since: datetime
) -> Whole:
    """Returns a ticket that somebody sees, with who else was heard of there since a moment; raises NotFound."""
    given = {"tenant": tenant_id, "ticket": ticket_id, "since": since, **reader.arguments()}
    found = await _WHOLE.rows(connection, given)
    if not found:
        raise no_such_ticket()
    (row,) = found
    # The last of an entry's values is the address of whoever wrote it in place of the requester.
    written = [(_entry(each), each[-1]) for each in reversed(row.entries)]
    return Whole(
        shown=shown(row),
        entries=[each for each, _ in written],
        events=[_happened(each) for each in reversed(row.events)],
        draft=next(map(_draft, row.drafts), None),
        part_ids=[each for each in row.together if each != ticket_id],
        links=row.links,
        viewers=list(map(_viewer, row.viewers)),
        fields=dict(row.fields),
        follower_ids=row.follower_ids,
        clocks=list(map(_clock, row.clocks)),
        files=list(map(_file, row.files)),
        copies=list(map(_requester, row.copies)),
        authors={each.author_id: email for each, email in written if each.author_id is not None and email is not None},
    )
