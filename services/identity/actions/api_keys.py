"""Creates, lists and revokes the keys of service accounts."""

from __future__ import annotations

import os
from datetime import timedelta

from google.protobuf.message import Message

from kernel import ids
from kernel.errors import FailedPrecondition
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.identity import store
from services.identity.actions import auditing, revoking
from services.identity.actions.credentials import API_KEY
from services.identity.actions.wiring import Wiring
from services.identity.domain import ApiKey, KeyEnded, check_complete, check_scopes, make_credential


async def create_api_key(
    actor: Actor, wiring: Wiring, key: ApiKey, request_id: str, request: Message
) -> tuple[ApiKey, str]:
    """Creates a key and returns it with its secret, which is shown this once; a retry cannot show it again."""
    check_complete(("display_name",), display_name=key.display_name)
    check_scopes(key.scopes)
    secret, secret_hash = make_credential(API_KEY, actor.tenant_id, os.urandom(32))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(
            connection, actor, "CreateApiKey", request_id, request, key.id, key.create_time
        )
        if made != key.id:
            raise _shown_once()
        await store.add_api_key(connection, ids.to_uuid(actor.tenant_id, "ten"), key, secret_hash)
        told = [auditing.made(key, field) for field in ("display_name", "scopes")]
        await auditing.note(connection, actor, "api_key.created", key.id, key.create_time, told)
    return key, secret


async def list_api_keys(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[ApiKey], str]:
    """Returns a page of the tenant's keys, newest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListApiKeys")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_api_keys(
            connection, ids.to_uuid(actor.tenant_id, "ten"), wiring.pages.position(scope, token), limit + 1
        )
    return wiring.pages.cut(scope, found, limit, lambda key: (key.id,))


async def rotate_api_key(
    actor: Actor, wiring: Wiring, key_id: str, overlap: timedelta, request_id: str, request: Message
) -> tuple[ApiKey, str]:
    """Gives a key a new secret and returns both; of two at once each makes one, and the later one holds."""
    now, tenant_id = wiring.clock.now(), ids.to_uuid(actor.tenant_id, "ten")
    secret, secret_hash = make_credential(API_KEY, actor.tenant_id, os.urandom(32))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        key = await store.get_api_key(connection, tenant_id, key_id, lock=True)
        if not key.works_at(now):
            raise KeyEnded
        turn = ids.new_id("key")
        if await wiring.idempotency.claim(connection, actor, "RotateApiKey", request_id, request, turn, now) != turn:
            raise _shown_once()
        overlap_end = min(now + overlap, key.expire_time) if overlap else None
        await store.rotate_api_key(connection, tenant_id, key_id, secret_hash, overlap_end)
        await auditing.note(connection, actor, "api_key.rotated", key_id, now)
        return await store.get_api_key(connection, tenant_id, key_id), secret


def _shown_once() -> FailedPrecondition:
    return FailedPrecondition(
        "SECRET_SHOWN_ONCE", "This secret was made and shown before. Nothing changed; make another one if it is lost."
    )


async def revoke_api_key(actor: Actor, wiring: Wiring, key_id: str) -> ApiKey:
    """Revokes a key for good; its tokens stop working within seconds."""
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        key = await store.get_api_key(connection, tenant_id, key_id)
        if key.revoke_time is None:
            await store.revoke_api_key(connection, tenant_id, key_id, now)
            await revoking.session_revoked(connection, wiring, actor.tenant_id, key_id, now)
            await auditing.note(connection, actor, "api_key.revoked", key_id, now)
        return await store.get_api_key(connection, tenant_id, key_id)
