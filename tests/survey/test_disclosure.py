"""No number, and no difference of two numbers, is about fewer people than the threshold, whatever else one knows.

The solver plays everything that happens to a survey, response by response and erasure by erasure, and asks every
permitted question at every moment. Whatever it was told is one long vector, a function of what people answered. A group
of people is isolated where that vector leaves only one possibility for how many of them there are, and that is not
nobody and fewer than the threshold. To see that it is not, the solver finds another course of events that looks the
same at every moment.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from services.survey.domain import disclosure
from services.survey.domain.disclosure import WHOLE, Released, Tally, full_groups, threshold_of

K = 5
SITES, FIRST, SECOND = ("north", "south"), ("yes", "no"), ("1", "2", "3")
#: How many answers each question has.
SINGLE = {"q_1": len(FIRST), "q_2": len(SECOND)}


@dataclass(frozen=True, slots=True, order=True)
class Person:
    """What somebody is known by, and what they answered; an empty text is no answer."""

    site: str
    first: str
    second: str


def tallies(people: Sequence[Person]) -> list[Tally]:
    """Counts people as the service does."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for person in people:
        given = [(name, value) for name, value in (("q_1", person.first), ("q_2", person.second)) if value]
        for dimension, within in ((WHOLE, WHOLE), ("site", person.site)):
            counted[dimension, within, WHOLE, WHOLE] += 1
            for name, value in given:
                counted[dimension, within, name, value] += 1
        if len(given) == 2:
            counted["q_1", person.first, "q_2", person.second] += 1
    return [Tally(dimension=d, within=w, question=q, value=v, count=count) for (d, w, q, v), count in counted.items()]


def everything(people: Sequence[Person]) -> tuple[int, ...]:
    """Returns the answers to every permitted query: dashboard, filters, cross-tabs, in one row."""
    released = Released(tallies(people), K, SINGLE, {})
    told: list[int] = [released.whole()]
    values = [("q_1", value) for value in FIRST] + [("q_2", value) for value in SECOND]
    told += [released.cell(WHOLE, WHOLE, name, value) for name, value in values]
    for site in SITES:
        told.append(released.whole("site", site))
        told += [released.cell("site", site, name, value) for name, value in values]
    told += [released.cell("q_1", one, "q_2", two) for one in FIRST for two in SECOND]
    told += [released.cell("q_2", two, "q_1", one) for one in FIRST for two in SECOND]
    return tuple(told)


#: What happens: somebody answers, somebody who did is erased, or the hour strikes.
Event = tuple[str, Person | int]


def play(events: Sequence[Event]) -> Iterator[tuple[int, ...]]:
    """Yields what all queries answer after each event."""
    waiting: list[tuple[int, Person]] = []
    counted: list[Person] = []
    told = everything(counted)
    for number, (what, who) in enumerate(events):
        if what == "answer":
            assert isinstance(who, Person)
            waiting.append((number, who))
        elif what == "erase":
            # One who was counted goes from the rows; the tallies are about nobody, and stay.
            waiting = [each for each in waiting if each[0] != who]
        elif len(waiting) >= K:
            counted += [person for _, person in waiting]
            waiting = []
            told = everything(counted)
        yield told


def a_course(chance: random.Random) -> list[Event]:
    """Returns a course of events in which some are rare: what makes somebody easy to find."""
    weights = [chance.choice([1, 1, 3, 9]) for _ in range(2 * 3 * 4)]
    kinds = [Person(site, first, second) for site in SITES for first in (*FIRST, "") for second in (*SECOND, "")]
    events: list[Event] = []
    for _ in range(chance.randrange(15, 40)):
        if events and chance.random() < 0.12:
            answered = [number for number, (what, _) in enumerate(events) if what == "answer"]
            events.append(("erase", chance.choice(answered or [0])))
        elif chance.random() < 0.08:
            events.append(("hour", 0))
        else:
            events.append(("answer", chance.choices(kinds, weights)[0]))
    events.append(("hour", 0))
    return events


