"""Reads tickets as lists show them: a page of those that a filter means, some by their ids, and how many there are.

Each is one statement, in which the queues that the reader sees are a part: what a page needs is read in one round trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.privacy.seals import reason_in
from kernel.storage.rows import maker
from kernel.storage.statements import Statement
from services.support.domain.tickets import CLOSED, Ticket
from services.support.store.queues import VISIBLE, Reader
from services.support.store.tables import tickets

#: How far a count goes on; who sees more than that needs no exact number.
MOST_COUNTED = 1000
_NAMES = [each.name for each in tickets.c if each.name != "tenant_id"]
#: What a list shows of a ticket, with which a row begins that `shown` reads, and from what.
SHOWN = f"""{", ".join(f"t.{name}" for name in _NAMES)}, r.email, r.display_name, ARRAY(
    SELECT g.tag_id FROM support.ticket_tags g
    WHERE g.tenant_id = t.tenant_id AND g.ticket_id = t.id ORDER BY g.tag_id
  ) AS tag_ids"""  # noqa: S608 - Names in the code.
SHOWN_FROM = "support.tickets t JOIN support.requesters r ON r.tenant_id = t.tenant_id AND r.id = t.requester_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A ticket with what stands beside it in a list."""

    ticket: Ticket
    email: str
    display_name: str
    tag_ids: tuple[UUID, ...] = ()
    #: In a list, the reason for which the ticket is sealed.
    sealed_for: int | None = None


_ticket, _COUNT = maker(Ticket, _NAMES), len(_NAMES)
_made = maker(Shown, ("ticket", "email", "display_name", "tag_ids", "sealed_for"))


