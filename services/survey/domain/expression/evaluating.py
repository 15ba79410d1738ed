"""Evaluates a condition on what was answered so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.survey.domain.expression.grammar import ARITHMETIC, COMPARISONS, LARGEST, Sort, sort_of

#: What somebody answered: a number, the ids of choices, or a text. A question without an answer is left out.
Given = Mapping[str, int | Sequence[str] | str]

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}
_COMPUTE: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "min": min,
    "max": max,
}


def holds(condition: Any, given: Given) -> bool:
    """Says whether a condition holds; one that is not of the form does not."""
    return sort_of(condition) is Sort.TRUTH and _truth(condition, given)


def is_answered(given: Given, question: str) -> bool:
    """Says whether a question has an answer."""
    answer = given.get(question)
    return answer is not None and (isinstance(answer, int) or len(answer) > 0)


def _truth(node: Any, given: Given) -> bool:
    if isinstance(node, bool):
        return node
    name, *parts = node
    if name == "all":
        return all(_truth(part, given) for part in parts)
    if name == "any":
        return any(_truth(part, given) for part in parts)
    if name == "not":
        return not _truth(parts[0], given)
    if name == "answered":
        return is_answered(given, parts[0])
    if name in COMPARISONS:
        left, right = _number(parts[0], given), _number(parts[1], given)
        return left is not None and right is not None and _COMPARE[name](left, right)
    answer = given.get(parts[0])
    return isinstance(answer, list | tuple) and parts[1] in answer


def _number(node: Any, given: Given) -> int | None:
    if not isinstance(node, list):
        return int(node)
    name, *parts = node
    if name == "if":
        return _number(parts[1] if _truth(parts[0], given) else parts[2], given)
    if name in ARITHMETIC:
        left, right = _number(parts[0], given), _number(parts[1], given)
        if left is None or right is None:
            return None
        return max(-LARGEST, min(LARGEST, _COMPUTE[name](left, right)))
    answer = given.get(parts[0])
    if name == "count":
        return len(answer) if isinstance(answer, list | tuple) else 0
    return answer if isinstance(answer, int) else None
