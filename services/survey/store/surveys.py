"""Reads and writes surveys and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from parley.survey.v1.definition_pb2 import Definition, Targeting
from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.survey.domain.surveys import PUBLISHED, Survey, Version, no_such_survey, no_such_version
from services.survey.store.tables import meanings, surveys, versions

_s, _v = surveys.c, versions.c
_LISTED = [column for column in surveys.c if column.name != "draft"]


def _values(tenant_id: UUID, survey: Survey) -> dict[str, Any]:
    values: dict[str, Any] = {
        "tenant_id": tenant_id,
        "id": ids.to_uuid(survey.id, "srv"),
        "state": survey.state,
        "title": survey.title,
        "draft_hash": survey.draft_hash,
        "published_hash": survey.published_hash,
        "targeting": survey.targeting.SerializeToString(deterministic=True),
        "version_id": ids.to_uuid(survey.version_id, "svv") if survey.version_id else None,
        "version_number": survey.version_number,
        "revision": survey.revision,
        "create_time": survey.create_time,
        "update_time": survey.update_time,
        "is_rating": survey.is_rating,
    }
    if survey.draft is not None:
        values["draft"] = survey.draft.SerializeToString(deterministic=True)
    return values


def _survey(row: Row[Any]) -> Survey:
    draft = row._mapping.get("draft")
    return Survey(
        id=ids.from_uuid("srv", row.id),
        state=row.state,
        title=row.title,
        draft=None if draft is None else Definition.FromString(draft),
        draft_hash=row.draft_hash,
        published_hash=row.published_hash,
        targeting=Targeting.FromString(row.targeting),
        version_id=ids.from_uuid("svv", row.version_id) if row.version_id else "",
        version_number=row.version_number,
        revision=row.revision,
        create_time=row.create_time,
        update_time=row.update_time,
        is_rating=row.is_rating,
    )


async def add_survey(connection: AsyncConnection, tenant_id: UUID, survey: Survey) -> None:
    """Adds a survey."""
    await connection.execute(insert(surveys).values(_values(tenant_id, survey)))


async def add_rating_survey(connection: AsyncConnection, tenant_id: UUID, survey: Survey, version: Version) -> bool:
    """Adds the survey of what chats ask themselves, with its one version; False where there is one already."""
    made = await connection.execute(upsert(surveys).values(_values(tenant_id, survey)).on_conflict_do_nothing())
    if made.rowcount == 0:
        return False
    await add_version(connection, tenant_id, version)
    return True


async def find_rating_survey(connection: AsyncConnection, tenant_id: UUID) -> Survey | None:
    """Returns the survey of what chats ask themselves, or None where none was rated yet."""
    row = (await connection.execute(select(surveys).where(_s.tenant_id == tenant_id, _s.is_rating))).one_or_none()
    return None if row is None else _survey(row)


async def get_survey(connection: AsyncConnection, tenant_id: UUID, survey_id: str, *, lock: bool = False) -> Survey:
    """Returns a survey; `lock` holds it until the transaction ends."""
    query = select(surveys).where(_s.tenant_id == tenant_id, _s.id == ids.to_uuid(survey_id, "srv"))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise no_such_survey()
    return _survey(row)


async def save_survey(connection: AsyncConnection, tenant_id: UUID, survey: Survey) -> None:
    """Writes a locked survey back."""
    values = _values(tenant_id, survey)
    await connection.execute(update(surveys).where(_s.tenant_id == tenant_id, _s.id == values["id"]).values(values))


async def list_surveys(connection: AsyncConnection, tenant_id: UUID, before: UUID | None, limit: int) -> list[Survey]:
    """Returns a page of surveys, newest first, without drafts."""
    query = select(*_LISTED).where(_s.tenant_id == tenant_id)
    if before is not None:
        query = query.where(_s.id < before)
    return [_survey(row) for row in await connection.execute(query.order_by(_s.id.desc()).limit(limit))]


async def list_survey_ids(connection: AsyncConnection, tenant_id: UUID) -> list[str]:
    """Returns the ids of all surveys."""
    query = select(_s.id).where(_s.tenant_id == tenant_id)
    return [ids.from_uuid("srv", each) for each in (await connection.execute(query)).scalars()]


async def list_offered(connection: AsyncConnection, tenant_id: UUID, limit: int) -> list[Survey]:
    """Returns the surveys that are offered, newest first, without drafts."""
    query = select(*_LISTED).where(_s.tenant_id == tenant_id, _s.state == PUBLISHED, ~_s.is_rating)
    return [_survey(row) for row in await connection.execute(query.order_by(_s.id.desc()).limit(limit))]


async def add_version(connection: AsyncConnection, tenant_id: UUID, version: Version) -> None:
    """Adds a version."""
    assert version.definition is not None
    await connection.execute(
        insert(versions).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(version.id, "svv"),
            survey_id=ids.to_uuid(version.survey_id, "srv"),
            number=version.number,
            definition=version.definition.SerializeToString(deterministic=True),
            content_hash=version.content_hash,
            publish_time=version.publish_time,
        )
    )


def _version(row: Row[Any]) -> Version:
    definition = row._mapping.get("definition")
    return Version(
        id=ids.from_uuid("svv", row.id),
        survey_id=ids.from_uuid("srv", row.survey_id),
        number=row.number,
        definition=None if definition is None else Definition.FromString(definition),
        content_hash=row.content_hash,
        publish_time=row.publish_time,
    )


async def get_version(connection: AsyncConnection, tenant_id: UUID, version_id: str) -> Version:
    """Returns a version."""
    query = select(versions).where(_v.tenant_id == tenant_id, _v.id == ids.to_uuid(version_id, "svv"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_version()
    return _version(row)


async def list_versions(
    connection: AsyncConnection, tenant_id: UUID, survey_id: str, before: int | None, limit: int
) -> list[Version]:
    """Returns a page of a survey's versions, newest first, without their definitions."""
    columns = [column for column in versions.c if column.name != "definition"]
    query = select(*columns).where(_v.tenant_id == tenant_id, _v.survey_id == ids.to_uuid(survey_id, "srv"))
    if before is not None:
        query = query.where(_v.number < before)
    return [_version(row) for row in await connection.execute(query.order_by(_v.number.desc()).limit(limit))]


async def list_definitions(connection: AsyncConnection, tenant_id: UUID, survey_id: str) -> list[Definition]:
    """Returns what all versions of a survey asked, oldest first."""
    query = (
        select(_v.definition)
        .where(_v.tenant_id == tenant_id, _v.survey_id == ids.to_uuid(survey_id, "srv"))
        .order_by(_v.number)
    )
    return [Definition.FromString(each) for each in (await connection.execute(query)).scalars()]


async def list_meanings(connection: AsyncConnection, tenant_id: UUID, survey_id: str) -> dict[str, str]:
    """Returns under which id each question and choice with an earlier meaning is counted."""
    query = select(meanings.c.id, meanings.c.counted_as).where(
        meanings.c.tenant_id == tenant_id, meanings.c.survey_id == ids.to_uuid(survey_id, "srv")
    )
    return {row.id: row.counted_as for row in await connection.execute(query)}


async def add_meanings(connection: AsyncConnection, tenant_id: UUID, survey_id: str, found: Mapping[str, str]) -> None:
    """Adds under which ids questions and choices are counted; what was said before stays."""
    if found:
        survey = ids.to_uuid(survey_id, "srv")
        rows = [
            {"tenant_id": tenant_id, "survey_id": survey, "id": id_, "counted_as": counted_as}
            for id_, counted_as in found.items()
        ]
        await connection.execute(upsert(meanings).on_conflict_do_nothing(), rows)
