"""Gives accounts a second factor, asks for it, and takes it away.

The secret of an app is sealed; recovery codes are kept as keyed hashes and each is good once. A code that was taken is
taken no more, also by two who send it at once. What changes how somebody signs in wants that they proved who they are
a quarter of an hour ago at most.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

import segno
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition
from kernel.identity import Actor
from services.identity import store
from services.identity.actions import auditing, entry_links, guessing, revoking
from services.identity.actions.settings import SECOND_FACTOR_REQUIRED
from services.identity.actions.wiring import Wiring
from services.identity.domain.second_factors import (
    FRESH_FOR,
    RECOVERY_CODES,
    SECRET_BYTES,
    ProofNeeded,
    SecondFactor,
    SecondFactorRequired,
    SecondFactorWrong,
    hash_recovery_code,
    make_recovery_code,
    matching_step,
    otpauth_uri,
    write_secret,
)

_KIND = "second factor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A secret on its way into an app, with its picture."""

    secret: str
    otpauth_uri: str
    qr_path: str
    qr_size: int

    def __repr__(self) -> str:
        """Leaves everything out."""
        return "Made(…)"


async def check_fresh(connection: AsyncConnection, wiring: Wiring, actor: Actor) -> None:
    """Raises ProofNeeded where the caller's session was not proved within the last quarter of an hour."""
    now = wiring.clock.now()
    session = await store.find_own_session(
        connection, ids.to_uuid(actor.tenant_id, "ten"), actor.subject_id, actor.session_id, now
    )
    if session is None or session.auth_time < now - FRESH_FOR:
        raise ProofNeeded


async def get_second_factor(actor: Actor, wiring: Wiring) -> tuple[SecondFactor | None, bool]:
    """Returns what the caller has beside the password, and whether the tenant asks for it."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.find_second_factor(connection, ids.to_uuid(actor.tenant_id, "ten"), actor.subject_id)
        required = await wiring.settings.read(connection, SECOND_FACTOR_REQUIRED)
    return (found if found is not None and found.confirm_time is not None else None), required


async def start_second_factor(actor: Actor, wiring: Wiring) -> Made:
    """Makes a secret for the caller's app; one that is in use stays."""
    secret = os.urandom(SECRET_BYTES)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await check_fresh(connection, wiring, actor)
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        sealed = wiring.seal.close(secret, _KIND, actor.tenant_id, actor.subject_id)
        if not await store.put_second_factor(connection, tenant_id, actor.subject_id, sealed, wiring.clock.now()):
            raise FailedPrecondition("SECOND_FACTOR_ON", "You have a second factor. Take it away first.")
        member = await store.get_staff(connection, tenant_id, actor.subject_id)
        tenant = await store.get_tenant(connection, tenant_id)
    return show(secret, tenant.display_name, member.email)


async def confirm_second_factor(actor: Actor, wiring: Wiring, typed: str) -> list[str]:
    """Takes the first code of the caller's app; returns the recovery codes, which are shown this once."""
    await guessing.try_second_factor(wiring.guesses, actor.subject_id)
    tenant_id, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.find_second_factor(connection, tenant_id, actor.subject_id, lock=True)
        if found is None or found.confirm_time is not None:
            raise FailedPrecondition("SECOND_FACTOR_NOT_STARTED", "There is no second factor to confirm. Start again.")
        secret = wiring.seal.open(found.sealed_secret, _KIND, actor.tenant_id, actor.subject_id)
        step = matching_step(secret, typed, now, found.last_step)
        if step is None:
            raise SecondFactorWrong
        await store.take_step(connection, tenant_id, actor.subject_id, step, confirm_time=now)
        codes = await _give_codes(connection, wiring, actor.tenant_id, actor.subject_id)
        await auditing.note(connection, actor, "staff.second_factor_on", actor.subject_id, now)
    await guessing.second_factor_was_right(wiring.guesses, actor.subject_id)
    return codes


