"""Takes a site's word for who of its customers is chatting, and shows it to whoever may read the conversation.

Only the site's own secret, or its own key, makes that word good. An address or a name that comes with it is shown and
never decides who somebody is: the site's own name for its customer does, so that nobody becomes another person by an
address.
"""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from datetime import datetime

from parley.options.v1 import access_pb2

from kernel import ids
from kernel.identity import Actor
from services.identity import store
from services.identity.actions import auditing
from services.identity.actions.credentials import Issued, issue
from services.identity.actions.second_factors import check_fresh
from services.identity.actions.wiring import Wiring
from services.identity.domain.visitor_identity import (
    OVERLAP,
    IdentityKey,
    IdentityRejected,
    IdentitySecret,
    VerifiedVisitor,
    check_public_key,
    hash_external_id,
    read_token,
)
from services.identity.store import identity_keys

_KIND = "identity secret"


async def verify_visitor(actor: Actor, wiring: Wiring, token: str) -> tuple[Issued, str]:
    """Returns an anonymous token that names the visitor whom the site named, and the name that the site gave."""
    tenant_id, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    if not actor.site_id:
        raise IdentityRejected
    async with wiring.database.transaction(actor.tenant_id) as connection:
        kept = await store.find_identity_secret(connection, tenant_id, actor.site_id)
        sealed = [kept.sealed] if kept is not None else []
        if kept is not None and kept.sealed_previous is not None and kept.previous_expire_time is not None:
            sealed += [kept.sealed_previous] if now < kept.previous_expire_time else []
        opened = [_text(wiring.seal.open(each, _KIND, actor.tenant_id, actor.site_id)) for each in sealed]
        key = await identity_keys.find_identity_key(connection, tenant_id, actor.site_id)
        keys = [key.public] if key is not None else []
        if key is not None and key.previous is not None and key.previous_expire_time is not None:
            keys += [key.previous] if now < key.previous_expire_time else []
        claims = read_token(token, opened, keys, actor.site_id, now)
        if not await store.use_identity_token(connection, tenant_id, claims):
            raise IdentityRejected
        named = VerifiedVisitor(
            visitor_id=ids.from_uuid("vis", ids.random_uuid()),
            site_id=actor.site_id,
            external_id=claims.external_id,
            display_name=claims.display_name,
            email=claims.email,
            verify_time=now,
        )
        hashed = hash_external_id(wiring.codes.visitors, actor.tenant_id, actor.site_id, claims.external_id)
        visitor_id = await store.put_verified_visitor(connection, tenant_id, hashed, named)
        tenant = await store.get_tenant(connection, tenant_id)
    issued = issue(
        wiring,
        Actor(
            tenant_id=actor.tenant_id,
            regime=tenant.regime,
            callers=frozenset({access_pb2.CALLER_ANONYMOUS}),
            subject_id=visitor_id,
            site_id=actor.site_id,
        ),
    )
    return issued, claims.display_name


async def get_visitor_identity(
    actor: Actor, wiring: Wiring, conversation_id: str, token: str
) -> VerifiedVisitor | None:
    """Returns whom the site says that a conversation's visitor is; raises as chat does for others."""
    visitor_id = await wiring.peers.visitor_of(conversation_id, token)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.find_verified_visitor(connection, ids.to_uuid(actor.tenant_id, "ten"), visitor_id)


async def rotate_identity_secret(actor: Actor, wiring: Wiring, site_id: str) -> tuple[str, datetime | None]:
    """Makes a new secret for a site and returns it with the end of the one from before."""
    raw = os.urandom(32)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
        await store.get_site(connection, tenant_id, site_id, lock=True)
        await check_fresh(connection, wiring, actor)
        before = await store.find_identity_secret(connection, tenant_id, site_id, lock=True)
        made = IdentitySecret(
            sealed=wiring.seal.close(raw, _KIND, actor.tenant_id, site_id),
            create_time=now,
            sealed_previous=None,
            previous_expire_time=None,
        )
        if before is not None:
            made = replace(made, sealed_previous=before.sealed, previous_expire_time=now + OVERLAP)
        await store.put_identity_secret(connection, tenant_id, site_id, made)
        await auditing.note(connection, actor, "site.identity_secret_rotated", site_id, now)
    return _text(raw).decode(), made.previous_expire_time


async def get_identity_secret(actor: Actor, wiring: Wiring, site_id: str) -> IdentitySecret | None:
    """Returns what a site has, sealed."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        await store.get_site(connection, tenant_id, site_id)
        return await store.find_identity_secret(connection, tenant_id, site_id)


async def end_identity_secret(actor: Actor, wiring: Wiring, site_id: str) -> None:
    """Takes a site's secrets away at once."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        await store.get_site(connection, tenant_id, site_id)
        await check_fresh(connection, wiring, actor)
        if await store.delete_identity_secret(connection, tenant_id, site_id):
            await auditing.note(connection, actor, "site.identity_secret_ended", site_id, wiring.clock.now())


async def set_identity_key(actor: Actor, wiring: Wiring, site_id: str, public_key: str) -> datetime | None:
    """Sets a site's public key, and returns until when the one from before is good."""
    public, now = check_public_key(public_key), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        await store.get_site(connection, tenant_id, site_id, lock=True)
        await check_fresh(connection, wiring, actor)
        before = await identity_keys.find_identity_key(connection, tenant_id, site_id)
        if before is not None and before.public == public:
            # Once more does no harm, and ends nothing.
            return before.previous_expire_time
        made = IdentityKey(public=public, create_time=now)
        if before is not None:
            made = replace(made, previous=before.public, previous_expire_time=now + OVERLAP)
        await identity_keys.put_identity_key(connection, tenant_id, site_id, made)
        await auditing.note(connection, actor, "site.identity_key_set", site_id, now)
    return made.previous_expire_time


async def get_identity_key(actor: Actor, wiring: Wiring, site_id: str) -> IdentityKey | None:
    """Returns a site's public keys."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        await store.get_site(connection, tenant_id, site_id)
        return await identity_keys.find_identity_key(connection, tenant_id, site_id)


async def remove_identity_key(actor: Actor, wiring: Wiring, site_id: str) -> None:
    """Takes a site's public keys away at once."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        await store.get_site(connection, tenant_id, site_id)
        await check_fresh(connection, wiring, actor)
        if await identity_keys.delete_identity_key(connection, tenant_id, site_id):
            await auditing.note(connection, actor, "site.identity_key_removed", site_id, wiring.clock.now())


def _text(raw: bytes) -> bytes:
    """Writes a secret as it is shown; back ends sign with the text itself, which no library reads in another way."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
