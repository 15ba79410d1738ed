"""Where tickets wait together, who is given the next one, and what a tenant wants to know of them besides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from parley.support.v1 import queue_pb2

from kernel.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted

MANUAL = queue_pb2.ASSIGNMENT_MANUAL
ROUND_ROBIN, LEAST_BUSY = queue_pb2.ASSIGNMENT_ROUND_ROBIN, queue_pb2.ASSIGNMENT_LEAST_BUSY
TEXT, NUMBER, CHOICE = queue_pb2.FIELD_KIND_TEXT, queue_pb2.FIELD_KIND_NUMBER, queue_pb2.FIELD_KIND_CHOICE
DATE, YES_NO = queue_pb2.FIELD_KIND_DATE, queue_pb2.FIELD_KIND_YES_NO

MOST_QUEUES, MOST_TAGS, MOST_FIELDS = 100, 500, 50
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_LONGEST_VALUE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Where tickets wait together."""

    id: UUID
    label: str
    create_time: datetime
    assignment: int = MANUAL
    is_private: bool = False
    is_retired: bool = False
    revision: int = 1
    member_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A word of the tenant's list."""

    id: UUID
    word: str
    is_retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something that a tenant wants to know of its tickets besides."""

    id: UUID
    label: str
    kind: int
    choices: tuple[str, ...]
    is_asked: bool
    reason: str
    is_retired: bool = False
    revision: int = 1


def no_such_queue() -> NotFound:
    """Returns the one answer to a queue that does not exist, or that the caller does not see."""
    return NotFound("QUEUE_NOT_FOUND", "There is no such queue.")


def no_such_tag() -> NotFound:
    """Returns the one answer to a tag that does not exist."""
    return NotFound("TAG_NOT_FOUND", "There is no such tag.")


def no_such_field() -> NotFound:
    """Returns the one answer to a field that does not exist."""
    return NotFound("FIELD_NOT_FOUND", "There is no such field.")


class NameTaken(AlreadyExists):
    """Another one is called so."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("NAME_TAKEN", "Another one is called so already. Nothing was changed.")


class Retired(FailedPrecondition):
    """Nothing new goes there."""

    def __init__(self) -> None:
        """Says so."""
        super().__init__("RETIRED", "This is not used any more. Nothing was changed.")


class FieldValueWrong(InvalidArgument):
    """A value that is not of the field's kind."""

    def __init__(self) -> None:
        """Names no value."""
        super().__init__(
            "FIELD_VALUE_WRONG",
            "A value does not fit its field. Nothing was changed.",
            fields=[("value", "wrong kind")],
        )


def too_many(what: str) -> ResourceExhausted:
    """Returns the answer where a tenant has as many as it may."""
    return ResourceExhausted("TOO_MANY", f"There are as many {what} as there may be. Nothing was kept.")


def next_of(assignment: int, in_turn: Sequence[UUID], busy: Mapping[UUID, int]) -> UUID | None:
    """Returns who of a queue's members is given the next ticket; nobody where it is given by hand.

    `in_turn` begins with whoever was given something longest ago, which also decides among those who have equally many.
    """
    if assignment == MANUAL or not in_turn:
        return None
    if assignment == ROUND_ROBIN:
        return in_turn[0]
    return min(in_turn, key=lambda each: busy.get(each, 0))


def check_value(field: Field, value: str) -> str:
    """Returns a value as it is kept; raises FieldValueWrong where it is not of the field's kind. Nothing is good."""
    text = value.strip()
    if not text:
        return ""
    if field.is_retired:
        raise Retired
    good: dict[int, bool] = {
        TEXT: len(text) <= _LONGEST_VALUE and text.isprintable(),
        NUMBER: _NUMBER.fullmatch(text) is not None,
        CHOICE: text in field.choices,
        DATE: _is_date(text),
        YES_NO: text in ("yes", "no"),
    }
    if not good[field.kind]:
        raise FieldValueWrong
    return text


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
