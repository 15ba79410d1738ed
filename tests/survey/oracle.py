"""An oracle for conditions: the language once more, in the plainest way, and generated cases for all three.

It shares nothing with either evaluator: a condition is rewritten, innermost part first, until only its value is left.
Whether it is of the form is decided by looking at the parts that no rewriting took away.
"""

from __future__ import annotations

import operator
import random
from typing import Any

QUESTIONS = [f"q_{number:08}" for number in range(4)]
CHOICES = [f"c_{number:08}" for number in range(4)]
#: What stands for the lack of a number; nothing in JSON is like it.
GONE = ("gone",)
_LIMIT = 10**9
_COMPARE = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, "!=": operator.ne, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
_COMPUTE: dict[str, Any] = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "min": min, "max": max}


class NotOfTheForm(Exception):
    """The condition is none."""


def holds(condition: Any, given: dict[str, Any]) -> bool:
    """Says whether a condition holds; one that is not of the form does not."""
    try:
        if _size(condition) > 100 or _depth(condition) > 10:
            raise NotOfTheForm
        return _as_truth(_rewrite(condition, given))
    except NotOfTheForm:
        return False


def _parts(node: Any) -> list[Any]:
    # The ids behind `answered`, `is`, `value` and `count` are no parts of their own.
    is_form = isinstance(node, list) and node and isinstance(node[0], str)
    return node[1:] if is_form and node[0] not in ("answered", "is", "value", "count") else []


def _size(node: Any) -> int:
    return 1 + sum(map(_size, _parts(node)))


def _depth(node: Any) -> int:
    return 1 + max(map(_depth, _parts(node)), default=0)


def _as_truth(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise NotOfTheForm


def _as_number(value: Any) -> Any:
    if value == GONE or (type(value) is int and abs(value) <= _LIMIT):
        return value
    raise NotOfTheForm


def _rewrite(node: Any, given: dict[str, Any]) -> Any:
    if not isinstance(node, list):
        return node
    if not node or not isinstance(node[0], str):
        raise NotOfTheForm
    name, arguments = node[0], node[1:]
    if name in ("answered", "value", "count", "is"):
        if len(arguments) != (2 if name == "is" else 1) or not all(isinstance(each, str) for each in arguments):
            raise NotOfTheForm
        said = given.get(arguments[0], GONE)
        if name == "answered":
            return said != GONE and said not in ([], "")
        if name == "value":
            return said if type(said) is int else GONE
        chosen = said if isinstance(said, list) else []
        return len(chosen) if name == "count" else arguments[1] in chosen
    values = [_rewrite(each, given) for each in arguments]
    if name in ("all", "any"):
        if not 1 <= len(values) <= 20:
            raise NotOfTheForm
        truths = [_as_truth(each) for each in values]
        return False not in truths if name == "all" else True in truths
    if name == "not" and len(values) == 1:
        return not _as_truth(values[0])
    if name == "if" and len(values) == 3:
        numbers = [_as_number(each) for each in values[1:]]
        return numbers[0] if _as_truth(values[0]) else numbers[1]
    if name in (*_COMPARE, *_COMPUTE) and len(values) == 2:
        left, right = map(_as_number, values)
        if name in _COMPARE:
            return GONE not in (left, right) and _COMPARE[name](left, right)
        if GONE in (left, right):
            return GONE
        return sorted((-_LIMIT, _COMPUTE[name](left, right), _LIMIT))[1]
    raise NotOfTheForm


class Cases:
    """Generates conditions and answers from a seed: mostly good ones, and some that are broken somewhere."""

    def __init__(self, seed: int) -> None:
        """Takes the seed."""
        self._random = random.Random(seed)

    def case(self) -> tuple[Any, dict[str, Any]]:
        """Returns a condition and what was answered."""
        chance = self._random
        given: dict[str, Any] = {}
        for question in QUESTIONS:
            match chance.randrange(5):
                case 0:
                    given[question] = chance.randrange(-3, 11)
                case 1:
                    given[question] = chance.sample(CHOICES, chance.randrange(0, 4))
                case 2:
                    given[question] = chance.choice(["", "words", "é"])
        condition = self._truth(chance.choice([1, 2, 3, 4, 5, 8]))
        if chance.random() < 0.15:
            condition = self._broken(condition)
        return condition, given

    def _truth(self, depth: int) -> Any:
        chance = self._random
        if depth <= 1 or chance.random() < 0.1:
            leaf = chance.randrange(3)
            if leaf == 0:
                return chance.random() < 0.5
            if leaf == 1:
                return ["answered", self._question()]
            return ["is", self._question(), chance.choice(CHOICES)]
        form = chance.randrange(4)
        if form == 0:
            return ["not", self._truth(depth - 1)]
        if form == 1:
            return [chance.choice(["all", "any"]), *(self._truth(depth - 1) for _ in range(chance.randrange(1, 4)))]
        return [chance.choice(list(_COMPARE)), self._number(depth - 1), self._number(depth - 1)]

    def _number(self, depth: int) -> Any:
        chance = self._random
        if depth <= 1 or chance.random() < 0.2:
            leaf = chance.randrange(4)
            if leaf == 0:
                return chance.choice([0, 1, -1, 5, 9, _LIMIT, -_LIMIT, 99_999, 123_456_789])
            if leaf == 1:
                return ["count", self._question()]
            return ["value", self._question()]
        if chance.random() < 0.25:
            return ["if", self._truth(depth - 1), self._number(depth - 1), self._number(depth - 1)]
        return [chance.choice(list(_COMPUTE)), self._number(depth - 1), self._number(depth - 1)]

    def _question(self) -> str:
        return self._random.choice([*QUESTIONS, "q_unknown0", "__proto__", "toString"])

    def _broken(self, condition: Any) -> Any:
        wrong: Any = self._random.choice(
            [None, [], {}, "words", 1.5, _LIMIT + 1, ["all"], ["not"], ["xor", True, True], [["not", True]], ["<", 1],
             ["value", 3], ["is", "q_00000000"], [True], ["constructor", True], ["not", 1], ["add", True, 1], -0.0, 2.0]
        )  # fmt: skip
        if not isinstance(condition, list) or self._random.random() < 0.3:
            return wrong
        place = self._random.randrange(len(condition))
        return [*condition[:place], wrong, *condition[place + 1 :]]
