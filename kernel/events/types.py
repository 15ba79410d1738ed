"""Says which events there are and what belongs to them: ids and values from closed lists, declared in code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# What `kernel.ids` writes: 26 digits are two bits more than a UUID, and these are zero.
_ID = re.compile(r"[a-z]{3}_[0-9a-v]{25}[048cgkos]", re.ASCII)
_NAME = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)+")

Check = Callable[[str], bool]


def an_id(*prefixes: str, optional: bool = False) -> Check:
    """Says that an attribute is an id of one of these kinds."""

    def check(value: str) -> bool:
        return value[:3] in prefixes and _ID.fullmatch(value) is not None if value else optional

    return check


def one_of(*values: str) -> Check:
    """Says that an attribute is one of a closed list of values."""
    return frozenset(values).__contains__


def a_count(value: str) -> bool:
    """Says whether an attribute is a whole number from 0."""
    return value.isascii() and value.isdigit() and len(value) <= 18


@dataclass(frozen=True, slots=True)
class EventType:
    """What may happen, and which attributes then belong to it. All of them are given, and no others."""

    name: str
    attributes: Mapping[str, Check] = field(default_factory=dict)
    version: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError for a name that is not of the form `conversation.closed`."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"not the name of an event: {self.name}")


class EventRefused(ValueError):
    """An event that holds something else than its type allows; a fault of ours. It names attributes, never values."""


def topic_of(service: str, kind: str) -> str:
    """Returns the topic under which a service hints at news of a type: nobody is woken for what does not matter."""
    return f"events:{service}:{kind}"
