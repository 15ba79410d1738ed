"""Keeps second factors, recovery codes, and sign-ins that wait for a code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from services.identity.domain.second_factors import Challenge, SecondFactor
from services.identity.store.tables import recovery_codes, second_factors, sign_in_challenges

_f, _r, _s = second_factors.c, recovery_codes.c, sign_in_challenges.c


async def find_second_factor(
    connection: AsyncConnection, tenant_id: UUID, staff_id: str, *, lock: bool = False
) -> SecondFactor | None:
    """Returns what an account has beside its password; `lock` holds it, so that no code is taken twice at once."""
    staff = ids.to_uuid(staff_id, "stf")
    left = (
        select(func.count())
        .select_from(recovery_codes)
        .where(_r.tenant_id == tenant_id, _r.staff_id == staff, _r.use_time.is_(None))
        .scalar_subquery()
    )
    query = select(second_factors, left.label("codes_left")).where(_f.tenant_id == tenant_id, _f.staff_id == staff)
    row = (await connection.execute(query.with_for_update(of=second_factors) if lock else query)).one_or_none()
    if row is None:
        return None
    return SecondFactor(
        sealed_secret=row.sealed_secret,
        last_step=row.last_step,
        confirm_time=row.confirm_time,
        recovery_codes_left=row.codes_left,
    )


async def put_second_factor(
    connection: AsyncConnection, tenant_id: UUID, staff_id: str, sealed: bytes, now: datetime
) -> bool:
    """Keeps a secret that nothing is asked of yet; False where the account has a confirmed one, which stays."""
    values = {"sealed_secret": sealed, "last_step": 0, "create_time": now, "confirm_time": None}
    put = await connection.execute(
        upsert(second_factors)
        .values(tenant_id=tenant_id, staff_id=ids.to_uuid(staff_id, "stf"), **values)
        .on_conflict_do_update(
            index_elements=["tenant_id", "staff_id"], set_=values, where=second_factors.c.confirm_time.is_(None)
        )
        .returning(_f.staff_id)
    )
    return put.one_or_none() is not None


async def take_step(
    connection: AsyncConnection, tenant_id: UUID, staff_id: str, step: int, confirm_time: datetime | None = None
) -> None:
    """Notes that the code of a step was taken, and with a moment that the factor counts from then on."""
    query = update(second_factors).where(_f.tenant_id == tenant_id, _f.staff_id == ids.to_uuid(staff_id, "stf"))
    values: dict[str, object] = {"last_step": step}
    if confirm_time is not None:
        values["confirm_time"] = confirm_time
    await connection.execute(query.values(values))


async def remove_second_factor(connection: AsyncConnection, tenant_id: UUID, staff_id: str) -> bool:
    """Takes an account's second factor and its recovery codes away; False where there was none."""
    staff = ids.to_uuid(staff_id, "stf")
    await connection.execute(delete(recovery_codes).where(_r.tenant_id == tenant_id, _r.staff_id == staff))
    gone = await connection.execute(delete(second_factors).where(_f.tenant_id == tenant_id, _f.staff_id == staff))
    return gone.rowcount == 1


async def put_recovery_codes(
    connection: AsyncConnection, tenant_id: UUID, staff_id: str, hashes: Sequence[bytes]
) -> None:
    """Gives an account these recovery codes in the place of all that it had."""
    staff = ids.to_uuid(staff_id, "stf")
    await connection.execute(delete(recovery_codes).where(_r.tenant_id == tenant_id, _r.staff_id == staff))
    rows = [{"tenant_id": tenant_id, "staff_id": staff, "code_hash": each} for each in hashes]
    await connection.execute(insert(recovery_codes), rows)


async def use_recovery_code(
    connection: AsyncConnection, tenant_id: UUID, staff_id: str, code_hash: bytes, now: datetime
) -> bool:
    """Uses a recovery code up; False where the account has no such code, or used it."""
    used = await connection.execute(
        update(recovery_codes)
        .where(
            _r.tenant_id == tenant_id,
            _r.staff_id == ids.to_uuid(staff_id, "stf"),
            _r.code_hash == code_hash,
            _r.use_time.is_(None),
        )
        .values(use_time=now)
    )
    return used.rowcount == 1


async def add_challenge(
    connection: AsyncConnection, tenant_id: UUID, challenge: Challenge, secret_hash: bytes, now: datetime
) -> None:
    """Adds a sign-in that waits for its code."""
    await connection.execute(
        insert(sign_in_challenges).values(
            tenant_id=tenant_id,
            id=ids.to_uuid(challenge.id, "chl"),
            staff_id=ids.to_uuid(challenge.staff_id, "stf"),
            secret_hash=secret_hash,
            sealed_secret=challenge.sealed_secret,
            device=challenge.device,
            tries=0,
            create_time=now,
            expire_time=challenge.expire_time,
        )
    )


async def try_challenge(connection: AsyncConnection, tenant_id: UUID, secret_hash: bytes) -> Challenge | None:
    """Counts a try and returns the sign-in that it is for; it is held until the transaction ends."""
    counted = await connection.execute(
        update(sign_in_challenges)
        .where(_s.tenant_id == tenant_id, _s.secret_hash == secret_hash)
        .values(tries=_s.tries + 1)
        .returning(sign_in_challenges)
    )
    row = counted.one_or_none()
    if row is None:
        return None
    return Challenge(
        id=ids.from_uuid("chl", row.id),
        staff_id=ids.from_uuid("stf", row.staff_id),
        sealed_secret=row.sealed_secret,
        device=row.device,
        tries=row.tries,
        expire_time=row.expire_time,
    )


async def end_challenge(connection: AsyncConnection, tenant_id: UUID, challenge_id: str) -> None:
    """Ends a sign-in that waited for its code."""
    await connection.execute(
        delete(sign_in_challenges).where(_s.tenant_id == tenant_id, _s.id == ids.to_uuid(challenge_id, "chl"))
    )
