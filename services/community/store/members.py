"""Reads and writes members, their sessions, and what begins with a mailed code."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.community.domain.accounts import Member, Pending
from services.community.store.tables import members, pending, sessions

_m, _p, _s = members.c, pending.c, sessions.c


def _member(row: Row[Any]) -> Member:
    return Member(
        id=ids.from_uuid("mem", row.id),
        handle=row.handle,
        email=row.email,
        password_hash=row.password_hash,
        display_name=row.display_name,
        about=row.about,
        post_count=row.post_count,
        create_time=row.create_time,
        suspended_until=row.suspended_until_time,
    )


async def add_pending(connection: AsyncConnection, tenant_id: UUID, begun: Pending) -> None:
    """Adds what begins with a mailed code."""
    await connection.execute(
        insert(pending).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(begun.id, "sgn"),
            kind=begun.kind,
            handle=begun.handle,
            email=begun.email,
            password_hash=begun.password_hash,
            tries=begun.tries,
            expire_time=begun.expire_time,
        )
    )


async def find_pending(connection: AsyncConnection, tenant_id: UUID, pending_id: str) -> Pending | None:
    """Returns what was begun, and holds it until the transaction ends, so that nobody tries two codes at once."""
    query = select(pending).where(_p.tenant_id == tenant_id, _p.id == ids.to_uuid(pending_id, "sgn")).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    return Pending(
        id=pending_id,
        kind=row.kind,
        handle=row.handle,
        email=row.email,
        password_hash=row.password_hash,
        tries=row.tries,
        expire_time=row.expire_time,
    )


async def count_try(connection: AsyncConnection, tenant_id: UUID, pending_id: str) -> None:
    """Counts a code that was tried."""
    at = (_p.tenant_id == tenant_id, _p.id == ids.to_uuid(pending_id, "sgn"))
    await connection.execute(update(pending).where(*at).values(tries=_p.tries + 1))


async def delete_pending(connection: AsyncConnection, tenant_id: UUID, pending_id: str) -> None:
    """Removes what was begun."""
    at = (_p.tenant_id == tenant_id, _p.id == ids.to_uuid(pending_id, "sgn"))
    await connection.execute(delete(pending).where(*at))


async def is_handle_taken(connection: AsyncConnection, tenant_id: UUID, handle: str) -> bool:
    """Says whether a name is somebody's."""
    query = select(_m.id).where(_m.tenant_id == tenant_id, _m.handle == handle)
    return (await connection.execute(query)).first() is not None


async def add_member(connection: AsyncConnection, tenant_id: UUID, member: Member) -> bool:
    """Adds a member; returns False where the name or the address is somebody's meanwhile."""
    made = await connection.execute(
        upsert(members)
        .values(
            tenant_id=tenant_id,
            id=ids.to_uuid(member.id, "mem"),
            handle=member.handle,
            email=member.email,
            password_hash=member.password_hash,
            display_name=member.display_name,
            about=member.about,
            post_count=member.post_count,
            suspended_until_time=member.suspended_until,
            create_time=member.create_time,
        )
        .on_conflict_do_nothing()
        .returning(_m.id)
    )
    return made.first() is not None


async def find_member(connection: AsyncConnection, tenant_id: UUID, member_id: str) -> Member | None:
    """Returns a member, or None for one who has left."""
    query = select(members).where(_m.tenant_id == tenant_id, _m.id == ids.to_uuid(member_id, "mem"))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _member(row)


async def find_by_email(connection: AsyncConnection, tenant_id: UUID, email: str) -> Member | None:
    """Returns the member with an address."""
    row = (await connection.execute(select(members).where(_m.tenant_id == tenant_id, _m.email == email))).one_or_none()
    return None if row is None else _member(row)


async def find_by_handle(connection: AsyncConnection, tenant_id: UUID, handle: str) -> Member | None:
    """Returns the member with a name."""
    row = (
        await connection.execute(select(members).where(_m.tenant_id == tenant_id, _m.handle == handle))
    ).one_or_none()
    return None if row is None else _member(row)


async def save_profile(
    connection: AsyncConnection, tenant_id: UUID, member_id: str, display_name: str, about: str
) -> None:
    """Writes what a member shows of themselves."""
    at = (_m.tenant_id == tenant_id, _m.id == ids.to_uuid(member_id, "mem"))
    await connection.execute(update(members).where(*at).values(display_name=display_name, about=about))


async def save_password(connection: AsyncConnection, tenant_id: UUID, member_id: str, password_hash: str) -> None:
    """Writes a new password and ends all sessions."""
    key = ids.to_uuid(member_id, "mem")
    await connection.execute(
        update(members).where(_m.tenant_id == tenant_id, _m.id == key).values(password_hash=password_hash)
    )
    await connection.execute(delete(sessions).where(_s.tenant_id == tenant_id, _s.member_id == key))


async def count_posts(connection: AsyncConnection, tenant_id: UUID, member_id: str, by: int) -> None:
    """Counts a member's posts up or down."""
    at = (_m.tenant_id == tenant_id, _m.id == ids.to_uuid(member_id, "mem"))
    await connection.execute(update(members).where(*at).values(post_count=_m.post_count + by))


async def add_session(
    connection: AsyncConnection,
    tenant_id: UUID,
    session_id: str,
    member_id: str,
    secret_hash: bytes,
    times: tuple[datetime, datetime],
) -> None:
    """Adds a session."""
    await connection.execute(
        insert(sessions).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(session_id, "mss"),
            member_id=ids.to_uuid(member_id, "mem"),
            secret_hash=secret_hash,
            create_time=times[0],
            expire_time=times[1],
        )
    )


async def find_session(
    connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes, now: datetime
) -> tuple[str, str, str] | None:
    """Returns the ids of the session with a secret and of its member, and the member's name."""
    query = (
        select(_s.id, _s.member_id, _m.handle)
        .join(members, and_(_m.tenant_id == _s.tenant_id, _m.id == _s.member_id))
        .where(_s.tenant_id == tenant_id, _s.secret_hash == secret_hash, _s.expire_time > now)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (ids.from_uuid("mss", row.id), ids.from_uuid("mem", row.member_id), row.handle)


async def delete_session(connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes) -> None:
    """Ends the session with a secret."""
    at = (_s.tenant_id == tenant_id, _s.secret_hash == secret_hash)
    await connection.execute(delete(sessions).where(*at))
