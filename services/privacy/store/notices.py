"""Keeps the versions of notices. It decides nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, Text, UniqueConstraint, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from services.privacy.domain.notices import Notice, no_such_notice
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
    UniqueConstraint("tenant_id", "site_id", "version"),
)
_n = notices.c


async def lock_site(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> None:
    """Makes those who publish for the same site take turns until the transaction ends."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"notices {tenant_id} {site_id}"}
    )


async def next_version(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> int:
    """Returns the number of a site's next version."""
    query = select(func.coalesce(func.max(_n.version), 0)).where(
        _n.tenant_id == tenant_id, _n.site_id == ids.to_uuid(site_id, "sit")
    )
    return int((await connection.execute(query)).scalar_one()) + 1


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
    return _notice((await connection.execute(query)).one_or_none())


async def get_current_notice(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> Notice:
    """Returns a site's newest version."""
    query = (
        select(notices)
        .where(_n.tenant_id == tenant_id, _n.site_id == ids.to_uuid(site_id, "sit"))
        .order_by(_n.version.desc())
        .limit(1)
    )
    return _notice((await connection.execute(query)).one_or_none())


async def list_notices(
    connection: AsyncConnection, tenant_id: UUID, site_id: str, before: int | None, limit: int
) -> list[Notice]:
    """Returns a page of a site's versions, newest first."""
    query = select(notices).where(_n.tenant_id == tenant_id, _n.site_id == ids.to_uuid(site_id, "sit"))
    if before is not None:
        query = query.where(_n.version < before)
    return [_notice(row) for row in await connection.execute(query.order_by(_n.version.desc()).limit(limit))]


def _notice(row: Row[Any] | None) -> Notice:
    if row is None:
        raise no_such_notice()
    return Notice(
        id=ids.from_uuid("ntc", row.id),
        site_id=ids.from_uuid("sit", row.site_id),
        version=row.version,
        language=row.language,
        text=row.text,
        content_hash=row.content_hash,
        policy_url=row.policy_url,
        effective_time=row.effective_time,
    )
