"""Keeps the links by which people choose their passwords, and sets the passwords."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import ACTIVE, INVITED, EntryLink
from services.identity.store.tables import entry_links, staff

_c = entry_links.c


async def add_entry_link(
    connection: AsyncConnection, tenant_id: UUID, link: EntryLink, secret_hash: bytes, now: datetime
) -> None:
    """Adds a link; those that its owner had before are good no more."""
    staff_id = ids.to_uuid(link.staff_id, "stf") if link.staff_id else None
    await connection.execute(
        update(entry_links)
        .where(_c.tenant_id == tenant_id, _c.staff_id == staff_id, _c.use_time.is_(None))
        .values(use_time=now)
    )
    await connection.execute(
        insert(entry_links).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(link.id, "ent"),
            staff_id=staff_id,
            is_invitation=link.is_invitation,
            language=link.language,
            secret_hash=secret_hash,
            create_time=link.create_time,
            expire_time=link.expire_time,
        )
    )


async def find_entry_link(connection: AsyncConnection, tenant_id: UUID, link_id: str) -> EntryLink | None:
    """Returns a link by its id."""
    query = select(entry_links).where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(link_id, "ent"))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _link(row)


async def find_language(connection: AsyncConnection, tenant_id: UUID, staff_id: str) -> str:
    """Returns the language of the last link that somebody was mailed; nothing where there was none."""
    query = (
        select(_c.language)
        .where(_c.tenant_id == tenant_id, _c.staff_id == ids.to_uuid(staff_id, "stf"))
        .order_by(_c.create_time.desc())
        .limit(1)
    )
    return str((await connection.execute(query)).scalar() or "")


async def find_entry_link_by_secret(
    connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes, *, lock: bool = False
) -> EntryLink | None:
    """Returns the link with a secret; `lock` holds it until the transaction ends, so that it is used once."""
    query = select(entry_links).where(_c.tenant_id == tenant_id, _c.secret_hash == secret_hash)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _link(row)


async def end_entry_links(connection: AsyncConnection, tenant_id: UUID, staff_id: str, now: datetime) -> None:
    """Makes all links of an account good no more."""
    await connection.execute(
        update(entry_links)
        .where(_c.tenant_id == tenant_id, _c.staff_id == ids.to_uuid(staff_id, "stf"), _c.use_time.is_(None))
        .values(use_time=now)
    )


async def set_password(connection: AsyncConnection, tenant_id: UUID, staff_id: str, password_hash: str) -> None:
    """Sets an account's password."""
    await connection.execute(
        update(staff)
        .where(staff.c.tenant_id == tenant_id, staff.c.id == ids.to_uuid(staff_id, "stf"))
        .values(password_hash=password_hash)
    )


async def admit_staff(connection: AsyncConnection, tenant_id: UUID, staff_id: str) -> None:
    """Makes an account that waited for its owner one that is in use."""
    await connection.execute(
        update(staff)
        .where(staff.c.tenant_id == tenant_id, staff.c.id == ids.to_uuid(staff_id, "stf"), staff.c.state == INVITED)
        .values(state=ACTIVE, revision=staff.c.revision + 1)
    )


async def get_password_hash(connection: AsyncConnection, tenant_id: UUID, staff_id: str) -> str | None:
    """Returns the hash of an account's password; None where there is no such account."""
    query = select(staff.c.password_hash).where(
        staff.c.tenant_id == tenant_id, staff.c.id == ids.to_uuid(staff_id, "stf")
    )
    return (await connection.execute(query)).scalar_one_or_none()


def _link(row: Row[Any]) -> EntryLink:
    return EntryLink(
        id=ids.from_uuid("ent", row.id),
        staff_id="" if row.staff_id is None else ids.from_uuid("stf", row.staff_id),
        is_invitation=row.is_invitation,
        language=row.language,
        create_time=row.create_time,
        expire_time=row.expire_time,
        use_time=row.use_time,
    )
