"""Says what is wrong with a condition before it is published: its form, and what it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.survey.domain.expression.grammar import Sort, read, sort_of


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, as a stable word and as a sentence."""

    reason: str
    detail: str


FORM = Problem("CONDITION_WRONG", "The condition is not of the form of conditions.")
LATER = Problem("CONDITION_LATER", "The condition speaks of a question that does not stand before.")
KIND = Problem("CONDITION_KIND", "The condition asks a question for something that its kind does not have.")
CHOICE = Problem("CONDITION_CHOICE", "The condition names a choice that the question does not have.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a condition may ask of a question that stands before."""

    has_number: bool
    choices: frozenset[str] | None


def check(text: str, before: Mapping[str, Asked]) -> Problem | None:
    """Returns what is wrong with a condition, or None; `before` are the questions of which it may speak."""
    try:
        node = read(text)
    except ValueError:
        return FORM
    return FORM if sort_of(node) is not Sort.TRUTH else _speaks(node, before)


def _speaks(node: Any, before: Mapping[str, Asked]) -> Problem | None:
    if not isinstance(node, list):
        return None
    name, *parts = node
    if name not in ("answered", "is", "value", "count"):
        return next((problem for part in parts if (problem := _speaks(part, before)) is not None), None)
    asked = before.get(parts[0])
    if asked is None:
        return LATER
    if name == "value":
        return None if asked.has_number else KIND
    if name == "answered":
        return None
    if asked.choices is None:
        return KIND
    return CHOICE if name == "is" and parts[1] not in asked.choices else None
