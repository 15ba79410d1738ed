"""Exchanges credentials for access tokens, signs staff in and out, and issues visitors' credentials."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from parley.options.v1 import access_pb2

from kernel import ids
from kernel.errors import Unauthenticated, Unavailable
from kernel.identity import Actor, Regime
from kernel.identity.tokens import rejected
from kernel.privacy.retention import RECOGNITION_DAYS
from services.identity import store
from services.identity.actions import revoking
from services.identity.actions.wiring import Wiring
from services.identity.domain import (
    ACTIVE,
    USE_NOTED_EVERY,
    Bound,
    make_credential,
    missing,
    read_credential,
    read_site_key,
)

SESSION, API_KEY, VISITOR = "pss", "pak", "pvc"


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token and whom it names."""

    token: str
    actor: Actor
    #: Until when the browser of a visitor who chose to be remembered may keep the credential.
    remembered_until: datetime | None = None


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
        if tenant.close_time is not None:
            raise rejected()
        session_id, _, member = found
        await store.touch_session(connection, tenant_id, session_id, now, now - USE_NOTED_EVERY)
        return issue(
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
        now = wiring.clock.now()
        key = await store.find_api_key(connection, tenant_id, credential.secret_hash, now)
        if key is None or not key.works_at(now):
            raise rejected()
        # On which day it was used is enough to tell a key that nobody needs; the hour would tell who works when.
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if key.last_use_time is None or key.last_use_time < today:
            await store.note_use(connection, tenant_id, key.id, today)
        tenant = await store.get_tenant(connection, tenant_id)
        if tenant.close_time is not None:
            raise rejected()
    return issue(
        wiring,
        Actor(
            tenant_id=credential.tenant_id,
            regime=tenant.regime,
            callers=frozenset({access_pb2.CALLER_SERVICE_ACCOUNT}),
            subject_id=key.id,
            session_id=key.id,
            scopes=frozenset(key.scopes),
        ),
        until=key.expire_time,
    )


async def exchange_visitor_credential(wiring: Wiring, secret: str) -> Issued:
    """Returns a token for a visitor, bound to one conversation, and until when a browser may keep the credential."""
    credential = read_credential(VISITOR, secret)
    async with wiring.database.transaction(credential.tenant_id) as connection:
        tenant_id = ids.to_uuid(credential.tenant_id, "ten")
        now = wiring.clock.now()
        found = await store.find_visitor_credential(connection, tenant_id, credential.secret_hash, now)
        if found is None:
            raise rejected()
        credential_id, bound, end = found
        remembered = await store.find_recognition(connection, tenant_id, bound.visitor_id, bound.site_id, now)
        tenant = await store.get_tenant(connection, tenant_id)
    issued = issue(wiring, visitor_of(credential.tenant_id, tenant.regime, credential_id, bound))
    return replace(issued, remembered_until=None if remembered is None else min(remembered, end))


async def exchange_remembered_credential(wiring: Wiring, secret: str) -> Issued:
    """Returns an anonymous token that names the visitor who chose to be remembered, for the next conversation."""
    credential = read_credential(VISITOR, secret)
    async with wiring.database.transaction(credential.tenant_id) as connection:
        tenant_id = ids.to_uuid(credential.tenant_id, "ten")
        now = wiring.clock.now()
        found = await store.find_visitor_credential(connection, tenant_id, credential.secret_hash, now)
        if found is None:
            raise rejected()
        credential_id, bound, end = found
        remembered = await store.find_recognition(connection, tenant_id, bound.visitor_id, bound.site_id, now)
        if remembered is None:
            raise rejected()
        tenant = await store.get_tenant(connection, tenant_id)
        if tenant.close_time is not None:
            raise rejected()
    if not await _still_chosen(wiring, credential.tenant_id, bound.visitor_id):
        raise rejected()
    issued = issue(
        wiring,
        Actor(
            tenant_id=credential.tenant_id,
            regime=tenant.regime,
            callers=frozenset({access_pb2.CALLER_ANONYMOUS}),
            subject_id=bound.visitor_id,
            # Forgetting the visitor ends this token as well.
            session_id=credential_id,
            site_id=bound.site_id,
        ),
    )
    return replace(issued, remembered_until=min(remembered, end))


async def exchange_tenant_slug(wiring: Wiring, slug: str) -> Issued:
    """Returns an anonymous token for a tenant's privacy pages, which stand on no site."""
    async with wiring.database.single() as connection:
        tenant_id = await store.find_tenant_id(connection, slug)
    if tenant_id is None:
        raise missing("tenant")
    async with wiring.database.transaction(tenant_id) as connection:
        tenant = await store.get_tenant(connection, ids.to_uuid(tenant_id, "ten"))
    callers = frozenset({access_pb2.CALLER_ANONYMOUS})
    return issue(wiring, Actor(tenant_id=tenant_id, regime=tenant.regime, callers=callers))


async def exchange_site_key(wiring: Wiring, key: str) -> Issued:
    """Returns an anonymous token for a site; it says where somebody is and nothing about who."""
    tenant_id, site_id = read_site_key(key)
    async with wiring.database.transaction(tenant_id) as connection:
        await store.get_site(connection, ids.to_uuid(tenant_id, "ten"), site_id)
        tenant = await store.get_tenant(connection, ids.to_uuid(tenant_id, "ten"))
        if tenant.close_time is not None:
            raise missing("site")
    return issue(
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
        bound = Bound(visitor_id=visitor_id, conversation_id=conversation_id, site_id=site_id)
        times = (now, now + timedelta(days=days))
        await store.add_visitor_credentials(connection, tenant_id, [(ids.new_id("ses"), bound, secret_hash)], times)
    return text, await exchange_visitor_credential(wiring, text)


async def issue_member_token(actor: Actor, wiring: Wiring, member_id: str, session_id: str) -> Issued:
    """Returns a token for a member of a tenant's community; who may have one, the community says."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant = await store.get_tenant(connection, ids.to_uuid(actor.tenant_id, "ten"))
        if tenant.close_time is not None:
            raise rejected()
    return issue(
        wiring,
        Actor(
            tenant_id=actor.tenant_id,
            regime=tenant.regime,
            callers=frozenset({access_pb2.CALLER_MEMBER}),
            subject_id=member_id,
            session_id=session_id,
        ),
    )


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


async def _still_chosen(wiring: Wiring, tenant_id: str, visitor_id: str) -> bool:
    """Says whether a visitor's last word is a yes; while nobody can tell, nobody is recognised.

    A restored backup may remember somebody who has withdrawn since; what was withdrawn is replayed where choices are.
    """
    try:
        return await wiring.peers.recognition_holds(tenant_id, visitor_id)
    except Unavailable:
        return False


def issue(wiring: Wiring, actor: Actor, *, until: datetime | None = None) -> Issued:
    """Signs a token for an actor, for minutes, and not beyond `until`."""
    return Issued(*wiring.signer.issue(actor, until=until))


def visitor_of(tenant_id: str, regime: Regime, session_id: str, bound: Bound) -> Actor:
    """Returns a visitor, who is bound to one conversation."""
    return Actor(
        tenant_id=tenant_id,
        regime=regime,
        callers=frozenset({access_pb2.CALLER_VISITOR}),
        subject_id=bound.visitor_id,
        session_id=session_id,
        site_id=bound.site_id,
        conversation_id=bound.conversation_id,
    )
