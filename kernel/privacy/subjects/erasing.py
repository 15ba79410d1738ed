"""Forgets a person in one service's tables, field by field as the privacy options say.

A record goes where everything in it that is erased at all goes; a record that must stay keeps its skeleton. What is
pseudonymised gets a value that was derived under a key which is thrown away at once, so that the records of one person
still belong together and lead to nobody.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence
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
    UniqueConstraint,
    and_,
    cast,
    delete,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.privacy.seals import Holds
from kernel.privacy.subjects.coverage import Held, Store, stores_of
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
    touched = [store.table.name for store in stores if done[store.name].deleted or done[store.name].emptied]
    await leftovers.mark(connection, metadata, touched, now)
    return list(done.values())


def _free(holds: Holds, store: Store, subject: UUID, held: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    return [not_(or_(held, holds.on_person(store.kind, subject)))] if holds.is_any else []


def _erasable(store: Store) -> list[Held]:
    return [
        held
        for held in store.columns
        if held.is_personal
        and held.about[:1] == (store.kind,)
        and held.rule.erasure not in (privacy_pb2.ERASURE_KEEP, privacy_pb2.ERASURE_KEEP_FOR_LAW)
    ]


def _goes(store: Store, *, whole: bool) -> bool:
    kept_for_law = any(
        held.rule.erasure == privacy_pb2.ERASURE_KEEP_FOR_LAW for held in store.columns if store.kind in held.about
    )
    if whole and not kept_for_law and store.is_first:
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
