"""Signs staff in: the password, then the second factor where there is one or the tenant wants one, then a session.

Every refusal of the first step looks and costs the same. Tries are counted so that nobody can lock another person out:
for the pair of account and network, and for the account as a whole only where the browser was never signed in to it.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import Unauthenticated
from kernel.jobs import PLATFORM
from services.identity import store
from services.identity.actions import guessing, second_factors
from services.identity.actions.credentials import SESSION
from services.identity.actions.settings import SECOND_FACTOR_REQUIRED, SESSION_HOURS
from services.identity.actions.wiring import Wiring
from services.identity.domain import ACTIVE, SignInRefused, Staff, make_credential, read_credential
from services.identity.domain.second_factors import (
    CHALLENGE_LIFE,
    CHALLENGE_TRIES,
    Challenge,
    SecondFactorWrong,
    make_known_device,
    read_known_device,
)

CHALLENGE = "psc"
KNOWN_FOR = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session, or what has to come before one."""

    secret: str = ""
    expire_time: datetime | None = None
    challenge: str = ""
    new_factor: second_factors.Made | None = None
    known_device: str = ""
    recovery_codes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Leaves everything out."""
        return "SignedIn(…)"


async def sign_in(
    wiring: Wiring, slug: str, email: str, password: str, *, address: str, device: str, known_device: str
) -> SignedIn:
    """Takes a password; returns a session, or a challenge where a code is asked for."""
    now, plain = wiring.clock.now(), email.strip().lower()
    account = f"{slug}\x00{plain}"
    known = read_known_device(wiring.codes.devices, account, known_device, now)
    # A try counts before it is made: a thousand at once are no more than one after another.
    await guessing.try_sign_in(wiring.guesses, account, address, known)
    async with wiring.database.single() as connection:
        tenant_id = await store.find_tenant_id(connection, slug)
    # A tenant that does not exist is looked into all the same, so that it takes as long as one that does.
    looked_into = tenant_id or PLATFORM
    async with wiring.database.transaction(looked_into) as connection:
        found = await store.find_staff_by_email(connection, ids.to_uuid(looked_into, "ten"), plain)
    right = await wiring.passwords.matches(password, found[1] if found else None)
    if tenant_id is None or found is None or not right or found[0].state != ACTIVE:
        raise SignInRefused
    await guessing.signed_in(wiring.guesses, account, address, known)
    member = found[0]
    async with wiring.database.transaction(tenant_id) as connection:
        bound = ids.to_uuid(tenant_id, "ten")
        if (await store.get_tenant(connection, bound)).close_time is not None:
            raise SignInRefused
        factor = await store.find_second_factor(connection, bound, member.id)
        if factor is not None and factor.confirm_time is not None:
            return await _challenge(connection, wiring, tenant_id, member, device, None)
        if await wiring.settings.read(connection, SECOND_FACTOR_REQUIRED):
            secret, sealed = second_factors.seal_new(wiring, tenant_id, member.id)
            tenant = await store.get_tenant(connection, bound)
            shown = second_factors.show(secret, tenant.display_name, member.email)
            return await _challenge(connection, wiring, tenant_id, member, device, sealed, shown)
        return await open_session(connection, wiring, tenant_id, member, device)


async def finish_sign_in(wiring: Wiring, secret: str, code: str) -> SignedIn:
    """Takes the code of a sign-in that waits for it; raises SecondFactorWrong for a wrong one, which counts."""
    try:
        credential = read_credential(CHALLENGE, secret)
    except Unauthenticated:
        raise SecondFactorWrong from None
    tenant_id, bound = credential.tenant_id, ids.to_uuid(credential.tenant_id, "ten")
    signed_in: SignedIn | None = None
    async with wiring.database.transaction(tenant_id) as connection:
        now = wiring.clock.now()
        waiting = await store.try_challenge(connection, bound, credential.secret_hash)
        if waiting is not None and waiting.tries <= CHALLENGE_TRIES and now < waiting.expire_time:
            signed_in = await _finish(connection, wiring, tenant_id, waiting, code)
    if signed_in is None:
        # What was counted stays counted: the refusal comes after the commit.
        raise SecondFactorWrong
    return signed_in


async def _finish(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, waiting: Challenge, code: str
) -> SignedIn | None:
    bound = ids.to_uuid(tenant_id, "ten")
    await guessing.try_second_factor(wiring.guesses, waiting.staff_id)
    member = await store.get_staff(connection, bound, waiting.staff_id, lock=True)
    codes: list[str] | None = []
    if waiting.sealed_secret is not None:
        codes = await second_factors.enrol(connection, wiring, tenant_id, member.id, waiting.sealed_secret, code)
    else:
        factor = await store.find_second_factor(connection, bound, member.id, lock=True)
        if factor is None or not await second_factors.takes(connection, wiring, tenant_id, member.id, factor, code):
            codes = None
    closed = (await store.get_tenant(connection, bound)).close_time is not None
    if codes is None or member.state != ACTIVE or closed:
        return None
    await guessing.second_factor_was_right(wiring.guesses, waiting.staff_id)
    # Only this one: another sign-in of the account holds its own, and may wait for the account.
    await store.end_challenge(connection, bound, waiting.id)
    return await open_session(connection, wiring, tenant_id, member, waiting.device, tuple(codes))


async def open_session(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    member: Staff,
    device: str,
    recovery_codes: tuple[str, ...] = (),
) -> SignedIn:
    """Opens a session for somebody who has proved who they are, and makes the browser a known one."""
    now, bound = wiring.clock.now(), ids.to_uuid(tenant_id, "ten")
    secret, secret_hash = make_credential(SESSION, tenant_id, os.urandom(32))
    hours: int = await wiring.settings.read(connection, SESSION_HOURS)
    end = now + timedelta(hours=hours)
    await store.add_session(connection, bound, ids.new_id("ses"), member.id, secret_hash, (now, end), device)
    slug = (await store.get_tenant(connection, bound)).slug
    until = int((now + KNOWN_FOR).timestamp())
    known = make_known_device(wiring.codes.devices, f"{slug}\x00{member.email}", secrets.token_hex(12), until)
    return SignedIn(secret=secret, expire_time=end, known_device=known, recovery_codes=recovery_codes)


async def _challenge(
    connection: AsyncConnection,
    wiring: Wiring,
    tenant_id: str,
    member: Staff,
    device: str,
    sealed: bytes | None,
    shown: second_factors.Made | None = None,
) -> SignedIn:
    now = wiring.clock.now()
    text, secret_hash = make_credential(CHALLENGE, tenant_id, os.urandom(32))
    challenge = Challenge(
        id=ids.new_id("chl"),
        staff_id=member.id,
        sealed_secret=sealed,
        device=device,
        tries=0,
        expire_time=now + CHALLENGE_LIFE,
    )
    await store.add_challenge(connection, ids.to_uuid(tenant_id, "ten"), challenge, secret_hash, now)
    return SignedIn(challenge=text, new_factor=shown)