async def renew_recovery_codes(actor: Actor, wiring: Wiring) -> list[str]:
    """Makes new recovery codes for the caller; those from before are worthless."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await check_fresh(connection, wiring, actor)
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        found = await store.find_second_factor(connection, tenant_id, actor.subject_id, lock=True)
        if found is None or found.confirm_time is None:
            raise FailedPrecondition("SECOND_FACTOR_OFF", "You have no second factor. Set one up first.")
        codes = await _give_codes(connection, wiring, actor.tenant_id, actor.subject_id)
        await auditing.note(connection, actor, "staff.recovery_codes_renewed", actor.subject_id, wiring.clock.now())
    return codes


async def remove_second_factor(actor: Actor, wiring: Wiring) -> None:
    """Takes the caller's second factor away; raises SecondFactorRequired where the tenant asks for one."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await check_fresh(connection, wiring, actor)
        if await wiring.settings.read(connection, SECOND_FACTOR_REQUIRED):
            raise SecondFactorRequired
        if await store.remove_second_factor(connection, ids.to_uuid(actor.tenant_id, "ten"), actor.subject_id):
            await auditing.note(connection, actor, "staff.second_factor_off", actor.subject_id, wiring.clock.now())


async def reset_second_factor(actor: Actor, wiring: Wiring, staff_id: str) -> None:
    """Takes a colleague's second factor away and ends the colleague's sessions."""
    now, tenant_id = wiring.clock.now(), ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.get_staff(connection, tenant_id, staff_id, lock=True)
        await check_fresh(connection, wiring, actor)
        if not await store.remove_second_factor(connection, tenant_id, staff_id):
            return
        for session_id in await store.revoke_sessions_but(connection, tenant_id, staff_id, "", now):
            await revoking.session_revoked(connection, wiring, actor.tenant_id, session_id, now)
        await auditing.note(connection, actor, "staff.second_factor_reset", staff_id, now)


async def prove_me(actor: Actor, wiring: Wiring, password: str, code: str) -> datetime:
    """Proves once more who the caller is; returns until when that is enough."""
    await entry_links.prove_password(actor, wiring, password)
    tenant_id, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.find_second_factor(connection, tenant_id, actor.subject_id, lock=True)
        if found is not None and found.confirm_time is not None:
            await guessing.try_second_factor(wiring.guesses, actor.subject_id)
            if not await takes(connection, wiring, actor.tenant_id, actor.subject_id, found, code):
                raise SecondFactorWrong
            await guessing.second_factor_was_right(wiring.guesses, actor.subject_id)
        await store.prove_session(connection, tenant_id, actor.session_id, now)
    return now + FRESH_FOR


async def takes(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, staff_id: str, factor: SecondFactor, typed: str
) -> bool:
    """Says whether what was typed is a code of a held factor or a recovery code of the account, and uses it up."""
    bound, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    secret = wiring.seal.open(factor.sealed_secret, _KIND, tenant_id, staff_id)
    step = matching_step(secret, typed, now, factor.last_step)
    if step is not None:
        await store.take_step(connection, bound, staff_id, step)
        return True
    hashed = hash_recovery_code(wiring.codes.recovery, tenant_id, staff_id, typed)
    return await store.use_recovery_code(connection, bound, staff_id, hashed, now)


async def enrol(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, staff_id: str, sealed: bytes, typed: str
) -> list[str] | None:
    """Confirms a factor that is made by a sign-in; returns its recovery codes, or None where the code is wrong."""
    bound, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    secret = wiring.seal.open(sealed, _KIND, tenant_id, staff_id)
    step = matching_step(secret, typed, now, 0)
    if step is None or not await store.put_second_factor(connection, bound, staff_id, sealed, now):
        return None
    await store.take_step(connection, bound, staff_id, step, confirm_time=now)
    return await _give_codes(connection, wiring, tenant_id, staff_id)


def seal_new(wiring: Wiring, tenant_id: str, staff_id: str) -> tuple[bytes, bytes]:
    """Returns a new secret, and the same sealed for an account."""
    secret = os.urandom(SECRET_BYTES)
    return secret, wiring.seal.close(secret, _KIND, tenant_id, staff_id)


def show(secret: bytes, tenant: str, email: str) -> Made:
    """Writes a secret for typing and for an app's camera."""
    uri = otpauth_uri(secret, tenant, email)
    matrix = segno.make(uri, error="m", micro=False).matrix
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    return Made(secret=write_secret(secret), otpauth_uri=uri, qr_path=path, qr_size=len(matrix))


async def _give_codes(connection: AsyncConnection, wiring: Wiring, tenant_id: str, staff_id: str) -> list[str]:
    codes = [make_recovery_code(os.urandom(7)) for _ in range(RECOVERY_CODES)]
    hashes = [hash_recovery_code(wiring.codes.recovery, tenant_id, staff_id, each) for each in codes]
    await store.put_recovery_codes(connection, ids.to_uuid(tenant_id, "ten"), staff_id, hashes)
    return codes
