"""Replaces a value about a person wherever a service keeps it: under its own field, and as a copy under others.

A right value is one that the contract takes where people give such a value first; what is put right is checked by the
same rules, and not by fewer.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from uuid import UUID

from buf.validate import validate_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor
from parley.options.v1 import access_pb2, privacy_pb2
from protovalidate import Validator
from sqlalchemy import MetaData, String, not_, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import AlreadyExists, InvalidArgument
from kernel.privacy.rules import rule_of
from kernel.privacy.seals import Holds
from kernel.privacy.subjects.coverage import Held, field_of, stores_of, types_beside
from kernel.privacy.subjects.erasing import holding_something
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


def right_value(field: FieldDescriptor, value: str) -> str:
    """Returns a right value as it is kept; raises InvalidArgument where people could not have given it themselves."""
    value = value.strip()
    if rule_of(field).category == _ADDRESS:
        # Addresses are found again by small letters.
        value = value.lower()
    broken = "\x00" in value
    for given in _given(field):
        asked = message_factory.GetMessageClass(given.containing_type)(**{given.name: value})  # type: ignore[arg-type]
        for violation in _validator.collect_violations(asked):
            path = violation.proto.field.elements if violation.proto.field else ()
            broken = broken or (len(path) == 1 and path[0].field_name == given.name)
    if broken:
        raise InvalidArgument(
            "VALUE_NOT_RIGHT",
            "A value has not the form that it needs. Nothing was changed.",
            fields=[("value", "must have the form in which such a value is given")],
        )
    return value


def opens_account(field: FieldDescriptor) -> bool:
    """Says whether somebody signs in by a value: whoever changes it can become that person."""
    return access_pb2.PURPOSE_ESSENTIAL_SERVICE_AUTHENTICATION in rule_of(field).purposes


_ADDRESS = "user.contact.email"
_validator = Validator()


@cache
def _given(field: FieldDescriptor) -> tuple[FieldDescriptor, ...]:
    """Returns the fields by which people give such a value: in requests of the same service, under the same preset."""
    return tuple(
        each
        for message in types_beside(field)
        if message.name.endswith("Request")
        for each in message.fields
        if _preset(each) is not None
        and _preset(each) == _preset(field)
        and not each.is_repeated
        and each.GetOptions().Extensions[validate_pb2.field].HasField("string")
    )


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
                # A skeleton stays one: an erasure may have come between the asking and the doing.
                .where(
                    store.rows_of(tenant, subject),
                    holding_something(store),
                    or_(*(column != value for column in columns)),
                    *free,
                )
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
