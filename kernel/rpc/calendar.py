"""Finds the moments in a message that no calendar of ours can hold.

Protobuf carries any 64-bit number as a moment. Python's calendar ends long before, and the database's driver reads the
two ends of that calendar as infinity: one such value, once stored, would break every later reader of its row.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

#: From the beginning of the year 1900 to the end of 2999, in seconds: room for every period to be added.
FIRST, LAST = -2_208_988_800, 32_503_680_000 - 1
RULE = "timestamp.in_calendar"
_NANOS = 1_000_000_000


def outside(message: Message, above: str = "") -> Iterator[str]:
    """Yields the path of each moment in a message that lies outside of the calendar, or is none."""
    for field in _ways(message.DESCRIPTOR):
        path = f"{above}{field.name}"
        value: Any = getattr(message, field.name)
        if not field.is_repeated:
            inner = [(path, value)] if message.HasField(field.name) else []
        else:
            inner = [(f"{path}[{number}]", each) for number, each in enumerate(value)]
        for at, each in inner:
            if not isinstance(each, Timestamp):
                yield from outside(each, f"{at}.")
            elif not (FIRST <= each.seconds <= LAST and 0 <= each.nanos < _NANOS):
                yield at


@cache
def _ways(descriptor: Descriptor) -> tuple[FieldDescriptor, ...]:
    """Returns the fields of a type that are moments, or lead to one; no map of the contract does."""
    return tuple(field for field in descriptor.fields if _leads(field, frozenset()))


def _leads(field: FieldDescriptor, above: frozenset[str]) -> bool:
    inner = field.message_type
    if inner is None or inner.full_name in above or inner.GetOptions().map_entry:
        return False
    return inner is Timestamp.DESCRIPTOR or any(_leads(each, above | {inner.full_name}) for each in inner.fields)
