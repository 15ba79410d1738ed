"""Keeps the record of administration, which is only ever added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import AuditEntry, Change
from services.identity.store.tables import audit_entries

_c = audit_entries.c


async def add_audit_entry(connection: AsyncConnection, tenant_id: UUID, entry: AuditEntry) -> None:
    """Adds an entry."""
    await connection.execute(
        insert(audit_entries).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(entry.id, "aud"),
            staff_id=ids.to_uuid(entry.staff_id, "stf") if entry.staff_id else None,
            action=entry.action,
            target_id=entry.target_id,
            changes=[asdict(change) for change in entry.changes],
            create_time=entry.create_time,
        )
    )


async def list_audit_entries(
    connection: AsyncConnection, tenant_id: UUID, kind: str, before: Sequence[Any] | None, limit: int
) -> list[AuditEntry]:
    """Returns a page of entries, the latest first, before an id; of one kind of thing, or of all."""
    query = select(audit_entries).where(_c.tenant_id == tenant_id).order_by(_c.id.desc()).limit(limit)
    if kind:
        query = query.where(_c.action.startswith(f"{kind}.", autoescape=True))
    if before is not None:
        query = query.where(_c.id < ids.to_uuid(str(before[0]), "aud"))
    return [_entry(row) for row in await connection.execute(query)]


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=ids.from_uuid("aud", row.id),
        staff_id="" if row.staff_id is None else ids.from_uuid("stf", row.staff_id),
        action=row.action,
        target_id=row.target_id,
        changes=tuple(Change(**change) for change in row.changes),
        create_time=row.create_time,
    )
