"""Takes out of a message what its receiver may not see, at the service's edge.

Which fields stay follows from each field's rule and the receiver alone. The work is planned once for each pair of
message type and set of viewpoints; a type in which everything stays costs one look-up.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from parley.options.v1 import access_pb2, privacy_pb2

from kernel.identity import Actor
from kernel.identity.actor import STAFF_CALLERS
from kernel.privacy.rules import is_leaf, is_map, rule_of

Step = Callable[[Message], None]


def viewpoints(actor: Actor) -> frozenset[int]:
    """Returns the audiences that an actor belongs to."""
    return _viewpoints(actor.callers)


@cache
def _viewpoints(callers: frozenset[int]) -> frozenset[int]:
    seen = {privacy_pb2.AUDIENCE_CALLER}
    if access_pb2.CALLER_VISITOR in callers:
        # A visitor's token opens one conversation only, so whatever its calls return is about that visitor.
        seen.add(privacy_pb2.AUDIENCE_SUBJECT)
    others = (
        access_pb2.CALLER_SERVICE_ACCOUNT,
        access_pb2.CALLER_PLATFORM_SUPPORT,
        # What its few calls return is what moderators of a community decide by.
        access_pb2.CALLER_PLATFORM_REVIEWER,
    )
    if not callers.isdisjoint((*STAFF_CALLERS, *others)):
        seen.add(privacy_pb2.AUDIENCE_STAFF)
    if access_pb2.CALLER_ADMIN in callers:
        seen.add(privacy_pb2.AUDIENCE_ADMIN)
    if access_pb2.CALLER_PRIVACY_OFFICER in callers:
        seen.add(privacy_pb2.AUDIENCE_PRIVACY_OFFICER)
    return frozenset(seen)


def redact(message: Message, actor: Actor, *, own: bool = False) -> None:
    """Clears, in place, every field that the actor may not see.

    `own` says that the message is about the actor, such as one's own account. Parley's processes see everything.
    Fields that the contract does not know, which a message may carry along from elsewhere, have no rule and go first.
    """
    if actor.is_internal:
        return
    message.DiscardUnknownFields()
    seen = viewpoints(actor)
    if own:
        seen |= {privacy_pb2.AUDIENCE_SUBJECT}
    for step in _plan(message.DESCRIPTOR, seen):
        step(message)


def sees_all(message_type: Descriptor, actor: Actor) -> bool:
    """Says whether there is nothing in a type of message that would be taken out for an actor."""
    return actor.is_internal or not _plan(message_type, viewpoints(actor))


@cache
def visible(field: FieldDescriptor, seen: frozenset[int]) -> bool:
    """Says whether somebody with these viewpoints sees a leaf field."""
    return not seen.isdisjoint(rule_of(field).audiences)


@cache
def _plan(descriptor: Descriptor, seen: frozenset[int]) -> tuple[Step, ...]:
    return tuple(_steps(descriptor, seen)) if _hides(descriptor, seen, frozenset()) else ()


@cache
def _hides(descriptor: Descriptor, seen: frozenset[int], above: frozenset[str]) -> bool:
    # Types may contain themselves; one that is being looked at already adds nothing new.
    if descriptor.full_name in above:
        return False
    inside = above | {descriptor.full_name}
    for field in descriptor.fields:
        if is_leaf(field):
            if not visible(field, seen):
                return True
        elif _hides(_message_of(field), seen, inside):
            return True
    return False


def _message_of(field: FieldDescriptor) -> Descriptor:
    inner = field.message_type
    if inner is not None and is_map(field):
        inner = inner.fields_by_name["value"].message_type
    if inner is None:
        raise TypeError(f"{field.full_name} holds no message")
    return inner


def _steps(descriptor: Descriptor, seen: frozenset[int]) -> list[Step]:
    steps: list[Step] = []
    for field in descriptor.fields:
        if is_leaf(field):
            if not visible(field, seen):
                steps.append(_clear(field.name))
        elif _hides(_message_of(field), seen, frozenset()):
            steps.append(_descend(field, seen))
    return steps


def _clear(name: str) -> Step:
    def step(message: Message) -> None:
        message.ClearField(name)

    return step


def _descend(field: FieldDescriptor, seen: frozenset[int]) -> Step:
    name, inner = field.name, _message_of(field)

    def each(part: Message) -> None:
        for step in _plan(inner, seen):
            step(part)

    if is_map(field):

        def walk_map(message: Message) -> None:
            for part in getattr(message, name).values():
                each(part)

        return walk_map
    if field.is_repeated:

        def walk_list(message: Message) -> None:
            for part in getattr(message, name):
                each(part)

        return walk_list

    def walk_one(message: Message) -> None:
        if message.HasField(name):
            each(getattr(message, name))

    return walk_one
