"""Shows the owner single responses and what people wrote. Each reading is recorded before anything is returned."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

from parley.survey.v1 import answering_pb2

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

_EXPORTED_AT_ONCE = 500


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
        found = await store.find_words(
            connection,
            tenant_id,
            ids.to_uuid(survey_id, "srv"),
            query=query.strip(),
            tag=tag,
            before=before,
            limit=limit + 1,
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
    after: UUID | None = None
    while True:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            page = await store.list_wholes(
                connection, tenant_id, ids.to_uuid(survey_id, "srv"), after, _EXPORTED_AT_ONCE
            )
            sealed = await wiring.access.record_all(connection, actor, _people(page), wiring.clock.now())
        if not page:
            return
        yield _lines([_cells(each, list(asked), called) for each in page if each.response.id not in sealed])
        after = page[-1].response.id


def _cells(whole: Whole, asked: Sequence[str], called: Mapping[str, str]) -> list[str]:
    response = whole.response
    channel = answering_pb2.Channel.Name(answering_pb2.Channel.ValueType(response.channel))
    return [
        ids.from_uuid("rsp", response.id),
        ids.from_uuid("svv", response.version_id),
        f"{response.day:%Y-%m-%d}",
        ids.from_uuid("sit", response.site_id) if response.site_id else "",
        ids.from_uuid("tea", response.team_id) if response.team_id else "",
        " ".join(response.tags),
        response.language,
        channel.removeprefix("CHANNEL_").lower(),
        ages.band_name(response.age_band),
        *(
            whole.words.get(id_) or "; ".join(called.get(value, value) for value in whole.values.get(id_, ()))
            for id_ in asked
        ),
    ]


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([[plain(cell) for cell in row] for row in rows])
    return out.getvalue().encode()
