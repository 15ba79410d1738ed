"""Returns everything that a service holds about a person, page by page, each value with the rule that it is under."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from parley.options.v1 import privacy_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy import ColumnElement, MetaData, Row, Table, and_, func, not_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.privacy.seals import Holds, belongs_to_record, parents, sides
from kernel.privacy.subjects.coverage import Held, Store, stores_of

LARGEST_PAGE = 500
#: A page ends here at the latest, so that long texts do not make it larger than a message may be.
LARGEST_BYTES = 1 << 20
#: What stands in the place of a secret: that one is held is about the person, the secret itself helps nobody.
SECRET_HELD = "(held, never shown)"

Position = Sequence[str | int]


async def export(
    connection: AsyncConnection,
    metadata: MetaData,
    kind: int,
    tenant: UUID,
    subject: UUID,
    *,
    after: Position | None,
    size: int,
    record_id: UUID | None = None,
    within: str = "",
    case_id: str = "",
) -> tuple[list[subject_pb2.HeldRecord], Position | None]:
    """Returns a page of records in the order of stores and keys, and where to go on; None at the end.

    `record_id` gives that record only, with what belongs to it; `within` leaves out what belongs to another record of
    the kind of the one that it names. What is held for a legal case is left out, unless a
    case asks.
    """
    holds = await Holds.of(connection, metadata, tenant)
    records: list[subject_pb2.HeldRecord] = []
    weight = 0
    is_found = after is None
    position: Position | None = None
    for store in stores_of(metadata, kind):
        shown = [held for held in store.columns if _is_shown(held, store)]
        is_found = is_found or (after is not None and after[0] == store.name)
        if not is_found or not any(held.is_personal for held in shown):
            continue
        keys = [column for column in store.table.primary_key if column.name != "tenant_id"]
        query = select(store.table).where(store.rows_of(tenant, subject)).order_by(*keys)
        if (only := store.shown()) is not None:
            query = query.where(only)
        if record_id is not None:
            query = query.where(belongs_to_record(store.table, record_id))
        outside = None if not within else _within(store.table, within[:3], ids.to_uuid(within, within[:3]))
        if outside is not None:
            query = query.where(outside)
        if holds.is_any and not case_id:
            query = query.where(not_(or_(holds.on_row(store.table), holds.on_person(kind, subject))))
        if after is not None and after[0] == store.name:
            edge = [column.type.python_type(value) for column, value in zip(keys, after[1:], strict=True)]
            query = query.where(tuple_(*keys) > tuple_(*edge))
        async with connection.stream(query.limit(size - len(records) + 1)) as rows:
            async for row in rows:
                if len(records) == size or weight > LARGEST_BYTES:
                    return records, position
                record = _record(store, shown, row)
                weight += record.ByteSize()
                records.append(record)
                position = (store.name, *(_key(row._mapping[column.name]) for column in keys))
    return records, None


def _within(of: Table, prefix: str, record_id: UUID) -> ColumnElement[bool] | None:
    """Returns the condition that a row belongs to no other record of a kind; None where rows belong to none of it.

    What a row belongs to follows from its columns and its keys: a column with ids of the kind names the record.
    """
    if "id" in of.c and of.c["id"].info.get("prefix") == prefix:
        return of.c["id"] == record_id
    named = [column == record_id for column in of.c if column.info.get("prefix") == prefix]
    for constraint in parents(of):
        above = _within(constraint.referred_table, prefix, record_id)
        if above is not None:
            own, theirs = sides(constraint)
            named.append(own.in_(select(*theirs).where(above)))
    return and_(*named) if named else None


async def count(
    connection: AsyncConnection, metadata: MetaData, kind: int, tenant: UUID, subject: UUID, record_id: UUID | None
) -> int:
    """Returns how many records about a person there are: all of them, or one with what belongs to it."""
    found = 0
    for store in stores_of(metadata, kind):
        query = select(func.count()).select_from(store.table).where(store.rows_of(tenant, subject))
        if record_id is not None:
            query = query.where(belongs_to_record(store.table, record_id))
        found += int((await connection.execute(query)).scalar_one())
    return found


def _is_shown(held: Held, store: Store) -> bool:
    audiences, rule = held.rule.audiences, held.rule
    if not held.is_personal:
        return privacy_pb2.AUDIENCE_CALLER in audiences or privacy_pb2.AUDIENCE_SUBJECT in audiences
    if store.kind in held.about:
        return rule.secret or privacy_pb2.AUDIENCE_SUBJECT in audiences
    # Somebody else's data in one's own record: shown as far as a subject may see it anyway, such as who answered.
    return store.is_owner and not rule.secret and privacy_pb2.AUDIENCE_SUBJECT in audiences


def _record(store: Store, shown: Sequence[Held], row: Row[Any]) -> subject_pb2.HeldRecord:
    record = subject_pb2.HeldRecord(record=store.name, record_id=_record_id(store, row))
    if named := store.table.info["files"]:
        record.file_id, record.filename = record.record_id, row._mapping[named]
    for held in shown:
        value = text_of(held, row._mapping[held.column.name])
        if value:
            record.values.add(
                field=held.field.full_name,
                category=held.rule.category,
                purposes=held.rule.purposes,
                retention=held.rule.retention,
                value=SECRET_HELD if held.rule.secret else value,
            )
    return record


def text_of(held: Held, value: Any) -> str:
    """Writes a value as text a person can read; nothing for a value that holds nothing."""
    if value is None:
        return ""
    enum = held.field.enum_type
    prefix = held.column.info.get("prefix", "")
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(filter(None, (text_of(held, each) for each in value)))
        case int() if enum is not None:
            known = enum.values_by_number.get(value)
            return str(value) if known is None else known.name
        case UUID():
            return ids.from_uuid(prefix, value) if prefix else str(value)
        case datetime():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case dict():
            return orjson.dumps(value).decode() if value else ""
        case _:
            return str(value)


def _record_id(store: Store, row: Row[Any]) -> str:
    columns = store.table.columns
    named = [columns["id"]] if "id" in columns else [key for key in store.table.primary_key if key.name != "tenant_id"]
    parts: list[str] = []
    for column in named:
        value, prefix = row._mapping[column.name], column.info.get("prefix", "")
        parts.append(ids.from_uuid(prefix, value) if prefix and isinstance(value, UUID) else str(value))
    return "/".join(parts)


def _key(value: Any) -> str | int:
    return value if isinstance(value, int) else str(value)
