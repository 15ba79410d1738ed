"""Keeps sessions, API keys, visitors' credentials and signing keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import ApiKey, Bound, SigningKey, Staff, missing
from services.identity.store.rows import bound_of, bound_values, insert_row
from services.identity.store.staff import staff_of, staff_with_teams
from services.identity.store.tables import (
    api_keys,
    receipt_codes,
    sessions,
    signing_keys,
    staff,
    visitor_credentials,
)


async def add_api_key(connection: AsyncConnection, tenant_id: UUID, key: ApiKey, secret_hash: bytes) -> None:
    """Adds a service account's key."""
    values = asdict(key) | {"tenant_id": tenant_id, "id": ids.to_uuid(key.id, "key"), "scopes": list(key.scopes)}
    await insert_row(connection, api_keys, values | {"secret_hash": secret_hash})


async def get_api_key(connection: AsyncConnection, tenant_id: UUID, key_id: str, *, lock: bool = False) -> ApiKey:
    """Returns a key of the bound tenant, held to the end of the transaction where `lock` says so."""
    query = select(api_keys).where(api_keys.c.tenant_id == tenant_id, api_keys.c.id == ids.to_uuid(key_id, "key"))
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise missing("api key")
    return _api_key(row)


async def find_api_key(
    connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes, now: datetime
) -> ApiKey | None:
    """Returns the key with a secret: its present one, or the one before while that still works."""
    query = select(api_keys).where(
        api_keys.c.tenant_id == tenant_id,
        or_(
            api_keys.c.secret_hash == secret_hash,
            and_(api_keys.c.old_secret_hash == secret_hash, api_keys.c.overlap_end_time > now),
        ),
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _api_key(row)


async def note_use(connection: AsyncConnection, tenant_id: UUID, key_id: str, day: datetime) -> None:
    """Notes the day on which a key was used; within one day it is written once."""
    await connection.execute(
        update(api_keys)
        .where(
            api_keys.c.tenant_id == tenant_id,
            api_keys.c.id == ids.to_uuid(key_id, "key"),
            or_(api_keys.c.last_use_time.is_(None), api_keys.c.last_use_time < day),
        )
        .values(last_use_time=day)
    )


async def rotate_api_key(
    connection: AsyncConnection, tenant_id: UUID, key_id: str, secret_hash: bytes, overlap_end: datetime | None
) -> None:
    """Gives a key another secret; the present one works until the overlap ends, and any older one no more."""
    await connection.execute(
        update(api_keys)
        .where(api_keys.c.tenant_id == tenant_id, api_keys.c.id == ids.to_uuid(key_id, "key"))
        .values(
            old_secret_hash=api_keys.c.secret_hash if overlap_end is not None else None,
            overlap_end_time=overlap_end,
            secret_hash=secret_hash,
        )
    )


async def list_api_keys(
    connection: AsyncConnection, tenant_id: UUID, before: Sequence[Any] | None, limit: int
) -> list[ApiKey]:
    """Returns a page of keys, newest first, before an id."""
    query = select(api_keys).where(api_keys.c.tenant_id == tenant_id).order_by(api_keys.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(api_keys.c.id < ids.to_uuid(before[0], "key"))
    return [_api_key(row) for row in await connection.execute(query)]


async def revoke_api_key(connection: AsyncConnection, tenant_id: UUID, key_id: str, now: datetime) -> None:
    """Revokes a key; one that is revoked keeps its first moment."""
    await connection.execute(
        update(api_keys)
        .where(api_keys.c.tenant_id == tenant_id, api_keys.c.id == ids.to_uuid(key_id, "key"))
        .values(revoke_time=func.coalesce(api_keys.c.revoke_time, now))
    )


async def add_session(
    connection: AsyncConnection,
    tenant_id: UUID,
    session_id: str,
    staff_id: str,
    secret_hash: bytes,
    times: Sequence[datetime],
    device: str,
) -> None:
    """Adds a staff session on a kind of device that lasts from the first to the second of `times`."""
    await connection.execute(
        insert(sessions).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(session_id, "ses"),
            staff_id=ids.to_uuid(staff_id, "stf"),
            secret_hash=secret_hash,
            create_time=times[0],
            expire_time=times[1],
            device=device,
            use_time=times[0],
            auth_time=times[0],
        )
    )


async def find_session(
    connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes, now: datetime
) -> tuple[str, datetime, Staff] | None:
    """Returns a running session's id, its end and its account; both are held until the transaction ends."""
    query = (
        staff_with_teams(sessions.c.id.label("session_id"), sessions.c.expire_time)
        .join(sessions, tuple_(sessions.c.tenant_id, sessions.c.staff_id) == tuple_(staff.c.tenant_id, staff.c.id))
        .where(
            sessions.c.tenant_id == tenant_id,
            sessions.c.secret_hash == secret_hash,
            sessions.c.revoke_time.is_(None),
            sessions.c.expire_time > now,
        )
        .with_for_update(read=True, of=(staff, sessions))
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (ids.from_uuid("ses", row.session_id), row.expire_time, staff_of(row))


async def revoke_session(connection: AsyncConnection, tenant_id: UUID, session_id: str, now: datetime) -> None:
    """Ends a session."""
    await connection.execute(
        update(sessions)
        .where(sessions.c.tenant_id == tenant_id, sessions.c.id == ids.to_uuid(session_id, "ses"))
        .values(revoke_time=now)
    )


async def revoke_sessions_of(connection: AsyncConnection, tenant_id: UUID, staff_id: str, now: datetime) -> None:
    """Ends all sessions of an account."""
    await connection.execute(
        update(sessions)
        .where(
            sessions.c.tenant_id == tenant_id,
            sessions.c.staff_id == ids.to_uuid(staff_id, "stf"),
            sessions.c.revoke_time.is_(None),
        )
        .values(revoke_time=now)
    )


async def lock_visitor(connection: AsyncConnection, tenant_id: UUID, visitor_id: str) -> None:
    """Makes what is given to a visitor, and forgetting the visitor, take turns until the transaction ends."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"visitor {tenant_id} {visitor_id}"}
    )


async def is_known(connection: AsyncConnection, tenant_id: UUID, bound: Bound) -> bool:
    """Says whether a visitor still has a credential or a code for a conversation; whoever was forgotten has none."""
    found = [
        exists().where(
            table.c.tenant_id == tenant_id,
            table.c.visitor_id == ids.to_uuid(bound.visitor_id, "vis"),
            table.c.conversation_id == ids.to_uuid(bound.conversation_id, "cnv"),
        )
        for table in (visitor_credentials, receipt_codes)
    ]
    return bool((await connection.execute(select(or_(*found)))).scalar())


async def add_visitor_credentials(
    connection: AsyncConnection,
    tenant_id: UUID,
    credentials: Sequence[tuple[str, Bound, bytes]],
    times: tuple[datetime, datetime],
) -> None:
    """Adds visitors' credentials, each with its id and its hash, that last from the first to the second of `times`."""
    if not credentials:
        return
    await connection.execute(
        insert(visitor_credentials),
        [
            {
                "tenant_id": tenant_id,
                "id": ids.to_uuid(credential_id, "ses"),
                "secret_hash": secret_hash,
                "create_time": times[0],
                "expire_time": times[1],
                **bound_values(bound),
            }
            for credential_id, bound, secret_hash in credentials
        ],
    )


async def find_visitor_credential(
    connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes, now: datetime
) -> tuple[str, Bound, datetime] | None:
    """Returns a running credential's id, what it opens, and its end."""
    c = visitor_credentials.c
    query = select(visitor_credentials).where(
        c.tenant_id == tenant_id, c.secret_hash == secret_hash, c.revoke_time.is_(None), c.expire_time > now
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (ids.from_uuid("ses", row.id), bound_of(row), row.expire_time)


async def list_credentials_of(connection: AsyncConnection, tenant_id: UUID, visitor_id: str) -> list[str]:
    """Returns the ids of a visitor's credentials, under which their tokens are revoked."""
    c = visitor_credentials.c
    query = select(c.id).where(c.tenant_id == tenant_id, c.visitor_id == ids.to_uuid(visitor_id, "vis"))
    return [ids.from_uuid("ses", found) for found in (await connection.execute(query)).scalars()]


async def list_signing_keys(connection: AsyncConnection) -> list[SigningKey]:
    """Returns the deployment's keys, newest first."""
    rows = await connection.execute(select(signing_keys).order_by(signing_keys.c.create_time.desc()))
    return [
        SigningKey(
            id=str(row.id),
            public_key=row.public_key,
            sealed_private_key=row.sealed_private_key,
            create_time=row.create_time,
        )
        for row in rows
    ]


async def add_signing_key(connection: AsyncConnection, key: SigningKey) -> None:
    """Adds a key."""
    await connection.execute(insert(signing_keys).values(asdict(key) | {"id": UUID(key.id)}))


async def delete_signing_keys(connection: AsyncConnection, keys: Sequence[SigningKey]) -> None:
    """Removes keys for good."""
    await connection.execute(delete(signing_keys).where(signing_keys.c.id.in_([UUID(key.id) for key in keys])))


async def lock_signing_keys(connection: AsyncConnection) -> None:
    """Makes replicas that look whether a new key is due take turns."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('identity.signing_keys'))"))


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=ids.from_uuid("key", row.id),
        display_name=row.display_name,
        scopes=tuple(row.scopes),
        create_time=row.create_time,
        revoke_time=row.revoke_time,
        expire_time=row.expire_time,
        last_use_time=row.last_use_time,
        overlap_end_time=row.overlap_end_time,
    )
