"""Shows what all answers together say, and no more than the one rule of disclosure lets out."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from parley.survey.v1 import answering_pb2, definition_pb2
from parley.survey.v1.definition_pb2 import Definition, Question
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import InvalidArgument, NotFound, ParleyError
from kernel.identity import Actor
from services.survey.actions.cells import plain
from services.survey.actions.wiring import Wiring, tenant_of
from services.survey.domain import ages
from services.survey.domain.definitions import in_language
from services.survey.domain.disclosure import DIMENSIONS, WHOLE, Released, full_groups, score_of
from services.survey.domain.questions import CLOSED, MULTIPLE, labels_of, questions_of, values_of
from services.survey.domain.surveys import Survey
from services.survey.store import responses as response_store
from services.survey.store import results as store
from services.survey.store import surveys as survey_store

_SCORES = {
    definition_pb2.QUESTION_KIND_NPS: "nps",
    definition_pb2.QUESTION_KIND_CSAT: "csat",
    definition_pb2.QUESTION_KIND_CES: "mean",
    definition_pb2.QUESTION_KIND_STARS: "mean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionShown:
    """What may be shown of one question."""

    question: Question
    values: Sequence[str]
    counts: Sequence[int]
    labels: Sequence[str]
    count: int
    score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What may be shown of a survey."""

    title: str
    threshold: int
    seal_time: datetime | None
    count: int
    questions: Sequence[QuestionShown]
    #: Offered, opened, age passed, submitted; None where a dimension was asked for.
    funnel: tuple[int, int, int, int] | None = None
    dimensions: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)


class _Survey:
    """A survey with all that was counted of it, as it is asked for the time of one answer."""

    def __init__(self, survey: Survey, definition: Definition, meanings: Mapping[str, str], released: Released) -> None:
        self.survey = survey
        self.definition = definition
        self.released = released
        self._meanings = meanings

    def counted_as(self, id_: str) -> str:
        return self._meanings.get(id_, id_)

    def questions(self) -> Iterator[Question]:
        yield from questions_of(self.definition)

    def question(self, question_id: str) -> Question:
        for question in self.questions():
            if question.id == question_id and question.kind in CLOSED:
                return question
        raise NotFound("QUESTION_NOT_FOUND", "The newest version asks no such question, or one without counts.")

    def show(self, question: Question, dimension: str = WHOLE, within: str = WHOLE) -> QuestionShown:
        counted = self.counted_as(question.id)
        values = values_of(question) if question.kind in CLOSED else []
        counts = [self.released.cell(dimension, within, counted, self.counted_as(value)) for value in values]
        total = sum(counts)
        if question.kind == MULTIPLE:
            total = self.released.cell(dimension, within, counted, WHOLE)
        scale = _SCORES.get(question.kind)
        return QuestionShown(
            question=question,
            values=values,
            counts=counts,
            labels=labels_of(question) if question.kind in CLOSED else [],
            count=total,
            score=score_of(scale, [(int(v), c) for v, c in zip(values, counts, strict=True)]) if scale else None,
        )


async def _load(connection: AsyncConnection, wiring: Wiring, actor: Actor, survey_id: str) -> _Survey:
    tenant_id = tenant_of(actor)
    survey = await survey_store.get_survey(connection, tenant_id, survey_id)
    definition = Definition()
    if survey.version_id:
        version = await survey_store.get_version(connection, tenant_id, survey.version_id)
        assert version.definition is not None
        definition = version.definition
    meanings = await survey_store.list_meanings(connection, tenant_id, survey_id)
    # What was ever counted belongs to the rule, also where the newest version asks it no longer.
    single: dict[str, set[str]] = {}
    several: dict[str, set[str]] = {}
    for each in await survey_store.list_definitions(connection, tenant_id, survey_id):
        for question in questions_of(each):
            if question.kind in CLOSED:
                of_kind = several if question.kind == MULTIPLE else single
                values = {meanings.get(value, value) for value in values_of(question)}
                of_kind.setdefault(meanings.get(question.id, question.id), set()).update(values)
    tallies = await store.list_tallies(connection, tenant_id, ids.to_uuid(survey_id, "srv"))
    released = Released(
        tallies,
        await wiring.threshold(actor.tenant_id),
        {id_: len(values) for id_, values in single.items()},
        {id_: len(values) for id_, values in several.items()},
    )
    return _Survey(survey, definition, meanings, released)


async def _load_aside(connection: AsyncConnection, wiring: Wiring, actor: Actor, survey_id: str) -> _Survey:
    return await wiring.database.aside(
        connection, actor.tenant_id, lambda where: _load(where, wiring, actor, survey_id)
    )


def _within(dimension: str, value: str) -> str:
    """Returns a dimension's value as it is counted; raises InvalidArgument for one that cannot be."""
    try:
        match dimension:
            case "site" | "team":
                return str(ids.to_uuid(value, "sit" if dimension == "site" else "tea")) if value else ""
            case "channel":
                return str(answering_pb2.Channel.Value(f"CHANNEL_{value.upper()}"))
            case "age":
                return str(next(band for band in answering_pb2.AgeBand.values() if ages.band_name(band) == value))
            case _:
                return value
    except (ParleyError, ValueError, StopIteration):
        raise InvalidArgument(
            "VALUE_UNKNOWN", "The dimension has no such value.", fields=[("value", "must be one that results list")]
        ) from None


