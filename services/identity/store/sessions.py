"""Shows and ends the sessions of a member of staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import Session
from services.identity.store.tables import sessions

_c = sessions.c


async def list_sessions(
    connection: AsyncConnection, tenant_id: UUID, staff_id: str, now: datetime, before: Sequence[Any] | None, limit: int
) -> list[Session]:
    """Returns a page of an account's running sessions, the newest first, before an id."""
    query = (
        select(sessions)
        .where(
            _c.tenant_id == tenant_id,
            _c.staff_id == ids.to_uuid(staff_id, "stf"),
            _c.revoke_time.is_(None),
            _c.expire_time > now,
        )
        .order_by(_c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_c.id < ids.to_uuid(str(before[0]), "ses"))
    return [_session(row) for row in await connection.execute(query)]


async def find_own_session(
    connection: AsyncConnection, tenant_id: UUID, staff_id: str, session_id: str, now: datetime
) -> Session | None:
    """Returns a running session of an account; None for everybody else's."""
    query = select(sessions).where(
        _c.tenant_id == tenant_id,
        _c.id == ids.to_uuid(session_id, "ses"),
        _c.staff_id == ids.to_uuid(staff_id, "stf"),
        _c.revoke_time.is_(None),
        _c.expire_time > now,
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _session(row)


async def owns_session(connection: AsyncConnection, tenant_id: UUID, staff_id: str, session_id: str) -> bool:
    """Says whether a session is an account's, whether it runs or has ended."""
    query = select(_c.id).where(
        _c.tenant_id == tenant_id,
        _c.id == ids.to_uuid(session_id, "ses"),
        _c.staff_id == ids.to_uuid(staff_id, "stf"),
    )
    return (await connection.execute(query)).one_or_none() is not None


async def revoke_sessions_but(
    connection: AsyncConnection, tenant_id: UUID, staff_id: str, kept: str, now: datetime
) -> list[str]:
    """Ends all running sessions of an account but one, and returns their ids; an empty `kept` keeps none."""
    query = update(sessions).where(
        _c.tenant_id == tenant_id,
        _c.staff_id == ids.to_uuid(staff_id, "stf"),
        _c.revoke_time.is_(None),
        _c.expire_time > now,
    )
    if kept:
        query = query.where(_c.id != ids.to_uuid(kept, "ses"))
    ended = await connection.execute(query.values(revoke_time=now).returning(_c.id))
    return [ids.from_uuid("ses", found) for found in ended.scalars()]


async def touch_session(
    connection: AsyncConnection, tenant_id: UUID, session_id: str, now: datetime, unless_after: datetime
) -> None:
    """Notes that a session is used, unless that was noted after a moment."""
    await connection.execute(
        update(sessions)
        .where(
            _c.tenant_id == tenant_id,
            _c.id == ids.to_uuid(session_id, "ses"),
            or_(_c.use_time.is_(None), _c.use_time < unless_after),
        )
        .values(use_time=now)
    )


async def prove_session(connection: AsyncConnection, tenant_id: UUID, session_id: str, now: datetime) -> None:
    """Notes that a session's owner has just proved who they are."""
    await connection.execute(
        update(sessions)
        .where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(session_id, "ses"))
        .values(auth_time=func.greatest(_c.auth_time, now))
    )


def _session(row: Row[Any]) -> Session:
    return Session(
        id=ids.from_uuid("ses", row.id),
        staff_id=ids.from_uuid("stf", row.staff_id),
        device=row.device,
        create_time=row.create_time,
        use_time=row.use_time or row.create_time,
        expire_time=row.expire_time,
        auth_time=row.auth_time or row.create_time,
    )
