"""Appends messages, in batches, and reads them back in order.

Appending goes through the driver itself: on the live path one round trip carries a whole batch, and the time that an
abstraction costs would be most of the time that a message takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import asyncpg
from sqlalchemy import and_, exists, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chat.domain import EDITED, JOINED, OPERATOR, TEXT, Entry
from services.chat.store.tables import messages

_m = messages.c
_NOBODY = UUID(int=0)
_APPEND = "SELECT * FROM chat.append($1, $2, $3, $4, $5, $6, $7, $8, $9)"
_APPEND_PLAIN = "SELECT chat.append_plain($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
#: The state by which the database says that a batch is not plain, so that it must be appended with care.
NOT_PLAIN = "PS002"
_APPEND_TEXT = text(
    "SELECT * FROM chat.append(:tenant, :now, CAST(:conversations AS uuid[]), CAST(:ids AS uuid[]), "
    "CAST(:kinds AS integer[]), CAST(:sides AS integer[]), "
    "CAST(:clients AS text[]), CAST(:operators AS uuid[]), CAST(:bodies AS text[]))"
)
_ENTRY = (
    _m.conversation_id,
    _m.id,
    _m.kind,
    _m.side,
    _m.client_message_id,
    _m.operator_id,
    _m.body,
    _m.sequence,
    _m.create_time,
    _m.target_sequence,
    _m.revision,
    _m.revise_time,
)
_NAMES = ("tenant", "now", "conversations", "ids", "kinds", "sides", "clients", "operators", "bodies")


class Appended(NamedTuple):
    """What became of one entry: `fresh`, `duplicate`, `missing`, `closed` or `not_operator`, and its place."""

    outcome: str
    sequence: int
    head: int
    create_time: datetime
    id: UUID


def _arguments(tenant_id: UUID, entries: Sequence[Entry], now: datetime) -> tuple[Any, ...]:
    return (
        tenant_id,
        now,
        [entry.conversation_id for entry in entries],
        [entry.id for entry in entries],
        [entry.kind for entry in entries],
        [entry.side for entry in entries],
        [entry.client_message_id or None for entry in entries],
        [entry.operator_id for entry in entries],
        [entry.body for entry in entries],
    )


def _appended(row: Any) -> Appended:
    _, outcome, sequence, head, create_time, entry_id = row
    return Appended(outcome, sequence or 0, head or 0, create_time, entry_id)


async def append_plain(
    connection: asyncpg.Connection[asyncpg.Record], tenant_id: UUID, entries: Sequence[Entry], now: datetime
) -> list[Appended]:
    """Appends a tenant's entries, sorted by conversation, on the writer's own connection.

    Raises a PostgresError, and has written nothing, where a conversation is not there or does not take what is said
    (`NOT_PLAIN`), or where an entry is a retry (a unique violation): `append_batch` then says which of them.
    """
    conversations: list[UUID] = []
    sizes: list[int] = []
    talks: list[bool] = []
    speakers: list[UUID | None] = []
    ats: list[int] = []
    places: list[int] = []
    for entry in entries:
        if not conversations or entry.conversation_id != conversations[-1]:
            conversations.append(entry.conversation_id)
            sizes.append(0)
            talks.append(False)
            speakers.append(None)
        sizes[-1] += 1
        ats.append(len(conversations))
        places.append(sizes[-1])
        if entry.kind == TEXT:
            talks[-1] = True
            if entry.side == OPERATOR:
                # Of two who speak at once, one at least is not its operator.
                speaker = entry.operator_id or _NOBODY
                speakers[-1] = speaker if speakers[-1] in (None, speaker) else _NOBODY
    backs = [sizes[at - 1] - place for at, place in zip(ats, places, strict=True)]
    _, _, _, ids, *rest = _arguments(tenant_id, entries, now)
    heads = await connection.fetchval(
        _APPEND_PLAIN, tenant_id, now, conversations, sizes, talks, speakers, ats, backs, ids, *rest
    )
    return [
        Appended("fresh", heads[at - 1] - back, heads[at - 1], now, entry.id)
        for at, back, entry in zip(ats, backs, entries, strict=True)
    ]


async def append_batch(
    connection: asyncpg.Connection[asyncpg.Record], tenant_id: UUID, entries: Sequence[Entry], now: datetime
) -> list[Appended]:
    """Appends a tenant's entries on the writer's own connection; outside a transaction it commits by itself."""
    return [_appended(row) for row in await connection.fetch(_APPEND, *_arguments(tenant_id, entries, now))]


async def append_one(connection: AsyncConnection, tenant_id: UUID, entry: Entry, now: datetime) -> Appended:
    """Appends an entry inside an action's transaction."""
    return (await append_all(connection, tenant_id, [entry], now))[0]


