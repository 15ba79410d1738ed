"""Says which moments of a message are none that a calendar, a database and a sum of days can hold.

A timestamp of the contract may come from anywhere, and its own rules are looked at by nobody else. Where such fields
stand is found once for each type of message; a type without any costs one look-up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

#: Far from both ends of the calendar, so that periods can be added and zones be changed.
FIRST, LAST = 1900, 2999
RULE = f"must be a moment of the years {FIRST} to {LAST}"
_FROM = int(datetime(FIRST, 1, 1, tzinfo=UTC).timestamp())
_TO = int(datetime(LAST + 1, 1, 1, tzinfo=UTC).timestamp())


def wrong_moments(message: Message, above: str = "") -> Iterator[str]:
    """Yields the way to every timestamp in a message that is out of bounds."""
    for field in _leading(message.DESCRIPTOR):
        value = getattr(message, field.name)
        if field.is_repeated:
            inner = value.values() if field.message_type and field.message_type.GetOptions().map_entry else value
        elif message.HasField(field.name):
            inner = (value,)
        else:
            continue
        for each in inner:
            if each.DESCRIPTOR is not Timestamp.DESCRIPTOR:
                yield from wrong_moments(each, f"{above}{field.name}.")
            elif not (_FROM <= each.seconds < _TO and 0 <= each.nanos < 1_000_000_000):
                yield f"{above}{field.name}"


@cache
def _leading(descriptor: Descriptor) -> tuple[FieldDescriptor, ...]:
    """Returns the fields of a type that are timestamps or may hold some."""
    return tuple(field for field in descriptor.fields if _leads(field, frozenset()))


def _leads(field: FieldDescriptor, above: frozenset[str]) -> bool:
    inner = field.message_type
    if inner is not None and inner.GetOptions().map_entry:
        inner = inner.fields_by_name["value"].message_type
    if inner is None or inner.full_name in above:
        return False
    if inner is Timestamp.DESCRIPTOR:
        return True
    return any(_leads(each, above | {inner.full_name}) for each in inner.fields)