def shown(row: Sequence[Any], sealed_for: int | None = None) -> Shown:
    """Reads a row that begins with what `SHOWN` names."""
    return _made((_ticket(row), row[_COUNT], row[_COUNT + 1], tuple(row[_COUNT + 2]), sealed_for))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which of the tickets that somebody sees are meant."""

    reader: Reader
    queue_id: UUID | None = None
    states: Sequence[int] = ()
    assignee_id: UUID | None = None
    is_unassigned: bool = False
    follower_id: UUID | None = None
    priorities: Sequence[int] = ()
    tag_id: UUID | None = None
    requester_id: UUID | None = None
    snoozed: bool = False
    spam: bool = False
    breached: bool = False
    reply_last: bool = False
    merged: bool = False

    def arguments(self, tenant_id: UUID, now: datetime) -> dict[str, object]:
        """Returns what the conditions are given."""
        given = {
            "queue": self.queue_id,
            "state": self.states[0] if len(self.states) == 1 else None,
            "states": list(self.states) if len(self.states) > 1 else None,
            "assignee": self.assignee_id,
            "follower": self.follower_id,
            "priorities": list(self.priorities) or None,
            "tag": self.tag_id,
            "requester": self.requester_id,
        }
        return {
            "tenant": tenant_id,
            "now": now,
            **self.reader.arguments(),
            **{name: value for name, value in given.items() if value is not None},
        }

    def conditions(self) -> str:
        """Returns what the filter says, in SQL in which `t` is the ticket."""
        # One queue and one state are compared and not looked for in a list, so that an index gives their order.
        said = (
            (self.queue_id is None, f"t.queue_id = ANY (ARRAY({VISIBLE}))"),
            (self.queue_id is not None, f"t.queue_id = :queue AND CAST(:queue AS uuid) = ANY (ARRAY({VISIBLE}))"),
            (not self.states, f"t.state < {CLOSED}"),
            (len(self.states) == 1, "t.state = :state"),
            (len(self.states) > 1, "t.state = ANY (CAST(:states AS integer[]))"),
            (self.assignee_id is not None, "t.assignee_id = :assignee"),
            (self.is_unassigned, "t.assignee_id IS NULL"),
            (bool(self.priorities), "t.priority = ANY (CAST(:priorities AS integer[]))"),
            (self.requester_id is not None, "t.requester_id = :requester"),
            (self.tag_id is not None, _TAGGED),
            (self.follower_id is not None, _FOLLOWED),
            (self.snoozed, "t.snooze_until_time > :now"),
            (not self.snoozed, "(t.snooze_until_time IS NULL OR t.snooze_until_time <= :now)"),
            (True, "t.is_spam" if self.spam else "NOT t.is_spam"),
            (self.breached, "t.is_breached"),
            (self.reply_last, "t.is_reply_last"),
            (not self.merged, "t.merged_into_id IS NULL"),
        )
        return " AND ".join(["t.tenant_id = :tenant", *(condition for holds, condition in said if holds)])


_TAGGED = (
    "EXISTS (SELECT FROM support.ticket_tags g WHERE g.tenant_id = :tenant AND g.ticket_id = t.id AND g.tag_id = :tag)"
)
_FOLLOWED = (
    "EXISTS (SELECT FROM support.followers f"
    " WHERE f.tenant_id = :tenant AND f.ticket_id = t.id AND f.staff_id = :follower)"
)

#: By what a list is sorted: its columns, and whether the largest comes first.
_ORDERS: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "updated": (("update_time", "id"), True),
    "oldest": (("id",), False),
    "newest": (("id",), True),
    "due": (("next_due_time", "id"), False),
    "priority": (("priority", "update_time", "id"), True),
}


def position_of(order: str, ticket: Ticket) -> tuple[str, ...]:
    """Returns where a list goes on after a ticket."""
    values = [getattr(ticket, name) for name in _ORDERS[order][0]]
    return tuple(each.isoformat() if isinstance(each, datetime) else str(each) for each in values)


def _edge(order: str, position: Sequence[str | int]) -> dict[str, object]:
    read: dict[type, Callable[[str], object]] = {datetime: datetime.fromisoformat, UUID: UUID, int: int}
    names = _ORDERS[order][0]
    return {
        f"edge_{name}": read[tickets.c[name].type.python_type](str(value))
        for name, value in zip(names, position, strict=True)
    }


_SEALED = reason_in("support", record="t.id", subject="t.requester_id")


@lru_cache(maxsize=256)
def _page(conditions: str, order: str, *, goes_on: bool) -> Statement:
    names, is_down = _ORDERS[order]
    if order == "due":
        conditions += " AND t.next_due_time IS NOT NULL"
    if goes_on:
        here, edge = ", ".join(f"t.{name}" for name in names), ", ".join(f":edge_{name}" for name in names)
        conditions += f" AND ({here}) {'<' if is_down else '>'} ({edge})"
    sorted_by = ", ".join(f"t.{name}{' DESC' if is_down else ''}" for name in names)
    return Statement(
        f"SELECT {SHOWN}, {_SEALED} AS sealed_for FROM {SHOWN_FROM} WHERE {conditions} ORDER BY {sorted_by} LIMIT :size"  # noqa: S608 - Ours.
    )


async def list_tickets(
    connection: AsyncConnection,
    tenant_id: UUID,
    wanted: Filter,
    order: str,
    *,
    after: Sequence[str | int] | None,
    limit: int,
    now: datetime,
) -> list[Shown]:
    """Returns a page of tickets with who asks and their tags, and for which reason each is sealed.

    It is a transaction of its own, within `Database.read`.
    """
    given = wanted.arguments(tenant_id, now) | {"size": limit} | ({} if after is None else _edge(order, after))
    statement = _page(wanted.conditions(), order, goes_on=after is not None)
    return [shown(row, row[-1]) for row in await statement.alone(connection, tenant_id, given)]


_BY_IDS = Statement(
    f"SELECT {SHOWN} FROM {SHOWN_FROM} WHERE t.tenant_id = :tenant AND t.id = ANY (CAST(:ids AS uuid[]))"  # noqa: S608 - Ours.
)


async def list_by_ids(connection: AsyncConnection, tenant_id: UUID, ticket_ids: Iterable[UUID]) -> dict[UUID, Shown]:
    """Returns tickets by their ids, with who asks and their tags."""
    rows = await _BY_IDS.rows(connection, {"tenant": tenant_id, "ids": list(set(ticket_ids))})
    return {each.ticket.id: each for each in map(shown, rows)}


@lru_cache(maxsize=256)
def _count(conditions: str) -> Statement:
    some = f"SELECT FROM support.tickets t WHERE {conditions} LIMIT {MOST_COUNTED}"
    return Statement(f"SELECT count(*) AS many FROM ({some}) AS counted")  # noqa: S608 - Ours.


async def count(connection: AsyncConnection, tenant_id: UUID, wanted: Filter, now: datetime) -> int:
    """Returns how many tickets a filter means, up to the most that is counted; within `Database.read`."""
    (row,) = await _count(wanted.conditions()).alone(connection, tenant_id, wanted.arguments(tenant_id, now))
    return int(row[0])