@pytest.mark.parametrize("seed", range(12))
def test_no_query_at_any_moment_isolates_anybody(seed: int) -> None:
    chance = random.Random(seed)
    events = a_course(chance)
    told = list(play(events))
    # Every number, and so every sum and difference of numbers from any two moments, is made of full groups.
    assert all(number % K == 0 for row in told for number in row)
    # Nothing moves with one response or one erasure: only when a batch is sealed, which is of a full group at least.
    for (what, _), before, after in zip(events[1:], told, told[1:], strict=False):
        assert before == after or what == "hour"
    for number, (what, who) in enumerate(events):
        if what == "answer":
            assert isinstance(who, Person)
            assert can_be_otherwise(events, told, number, chance), (seed, number, who)


def can_be_otherwise(events: list[Event], told: list[tuple[int, ...]], number: int, chance: random.Random) -> bool:
    """Says whether somebody may have answered otherwise, or is one of a full group of whom all did the same."""
    who = events[number][1]
    assert isinstance(who, Person)
    answers = [(index, each) for index, (what, each) in enumerate(events) if what == "answer" and index != number]
    kinds = [replace(who, first=f, second=s) for f in (*FIRST, "") for s in (*SECOND, "")]
    for kind in kinds:
        if kind != who and list(play(changed(events, {number: kind}))) == told:
            return True
    # Somebody else may have answered what this one did.
    chance.shuffle(answers)
    alike = 1
    for index, other in answers:
        assert isinstance(other, Person)
        if (other.first, other.second) == (who.first, who.second):
            alike += 1
            continue
        mine = replace(who, first=other.first, second=other.second)
        theirs = replace(other, first=who.first, second=who.second)
        if list(play(changed(events, {number: mine, index: theirs}))) == told:
            return True
    return alike >= K


def changed(events: list[Event], others: dict[int, Person]) -> list[Event]:
    """Returns a course of events in which some people answered otherwise."""
    return [(what, others.get(number, who)) for number, (what, who) in enumerate(events)]


@pytest.mark.parametrize("seed", range(12))
def test_no_group_below_the_threshold_is_counted_exactly(seed: int) -> None:
    chance = random.Random(seed)
    people = [who for what, who in a_course(chance) if what == "answer" and isinstance(who, Person)]
    told = everything(people)
    groups: dict[tuple[str, ...], int] = Counter()
    for person in people:
        for kept in itertools.product((True, False), repeat=3):
            parts = (person.site, person.first, person.second)
            groups[tuple(part if keep else "*" for part, keep in zip(parts, kept, strict=True))] += 1
    for group, count in groups.items():
        if 0 < count < K:
            assert another_count(people, told, group), (seed, group, count)


def another_count(people: list[Person], told: tuple[int, ...], group: tuple[str, ...]) -> bool:
    """Says whether there may be another number of people in a group, with all answers the same."""

    def is_in(person: Person) -> bool:
        parts = (person.site, person.first, person.second)
        return all(want in ("*", part) for want, part in zip(group, parts, strict=True))

    kinds = [Person(site, f, s) for site in SITES for f in (*FIRST, "") for s in (*SECOND, "")]
    count = sum(map(is_in, people))
    tried: list[list[Person]] = []
    for index, person in enumerate(people):
        rest = people[:index] + people[index + 1 :]
        tried += [rest, *([*rest, kind] for kind in kinds if is_in(kind) != is_in(person))]
    tried += [[*people, kind] for kind in kinds]
    if any(sum(map(is_in, other)) != count and everything(other) == told for other in tried):
        return True
    # It may take several changes at once.
    chance = random.Random(count)
    for _ in range(_FARTHER):
        other = list(people)
        for index in chance.sample(range(len(other)), min(len(other), chance.randrange(2, 5))):
            other[index] = chance.choice(kinds)
        other += chance.choices(kinds, k=chance.randrange(2))
        if sum(map(is_in, other)) != count and everything(other) == told:
            return True
    return False


_FARTHER = 5_000


def test_the_solver_notices_a_rule_that_shows_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "full_groups", lambda count, threshold: count)
    assert not all(map(passes, [test_no_query_at_any_moment_isolates_anybody] * 5, range(5)))
    assert not all(map(passes, [test_no_group_below_the_threshold_is_counted_exactly] * 5, range(5)))


def passes(test: Callable[[int], None], seed: int) -> bool:
    """Says whether a test passes."""
    try:
        test(seed)
    except AssertionError:
        return False
    return True


