"""Forgets a person in one service's tables, field by field as the privacy options say.

A record goes where everything in it that is erased at all goes; a record that must stay keeps its skeleton. What is
pseudonymised gets a value that was derived under a key which is thrown away at once, so that the records of one person
still belong together and lead to nobody.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from parley.options.v1 import privacy_pb2
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    and_,
    cast,
    delete,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.privacy.seals import Holds, parents, sides
from kernel.privacy.subjects.coverage import Held, Store, owners, stores_of
from kernel.storage import leftovers

#: What stands where a value must stay unlike all others.
ERASED = "erased-"

_EMPTYING = (privacy_pb2.ERASURE_NULLIFY, privacy_pb2.ERASURE_DELETE)


@dataclass(slots=True)
class Erased:
    """What erasure did in one store; `held` counts what a legal hold keeps as it is."""

    store: str
    deleted: int = 0
    emptied: int = 0
    held: int = 0


async def erase(
    connection: AsyncConnection,
    metadata: MetaData,
    kind: int,
    tenant: UUID,
    subject: UUID,
    now: datetime,
    *,
    whole: bool = False,
) -> list[Erased]:
    """Forgets a person in the running transaction, and says what was done in each store; a second time, nothing.

    What is held stays, and is forgotten when the hold is taken away. `whole` leaves no skeletons either: every record
    goes in which there is anything to erase, as with what a minor submitted.
    """
    stores = stores_of(metadata, kind)
    holds = await Holds.of(connection, metadata, tenant)
    done = {store.name: Erased(store.name) for store in stores}
    lone = await _lone(connection, stores, tenant, subject, whole=whole)
    pseudonym = UUID(bytes=hmac.new(os.urandom(32), subject.bytes, sha256).digest()[:16])
    # What others belong to comes first where rows are kept, in the order in which everybody locks, and last where they
    # go, so that nothing goes uncounted.
    for store in stores:
        if not _goes(store, whole=whole):
            free = _free(holds, store, subject, holds.on_row(store.table))
            done[store.name].emptied = await _empty(connection, store, tenant, subject, pseudonym, free)
    for store in reversed(stores):
        if _goes(store, whole=whole):
            # A record goes with all that belongs to it, so that it stays as long as anything of that is held.
            free = _free(holds, store, subject, holds.within_row(store.table))
            gone = await connection.execute(delete(store.table).where(store.rows_of(tenant, subject), *free))
            done[store.name].deleted = gone.rowcount
    for table, people in lone.items():
        for person in await _with_nothing(connection, table, tenant, people):
            for each in await erase(connection, metadata, owners(table)[0], tenant, person, now, whole=whole):
                done.setdefault(each.store, Erased(each.store)).deleted += each.deleted
    links = [(store, _linked(store)) for store in stores if not _goes(store, whole=whole)]
    if holds.is_any:
        for store in stores:
            held = or_(holds.within_row(store.table), holds.on_person(kind, subject))
            count = select(func.count()).select_from(store.table).where(store.rows_of(tenant, subject), held)
            done[store.name].held = int((await connection.execute(count)).scalar_one())
        await holds.hold_up(connection, kind, subject, now, whole=whole)
    # What leads to the person changes last: whatever belongs to such a record is found by it until then.
    for store, link in links:
        if link is not None:
            free = _free(holds, store, subject, holds.on_row(store.table))
            condition = and_(store.rows_of(tenant, subject), *free)
            changed = await connection.execute(update(store.table).where(condition).values({link.name: pseudonym}))
            done[store.name].emptied = changed.rowcount
    touched = [each.store.rpartition(".")[2] for each in done.values() if each.deleted or each.emptied]
    await leftovers.mark(connection, metadata, touched, now)
    return list(done.values())


async def _lone(
    connection: AsyncConnection, stores: Sequence[Store], tenant: UUID, subject: UUID, *, whole: bool
) -> dict[Table, set[UUID]]:
    """Returns, locked, who may have nothing left once a person's rows are gone: by their tables and ids."""
    found: dict[Table, set[UUID]] = {}
    own = {store.table for store in stores}
    for store in stores:
        for table, rows in _with_others(store, tenant, subject, own) if _goes(store, whole=whole) else ():
            for constraint in parents(table):
                above = constraint.referred_table
                if above in own or not above.info["goes_with_last"]:
                    continue
                mine, theirs = sides(constraint)
                keys = [
                    tuple(row) for row in await connection.execute(select(*mine.clauses).where(rows).with_for_update())
                ]
                link = above.c[above.info["subject"][owners(above)[0]]]
                # Whoever adds to such a row locks it first, so that nothing comes between the looking and the going.
                people = select(link).where(tuple_(*theirs).in_(keys)).order_by(link).with_for_update()
                found.setdefault(above, set()).update((await connection.execute(people)).scalars())
    return found


