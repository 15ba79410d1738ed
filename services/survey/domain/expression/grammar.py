"""Says which JSON is a condition, and of which sort each part is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from typing import Any

MOST_NODES, DEEPEST, LARGEST = 100, 10, 1_000_000_000
#: How many parts `all` and `any` take at most.
_WIDEST = 20

COMPARISONS = frozenset({"<", "<=", "=", "!=", ">=", ">"})
ARITHMETIC = frozenset({"add", "sub", "mul", "min", "max"})


class Sort(Enum):
    """What a part of a condition is."""

    TRUTH = "truth"
    NUMBER = "number"


# What follows the operator: sorts of parts, and `str` for the id of a question or a choice.
_SHAPES: dict[str, tuple[Sort, tuple[Sort | type, ...]]] = {
    "not": (Sort.TRUTH, (Sort.TRUTH,)),
    "answered": (Sort.TRUTH, (str,)),
    "is": (Sort.TRUTH, (str, str)),
    "value": (Sort.NUMBER, (str,)),
    "count": (Sort.NUMBER, (str,)),
    "if": (Sort.NUMBER, (Sort.TRUTH, Sort.NUMBER, Sort.NUMBER)),
    **dict.fromkeys(COMPARISONS, (Sort.TRUTH, (Sort.NUMBER, Sort.NUMBER))),
    **dict.fromkeys(ARITHMETIC, (Sort.NUMBER, (Sort.NUMBER, Sort.NUMBER))),
}


def read(text: str) -> Any:
    """Returns the JSON of a condition; raises ValueError for a text that is none."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("too deep") from None


def _no_number(word: str) -> Any:
    raise ValueError(word)


def is_number(node: Any) -> bool:
    """Says whether a part is a whole number within bounds. JSON knows no difference between 1 and 1.0."""
    if isinstance(node, bool) or not isinstance(node, int | float):
        return False
    return -LARGEST <= node <= LARGEST and node == int(node)


def sort_of(node: Any) -> Sort | None:
    """Returns the sort of a whole condition, or None where it is not of the form."""
    left = [MOST_NODES]
    return _sort(node, 1, left)


def _sort(node: Any, depth: int, left: list[int]) -> Sort | None:
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        return None
    if isinstance(node, bool):
        return Sort.TRUTH
    if is_number(node):
        return Sort.NUMBER
    if not isinstance(node, list) or not node or not isinstance(node[0], str):
        return None
    name, parts = node[0], node[1:]
    if name in ("all", "any"):
        fits = 1 <= len(parts) <= _WIDEST and all(_sort(part, depth + 1, left) is Sort.TRUTH for part in parts)
        return Sort.TRUTH if fits else None
    if name not in _SHAPES:
        return None
    sort, wanted = _SHAPES[name]
    return sort if _fit(parts, wanted, depth, left) else None


def _fit(parts: Sequence[Any], wanted: Sequence[Sort | type], depth: int, left: list[int]) -> bool:
    if len(parts) != len(wanted):
        return False
    for part, want in zip(parts, wanted, strict=True):
        if want is str:
            if not isinstance(part, str):
                return False
        elif _sort(part, depth + 1, left) is not want:
            return False
    return True