def test_two_hidden_cells_do_not_fill_a_whole_that_is_shown() -> None:
    # Nine and nine under a whole of eighteen: shown as ten, nobody could be missing from either.
    shown = Released(
        [
            Tally(dimension=WHOLE, within=WHOLE, question=WHOLE, value=WHOLE, count=18),
            Tally(dimension=WHOLE, within=WHOLE, question="q", value="yes", count=9),
            Tally(dimension=WHOLE, within=WHOLE, question="q", value="no", count=9),
        ],
        10,
        {"q": 2},
        {},
    )
    assert shown.whole() == 0
    assert [shown.cell(WHOLE, WHOLE, "q", value) for value in ("yes", "no")] == [0, 0]


#: What somebody chose of several, at which site; nothing is no answer.
Chosen = tuple[str, frozenset[str]]
CHOICES = ("a", "b", "c", "d", "e")


def told_of(people: Sequence[Chosen]) -> tuple[int, ...]:
    """Returns the answers to every permitted query about a question with several choices."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for site, chosen in people:
        for dimension, within in ((WHOLE, WHOLE), ("site", site)):
            counted[dimension, within, WHOLE, WHOLE] += 1
            for value in (WHOLE, *chosen) if chosen else ():
                counted[dimension, within, "q_m", value] += 1
    made = [Tally(dimension=d, within=w, question=q, value=v, count=count) for (d, w, q, v), count in counted.items()]
    released = Released(made, K, {}, {"q_m": len(CHOICES)})
    places = [(WHOLE, WHOLE), *(("site", site) for site in SITES)]
    return tuple(
        number
        for place in places
        for number in (
            released.whole(*place),
            *(released.cell(*place, "q_m", value) for value in (WHOLE, *CHOICES)),
        )
    )


@pytest.mark.parametrize("seed", range(12))
def test_no_choice_among_several_is_counted_exactly(seed: int) -> None:
    chance = random.Random(seed)
    # One choice each, and nearly a full group of each, is what gives most away: the first time at every choice.
    few = [K - 1 if seed == 0 else chance.randrange(K) for _ in CHOICES]
    people = [("north", frozenset({one})) for one, count in zip(CHOICES, few, strict=True) for _ in range(count)]
    more = range(chance.randrange(12) if seed else 0)
    people += [(chance.choice(SITES), frozenset(chance.sample(CHOICES, chance.randrange(3)))) for _ in more]
    told = told_of(people)
    for site, choice in itertools.product(("", *SITES), CHOICES):
        if 0 < chose(people, site, choice) < K:
            assert may_be_another(people, told, site, choice, chance), (seed, site, choice)


def chose(people: Sequence[Chosen], site: str, choice: str) -> int:
    """Returns how many people made a choice, at one site or at all."""
    return sum(choice in chosen and site in ("", at) for at, chosen in people)


def may_be_another(people: list[Chosen], told: tuple[int, ...], site: str, choice: str, chance: random.Random) -> bool:
    """Says whether another number of people may have made a choice, with all answers the same."""
    count = chose(people, site, choice)
    kinds = [
        (at, frozenset(each)) for at in SITES for size in range(3) for each in itertools.combinations(CHOICES, size)
    ]
    for _ in range(_FARTHER):
        other = list(people)
        for index in chance.sample(range(len(other)), min(len(other), chance.randrange(1, 4))):
            other[index] = chance.choice(kinds)
        other += chance.choices(kinds, k=chance.randrange(2))
        if chose(other, site, choice) != count and told_of(other) == told:
            return True
    return False


def test_the_threshold_is_a_multiple_of_five_and_never_below_it() -> None:
    assert [threshold_of(setting) for setting in (0, 1, 5, 6, 10, 11, 100)] == [5, 5, 5, 10, 10, 15, 100]
    assert [full_groups(count, 10) for count in (-3, 0, 9, 10, 19, 20)] == [0, 0, 0, 10, 10, 20]


@pytest.mark.parametrize(
    ("scale", "cells", "score"),
    [
        ("nps", [(0, 10), (6, 10), (7, 10), (8, 10), (9, 10), (10, 50)], 40.0),
        ("nps", [(10, 0)], None),
        ("csat", [(1, 10), (4, 10), (5, 20)], 75.0),
        ("mean", [(1, 10), (7, 10)], 4.0),
    ],
)
def test_scores_come_from_what_is_shown(scale: str, cells: list[tuple[int, int]], score: float | None) -> None:
    assert disclosure.score_of(scale, cells) == score
