"""Reads single responses and their words, page by page, in the order of ids that say nothing of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import NotFound
from kernel.search import Search
from services.survey.store.responses import Response, response_of
from services.survey.store.tables import answers, responses, texts

_r, _a, _t = responses.c, answers.c, texts.c
_search = Search("survey", "texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """An answer in somebody's own words, and whose it is."""

    id: UUID
    response_id: UUID
    question_id: str
    text: str = field(repr=False)
    tags: Sequence[str]
    visitor_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A response with its answers: values by question, and words by question."""

    response: Response
    values: dict[str, list[str]]
    words: dict[str, str] = field(repr=False)


async def get_whole(connection: AsyncConnection, tenant_id: UUID, response_id: UUID) -> Whole:
    """Returns a response with its answers."""
    row = (
        await connection.execute(select(responses).where(_r.tenant_id == tenant_id, _r.id == response_id))
    ).one_or_none()
    if row is None:
        raise NotFound("RESPONSE_NOT_FOUND", "There is no such response.")
    (whole,) = await _with_answers(connection, tenant_id, [response_of(row)])
    return whole


async def list_wholes(
    connection: AsyncConnection, tenant_id: UUID, survey_id: UUID, after: UUID | None, limit: int
) -> list[Whole]:
    """Returns a page of a survey's responses with their answers."""
    query = select(responses).where(_r.tenant_id == tenant_id, _r.survey_id == survey_id)
    if after is not None:
        query = query.where(_r.id > after)
    rows = await connection.execute(query.order_by(_r.id).limit(limit))
    return await _with_answers(connection, tenant_id, [response_of(row) for row in rows])


async def _with_answers(connection: AsyncConnection, tenant_id: UUID, found: Sequence[Response]) -> list[Whole]:
    wholes = {each.id: Whole(response=each, values={}, words={}) for each in found}
    keys = list(wholes)
    for response_id, question, value in await connection.execute(
        select(_a.response_id, _a.question_id, _a.value)
        .where(_a.tenant_id == tenant_id, _a.response_id.in_(keys))
        .order_by(_a.response_id, _a.question_id, _a.value)
    ):
        wholes[response_id].values.setdefault(question, []).append(value)
    for response_id, question, said in await connection.execute(
        select(_t.response_id, _t.question_id, _t.text).where(_t.tenant_id == tenant_id, _t.response_id.in_(keys))
    ):
        wholes[response_id].words[question] = said
    return list(wholes.values())


# A page of a file, each line whole: one statement for all of it. Pairs of a question and what was answered stand in one
# array each.
_LINES = text(
    """
    SELECT r.id, r.visitor_id, r.version_id, r.day, r.site_id, r.team_id, r.tags, r.language, r.channel, r.age_band,
      (SELECT array_agg(ARRAY[a.question_id, a.value] ORDER BY a.question_id, a.value) FROM survey.answers a
       WHERE a.tenant_id = r.tenant_id AND a.response_id = r.id) AS given,
      (SELECT array_agg(ARRAY[t.question_id, t.text]) FROM survey.texts t
       WHERE t.tenant_id = r.tenant_id AND t.response_id = r.id) AS said
    FROM survey.responses r
    WHERE r.tenant_id = CAST(:tenant AS uuid) AND r.survey_id = CAST(:survey AS uuid)
      AND r.id > CAST(:after AS uuid)
    ORDER BY r.id LIMIT CAST(:limit AS integer)
    """
)


async def list_lines(
    connection: AsyncConnection, tenant_id: UUID, survey_id: UUID, after: UUID, limit: int
) -> Sequence[Row[Any]]:
    """Returns a page of a survey's responses as they stand in a file, each a line with all that was answered."""
    values = {"tenant": tenant_id, "survey": survey_id, "after": after, "limit": limit}
    return (await connection.execute(_LINES, values)).all()


_WORDS = (_t.id, _t.response_id, _t.question_id, _t.text, _t.tags, _r.visitor_id)


async def find_words(
    connection: AsyncConnection,
    tenant_id: UUID,
    survey_id: UUID,
    *,
    query: str,
    tag: str,
    before: UUID | None,
    limit: int,
) -> list[Words]:
    """Returns a page of a survey's texts, by words, by tag, or both."""
    wanted = (
        select(*_WORDS)
        .join(responses, (_r.tenant_id == _t.tenant_id) & (_r.id == _t.response_id))
        .where(_t.tenant_id == tenant_id, _t.survey_id == survey_id)
        .order_by(_t.id.desc())
        .limit(limit)
    )
    if tag:
        wanted = wanted.where(literal(tag) == any_(_t.tags))
    if not query:
        if before is not None:
            wanted = wanted.where(_t.id < before)
        return [Words(**row) for row in (await connection.execute(wanted)).mappings()]
    found: list[Words] = []
    # With a tag besides, some of the hits fall away; it goes on until the page is full or the hits are at their end.
    while len(found) < limit:
        hits = await _search.find(connection, query, size=max(limit, 200), before=before, survey_id=survey_id)
        if not hits:
            break
        page = wanted.where(_t.id.in_(hits)).limit(limit - len(found))
        found += [Words(**row) for row in (await connection.execute(page)).mappings()]
        before = hits[-1]
    return found


async def get_words(connection: AsyncConnection, tenant_id: UUID, text_id: UUID) -> Words:
    """Returns one text."""
    query = (
        select(*_WORDS)
        .join(responses, (_r.tenant_id == _t.tenant_id) & (_r.id == _t.response_id))
        .where(_t.tenant_id == tenant_id, _t.id == text_id)
    )
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound("TEXT_NOT_FOUND", "There is no such text.")
    return Words(**row)


async def save_tags(connection: AsyncConnection, tenant_id: UUID, text_id: UUID, tags: Iterable[str]) -> None:
    """Puts tags on a text, in the place of those that it has."""
    await connection.execute(
        update(texts).where(_t.tenant_id == tenant_id, _t.id == text_id).values(tags=sorted(set(tags)))
    )