async def append_all(
    connection: AsyncConnection, tenant_id: UUID, entries: Sequence[Entry], now: datetime
) -> list[Appended]:
    """Appends entries, sorted by conversation, inside an action's transaction."""
    values = dict(zip(_NAMES, _arguments(tenant_id, entries, now), strict=True))
    return [_appended(row) for row in sorted(await connection.execute(_APPEND_TEXT, values), key=lambda row: row[0])]


async def list_messages(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, after: int, limit: int
) -> list[Entry]:
    """Returns a page of a conversation's entries, in order, after a sequence."""
    query = (
        select(*_ENTRY)
        .where(_m.tenant_id == tenant_id, _m.conversation_id == conversation_id, _m.sequence > after)
        .order_by(_m.sequence)
        .limit(limit)
    )
    page = [_entry(row) for row in await connection.execute(query)]
    edits = [entry for entry in page if entry.kind == EDITED]
    if edits:
        # The text stands in the message that was changed, and in no second place.
        wanted = {entry.target_sequence for entry in edits}
        found = await connection.execute(
            select(_m.sequence, _m.body).where(
                _m.tenant_id == tenant_id, _m.conversation_id == conversation_id, _m.sequence.in_(wanted)
            )
        )
        bodies = {row.sequence: row.body for row in found}
        for entry in edits:
            entry.body = bodies.get(entry.target_sequence, "")
    return page


async def is_noted(connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, kind: int, body: str) -> bool:
    """Says whether a conversation has an entry of a kind that says the same."""
    query = select(
        exists().where(
            _m.tenant_id == tenant_id, _m.conversation_id == conversation_id, _m.kind == kind, _m.body == body
        )
    )
    return bool((await connection.execute(query)).scalar_one())


async def find_by_client_id(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID, client_message_id: str
) -> Entry | None:
    """Returns the entry that a client gave an id."""
    query = select(*_ENTRY).where(
        _m.tenant_id == tenant_id,
        _m.conversation_id == conversation_id,
        _m.client_message_id == client_message_id,
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _entry(row)


async def list_messages_among(
    connection: AsyncConnection,
    tenant_id: UUID,
    conversation_ids: Sequence[UUID],
    after: tuple[UUID, int] | None,
    limit: int,
) -> list[Entry]:
    """Returns a page of the entries of several conversations, in order of conversation and sequence, after a place."""
    query = (
        select(*_ENTRY)
        .where(_m.tenant_id == tenant_id, _m.conversation_id.in_(conversation_ids))
        .order_by(_m.conversation_id, _m.sequence)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(_m.conversation_id, _m.sequence) > tuple_(*after))
    return [_entry(row) for row in await connection.execute(query)]


def _entry(row: Any) -> Entry:
    return Entry(**{**cast("dict[str, Any]", row._mapping), "client_message_id": row.client_message_id or ""})


async def first_moments(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: UUID
) -> tuple[datetime | None, datetime | None]:
    """Returns when an operator first joined a conversation, and when one first said something in it."""
    query = select(
        func.min(_m.create_time).filter(_m.kind == JOINED),
        func.min(_m.create_time).filter(and_(_m.kind == TEXT, _m.side == OPERATOR)),
    ).where(_m.tenant_id == tenant_id, _m.conversation_id == conversation_id)
    joined, answered = (await connection.execute(query)).one()
    return joined, answered