def _with_others(
    store: Store, tenant: UUID, subject: UUID, own: Set[Table]
) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yields a store's table and those of other people that belong to it, each with the rows that go together."""
    rows = store.rows_of(tenant, subject)
    yield store.table, rows
    for child in store.table.metadata.sorted_tables:
        for constraint in parents(child) if child not in own else ():
            if constraint.referred_table is store.table:
                mine, theirs = sides(constraint)
                yield child, mine.in_(select(*theirs).where(rows))


async def _with_nothing(connection: AsyncConnection, table: Table, tenant: UUID, people: set[UUID]) -> list[UUID]:
    """Returns those among some people to whom nothing belongs any more."""
    link = table.c[table.info["subject"][owners(table)[0]]]
    left = [
        ~exists().where(*(each.parent == each.column for each in constraint.elements))
        for child in table.metadata.sorted_tables
        for constraint in parents(child)
        if constraint.referred_table is table
    ]
    query = select(link).where(table.c.tenant_id == tenant, link.in_(people), *left).order_by(link)
    return list((await connection.execute(query)).scalars())


def _free(holds: Holds, store: Store, subject: UUID, held: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    return [not_(or_(held, holds.on_person(store.kind, subject)))] if holds.is_any else []


def _erasable(store: Store) -> list[Held]:
    return [
        held
        for held in store.columns
        if held.is_personal
        and store.kind in held.follows
        and held.rule.erasure not in (privacy_pb2.ERASURE_KEEP, privacy_pb2.ERASURE_KEEP_FOR_LAW)
    ]


def _goes(store: Store, *, whole: bool) -> bool:
    kept_for_law = any(
        held.rule.erasure == privacy_pb2.ERASURE_KEEP_FOR_LAW for held in store.columns if store.kind in held.about
    )
    if whole and not kept_for_law and store.is_owner:
        return bool(_erasable(store))
    return not kept_for_law and {held.rule.erasure for held in _erasable(store)} == {privacy_pb2.ERASURE_DELETE}


async def _empty(
    connection: AsyncConnection,
    store: Store,
    tenant: UUID,
    subject: UUID,
    pseudonym: UUID,
    free: Sequence[ColumnElement[bool]],
) -> int:
    erasable = _erasable(store)
    values: dict[str, Any] = {}
    left: list[ColumnElement[bool]] = []
    for held in erasable:
        column = held.column
        if held.rule.erasure in _EMPTYING:
            values[column.name], is_left = _nothing(column)
            left.append(is_left)
        elif column is not store.link and isinstance(column.type, String | UuidType):
            values[column.name] = str(pseudonym) if isinstance(column.type, String) else pseudonym
    condition = and_(store.rows_of(tenant, subject), *free)
    if _linked(store) is not None:
        left.clear()
        if not values:
            # Nothing changes yet; the rows are locked in their turn all the same.
            await connection.execute(select(literal(1)).select_from(store.table).where(condition).with_for_update())
    if not values:
        return 0
    query = update(store.table).where(condition, or_(*left)) if left else update(store.table).where(condition)
    return (await connection.execute(query.values(values))).rowcount


def _linked(store: Store) -> Column[Any] | None:
    """Returns the column that has to lead to nobody, where a store has one: numbers and times beside it stay."""
    is_somebodys = any(held.rule.erasure == privacy_pb2.ERASURE_PSEUDONYMISE for held in _erasable(store))
    return store.link if is_somebodys else None


def holding_something(store: Store) -> ColumnElement[bool]:
    """Returns the condition that a row is no skeleton: something stands in it yet that erasure would take."""
    left = [_nothing(held.column)[1] for held in _erasable(store) if held.rule.erasure in _EMPTYING]
    return or_(*left) if left else true()


def _nothing(column: Column[Any]) -> tuple[Any, ColumnElement[bool]]:
    """Returns what a column holds when it holds nothing, and the condition that it holds something."""
    if column.nullable:
        return null(), column.is_not(None)
    if isinstance(column.type, String) and _is_unique(column):
        marked = literal(ERASED) + func.replace(cast(func.gen_random_uuid(), String), "-", "")
        return marked, not_(column.startswith(ERASED, autoescape=True))
    for kind, nothing in _EMPTY:
        if isinstance(column.type, kind):
            return nothing, column != cast(nothing, column.type)
    raise TypeError(f"nothing is known to be nothing for {column.table.fullname}.{column.name}")


_EMPTY: Sequence[tuple[type, Any]] = ((String, ""), (LargeBinary, b""), (ARRAY, []), (Integer, 0))


def _is_unique(column: Column[Any]) -> bool:
    table = column.table
    if column.unique or any(column.name in index.columns for index in table.indexes if index.unique):
        return True
    return any(
        column.name in constraint.columns
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    )
