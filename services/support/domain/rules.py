"""When something happens, if a ticket is so, then changes: what a rule says, and whether it fits a ticket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from parley.support.v1 import record_pb2, rule_pb2

from kernel import ids
from kernel.errors import NotFound
from services.support.domain.changes import Asked
from services.support.domain.tickets import ChangeMalformed, Ticket

MOST_RULES = 50
_TRIGGERS: dict[int, str] = {number: name.removeprefix("TRIGGER_") for name, number in rule_pb2.Trigger.items()}
#: What a condition's value names, where it is a word of a closed list.
_ENUMS: dict[int, tuple[str, Any]] = {
    rule_pb2.CONDITION_KIND_STATE_IS: ("STATE", record_pb2.State),
    rule_pb2.CONDITION_KIND_PRIORITY_IS: ("PRIORITY", record_pb2.Priority),
    rule_pb2.CONDITION_KIND_SOURCE_IS: ("SOURCE", record_pb2.Source),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that must be so."""

    kind: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One automation."""

    id: UUID
    label: str
    trigger: int
    conditions: Sequence[Condition]
    steps: Sequence[Asked]
    is_on: bool
    revision: int = 1


def no_such_rule() -> NotFound:
    """Returns the one answer to a rule that does not exist."""
    return NotFound("RULE_NOT_FOUND", "There is no such rule.")


def trigger_name(trigger: int) -> str:
    """Returns the word by which the history knows what sets a rule off."""
    return _TRIGGERS[trigger]


def check(conditions: Sequence[Condition]) -> None:
    """Raises ChangeMalformed where a condition could never fit, because its value is none of its kind."""
    for each in conditions:
        prefix, enum = _ENUMS.get(each.kind, ("", None))
        if enum is not None and f"{prefix}_{each.value}" not in _words(enum):
            raise ChangeMalformed("conditions.value")
        if each.kind in (rule_pb2.CONDITION_KIND_SUBJECT_HAS, rule_pb2.CONDITION_KIND_EMAIL_AT) and not each.value:
            raise ChangeMalformed("conditions.value")


def _words(enum: Any) -> Sequence[str]:
    return list(enum.keys())


def fits(conditions: Sequence[Condition], ticket: Ticket, email: str) -> bool:
    """Says whether everything is so."""
    return all(_is_so(each, ticket, email) for each in conditions)


def _is_so(condition: Condition, ticket: Ticket, email: str) -> bool:
    value, kind = condition.value, condition.kind
    if kind == rule_pb2.CONDITION_KIND_SUBJECT_HAS:
        return value.casefold() in ticket.subject.casefold()
    if kind == rule_pb2.CONDITION_KIND_EMAIL_AT:
        return email.rpartition("@")[2] == value.casefold().lstrip("@")
    if kind == rule_pb2.CONDITION_KIND_UNASSIGNED:
        return ticket.assignee_id is None
    if kind == rule_pb2.CONDITION_KIND_QUEUE_IS:
        return ids.from_uuid("que", ticket.queue_id) == value
    number: dict[int, int] = {
        rule_pb2.CONDITION_KIND_STATE_IS: ticket.state,
        rule_pb2.CONDITION_KIND_PRIORITY_IS: ticket.priority,
        rule_pb2.CONDITION_KIND_SOURCE_IS: ticket.source,
    }
    prefix, enum = _ENUMS[kind]
    wanted = enum.Value(f"{prefix}_{value}")
    return bool(number[kind] == wanted)
