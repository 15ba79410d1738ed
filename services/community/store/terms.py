"""Keeps the versions of the terms, and what members answered to them; both are only ever added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.terms import (
    ACCEPTED,
    WARNING_ACKNOWLEDGED,
    Clause,
    Standing,
    Terms,
    no_such_terms,
)
from services.community.store.tables import members, sessions, terms, terms_answers

_t, _a, _m, _s = terms.c, terms_answers.c, members.c, sessions.c


def _terms(row: Row[Any]) -> Terms:
    return Terms(
        id=ids.from_uuid("trm", row.id),
        number=row.number,
        clauses=[Clause(**each) for each in row.clauses],
        warning=row.warning,
        change_log=row.change_log,
        is_material=row.is_material,
        content_hash=row.content_hash,
        warning_hash=row.warning_hash,
        effective_time=row.effective_time,
        publish_time=row.publish_time,
    )


async def add_terms(connection: AsyncConnection, tenant_id: UUID, version: Terms) -> None:
    """Adds a version."""
    await connection.execute(
        insert(terms).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(version.id, "trm"),
            number=version.number,
            clauses=[{"id": each.id, "title": each.title, "text": each.text} for each in version.clauses],
            warning=version.warning,
            change_log=version.change_log,
            is_material=version.is_material,
            content_hash=version.content_hash,
            warning_hash=version.warning_hash,
            effective_time=version.effective_time,
            publish_time=version.publish_time,
        )
    )


async def next_number(connection: AsyncConnection, tenant_id: UUID) -> int:
    """Returns the number of the next version."""
    query = select(func.coalesce(func.max(_t.number), 0) + 1).where(_t.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def get_terms(connection: AsyncConnection, tenant_id: UUID, terms_id: str) -> Terms:
    """Returns a version."""
    query = select(terms).where(_t.tenant_id == tenant_id, _t.id == ids.to_uuid(terms_id, "trm"))
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise no_such_terms()
    return _terms(row)


async def find_current(connection: AsyncConnection, tenant_id: UUID, now: datetime) -> Terms | None:
    """Returns the version in force."""
    query = select(terms).where(_t.tenant_id == tenant_id, _t.effective_time <= now).order_by(_t.number.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _terms(row)


async def list_terms(connection: AsyncConnection, tenant_id: UUID, before: int | None, limit: int) -> list[Terms]:
    """Returns a page of versions, newest first."""
    query = select(terms).where(_t.tenant_id == tenant_id)
    if before is not None:
        query = query.where(_t.number < before)
    return [_terms(row) for row in await connection.execute(query.order_by(_t.number.desc()).limit(limit))]


async def add_answer(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, version: Terms, answer: int, now: datetime
) -> None:
    """Adds what a member said to a version."""
    await connection.execute(
        insert(terms_answers).values(
            tenant_id=tenant_id,
            id=ids.new_uuid(),
            member_id=ids.to_uuid(member_id, "mem"),
            terms_id=ids.to_uuid(version.id, "trm"),
            number=version.number,
            warning_hash=version.warning_hash,
            answer=answer,
            time=now,
        )
    )


async def find_standing(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, session_id: str, now: datetime
) -> Standing | None:
    """Returns where a member stands, in one query; None for somebody whose account or session is gone."""
    member, session = ids.to_uuid(member_id, "mem"), ids.to_uuid(session_id, "mss")
    in_force = (
        select(_t.id, _t.number, _t.warning_hash)
        .where(_t.tenant_id == tenant_id, _t.effective_time <= now)
        .order_by(_t.number.desc())
        .limit(1)
        .subquery()
    )
    # Whoever accepted the last version that asked everybody again, or a later one, has accepted the one in force.
    needed = (
        select(func.coalesce(func.max(_t.number), 1))
        .where(_t.tenant_id == tenant_id, _t.effective_time <= now, _t.is_material)
        .scalar_subquery()
    )
    own = (_a.tenant_id == tenant_id, _a.member_id == member)
    last = (
        select(_a.answer == ACCEPTED).where(*own, _a.answer != WARNING_ACKNOWLEDGED).order_by(_a.id.desc()).limit(1)
    ).scalar_subquery()
    last_number = (
        select(_a.number).where(*own, _a.answer != WARNING_ACKNOWLEDGED).order_by(_a.id.desc()).limit(1)
    ).scalar_subquery()
    acknowledged = (
        select(_a.id).where(*own, _a.answer == WARNING_ACKNOWLEDGED, _a.warning_hash == in_force.c.warning_hash)
    ).exists()
    query = (
        select(
            _m.suspended_until_time,
            in_force.c.id.label("terms_id"),
            and_(func.coalesce(last, False), func.coalesce(last_number, 0) >= needed).label("accepted"),
            acknowledged.label("acknowledged"),
        )
        .select_from(members.join(sessions, and_(_s.tenant_id == _m.tenant_id, _s.member_id == _m.id)))
        .outerjoin(in_force, _m.id.is_not(None))
        .where(_m.tenant_id == tenant_id, _m.id == member, _s.id == session, _s.expire_time > now)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    until = row.suspended_until_time
    return Standing(
        terms_id="" if row.terms_id is None else ids.from_uuid("trm", row.terms_id),
        accepted=row.accepted,
        acknowledged=row.acknowledged,
        suspended_until=until if until is not None and until > now else None,
    )
