"""Exchanges credentials for access tokens, signs staff in and out, and issues visitors' credentials."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import Unauthenticated
from kernel.identity import Actor
from kernel.identity.tokens import rejected
from kernel.jobs import PLATFORM
from kernel.privacy.retention import RECOGNITION_DAYS
from services.identity import store
from services.identity.actions import revoking
from services.identity.actions.settings import SESSION_HOURS
from services.identity.actions.wiring import Wiring
from services.identity.domain import (
    ACTIVE,
    SignInRefused,
    make_credential,
    read_credential,
    read_site_key,
)

SESSION, API_KEY, VISITOR = "pss", "pak", "pvc"


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token and whom it names."""

    token: str
    actor: Actor


async def exchange_session(wiring: Wiring, secret: str) -> Issued:
    """Returns a token for a staff session, with the roles that the account has now.

    It is signed while the account is held: a change of roles that commits later announces a later moment, so that no
    token with the old roles looks younger than the change.
    """
    now = wiring.clock.now()
    credential = read_credential(SESSION, secret)
    async with wiring.database.transaction(credential.tenant_id) as connection:
        tenant_id = ids.to_uuid(credential.tenant_id, "ten")
        found = await store.find_session(connection, tenant_id, credential.secret_hash, now)
        if found is None or found[2].state != ACTIVE:
            raise rejected()
        tenant = await store.get_tenant(connection, tenant_id)
        session_id, _, member = found
        return _issue(
            wiring,
            Actor(
                tenant_id=credential.tenant_id,
                regime=tenant.regime,
                callers=frozenset(member.roles),
                subject_id=member.id,
                session_id=session_id,
                display_name=member.display_name,
            ),
        )


async def exchange_api_key(wiring: Wiring, secret: str) -> Issued:
    """Returns a token for a service account, within its scopes."""
    credential = read_credential(API_KEY, secret)
    async with wiring.database.transaction(credential.tenant_id) as connection:
        tenant_id = ids.to_uuid(credential.tenant_id, "ten")
        key = await store.find_api_key(connection, tenant_id, credential.secret_hash)
        if key is None or key.revoke_time is not None:
            raise rejected()
        tenant = await store.get_tenant(connection, tenant_id)
    return _issue(
        wiring,
        Actor(
            tenant_id=credential.tenant_id,
            regime=tenant.regime,
            callers=frozenset({access_pb2.CALLER_SERVICE_ACCOUNT}),
            subject_id=key.id,
            session_id=key.id,
            scopes=frozenset(key.scopes),
        ),
    )


async def exchange_visitor_credential(wiring: Wiring, secret: str) -> Issued:
    """Returns a token for a visitor, bound to one conversation."""
    credential = read_credential(VISITOR, secret)
    async with wiring.database.transaction(credential.tenant_id) as connection:
        tenant_id = ids.to_uuid(credential.tenant_id, "ten")
        now = wiring.clock.now()
        found = await store.find_visitor_credential(connection, tenant_id, credential.secret_hash, now)
        if found is None:
            raise rejected()
        tenant = await store.get_tenant(connection, tenant_id)
    return _issue(
        wiring,
        Actor(
            tenant_id=credential.tenant_id,
            regime=tenant.regime,
            callers=frozenset({access_pb2.CALLER_VISITOR}),
            subject_id=ids.from_uuid("vis", found.visitor_id),
            session_id=ids.from_uuid("ses", found.id),
            site_id=ids.from_uuid("sit", found.site_id),
            conversation_id=ids.from_uuid("cnv", found.conversation_id),
        ),
    )


async def exchange_site_key(wiring: Wiring, key: str) -> Issued:
    """Returns an anonymous token for a site; it says where somebody is and nothing about who."""
    tenant_id, site_id = read_site_key(key)
    async with wiring.database.transaction(tenant_id) as connection:
        await store.get_site(connection, ids.to_uuid(tenant_id, "ten"), site_id)
        tenant = await store.get_tenant(connection, ids.to_uuid(tenant_id, "ten"))
    return _issue(
        wiring,
        Actor(
            tenant_id=tenant_id,
            regime=tenant.regime,
            callers=frozenset({access_pb2.CALLER_ANONYMOUS}),
            site_id=site_id,
        ),
    )


async def issue_visitor_credential(
    actor: Actor, wiring: Wiring, visitor_id: str, conversation_id: str, site_id: str
) -> tuple[str, Issued]:
    """Returns a new credential for a visitor, and a first token; the credential is kept as a hash only."""
    now = wiring.clock.now()
    days: int = await wiring.settings.get(actor.tenant_id, RECOGNITION_DAYS)
    text, secret_hash = make_credential(VISITOR, actor.tenant_id, os.urandom(32))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        await store.get_site(connection, tenant_id, site_id)
        await store.add_visitor_credential(
            connection,
            tenant_id,
            {
                "id": ids.new_uuid(),
                "visitor_id": ids.to_uuid(visitor_id, "vis"),
                "conversation_id": ids.to_uuid(conversation_id, "cnv"),
                "site_id": ids.to_uuid(site_id, "sit"),
                "secret_hash": secret_hash,
                "create_time": now,
                "expire_time": now + timedelta(days=days),
            },
        )
    return text, await exchange_visitor_credential(wiring, text)


async def sign_in(wiring: Wiring, slug: str, email: str, password: str, address: str) -> tuple[str, datetime]:
    """Returns the secret of a new staff session and its end; every refusal looks and costs the same."""
    now = wiring.clock.now()
    account = f"{slug}\x00{email.strip().lower()}"
    # A try counts before it is made: a thousand at once are no more than one after another.
    wiring.limits.attempt(account, address, now)
    async with wiring.database.without_tenant() as connection:
        tenant_id = await store.find_tenant_id(connection, slug)
    # A tenant that does not exist is looked into all the same, so that it takes as long as one that does.
    looked_into = tenant_id or PLATFORM
    async with wiring.database.transaction(looked_into) as connection:
        found = await store.find_staff_by_email(connection, ids.to_uuid(looked_into, "ten"), email.strip().lower())
    right = await wiring.passwords.matches(password, found[1] if found else None)
    if tenant_id is None or found is None or not right or found[0].state != ACTIVE:
        raise SignInRefused
    wiring.limits.succeeded(account, address, now)
    secret, secret_hash = make_credential(SESSION, tenant_id, os.urandom(32))
    hours: int = await wiring.settings.get(tenant_id, SESSION_HOURS)
    end = now + timedelta(hours=hours)
    async with wiring.database.transaction(tenant_id) as connection:
        await store.add_session(
            connection, ids.to_uuid(tenant_id, "ten"), ids.new_id("ses"), found[0].id, secret_hash, (now, end)
        )
    return secret, end


async def sign_out(wiring: Wiring, secret: str) -> None:
    """Ends a session everywhere; one that has ended already is no error."""
    now = wiring.clock.now()
    try:
        credential = read_credential(SESSION, secret)
    except Unauthenticated:
        return
    async with wiring.database.transaction(credential.tenant_id) as connection:
        tenant_id = ids.to_uuid(credential.tenant_id, "ten")
        found = await store.find_session(connection, tenant_id, credential.secret_hash, now)
        if found is None:
            return
        await store.revoke_session(connection, tenant_id, found[0], now)
        await revoking.session_revoked(connection, wiring, credential.tenant_id, found[0], now)


def _issue(wiring: Wiring, actor: Actor) -> Issued:
    return Issued(*wiring.signer.issue(actor))
