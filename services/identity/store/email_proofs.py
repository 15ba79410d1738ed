"""Keeps proofs of e-mail addresses while they last, and as a keyed hash where an address was proved."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain import PROVED_AT_MOST, Bound, EmailProof
from services.identity.store.rows import bound_of, bound_values
from services.identity.store.tables import email_proofs, proved_addresses

_c = email_proofs.c
_p = proved_addresses.c


async def add_email_proof(connection: AsyncConnection, tenant_id: UUID, proof: EmailProof) -> None:
    """Adds a proof that was begun."""
    bound = bound_values(proof.bound) if proof.bound is not None else {}
    if proof.bound is None and proof.site_id:
        bound["site_id"] = ids.to_uuid(proof.site_id, "sit")
    await connection.execute(
        insert(email_proofs).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(proof.id, "prf"),
            email=proof.email,
            language=proof.language,
            tries=proof.tries,
            create_time=proof.create_time,
            expire_time=proof.expire_time,
            **bound,
        )
    )


async def find_email_proof(
    connection: AsyncConnection, tenant_id: UUID, proof_id: str, *, lock: bool = False
) -> EmailProof | None:
    """Returns a proof; `lock` holds it until the transaction ends, so that nobody tries two codes at once."""
    query = select(email_proofs).where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(proof_id, "prf"))
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _proof(row)


async def count_try(connection: AsyncConnection, tenant_id: UUID, proof_id: str) -> None:
    """Counts a code that was tried."""
    await connection.execute(
        update(email_proofs)
        .where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(proof_id, "prf"))
        .values(tries=_c.tries + 1)
    )


async def finish_email_proof(
    connection: AsyncConnection, tenant_id: UUID, proof_id: str, secret_hash: bytes, times: tuple[datetime, datetime]
) -> None:
    """Notes that the code was taken; the proof lasts from the first to the second of `times`."""
    await connection.execute(
        update(email_proofs)
        .where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(proof_id, "prf"))
        .values(secret_hash=secret_hash, finish_time=times[0], expire_time=times[1])
    )


async def find_finished_proof(
    connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes, now: datetime
) -> EmailProof | None:
    """Returns the proof with a secret, while it lasts."""
    query = select(email_proofs).where(_c.tenant_id == tenant_id, _c.secret_hash == secret_hash, _c.expire_time > now)
    row = (await connection.execute(query)).one_or_none()
    if row is None or not hmac.compare_digest(row.secret_hash, secret_hash):
        return None
    return _proof(row)


async def delete_email_proof(connection: AsyncConnection, tenant_id: UUID, proof_id: str) -> None:
    """Removes a proof, and with it the address."""
    await connection.execute(
        delete(email_proofs).where(_c.tenant_id == tenant_id, _c.id == ids.to_uuid(proof_id, "prf"))
    )


async def prove_address(
    connection: AsyncConnection, tenant_id: UUID, email_hash: bytes, bound: Bound, times: tuple[datetime, datetime]
) -> None:
    """Notes that an address was proved in a conversation; it opens it from the first to the second of `times`."""
    await connection.execute(
        upsert(proved_addresses)
        .values(
            tenant_id=tenant_id,
            email_hash=email_hash,
            create_time=times[0],
            expire_time=times[1],
            **bound_values(bound),
        )
        .on_conflict_do_update(
            index_elements=["tenant_id", "email_hash", "conversation_id"], set_={"expire_time": times[1]}
        )
    )


async def list_proved(connection: AsyncConnection, tenant_id: UUID, email_hash: bytes, now: datetime) -> list[Bound]:
    """Returns what an address opens, what was proved last first, and no more than a bounded number."""
    query = (
        select(proved_addresses)
        .where(_p.tenant_id == tenant_id, _p.email_hash == email_hash, _p.expire_time > now)
        .order_by(_p.create_time.desc(), _p.conversation_id.desc())
        .limit(PROVED_AT_MOST)
    )
    return [bound_of(row) for row in await connection.execute(query)]


def _proof(row: Row[Any]) -> EmailProof:
    return EmailProof(
        id=ids.from_uuid("prf", row.id),
        email=row.email,
        language=row.language,
        bound=bound_of(row) if row.conversation_id is not None else None,
        site_id="" if row.site_id is None else ids.from_uuid("sit", row.site_id),
        tries=row.tries,
        create_time=row.create_time,
        expire_time=row.expire_time,
        finish_time=row.finish_time,
    )
