"""Reads and writes conversations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain import CLOSED, OPEN, QUEUED, Conversation
from services.chat.store.tables import conversation_tags, conversations

_c = conversations.c
# The rows are locked in the order in which the writer locks them, so that the two cannot deadlock. Both sides of one
# conversation may come together, and a row is updated once for each statement.
_MARK = text(
    """
    WITH locked AS MATERIALIZED (
      SELECT c.id FROM chat.conversations c
      WHERE c.tenant_id = :tenant AND c.id = ANY (CAST(:ids AS uuid[])) ORDER BY c.id FOR UPDATE
    ), marks AS (
      SELECT m.id, coalesce(max(m.sequence) FILTER (WHERE m.side = 1), 0) AS visitor,
        coalesce(max(m.sequence) FILTER (WHERE m.side = 2), 0) AS operator
      FROM unnest(CAST(:ids AS uuid[]), CAST(:sides AS integer[]), CAST(:sequences AS bigint[]))
        AS m(id, side, sequence)
      JOIN locked ON locked.id = m.id GROUP BY m.id
    )
    UPDATE chat.conversations c
    SET visitor_read = greatest(c.visitor_read, least(m.visitor, c.head)),
        operator_read = greatest(c.operator_read, least(m.operator, c.head))
    FROM marks m WHERE c.tenant_id = :tenant AND c.id = m.id
    """
)

#: What an action changes of a conversation.
_STATE = (
    "state",
    "operator_id",
    "operator_name",
    "closed_by",
    "claim_time",
    "close_time",
    "erase_time",
    "watcher_id",
    "watch_end_time",
    "team_id",
    "queue_time",
    "queue_place",
    "left_id",
    "offered_id",
    "offer_end_time",
    "rating",
    "rate_time",
    "reply_set_time",
)
_SAVE = (
    update(conversations)
    .where(_c.tenant_id == bindparam("of_tenant"), _c.id == bindparam("of_id"))
    .values({name: bindparam(name) for name in _STATE})
)


async def find_conversation(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, *, lock: bool = False
) -> Conversation | None:
    """Returns a conversation of the bound tenant; `lock` holds it until the transaction ends."""
    query = select(conversations).where(_c.tenant_id == tenant_id, _c.id == conversation_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else conversation_of(row)


async def add_conversation(connection: AsyncConnection, conversation: Conversation) -> None:
    """Adds a conversation."""
    await connection.execute(insert(conversations).values(asdict(conversation)))


async def save_conversation(connection: AsyncConnection, conversation: Conversation) -> None:
    """Writes a locked conversation's state back; its head and its read marks are moved elsewhere."""
    await save_conversations(connection, [conversation])


async def save_conversations(connection: AsyncConnection, changed: Sequence[Conversation]) -> None:
    """Writes the states of locked conversations back, all in one go; heads and read marks are moved elsewhere."""
    await connection.execute(
        _SAVE,
        [
            {"of_tenant": each.tenant_id, "of_id": each.id} | {name: getattr(each, name) for name in _STATE}
            for each in changed
        ],
    )


async def list_queue(
    connection: AsyncConnection,
    tenant_id: UUID,
    after: UUID | None,
    limit: int,
    *,
    tag_id: UUID | None = None,
    left: bool = False,
) -> list[Conversation]:
    """Returns a page of the queue, oldest first; of those with a tag where one is named, as in every list.

    `left` leaves those that began as messages while nobody was there.
    """
    query = _page(tenant_id, limit, tag_id).where(_c.state == QUEUED).order_by(_c.id)
    query = query.where(_c.is_left) if left else query
    return await _all(connection, query if after is None else query.where(_c.id > after))


async def list_of_operator(
    connection: AsyncConnection,
    tenant_id: UUID,
    operator_id: UUID,
    *,
    closed: bool,
    since: datetime,
    before: UUID | None,
    limit: int,
    tag_id: UUID | None = None,
) -> list[Conversation]:
    """Returns a page of what an operator holds, or held until a moment or later, newest first."""
    query = (
        _kept(_page(tenant_id, limit, tag_id), since)
        .where(_c.operator_id == operator_id, _c.state == (CLOSED if closed else OPEN))
        .order_by(_c.id.desc())
    )
    return await _all(connection, query if before is None else query.where(_c.id < before))


