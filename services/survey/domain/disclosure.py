"""The one rule for every number about people that leaves: how much of a count may be shown.

Only full groups of people are shown: a count is rounded down to a multiple of the threshold. So every number that was
ever shown, every sum and every difference of such numbers is a multiple of the threshold: none is about one person, or
about any group smaller than the threshold. Counts come from batches of that many new responses at least, which are
counted once and never again, so that no response and no erasure moves anything by itself.

Rounding alone could still give something away where parts fill a whole: two cells of nine each under a whole of
eighteen say that neither is empty. Therefore a whole is shown only as far as its parts, as shown, leave every one of
them room to be empty. That is the rule for complementary cells, and it is applied at each level: to the cells by the
values of every dimension, to the whole by its cells. Of a question with several choices, the whole is how many answered
it: who answered has made one choice at least, so that choices which are hidden must not be needed to make it up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: No threshold is below this one, and all are multiples of it: two releases under different thresholds differ by a
#: multiple of it, too.
LEAST = 5

#: The name of the dimension that is none, and of the whole among the questions and their values.
WHOLE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many sealed responses there are of one value of a question, within one value of a dimension.

    The dimension may be another question. The whole of a dimension's value has neither question nor value.
    """

    dimension: str
    within: str
    question: str
    value: str
    count: int


def threshold_of(setting: int) -> int:
    """Returns the threshold that holds for what a tenant set: the next multiple of the least one."""
    return max(LEAST, -(-setting // LEAST) * LEAST)


def full_groups(count: int, threshold: int) -> int:
    """Returns how many of so many people are in full groups."""
    return max(0, count) // threshold * threshold


class Released:
    """What may be shown of a survey's tallies. Every result, trend, cross-tab and file comes from here."""

    def __init__(
        self, tallies: Iterable[Tally], threshold: int, single: Mapping[str, int], several: Mapping[str, int]
    ) -> None:
        """Takes all tallies of a survey, and how many answers each question has: those with one answer, and
        those with several choices.

        Nobody outside knows which of these answers anybody gave, so that each may hide somebody.
        """
        self.threshold = threshold
        self._single = single
        self._several = several
        self._counts: dict[str, dict[str, dict[str, dict[str, int]]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
        )
        for tally in tallies:
            self._counts[tally.dimension][tally.within][tally.question][tally.value] += tally.count
        self._wholes: dict[tuple[str, str], int] = {}

    def values_within(self, dimension: str) -> list[str]:
        """Returns the values of a dimension of which enough people are there, in order."""
        return sorted(value for value in self._counts.get(dimension, {}) if self.whole(dimension, value))

    def cell(self, dimension: str, within: str, question: str, value: str) -> int:
        """Returns how many people may be shown for a value of a question, within a value of a dimension."""
        count = self._count(dimension, within, question, value)
        if value == WHOLE and question in self._several:
            count = min(count, self._room_of_choices(dimension, within, question))
        if dimension != WHOLE:
            return full_groups(count, self.threshold)
        ways = (*DIMENSIONS, *(each for each in sorted(self._single) if each != question))
        others = [each for each in ways if self._is_laid_out(each, question)]
        return full_groups(
            min([count, *(self._room_by(each, question, value, count) for each in others)]), self.threshold
        )

    def whole(self, dimension: str = WHOLE, within: str = WHOLE) -> int:
        """Returns how many people may be shown altogether, within a value of a dimension."""
        known = self._wholes.get((dimension, within))
        if known is None:
            known = self._wholes[dimension, within] = self._whole(dimension, within)
        return known

    def _whole(self, dimension: str, within: str) -> int:
        count = self._count(dimension, within, WHOLE, WHOLE)
        room = [count]
        questions = self._counts.get(dimension, {}).get(within, {})
        for question in self._single.keys() & questions.keys():
            values = questions[question]
            parts = [self.cell(dimension, within, question, value) for value in values]
            if (silent := count - sum(values.values())) > 0:
                parts.append(full_groups(silent, self.threshold))
            room.append(self._room(parts, self._single[question]))
        if dimension == WHOLE:
            covering = [each for each in DIMENSIONS if each not in _OVERLAPPING and each in self._counts]
            for each in covering:
                parts = [self.whole(each, value) for value in self._counts[each]]
                room.append(self._room(parts, _CLOSED.get(each, 0)))
        return full_groups(min(room), self.threshold)

    def _is_laid_out(self, dimension: str, question: str) -> bool:
        if dimension in _OVERLAPPING:
            return False
        within = self._counts.get(dimension, {})
        if any(question in questions for questions in within.values()):
            return True
        return any(dimension in questions for questions in self._counts.get(question, {}).values())

    def _room_by(self, dimension: str, question: str, value: str, count: int) -> int:
        values = set(self._counts.get(dimension, {}))
        for questions in self._counts.get(question, {}).values():
            values |= set(questions.get(dimension, {}))
        parts = [found for within in values if (found := self._count(dimension, within, question, value))]
        shown = [full_groups(part, self.threshold) for part in parts]
        if (rest := count - sum(parts)) > 0:
            shown.append(full_groups(rest, self.threshold))
        return self._room(shown, _CLOSED.get(dimension, self._single.get(dimension, 0)))

    def _room_of_choices(self, dimension: str, within: str, question: str) -> int:
        values = self._counts.get(dimension, {}).get(within, {}).get(question, {})
        parts = [self.cell(dimension, within, question, value) for value in values if value != WHOLE]
        return self._room(parts, self._several[question])

    def _room(self, parts: Sequence[int], possible: int) -> int:
        # Each part hides one less than a full group at most; with one of them empty, this is what the whole can be.
        return sum(parts) + max(0, max(len(parts), possible) - 1) * (self.threshold - 1)

    def _count(self, dimension: str, within: str, question: str, value: str) -> int:
        found = _find(self._counts, dimension, within, question, value)
        # Two questions are counted together once, in the order in which they came.
        return found or (_find(self._counts, question, value, dimension, within) if question else 0)


def _find(counts: Mapping[str, Any], *path: str) -> int:
    found: Any = counts
    for step in path:
        found = found.get(step)
        if found is None:
            return 0
    return int(found)


#: The dimensions by which everything is counted, besides other questions.
DIMENSIONS = ("site", "team", "tag", "language", "channel", "month", "age")
#: Those of which one response may have several values, so that the values do not fill the whole.
_OVERLAPPING = frozenset({"tag"})
#: How many values those have that are the same for everybody.
_CLOSED = {"channel": 3, "age": 7}


def score_of(kind_scale: str, cells: Sequence[tuple[int, int]]) -> float | None:
    """Returns the score of a scale from pairs of number and people shown: `nps`, `csat` or `mean`; None for nobody."""
    total = sum(count for _, count in cells)
    if not total:
        return None
    if kind_scale == "nps":
        promoters = sum(count for number, count in cells if number >= 9)
        detractors = sum(count for number, count in cells if number <= 6)
        return round(100 * (promoters - detractors) / total, 1)
    if kind_scale == "csat":
        return round(100 * sum(count for number, count in cells if number >= 4) / total, 1)
    return round(sum(number * count for number, count in cells) / total, 2)
