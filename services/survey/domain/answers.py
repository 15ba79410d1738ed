"""What is taken of what somebody sent: answers to questions that were shown, each of its kind, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from parley.survey.v1.answering_pb2 import Answer
from parley.survey.v1.definition_pb2 import Definition, Question

from kernel.errors import FailedPrecondition, InvalidArgument
from services.survey.domain import expression
from services.survey.domain.expression import holds, read
from services.survey.domain.questions import (
    AGE,
    EMAIL,
    MULTIPLE,
    POSTAL_CODE,
    SCALES,
    SHORT_TEXT,
    WITH_CHOICES,
    WORDS,
    is_personal,
    questions_of,
)

_ADDRESS = re.compile(r'[^@\s<>"(),:;]+@[^@\s<>"(),:;]+\.[^@\s<>"(),:;]+')
_LONGEST_ADDRESS, _LONGEST_LINE, _AREA, _LONGEST_CODE = 254, 200, 2, 12


class AgeNeeded(FailedPrecondition):
    """Personal answers are taken behind the age check only."""

    def __init__(self) -> None:
        """Says what is safe and what next."""
        super().__init__("AGE_NEEDED", "Nothing was kept. Give your age first, or leave the personal questions blank.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What is kept of one response."""

    #: The values of closed answers: for each question the numbers or choices, as they are counted.
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The words of open answers, by question.
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: The address, which is kept apart.
    email: str = field(default="", repr=False)
    dropped: int = 0

    @property
    def count(self) -> int:
        """How many questions were answered."""
        return len(self.values) + len(self.words) + bool(self.email)


def take(definition: Definition, answers: Iterable[Answer], *, has_pass: bool) -> Taken:
    """Returns what is kept of answers to a published version; raises where they cannot be taken as they are.

    Conditions are evaluated here, in the order of the questions, on what was taken so far, whatever a browser showed.
    """
    sent: dict[str, Answer] = {}
    for each in answers:
        if each.question_id in sent:
            raise _wrong(each.question_id, "is answered twice")
        sent[each.question_id] = each
    known = {question.id for question in questions_of(definition)}
    for id_ in sent:
        if id_ not in known:
            raise _wrong(id_, "is not asked by this survey")
    given: dict[str, int | list[str] | str] = {}
    values: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    email, dropped = "", 0
    for question, is_shown in _shown(definition, given):
        answer = sent.get(question.id)
        if answer is None or not _says_something(answer):
            if question.required and is_shown:
                raise _wrong(question.id, "needs an answer")
            continue
        # The age is asked by the check alone, and whatever stands here in its place is dropped unread.
        if not is_shown or question.kind == AGE:
            dropped += 1
            continue
        if is_personal(question) and not has_pass:
            raise AgeNeeded
        if question.kind == EMAIL:
            email = _address(question, answer)
            given[question.id] = email
        elif question.kind in WORDS:
            words[question.id] = given[question.id] = _words(question, answer)
        else:
            found = _values(question, answer)
            values[question.id] = tuple(map(str, found))
            given[question.id] = found[0] if isinstance(found[0], int) else list(values[question.id])
    return Taken(values=values, words=words, email=email, dropped=dropped)


def shown_to(definition: Definition, answers: Iterable[Answer]) -> list[str]:
    """Returns the questions that are shown to whoever answered so; an answer that does not fit counts as none."""
    sent = {answer.question_id: answer for answer in answers}
    given: dict[str, int | list[str] | str] = {}
    shown: list[str] = []
    for question, is_shown in _shown(definition, given):
        answer = sent.get(question.id)
        if not is_shown:
            continue
        shown.append(question.id)
        if answer is None or not _says_something(answer):
            continue
        try:
            if question.kind in WITH_CHOICES or question.kind in SCALES:
                found = _values(question, answer)
                given[question.id] = found[0] if isinstance(found[0], int) else [*map(str, found)]
            else:
                given[question.id] = answer.text
        except InvalidArgument:
            continue
    return shown


def _shown(definition: Definition, given: expression.Given) -> Iterable[tuple[Question, bool]]:
    for section in definition.sections:
        is_open = _holds(section.condition, given)
        for question in section.questions:
            yield question, is_open and _holds(question.condition, given)


def _holds(condition: str, given: expression.Given) -> bool:
    return not condition or holds(read(condition), given)


def _says_something(answer: Answer) -> bool:
    return answer.HasField("number") or bool(answer.choice_ids) or bool(answer.text.strip())


def _values(question: Question, answer: Answer) -> list[int] | list[str]:
    if question.kind in SCALES:
        low, high = SCALES[question.kind]
        if not answer.HasField("number") or not low <= answer.number <= high:
            raise _wrong(question.id, f"takes a number from {low} to {high}")
        return [answer.number]
    assert question.kind in WITH_CHOICES
    known = [choice.id for choice in question.choices]
    chosen = set(answer.choice_ids)
    if not chosen or not chosen <= set(known):
        raise _wrong(question.id, "takes its own choices")
    if question.kind != MULTIPLE and len(chosen) > 1:
        raise _wrong(question.id, "takes one choice")
    return [id_ for id_ in known if id_ in chosen]


def _words(question: Question, answer: Answer) -> str:
    text = answer.text.strip()
    if not text:
        raise _wrong(question.id, "takes words")
    if question.kind == POSTAL_CODE:
        code = " ".join(text.upper().split())
        if len(code) > _LONGEST_CODE:
            raise _wrong(question.id, "takes a postal code")
        return code if question.declared_purpose else code[:_AREA]
    if question.kind == SHORT_TEXT and len(text) > _LONGEST_LINE:
        raise _wrong(question.id, f"takes {_LONGEST_LINE} characters at most")
    return text


def _address(question: Question, answer: Answer) -> str:
    address = answer.text.strip()
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise _wrong(question.id, "takes an e-mail address")
    return address


def _wrong(question_id: str, rule: str) -> InvalidArgument:
    # The id comes from the sender, and only one that has the form of ids passes the contract.
    return InvalidArgument(
        "ANSWER_WRONG", "An answer cannot be taken as it is. Nothing was kept.", fields=[(question_id, rule)]
    )
