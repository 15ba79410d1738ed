"""Keeps the codes on receipts, each as a keyed hash."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import Bound
from services.identity.store.rows import bound_of, bound_values
from services.identity.store.tables import receipt_codes

_c = receipt_codes.c


async def find_receipt(
    connection: AsyncConnection, tenant_id: UUID, conversation_id: str, now: datetime
) -> tuple[str, datetime, bytes] | None:
    """Returns the id, the end and the hash of a conversation's latest running code."""
    query = (
        select(_c.id, _c.expire_time, _c.code_hash)
        .where(
            _c.tenant_id == tenant_id, _c.conversation_id == ids.to_uuid(conversation_id, "cnv"), _c.expire_time > now
        )
        .order_by(_c.expire_time.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (ids.from_uuid("ses", row.id), row.expire_time, row.code_hash)


async def add_receipt_code(
    connection: AsyncConnection,
    tenant_id: UUID,
    receipt_id: str,
    bound: Bound,
    code_hash: bytes,
    times: tuple[datetime, datetime],
) -> None:
    """Adds a code that lasts from the first to the second of `times`."""
    await connection.execute(
        insert(receipt_codes).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(receipt_id, "ses"),
            code_hash=code_hash,
            create_time=times[0],
            expire_time=times[1],
            **bound_values(bound),
        )
    )


async def find_by_code(
    connection: AsyncConnection, tenant_id: UUID, code_hash: bytes, now: datetime
) -> tuple[str, Bound] | None:
    """Returns the id of a running code and what it opens; one that has ended is as if it had never been."""
    query = select(receipt_codes).where(_c.tenant_id == tenant_id, _c.code_hash == code_hash, _c.expire_time > now)
    row = (await connection.execute(query)).one_or_none()
    if row is None or not hmac.compare_digest(row.code_hash, code_hash):
        return None
    return ids.from_uuid("ses", row.id), bound_of(row)


async def list_receipts_of(connection: AsyncConnection, tenant_id: UUID, visitor_id: str) -> list[str]:
    """Returns the ids of a visitor's codes, under which their tokens are revoked."""
    query = select(_c.id).where(_c.tenant_id == tenant_id, _c.visitor_id == ids.to_uuid(visitor_id, "vis"))
    return [ids.from_uuid("ses", found) for found in (await connection.execute(query)).scalars()]
