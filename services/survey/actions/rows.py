"""Shows the owner single responses and what people wrote. Each reading is recorded before anything is returned."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from parley.survey.v1 import answering_pb2
from sqlalchemy import Row

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.survey.actions.cells import plain
from services.survey.actions.wiring import Wiring, tenant_of
from services.survey.domain import ages
from services.survey.domain.questions import AGE, CLOSED, EMAIL, labels_of, questions_of, values_of
from services.survey.store import rows as store
from services.survey.store import surveys as survey_store
from services.survey.store.rows import Whole, Words

_EXPORTED_AT_ONCE = 1000
_CHANNELS = {number: name.removeprefix("CHANNEL_").lower() for name, number in answering_pb2.Channel.items()}


def _people(found: Sequence[Whole]) -> dict[UUID, UUID]:
    # A response of somebody whom nobody knows is about its own id, which leads to nobody.
    return {each.response.id: each.response.visitor_id or each.response.id for each in found}


async def list_responses(
    actor: Actor, wiring: Wiring, survey_id: str, size: int, token: str
) -> tuple[list[tuple[Whole, bool]], str]:
    """Returns a page of responses, each with whether it is sealed, and the next page's token."""
    limit, scope = page_size(size, default=25, maximum=100), (actor.tenant_id, "ListResponses", survey_id)
    position = wiring.pages.position(scope, token)
    after = None if position is None else UUID(str(position[0]))
    tenant_id, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await survey_store.get_survey(connection, tenant_id, survey_id)
        found = await store.list_wholes(connection, tenant_id, ids.to_uuid(survey_id, "srv"), after, limit + 1)
        page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(each.response.id),))
        sealed = await wiring.access.record_all(connection, actor, _people(page), now)
    return [(each, each.response.id in sealed) for each in page], following


async def get_response(actor: Actor, wiring: Wiring, response_id: str) -> Whole:
    """Returns one response; raises RecordSealed where it is sealed."""
    tenant_id, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        whole = await store.get_whole(connection, tenant_id, ids.to_uuid(response_id, "rsp"))
        ((record, person),) = _people([whole]).items()
        await wiring.access.record(connection, actor, record, person, now)
    return whole


async def search_texts(
    actor: Actor, wiring: Wiring, survey_id: str, query: str, tag: str, size: int, token: str
) -> tuple[list[Words], str]:
    """Returns a page of what people wrote, and the next page's token."""
    limit = page_size(size, default=25, maximum=100)
    scope = (actor.tenant_id, "SearchTexts", survey_id, query, tag)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    tenant_id, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await survey_store.get_survey(connection, tenant_id, survey_id)
        found = await wiring.database.aside(
            connection,
            actor.tenant_id,
            lambda where: store.find_words(
                where,
                tenant_id,
                ids.to_uuid(survey_id, "srv"),
                query=query.strip(),
                tag=tag,
                before=before,
                limit=limit + 1,
            ),
        )
        page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(each.id),))
        people = {each.response_id: each.visitor_id or each.response_id for each in page}
        sealed = await wiring.access.record_all(connection, actor, people, now)
    return [each for each in page if each.response_id not in sealed], following


async def tag_text(actor: Actor, wiring: Wiring, text_id: str, tags: Sequence[str]) -> Words:
    """Puts tags on a text, in the place of those that it has."""
    tenant_id, now, key = tenant_of(actor), wiring.clock.now(), ids.to_uuid(text_id, "stx")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        words = await store.get_words(connection, tenant_id, key)
        person = words.visitor_id or words.response_id
        await wiring.access.record(connection, actor, words.response_id, person, now)
        await store.save_tags(connection, tenant_id, key, tags)
        return await store.get_words(connection, tenant_id, key)


async def export_responses(actor: Actor, wiring: Wiring, survey_id: str) -> AsyncIterator[bytes]:
    """Yields the pieces of a CSV file with all responses, a page at a time, each recorded before it leaves."""
    tenant_id = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await survey_store.get_survey(connection, tenant_id, survey_id)
        asked: dict[str, str] = {}
        called: dict[str, str] = {}
        for definition in await survey_store.list_definitions(connection, tenant_id, survey_id):
            for question in questions_of(definition):
                if question.kind not in (EMAIL, AGE):
                    asked[question.id] = question.text
                if question.kind in CLOSED:
                    called |= dict(zip(values_of(question), labels_of(question), strict=True))
        # An empty file, too, leaves after a record: of nobody.
        await wiring.access.record_all(connection, actor, {}, wiring.clock.now())
    head = ["response_id", "version_id", "day", "site_id", "team_id", "tags", "language", "channel", "age"]
    yield _lines([[*head, *(f"{text} ({id_})" for id_, text in asked.items())]])
    after, named = UUID(int=0), _Names()
    while True:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            page = await store.list_lines(
                connection, tenant_id, ids.to_uuid(survey_id, "srv"), after, _EXPORTED_AT_ONCE
            )
            people = {line.id: line.visitor_id or line.id for line in page}
            sealed = await wiring.access.record_all(connection, actor, people, wiring.clock.now())
        if not page:
            return
        yield _lines([_cells(line, asked, called, named) for line in page if line.id not in sealed])
        after = page[-1].id


class _Names(dict[tuple[str, UUID | None], str]):
    """The ids of what is the same in many lines: versions, sites and teams."""

    def __missing__(self, key: tuple[str, UUID | None]) -> str:
        prefix, value = key
        self[key] = written = ids.from_uuid(prefix, value) if value is not None else ""
        return written


def _cells(line: Row[Any], asked: Iterable[str], called: Mapping[str, str], named: _Names) -> list[str]:
    answered: dict[str, str] = {}
    for question, value in line.given or ():
        label = called.get(value, value)
        answered[question] = f"{answered[question]}; {label}" if question in answered else label
    for question, said in line.said or ():
        answered[question] = said
    return [
        ids.from_uuid("rsp", line.id),
        named["svv", line.version_id],
        line.day.strftime("%Y-%m-%d"),
        named["sit", line.site_id],
        named["tea", line.team_id],
        " ".join(line.tags),
        line.language,
        _CHANNELS[line.channel],
        ages.band_name(line.age_band),
        *(answered.get(id_, "") for id_ in asked),
    ]


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([[plain(cell) for cell in row] for row in rows])
    return out.getvalue().encode()