def written(dimension: str, within: str) -> str:
    """Writes a counted value of a dimension as results name it."""
    match dimension:
        case "site" | "team" if within:
            return ids.from_uuid("sit" if dimension == "site" else "tea", UUID(within))
        case "channel":
            name = answering_pb2.Channel.Name(answering_pb2.Channel.ValueType(int(within)))
            return name.removeprefix("CHANNEL_").lower()
        case "age":
            return ages.band_name(int(within))
        case _:
            return within


async def get_results(
    actor: Actor, wiring: Wiring, survey_id: str, dimension: str, value: str, language: str = ""
) -> Shown:
    """Returns what may be shown, altogether or within one value of one dimension; in a language where one is named."""
    tenant_id, key = tenant_of(actor), ids.to_uuid(survey_id, "srv")
    within = _within(dimension, value) if dimension else WHOLE
    async with wiring.database.transaction(actor.tenant_id) as connection:
        loaded = await _load_aside(connection, wiring, actor, survey_id)
        counted = await store.sealed_counters(connection, tenant_id, key)
        seal_time = await store.last_seal(connection, tenant_id, key)
    if language:
        loaded.definition = in_language(loaded.definition, language)
    released = loaded.released
    funnel = None
    if not dimension:
        threshold = released.threshold
        funnel = (
            counted.get(response_store.OFFERED, 0),
            counted.get(response_store.OPENED, 0),
            full_groups(counted.get(response_store.AGE_PASSED, 0), threshold),
            released.whole(),
        )
    return Shown(
        title=loaded.definition.title or loaded.survey.title,
        threshold=released.threshold,
        seal_time=seal_time,
        count=released.whole(dimension, within),
        questions=[loaded.show(question, dimension, within) for question in loaded.questions()],
        funnel=funnel,
        dimensions={
            each: [(written(each, v), released.whole(each, v)) for v in released.values_within(each)]
            for each in DIMENSIONS
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What may be shown of one value of one dimension."""

    dimension: str
    value: str
    count: int
    questions: Sequence[QuestionShown]


async def get_breakdown(actor: Actor, wiring: Wiring, survey_id: str) -> tuple[int, list[Part]]:
    """Returns the threshold, and what may be shown of each value of each dimension."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        loaded = await _load_aside(connection, wiring, actor, survey_id)
    released, scored = loaded.released, [each for each in loaded.questions() if each.kind in _SCORES]
    return released.threshold, [
        Part(
            dimension=each,
            value=written(each, within),
            count=released.whole(each, within),
            questions=[loaded.show(question, each, within) for question in scored],
        )
        for each in DIMENSIONS
        for within in released.values_within(each)
    ]


async def get_trend(
    actor: Actor, wiring: Wiring, survey_id: str, question_id: str
) -> tuple[int, list[tuple[str, QuestionShown]]]:
    """Returns the threshold, and what may be shown of one question month by month."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        loaded = await _load_aside(connection, wiring, actor, survey_id)
    question, released = loaded.question(question_id), loaded.released
    return released.threshold, [
        (month, loaded.show(question, "month", month)) for month in released.values_within("month")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One question laid out by another one, or by a dimension."""

    threshold: int
    values: Sequence[str]
    labels: Sequence[str]
    #: The rows: value, what it is called, counts.
    rows: Sequence[tuple[str, str, Sequence[int]]]


async def cross_tabulate(
    actor: Actor, wiring: Wiring, survey_id: str, question_id: str, by_question_id: str, dimension: str
) -> Table:
    """Returns one question's counts by another question's answers, or by the values of a dimension."""
    if bool(by_question_id) == bool(dimension) or by_question_id == question_id:
        raise InvalidArgument(
            "ROWS_UNCLEAR",
            "A table has one other question or one dimension in its rows.",
            fields=[("by_question_id", "must be another question, or empty where a dimension is given")],
        )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        loaded = await _load_aside(connection, wiring, actor, survey_id)
    question = loaded.question(question_id)
    if by_question_id:
        by = loaded.question(by_question_id)
        named = [(v, label, loaded.counted_as(by.id), loaded.counted_as(v)) for v, label in _named(by)]
    else:
        found = loaded.released.values_within(dimension)
        named = [(written(dimension, v), "", dimension, v) for v in found]
    counted, values = loaded.counted_as(question.id), values_of(question)
    return Table(
        threshold=loaded.released.threshold,
        values=values,
        labels=labels_of(question),
        rows=[
            (
                value,
                label,
                [loaded.released.cell(over, within, counted, loaded.counted_as(each)) for each in values],
            )
            for value, label, over, within in named
        ],
    )


def _named(question: Question) -> list[tuple[str, str]]:
    return list(zip(values_of(question), labels_of(question), strict=True))


async def export_results(actor: Actor, wiring: Wiring, survey_id: str) -> Iterator[bytes]:
    """Returns the pieces of a CSV file with all counts that may be shown."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        loaded = await _load_aside(connection, wiring, actor, survey_id)
    return _pieces(loaded)


def _pieces(loaded: _Survey) -> Iterator[bytes]:
    yield _line(["dimension", "value", "question_id", "question", "answer_id", "answer", "people"])
    places = [(WHOLE, WHOLE)] + [(each, v) for each in DIMENSIONS for v in loaded.released.values_within(each)]
    for dimension, within in places:
        place = [dimension, written(dimension, within) if dimension else ""]
        yield _line([*place, "", "", "", "", str(loaded.released.whole(dimension, within))])
        for question in loaded.questions():
            shown = loaded.show(question, dimension, within)
            for value, label, count in zip(shown.values, shown.labels, shown.counts, strict=True):
                yield _line([*place, question.id, question.text, value, label, str(count)])


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow([plain(cell) for cell in cells])
    return out.getvalue().encode()
