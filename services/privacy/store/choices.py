"""Keeps what people chose. It adds, and never changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from parley.subject.v1 import subject_pb2
from sqlalchemy import Index, Integer, Row, Text, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from services.privacy.domain.choices import Choice
from services.privacy.store.tables import Moment, Uuid, metadata

_C = "parley.privacy.v1.Choice."

choices = tenant_table(
    "choices",
    metadata,
    column("id", Uuid, _C + "id", prefix="cho"),
    column("visitor_id", Uuid, _C + "visitor_id", prefix="vis"),
    column("kind", Integer, _C + "kind"),
    column("decision", Integer, _C + "decision"),
    column("source", Integer, _C + "source"),
    column("notice_id", Uuid, _C + "notice_id", prefix="ntc"),
    column("notice_hash", Text, _C + "notice_hash"),
    column("create_time", Moment, _C + "create_time"),
    belongs_to(("notice_id",), "privacy.notices"),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id"},
    purge=("create_time", "retention.choice_days"),
)
_c = choices.c
Index("choices_visitor", _c.tenant_id, _c.visitor_id, _c.id)
Index("choices_time", _c.tenant_id, _c.create_time)


async def lock_visitor(connection: AsyncConnection, tenant_id: UUID, visitor_id: str) -> None:
    """Makes what one visitor says come one after the other until the transaction ends."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"choices {tenant_id} {visitor_id}"}
    )


def row_of(tenant_id: UUID, choice: Choice) -> dict[str, Any]:
    """Returns a choice's row."""
    return {
        "tenant_id": tenant_id,
        "id": ids.to_uuid(choice.id, "cho"),
        "visitor_id": ids.to_uuid(choice.visitor_id, "vis"),
        "kind": choice.kind,
        "decision": choice.decision,
        "source": choice.source,
        "notice_id": ids.to_uuid(choice.notice_id, "ntc"),
        "notice_hash": choice.notice_hash,
        "create_time": choice.create_time,
    }


async def add_choice(connection: AsyncConnection, tenant_id: UUID, choice: Choice) -> None:
    """Adds a choice."""
    await connection.execute(insert(choices).values(row_of(tenant_id, choice)))


async def find_choice(connection: AsyncConnection, tenant_id: UUID, choice_id: str) -> Choice | None:
    """Returns a choice."""
    query = select(choices).where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(choice_id, "cho"))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _choice(row)


async def last_choices(connection: AsyncConnection, tenant_id: UUID, visitor_id: str) -> list[Choice]:
    """Returns a visitor's last word on each kind of choice."""
    query = (
        select(choices)
        .where(_c.tenant_id == tenant_id, _c.visitor_id == ids.to_uuid(visitor_id, "vis"))
        .ext(distinct_on(_c.kind))
        .order_by(_c.kind, _c.id.desc())
    )
    return [_choice(row) for row in await connection.execute(query)]


async def list_choices(
    connection: AsyncConnection, tenant_id: UUID, visitor_id: str, before: UUID | None, limit: int
) -> list[Choice]:
    """Returns a page of what a visitor chose, newest first."""
    query = select(choices).where(_c.tenant_id == tenant_id, _c.visitor_id == ids.to_uuid(visitor_id, "vis"))
    if before is not None:
        query = query.where(_c.id < before)
    return [_choice(row) for row in await connection.execute(query.order_by(_c.id.desc()).limit(limit))]


def _choice(row: Row[Any]) -> Choice:
    return Choice(
        id=ids.from_uuid("cho", row.id),
        visitor_id=ids.from_uuid("vis", row.visitor_id),
        kind=row.kind,
        decision=row.decision,
        source=row.source,
        notice_id=ids.from_uuid("ntc", row.notice_id),
        notice_hash=row.notice_hash,
        create_time=row.create_time,
    )
