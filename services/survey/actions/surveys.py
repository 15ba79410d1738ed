"""Makes, changes, publishes and closes a tenant's surveys."""

from __future__ import annotations

import secrets
from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message
from parley.survey.v1.definition_pb2 import Definition, Targeting
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.survey.actions.wiring import Wiring, tenant_of
from services.survey.domain import definitions
from services.survey.domain.definitions import Complaint, History
from services.survey.domain.surveys import (
    CLOSED,
    DRAFT,
    PUBLISHED,
    DefinitionWrong,
    Survey,
    Version,
    check_changeable,
    check_etag,
)
from services.survey.store import surveys as store

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_EVERYBODY = Targeting(sampling_permille=1000)


def _mint(letter: str) -> str:
    return f"{letter}_{''.join(secrets.choice(_DIGITS) for _ in range(8))}"


async def create_survey(
    actor: Actor, wiring: Wiring, definition: Definition, targeting: Targeting | None, request_id: str, request: Message
) -> Survey:
    """Keeps a first draft; a retry returns the first survey."""
    draft, now, tenant_id = definitions.with_ids(definition, _mint), wiring.clock.now(), tenant_of(actor)
    await _check_targets(actor, wiring, targeting)
    survey = Survey(
        id=ids.new_id("srv"),
        state=DRAFT,
        title=draft.title,
        draft=draft,
        draft_hash=definitions.content_hash(draft),
        targeting=targeting or _EVERYBODY,
        create_time=now,
        update_time=now,
        revision=1,
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(connection, actor, "CreateSurvey", request_id, request, survey.id, now)
        if made != survey.id:
            return await store.get_survey(connection, tenant_id, made)
        await store.add_survey(connection, tenant_id, survey)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
    return survey


async def get_survey(actor: Actor, wiring: Wiring, survey_id: str) -> Survey:
    """Returns a survey with its draft."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_survey(connection, tenant_of(actor), survey_id)


async def list_surveys(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Survey], str]:
    """Returns a page of surveys, newest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListSurveys")
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_surveys(connection, tenant_of(actor), before, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.id, "srv")),))


async def update_survey(
    actor: Actor, wiring: Wiring, survey_id: str, definition: Definition | None, targeting: Targeting | None, etag: str
) -> Survey:
    """Replaces the draft, the targeting, or both."""
    now, tenant_id = wiring.clock.now(), tenant_of(actor)
    await _check_targets(actor, wiring, targeting)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        survey = await store.get_survey(connection, tenant_id, survey_id, lock=True)
        check_etag(survey, etag)
        check_changeable(survey)
        if definition is not None:
            draft = definitions.with_ids(definition, _mint)
            survey = replace(survey, draft=draft, draft_hash=definitions.content_hash(draft), title=draft.title)
        if targeting is not None:
            survey = replace(survey, targeting=targeting)
        survey = replace(survey, update_time=now, revision=survey.revision + 1)
        await store.save_survey(connection, tenant_id, survey)
    return survey


async def check_definition(
    actor: Actor, wiring: Wiring, definition: Definition, survey_id: str
) -> tuple[list[Complaint], Definition]:
    """Returns what is wrong with a draft, and what would be published of it."""
    history = History()
    if survey_id:
        async with wiring.database.transaction(actor.tenant_id) as connection:
            await store.get_survey(connection, tenant_of(actor), survey_id)
            history = await _history(connection, tenant_of(actor), survey_id)
    draft = definitions.with_ids(definition, _mint)
    return definitions.complaints(draft, history), definitions.published_form(draft)


async def publish_survey(actor: Actor, wiring: Wiring, survey_id: str, etag: str) -> tuple[Survey, Version]:
    """Publishes the draft as a version that never changes; one that is as the newest is published as that."""
    now, tenant_id = wiring.clock.now(), tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        survey = await store.get_survey(connection, tenant_id, survey_id, lock=True)
        check_etag(survey, etag)
        check_changeable(survey)
        assert survey.draft is not None
        history = await _history(connection, tenant_id, survey_id)
        if found := definitions.complaints(survey.draft, history):
            raise DefinitionWrong(found)
        whole = definitions.published_form(survey.draft)
        whole_hash = definitions.content_hash(whole)
        if survey.version_id and whole_hash == survey.published_hash:
            version = await store.get_version(connection, tenant_id, survey.version_id)
        else:
            version = Version(
                id=ids.new_id("svv"),
                survey_id=survey.id,
                number=survey.version_number + 1,
                definition=whole,
                content_hash=whole_hash,
                publish_time=now,
            )
            await store.add_version(connection, tenant_id, version)
            before = await store.list_meanings(connection, tenant_id, survey_id)
            await store.add_meanings(connection, tenant_id, survey_id, definitions.meanings_of(whole, before))
        survey = replace(
            survey,
            state=PUBLISHED,
            version_id=version.id,
            version_number=version.number,
            published_hash=whole_hash,
            update_time=now,
            revision=survey.revision + 1,
        )
        await store.save_survey(connection, tenant_id, survey)
    return survey, version


async def close_survey(actor: Actor, wiring: Wiring, survey_id: str) -> Survey:
    """Offers a survey to nobody any more."""
    now, tenant_id = wiring.clock.now(), tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        survey = await store.get_survey(connection, tenant_id, survey_id, lock=True)
        check_changeable(survey)
        if survey.state != CLOSED:
            survey = replace(survey, state=CLOSED, update_time=now, revision=survey.revision + 1)
            await store.save_survey(connection, tenant_id, survey)
    return survey


async def list_versions(
    actor: Actor, wiring: Wiring, survey_id: str, size: int, token: str
) -> tuple[list[Version], str]:
    """Returns a page of a survey's versions, newest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListVersions", survey_id)
    position = wiring.pages.position(scope, token)
    before = None if position is None else int(position[0])
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.get_survey(connection, tenant_of(actor), survey_id)
        found = await store.list_versions(connection, tenant_of(actor), survey_id, before, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (each.number,))


async def get_version(actor: Actor, wiring: Wiring, version_id: str) -> Version:
    """Returns a published version."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_version(connection, tenant_of(actor), version_id)


async def _check_targets(actor: Actor, wiring: Wiring, targeting: Targeting | None) -> None:
    if targeting is not None and (targeting.site_ids or targeting.team_ids):
        await wiring.peers.check_targets(actor.tenant_id, targeting.site_ids, targeting.team_ids)


async def _history(connection: AsyncConnection, tenant_id: UUID, survey_id: str) -> History:
    return definitions.history_of(await store.list_definitions(connection, tenant_id, survey_id))
