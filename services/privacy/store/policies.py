"""Keeps the versions of policies. It decides nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Integer, Row, Text, UniqueConstraint, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from services.privacy.domain.policies import Policy, no_such_policy
from services.privacy.store.tables import Moment, Uuid, metadata

_P = "parley.privacy.v1.Policy."
_MOST_LANGUAGES = 200

policies = tenant_table(
    "policies",
    metadata,
    column("id", Uuid, _P + "id", prefix="pol"),
    column("language", Text, _P + "language"),
    column("version", Integer, _P + "version"),
    column("text", Text, _P + "text"),
    column("content_hash", Text, _P + "content_hash"),
    column("material", Boolean, _P + "material"),
    column("change_summary", Text, _P + "change_summary"),
    column("effective_time", Moment, _P + "effective_time"),
    UniqueConstraint("tenant_id", "language", "version"),
)
_p = policies.c


async def lock_language(connection: AsyncConnection, tenant_id: UUID, language: str) -> None:
    """Makes those who publish in the same language take turns until the transaction ends."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"policies {tenant_id} {language}"}
    )


async def add_policy(connection: AsyncConnection, tenant_id: UUID, policy: Policy) -> None:
    """Adds a version."""
    values = asdict(policy) | {"tenant_id": tenant_id, "id": ids.to_uuid(policy.id, "pol")}
    await connection.execute(insert(policies).values(values))


async def get_policy(connection: AsyncConnection, tenant_id: UUID, policy_id: str) -> Policy:
    """Returns a version."""
    query = select(policies).where(_p.tenant_id == tenant_id, _p.id == ids.to_uuid(policy_id, "pol"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_policy()
    return _policy(row)


async def list_languages(connection: AsyncConnection, tenant_id: UUID) -> list[str]:
    """Returns the languages of the policy, the first published one first."""
    query = select(_p.language).where(_p.tenant_id == tenant_id, _p.version == 1).order_by(_p.id).limit(_MOST_LANGUAGES)
    return list((await connection.execute(query)).scalars())


async def find_current_policy(connection: AsyncConnection, tenant_id: UUID, language: str) -> Policy | None:
    """Returns the newest version in a language."""
    query = (
        select(policies).where(_p.tenant_id == tenant_id, _p.language == language).order_by(_p.version.desc()).limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _policy(row)


async def list_policies(connection: AsyncConnection, tenant_id: UUID, before: UUID | None, limit: int) -> list[Policy]:
    """Returns a page of the versions in all languages, newest first, without their texts."""
    shown = [literal("").label("text") if each.name == "text" else each for each in _p]
    query = select(*shown).where(_p.tenant_id == tenant_id)
    if before is not None:
        query = query.where(_p.id < before)
    return [_policy(row) for row in await connection.execute(query.order_by(_p.id.desc()).limit(limit))]


def _policy(row: Row[Any]) -> Policy:
    return Policy(
        id=ids.from_uuid("pol", row.id),
        language=row.language,
        version=row.version,
        text=row.text,
        content_hash=row.content_hash,
        material=row.material,
        change_summary=row.change_summary,
        effective_time=row.effective_time,
    )
