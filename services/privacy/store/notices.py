"""Keeps the versions of notices. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Integer, Row, Text, UniqueConstraint, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from services.privacy.domain.notices import Notice, Question, no_such_notice
from services.privacy.store.tables import Moment, Uuid, metadata

_N = "parley.privacy.v1.Notice."

notices = tenant_table(
    "notices",
    metadata,
    column("id", Uuid, _N + "id"),
    column("site_id", Uuid, _N + "site_id"),
    column("version", Integer, _N + "version"),
    column("language", Text, _N + "language"),
    column("text", Text, _N + "text"),
    column("content_hash", Text, _N + "content_hash"),
    column("policy_url", Text, _N + "policy_url"),
    column("effective_time", Moment, _N + "effective_time"),
    column("material", Boolean, _N + "material", server_default=text("false")),
    column("change_summary", Text, _N + "change_summary", server_default=""),
    column("questions", JSONB, "- the questions, which the tenant publishes", server_default=text("'[]'")),
    column("transcript_days", Integer, "- the tenant's setting when it was published", nullable=True),
    UniqueConstraint("tenant_id", "site_id", "version"),
)
_n = notices.c


async def lock_site(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> None:
    """Makes those who publish for the same site take turns until the transaction ends."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"notices {tenant_id} {site_id}"}
    )


async def add_notice(connection: AsyncConnection, tenant_id: UUID, notice: Notice) -> None:
    """Adds a version."""
    values = asdict(notice) | {
        "tenant_id": tenant_id,
        "id": ids.to_uuid(notice.id, "ntc"),
        "site_id": ids.to_uuid(notice.site_id, "sit"),
    }
    await connection.execute(insert(notices).values(values))


async def get_notice(connection: AsyncConnection, tenant_id: UUID, notice_id: str) -> Notice:
    """Returns a version."""
    query = select(notices).where(_n.tenant_id == tenant_id, _n.id == ids.to_uuid(notice_id, "ntc"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_notice()
    return _notice(row)


async def find_current_notice(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> Notice | None:
    """Returns a site's newest version."""
    query = (
        select(notices)
        .where(_n.tenant_id == tenant_id, _n.site_id == ids.to_uuid(site_id, "sit"))
        .order_by(_n.version.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _notice(row)


async def current_notices(connection: AsyncConnection, tenant_id: UUID, site_ids: Sequence[str]) -> dict[str, Notice]:
    """Returns the newest version of each of some sites, by the site."""
    query = (
        select(notices)
        .where(_n.tenant_id == tenant_id, _n.site_id.in_([ids.to_uuid(site_id, "sit") for site_id in site_ids]))
        .ext(distinct_on(_n.site_id))
        .order_by(_n.site_id, _n.version.desc())
    )
    found = [_notice(row) for row in await connection.execute(query)]
    return {notice.site_id: notice for notice in found}


async def list_notices(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, before: int | None, limit: int
) -> list[Notice]:
    """Returns a page of a site's versions, newest first."""
    query = select(notices).where(_n.tenant_id == tenant_id, _n.site_id == ids.to_uuid(site_id, "sit"))
    if before is not None:
        query = query.where(_n.version < before)
    return [_notice(row) for row in await connection.execute(query.order_by(_n.version.desc()).limit(limit))]


async def list_later(connection: AsyncConnection, tenant_id: UUID, known: Notice, limit: int) -> list[Notice]:
    """Returns the versions after a known one, the newest of them, the oldest first."""
    query = (
        select(notices)
        .where(
            _n.tenant_id == tenant_id,
            _n.site_id == ids.to_uuid(known.site_id, "sit"),
            _n.version > known.version,
        )
        .order_by(_n.version.desc())
        .limit(limit)
    )
    return [_notice(row) for row in await connection.execute(query)][::-1]


def _notice(row: Row[Any]) -> Notice:
    return Notice(
        id=ids.from_uuid("ntc", row.id),
        site_id=ids.from_uuid("sit", row.site_id),
        version=row.version,
        language=row.language,
        text=row.text,
        content_hash=row.content_hash,
        policy_url=row.policy_url,
        effective_time=row.effective_time,
        material=row.material,
        change_summary=row.change_summary,
        questions=tuple(Question(**question) for question in row.questions),
        transcript_days=row.transcript_days,
    )
