"""What each kind of question takes, and whether its answer says something about a person."""

from __future__ import annotations

from collections.abc import Iterator

from parley.survey.v1 import definition_pb2
from parley.survey.v1.definition_pb2 import Definition, Question

Kind = definition_pb2.QuestionKind

#: The scales, each with its lowest and its highest number.
SCALES: dict[int, tuple[int, int]] = {
    definition_pb2.QUESTION_KIND_STARS: (1, 5),
    definition_pb2.QUESTION_KIND_CSAT: (1, 5),
    definition_pb2.QUESTION_KIND_CES: (1, 7),
    definition_pb2.QUESTION_KIND_NPS: (0, 10),
}
SINGLE = definition_pb2.QUESTION_KIND_SINGLE_CHOICE
MULTIPLE = definition_pb2.QUESTION_KIND_MULTIPLE_CHOICE
SHORT_TEXT = definition_pb2.QUESTION_KIND_SHORT_TEXT
LONG_TEXT = definition_pb2.QUESTION_KIND_LONG_TEXT
EMAIL = definition_pb2.QUESTION_KIND_EMAIL
POSTAL_CODE = definition_pb2.QUESTION_KIND_POSTAL_CODE
AGE = definition_pb2.QUESTION_KIND_AGE
INCOME = definition_pb2.QUESTION_KIND_INCOME_BAND

WITH_CHOICES = frozenset({SINGLE, MULTIPLE, INCOME})
#: What is kept as words, for the shorter period.
WORDS = frozenset({SHORT_TEXT, LONG_TEXT, POSTAL_CODE})
#: What says something about a person: never required, and taken behind the age check only. Whatever has no closed list
#: of answers is among it, because people write what they like.
PERSONAL = frozenset({SHORT_TEXT, LONG_TEXT, EMAIL, POSTAL_CODE, AGE, INCOME})
#: What can be counted.
CLOSED = frozenset({*SCALES, *WITH_CHOICES})

#: The system's own question. Its ids are written in the code, and no tenant's question can have them.
AGE_SECTION, AGE_QUESTION = "s_00000age", "q_00000age"


def questions_of(definition: Definition) -> Iterator[Question]:
    """Yields all questions in the order in which they are asked."""
    for section in definition.sections:
        yield from section.questions


def is_personal(question: Question) -> bool:
    """Says whether an answer says something about a person."""
    return question.kind in PERSONAL


def values_of(question: Question) -> list[str]:
    """Returns the values by which the answers to a closed question are counted, in their order."""
    if question.kind in SCALES:
        low, high = SCALES[question.kind]
        return [str(number) for number in range(low, high + 1)]
    return [choice.id for choice in question.choices]


def labels_of(question: Question) -> list[str]:
    """Returns what those values are called."""
    if question.kind in SCALES:
        return values_of(question)
    return [choice.text for choice in question.choices]
