"""Nobody reads a field that its rule does not show to them: in every response type, and in what the services answer.

What is expected comes from the committed contract: for each leaf its audiences, for each caller what it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from parley.chat.v1 import frame_pb2
from parley.options.v1 import access_pb2, privacy_pb2

from kernel.privacy import redaction
from protos import rules
from tests.isolation.calls import attempt, bearer
from tests.isolation.contract import Access, Path, audiences_of, dotted, frames, leaves, name_of
from tests.isolation.test_every_call import Report
from tests.isolation.test_every_id import VISITOR, request_of
from tests.isolation.world import World

INTERNAL, ADMIN = access_pb2.CALLER_INTERNAL, access_pb2.CALLER_ADMIN
STAFF = frozenset(
    {
        access_pb2.CALLER_OPERATOR,
        access_pb2.CALLER_SUPERVISOR,
        access_pb2.CALLER_SUPPORT_AGENT,
        access_pb2.CALLER_MODERATOR,
        access_pb2.CALLER_PRIVACY_OFFICER,
        ADMIN,
        access_pb2.CALLER_SERVICE_ACCOUNT,
        access_pb2.CALLER_PLATFORM_SUPPORT,
        # What moderators of a community decide by.
        access_pb2.CALLER_PLATFORM_REVIEWER,
    }
)
#: Calls that would end or take what other tests of the session look at.
LEFT_OUT = frozenset({"RevokeApiKey", "ClaimConversation", "CloseConversation", "EraseSubject"})


def shown_to(caller: int, access: Access) -> frozenset[int]:
    """Returns the audiences of somebody, as the policy has them."""
    audiences = {int(privacy_pb2.AUDIENCE_CALLER)}
    if caller == VISITOR or access.own:
        audiences.add(privacy_pb2.AUDIENCE_SUBJECT)
    if caller in STAFF:
        audiences.add(privacy_pb2.AUDIENCE_STAFF)
    if caller == ADMIN:
        audiences.add(privacy_pb2.AUDIENCE_ADMIN)
    if caller == access_pb2.CALLER_PRIVACY_OFFICER:
        audiences.add(privacy_pb2.AUDIENCE_PRIVACY_OFFICER)
    return frozenset(audiences)


@dataclass(frozen=True, slots=True)
class Seen:
    """A kind of answer, and somebody who gets it."""

    name: str
    answer: Descriptor
    caller: int
    access: Access


def answers(world: World) -> Iterator[Seen]:
    """Yields every response of every call, and every frame that a service sends, for everybody who gets it."""
    for call in world.calls:
        for caller in sorted(call.access.callers):
            yield Seen(f"{call} as {name_of(caller)}", call.method.output_type, caller, call.access)
    server_frame = frame_pb2.ServerFrame.DESCRIPTOR
    for frame in frames():
        for caller in sorted(frame.access.callers):
            yield Seen(f"a frame to a {name_of(caller)}", server_frame, caller, frame.access)


def full(descriptor: Descriptor, above: tuple[Descriptor, ...] = ()) -> Message:
    """Returns a message in which every field is set, down to every leaf."""
    message: Any = message_factory.GetMessageClass(descriptor)()
    for field in descriptor.fields:
        if field.message_type in above or field.message_type is descriptor:
            continue
        for _ in range(2 if field.is_repeated and not rules.is_map(field) else 1):
            _set(message, field, (*above, descriptor))
    return message  # type: ignore[no-any-return]  # A class made from a descriptor.


def _set(message: Any, field: FieldDescriptor, above: tuple[Descriptor, ...]) -> None:
    if rules.is_map(field):
        assert field.message_type is not None
        key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
        if value.message_type is None:
            getattr(message, field.name)[_value(key)] = _value(value)
        else:
            getattr(message, field.name)[_value(key)].CopyFrom(full(value.message_type, above))
    elif field.message_type is not None:
        inner = getattr(message, field.name)
        target = inner.add() if field.is_repeated else inner
        target.CopyFrom(full(field.message_type, above))
        if not field.is_repeated:
            inner.SetInParent()
    elif field.is_repeated:
        getattr(message, field.name).append(_value(field))
    else:
        setattr(message, field.name, _value(field))


def _value(field: FieldDescriptor) -> Any:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return b"x"
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return "x"
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    return True if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL else 1


def set_leaves(message: Any, path: Path) -> bool:
    """Says whether a leaf holds anything, in any of the messages on the way to it."""
    step, *rest = path
    if not rest:
        value = getattr(message, step.name)
        if step.message_type is not None and not step.is_repeated:
            return bool(message.HasField(step.name))
        return bool(len(value)) if step.is_repeated else bool(value)
    if step.is_repeated:
        return any(set_leaves(each, tuple(rest)) for each in getattr(message, step.name))
    return bool(message.HasField(step.name)) and set_leaves(getattr(message, step.name), tuple(rest))


def judge_answer(message: Message, seen: Seen, report: Report, *, complete: bool) -> None:
    """Notes every leaf that is shown and should not be; in a complete message, every one that is hidden needlessly."""
    for path in leaves(seen.answer):
        leaf = path[-1]
        assert leaf.containing_type is not None
        allowed = seen.caller == INTERNAL or bool(
            audiences_of(leaf.containing_type.full_name, leaf.name) & shown_to(seen.caller, seen.access)
        )
        holds = set_leaves(message, path)
        report.judge(f"{seen.name}: {dotted(path)}", allowed or not holds, "is shown")
        if complete and allowed and not _in_oneof(path):
            report.judge(f"{seen.name}: {dotted(path)} is there", holds, "is hidden")


def _in_oneof(path: Path) -> bool:
    return any(step.containing_oneof is not None for step in path)


def check_types(world: World, report: Report) -> None:
    """Every response type, filled to the brim, loses exactly what its receiver may not see."""
    for seen in answers(world):
        for descriptor in types_in(seen.answer, {}):
            message = full(descriptor)
            redaction.redact(message, world.actor(seen.caller, world.a), own=seen.access.own)
            judge_answer(message, replace(seen, answer=descriptor), report, complete=True)


def types_in(descriptor: Descriptor, known: dict[str, Descriptor]) -> list[Descriptor]:
    """Returns a type and all types in it, each by itself: of a oneof only one member can be set at a time."""
    if descriptor.full_name not in known:
        known[descriptor.full_name] = descriptor
        for field in descriptor.fields:
            if field.message_type is not None and not rules.is_leaf(field):
                types_in(field.message_type, known)
    return list(known.values())


async def check_answers(world: World, report: Report) -> None:
    """What the running services answer to good requests holds nothing that its receiver may not see."""
    await world.refresh()
    for call in world.calls:
        if call.method.name in LEFT_OUT or call.method.client_streaming:
            continue
        for caller in sorted(call.access.callers):
            request = request_of(call.method.input_type, world.a.known)
            reply = await attempt(world.channel(call), call.method, request, bearer(world.token(caller, world.a)))
            if reply.code == "OK":
                seen = Seen(f"{call} as {name_of(caller)}", call.method.output_type, caller, call.access)
                answer = message_factory.GetMessageClass(call.method.output_type).FromString(reply.body)
                judge_answer(answer, seen, report, complete=False)


async def test_every_response_type_loses_what_its_receiver_may_not_see(world: World) -> None:
    report = Report()
    check_types(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 1000


async def test_the_running_services_show_nobody_what_is_not_theirs_to_see(world: World) -> None:
    report = Report()
    await check_answers(world, report)
    assert not report.wrong, "\n".join(report.wrong)
    assert len(report.cases) > 500
