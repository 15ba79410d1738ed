"""Keeps which cases wait for the platform's reviewers; a case that is settled there is kept here no longer."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.reviews import APPEAL, Review, no_such_review
from services.community.store.tables import reviews

_r = reviews.c


def _review(row: Row[Any]) -> Review:
    return Review(
        id=ids.from_uuid("rev", row.id),
        tenant_id=ids.from_uuid("ten", row.of_tenant),
        case_id=ids.from_uuid("mcs", row.case_id),
        reason=row.reason,
        create_time=row.create_time,
    )


async def add_review(connection: AsyncConnection, tenant_id: UUID, case_id: str, reason: int, now: datetime) -> None:
    """Lets a case wait; one that waits already stays as it is."""
    row = {
        "id": ids.to_uuid(ids.new_id("rev"), "rev"),
        "of_tenant": tenant_id,
        "case_id": ids.to_uuid(case_id, "mcs"),
        "reason": reason,
        "create_time": now,
    }
    await connection.execute(upsert(reviews).values(row).on_conflict_do_nothing())


async def settle(connection: AsyncConnection, tenant_id: UUID, case_id: str, *, by_reviewer: bool) -> None:
    """Lets a case wait no longer: a community's own decision settles an appeal, and nothing else."""
    at = [_r.of_tenant == tenant_id, _r.case_id == ids.to_uuid(case_id, "mcs")]
    await connection.execute(delete(reviews).where(*at, *([] if by_reviewer else [_r.reason == APPEAL])))


async def get_review(connection: AsyncConnection, review_id: str) -> Review:
    """Returns what waits."""
    query = select(reviews).where(_r.id == ids.to_uuid(review_id, "rev"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_review()
    return _review(row)


async def list_reviews(connection: AsyncConnection, after: UUID | None, limit: int) -> list[Review]:
    """Returns a page of what waits, of all communities, what waits longest first."""
    query = select(reviews).order_by(_r.id).limit(limit)
    if after is not None:
        query = query.where(_r.id > after)
    return [_review(row) for row in await connection.execute(query)]
