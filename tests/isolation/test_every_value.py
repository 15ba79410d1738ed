"""Whatever a field's rules let in, a call takes or refuses by name: no value of any field makes a service fail.

The walk takes good requests, and puts into each of their fields what a form, a program or an enemy may send: texts that
no database keeps, numbers at the ends of their kinds, moments at the ends of the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from protovalidate import Validator

from tests.isolation.calls import attempt, bearer
from tests.isolation.contract import Call, Path, dotted, leaves
from tests.isolation.test_every_call import Report
from tests.isolation.test_every_id import request_of
from tests.isolation.world import World

_rules = Validator()
#: What no database keeps, what means something to one program or another, and what is longer than it looks.
TEXTS = (
    "",
    "a\x00b",
    "\ufffe\uffff\u202e\u2066\u200b" + "e\u0301" * 8 + "\U0001f469\u200d\U0001f467",
    "%_\\'\";--{0!r}%s${jndi}!&|<->():*[[",
    "9" * 400,
    "9999-12-31",
)
#: The ends of 32 and of 64 bits, and what lies beside nothing.
NUMBERS = (0, -1, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 2**64 - 1)
#: The first and the last second that a timestamp may have, one later, and one before the beginning of its seconds.
MOMENTS = ((-62135596800, 0), (253402300799, 999999999), (253402300800, 0), (1, -1))
SPANS = ((315576000000, 999999999), (-315576000000, -999999999), (0, -1))
#: A failure is none of these; a deadline is not over, and nobody is told that nobody is there.
FAILED = frozenset({"INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED", "UNAVAILABLE", "DATA_LOSS", "UNIMPLEMENTED"})


def values_of(leaf: FieldDescriptor) -> Iterator[Any]:
    """Yields what is put into a field."""
    if leaf.message_type is not None:
        if leaf.message_type is Timestamp.DESCRIPTOR:
            yield from (Timestamp(seconds=seconds, nanos=nanos) for seconds, nanos in MOMENTS)
        if leaf.message_type is Duration.DESCRIPTOR:
            yield from (Duration(seconds=seconds, nanos=nanos) for seconds, nanos in SPANS)
        return
    if leaf.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        yield from (text.encode() for text in TEXTS) if leaf.type == FieldDescriptor.TYPE_BYTES else TEXTS
    elif leaf.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        yield from (float("nan"), float("inf"), -0.0)
    elif leaf.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        yield from (0, 2**31 - 1)
    elif leaf.cpp_type != FieldDescriptor.CPPTYPE_BOOL:
        yield from NUMBERS


def put_value(message: Message, path: Path, value: Any) -> bool:
    """Puts a value into a field, wherever it stands; False where the field's kind has no such value."""
    target: Any = message
    for step in path[:-1]:
        inner = getattr(target, step.name)
        target = (inner[0] if len(inner) else inner.add()) if step.is_repeated else inner
        if not step.is_repeated:
            target.SetInParent()
    leaf = path[-1]
    try:
        if isinstance(value, Message):
            inner = getattr(target, leaf.name)
            (inner.add() if leaf.is_repeated else inner).CopyFrom(value)
        elif leaf.is_repeated:
            target.ClearField(leaf.name)
            getattr(target, leaf.name).append(value)
        else:
            setattr(target, leaf.name, value)
    except ValueError:
        return False
    return True


async def check_values(world: World, report: Report, calls: list[Call]) -> None:
    """No value of any field of a good request makes a call fail."""
    for call in calls:
        channel = world.channel(call)
        template = request_of(call.method.input_type, world.a.known)
        for path in leaves(call.method.input_type):
            if any(step.message_type is not None and step.message_type.GetOptions().map_entry for step in path):
                continue
            for number, value in enumerate(values_of(path[-1])):
                request = type(template).FromString(template.SerializeToString())
                # What the rules refuse, the walk of the rules asks for.
                if not put_value(request, path, value) or _rules.collect_violations(request):
                    continue
                reply = await attempt(channel, call.method, request, bearer(world.token_for(call.access, world.a)))
                report.judge(f"{call} {dotted(path)} {number}", reply.code not in FAILED, reply)


# Every field of every request with half a dozen values is thousands of calls.
@pytest.mark.timeout(400)
async def test_no_value_makes_a_call_fail(untouched: World) -> None:
    report = Report()
    await check_values(untouched, report, untouched.calls)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 1000