async def list_all(
    connection: AsyncConnection,
    tenant_id: UUID,
    *,
    since: datetime,
    before: UUID | None,
    limit: int,
    tag_id: UUID | None = None,
) -> list[Conversation]:
    """Returns a page of the tenant's conversations that run or ended after a moment, newest first."""
    query = _kept(_page(tenant_id, limit, tag_id), since).order_by(_c.id.desc())
    return await _all(connection, query if before is None else query.where(_c.id < before))


async def list_visible_to_operator(
    connection: AsyncConnection,
    tenant_id: UUID,
    operator_id: UUID,
    *,
    since: datetime,
    before: UUID | None,
    limit: int,
    tag_id: UUID | None = None,
) -> list[Conversation]:
    """Returns a page of the queue and of what an operator holds, or held until a moment or later, newest first."""
    query = (
        _kept(_page(tenant_id, limit, tag_id), since)
        .where((_c.state == QUEUED) | (_c.operator_id == operator_id))
        .order_by(_c.id.desc())
    )
    return await _all(connection, query if before is None else query.where(_c.id < before))


async def list_by_ids(
    connection: AsyncConnection, tenant_id: UUID, conversation_ids: Sequence[UUID]
) -> list[Conversation]:
    """Returns the conversations with these ids that the bound tenant has."""
    return await _all(connection, select(conversations).where(_c.tenant_id == tenant_id, _c.id.in_(conversation_ids)))


async def list_of_visitor(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: UUID, *, lock: bool = False
) -> list[Conversation]:
    """Returns a visitor's conversations; `lock` holds them, in the order in which everybody locks, to the end."""
    query = select(conversations).where(_c.tenant_id == tenant_id, _c.visitor_id == visitor_id).order_by(_c.id)
    return await _all(connection, query.with_for_update() if lock else query)


async def list_others_of_visitor(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: UUID, *, but: UUID, since: datetime, limit: int
) -> list[Conversation]:
    """Returns a visitor's other conversations that run or ended after a moment, the newest first."""
    query = _kept(_page(tenant_id, limit), since).where(_c.visitor_id == visitor_id, _c.id != but)
    return await _all(connection, query.order_by(_c.create_time.desc()))


async def forget_closed(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: UUID, held: Iterable[UUID], now: datetime
) -> None:
    """Notes on a visitor's closed conversations, but for those that are held, that the visitor was forgotten."""
    await connection.execute(
        update(conversations)
        .where(
            _c.tenant_id == tenant_id,
            _c.visitor_id == visitor_id,
            _c.state == CLOSED,
            _c.erase_time.is_(None),
            _c.id.not_in(list(held)),
        )
        .values(erase_time=now)
    )


async def list_running_of_operator(
    connection: AsyncConnection, tenant_id: UUID, operator_id: UUID, limit: int
) -> list[UUID]:
    """Returns the conversations that an operator holds."""
    query = select(_c.id).where(_c.tenant_id == tenant_id, _c.operator_id == operator_id, _c.state == OPEN).limit(limit)
    return list((await connection.execute(query)).scalars())


async def list_heads(connection: AsyncConnection, tenant_id: UUID, conversation_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Returns how far each of these conversations reaches."""
    query = select(_c.id, _c.head).where(_c.tenant_id == tenant_id, _c.id.in_(conversation_ids))
    return {row.id: row.head for row in await connection.execute(query)}


async def mark_read(connection: AsyncConnection, tenant_id: UUID, marks: Sequence[tuple[UUID, int, int]]) -> None:
    """Moves read marks forward, many in one statement: (conversation, side, sequence) each."""
    await connection.execute(
        _MARK,
        {
            "tenant": tenant_id,
            "ids": [mark[0] for mark in marks],
            "sides": [mark[1] for mark in marks],
            "sequences": [mark[2] for mark in marks],
        },
    )


def _page(tenant_id: UUID, limit: int, tag_id: UUID | None = None) -> Select[Any]:
    query = select(conversations).where(_c.tenant_id == tenant_id).limit(limit)
    if tag_id is None:
        return query
    tagged = conversation_tags.c
    having = select(tagged.conversation_id).where(tagged.tenant_id == tenant_id, tagged.tag_id == tag_id)
    return query.where(_c.id.in_(having))


def _kept(query: Select[Any], since: datetime) -> Select[Any]:
    return query.where(_c.close_time.is_(None) | (_c.close_time > since))


async def _all(connection: AsyncConnection, query: Select[Any]) -> list[Conversation]:
    return [conversation_of(row) for row in await connection.execute(query)]


def conversation_of(row: Row[Any]) -> Conversation:
    """Returns the conversation that a row holds."""
    return Conversation(**row._mapping)
