"""Replaces a value about a person wherever a service keeps it: under its own field, and as a copy under others."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from google.protobuf.descriptor import FieldDescriptor
from parley.options.v1 import privacy_pb2
from sqlalchemy import MetaData, String, not_, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import AlreadyExists, InvalidArgument
from kernel.privacy.rules import rule_of
from kernel.privacy.seals import Holds
from kernel.privacy.subjects.coverage import Held, field_of, stores_of
from kernel.storage import leftovers


def correctable(name: str) -> FieldDescriptor:
    """Returns a field that people may have corrected; raises InvalidArgument for every other."""
    field = field_of(name)
    if field is None or not rule_of(field).correctable:
        raise InvalidArgument(
            "FIELD_NOT_CORRECTABLE",
            "This is not a value that can be corrected. Nothing was changed.",
            fields=[("field", "must be declared correctable")],
        )
    return field


async def correct(
    connection: AsyncConnection,
    metadata: MetaData,
    kind: int,
    tenant: UUID,
    subject: UUID,
    field: FieldDescriptor,
    value: str,
    now: datetime,
) -> int:
    """Writes the right value into the bound tenant's records about a person and returns how many changed."""
    if "\x00" in value:
        raise InvalidArgument(
            "ARGUMENT_INVALID", "The value holds something unreadable.", fields=[("value", "must be readable text")]
        )
    changed = 0
    touched: list[str] = []
    holds = await Holds.of(connection, metadata, tenant)
    for store in stores_of(metadata, kind):
        columns = [held.column for held in store.columns if kind in held.about and _holds(held, field)]
        if not columns:
            continue
        # What a legal case holds stays as it was, whatever is right.
        held = or_(holds.on_row(store.table), holds.on_person(kind, subject))
        free = [not_(held)] if holds.is_any else []
        try:
            result = await connection.execute(
                update(store.table)
                .where(store.rows_of(tenant, subject), or_(*(column != value for column in columns)), *free)
                .values({column.name: value for column in columns})
            )
        except IntegrityError as error:
            raise AlreadyExists(
                "NAME_TAKEN",
                "Another record has this value. Nothing was changed.",
                fields=[("value", "must be unique")],
            ) from error
        if result.rowcount:
            changed += result.rowcount
            touched.append(store.table.name)
    # The wrong value is to be gone as an erased one is.
    await leftovers.mark(connection, metadata, touched, now)
    return changed


def _holds(held: Held, field: FieldDescriptor) -> bool:
    if not isinstance(held.column.type, String):
        return False
    if held.field.full_name == field.full_name:
        return True
    # The name under which somebody answers is kept beside each conversation too: another field, the same preset.
    preset, other = _preset(held.field), _preset(field)
    return preset is not None and preset == other and held.rule.correctable


def _preset(field: FieldDescriptor) -> int | None:
    options = field.GetOptions()
    return int(options.Extensions[privacy_pb2.data]) if options.HasExtension(privacy_pb2.data) else None
