"""Publishes, shows and compares a tenant's privacy policy."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.policies import Policy, best_language, no_such_policy, not_one_language
from services.privacy.domain.texts import TextChange, check_said, diff
from services.privacy.store import policies as store


async def publish_policy(actor: Actor, wiring: Wiring, policy: Policy, request_id: str, request: Message) -> Policy:
    """Publishes a version, which is in force from now on, and returns it with its number."""
    check_said(text=policy.text)
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.lock_language(connection, tenant_id, policy.language)
        made = await wiring.idempotency.claim(
            connection, actor, "PublishPolicy", request_id, request, policy.id, policy.effective_time
        )
        if made != policy.id:
            return await store.get_policy(connection, tenant_id, made)
        earlier = await store.find_current_policy(connection, tenant_id, policy.language)
        published = replace(
            policy,
            version=1 if earlier is None else earlier.version + 1,
            material=policy.material and earlier is not None,
        )
        await store.add_policy(connection, tenant_id, published)
        await wiring.retention.schedule(connection, actor.tenant_id, policy.effective_time)
    return published


async def get_policy(actor: Actor, wiring: Wiring, policy_id: str) -> Policy:
    """Returns a version of the tenant's policy."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_policy(connection, ids.to_uuid(actor.tenant_id, "ten"), policy_id)


async def get_current_policy(actor: Actor, wiring: Wiring, wanted: str) -> Policy:
    """Returns the version in force, in the language that suits the reader best."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        language = best_language(wanted, await store.list_languages(connection, tenant_id))
        found = await store.find_current_policy(connection, tenant_id, language) if language is not None else None
    if found is None:
        raise no_such_policy()
    return found


async def list_policies(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Policy], str]:
    """Returns a page of the policy's versions, newest first, and the next page's token."""
    limit, scope = page_size(size, default=20, maximum=100), (actor.tenant_id, "ListPolicies")
    position = wiring.pages.position(scope, token)
    edge = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_policies(connection, ids.to_uuid(actor.tenant_id, "ten"), edge, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda policy: (str(ids.to_uuid(policy.id, "pol")),))


async def diff_policies(actor: Actor, wiring: Wiring, from_id: str, to_id: str) -> list[TextChange]:
    """Returns what differs between two versions in one language."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        earlier = await store.get_policy(connection, tenant_id, from_id)
        later = await store.get_policy(connection, tenant_id, to_id)
    if earlier.language != later.language:
        raise not_one_language()
    return await asyncio.to_thread(diff, earlier.text, later.text)


async def preview_policy(
    actor: Actor, wiring: Wiring, language: str, text: str
) -> tuple[Policy | None, list[TextChange]]:
    """Returns the version in force in a language, and how a draft differs from it."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await store.find_current_policy(connection, ids.to_uuid(actor.tenant_id, "ten"), language)
    return current, await asyncio.to_thread(diff, current.text if current is not None else "", text)
