"""Publishes and shows notices."""

from __future__ import annotations

from dataclasses import replace

from google.protobuf.message import Message

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.notices import Notice
from services.privacy.store import notices as store


async def publish_notice(actor: Actor, wiring: Wiring, notice: Notice, request_id: str, request: Message) -> Notice:
    """Publishes a version, which is in force from now on, and returns it with its number."""
    await wiring.peers.check_site(actor.tenant_id, notice.site_id)
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.lock_site(connection, tenant_id, notice.site_id)
        made = await wiring.idempotency.claim(
            connection, actor, "PublishNotice", request_id, request, notice.id, notice.effective_time
        )
        if made != notice.id:
            return await store.get_notice(connection, tenant_id, made)
        numbered = replace(notice, version=await store.next_version(connection, tenant_id, notice.site_id))
        await store.add_notice(connection, tenant_id, numbered)
        await wiring.retention.schedule(connection, actor.tenant_id, notice.effective_time)
    return numbered


async def get_notice(actor: Actor, wiring: Wiring, notice_id: str) -> Notice:
    """Returns a version of one of the tenant's notices."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_notice(connection, ids.to_uuid(actor.tenant_id, "ten"), notice_id)


async def get_current_notice(actor: Actor, wiring: Wiring, site_id: str) -> Notice:
    """Returns the version that is in force on a site."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_current_notice(connection, ids.to_uuid(actor.tenant_id, "ten"), site_id)


async def list_notices(actor: Actor, wiring: Wiring, site_id: str, size: int, token: str) -> tuple[list[Notice], str]:
    """Returns a page of a site's versions, newest first, and the next page's token."""
    limit, scope = page_size(size, default=20, maximum=100), (actor.tenant_id, "ListNotices", site_id)
    position = wiring.pages.position(scope, token)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_notices(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            site_id,
            None if position is None else int(position[0]),
            limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda notice: (notice.version,))
