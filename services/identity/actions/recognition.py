"""Remembers a visitor on a site where the visitor chose it, and forgets where the choice is refused or withdrawn."""

from __future__ import annotations

from datetime import datetime, timedelta

from kernel import ids
from kernel.identity import Actor
from kernel.privacy.retention import RECOGNITION_DAYS
from services.identity import store
from services.identity.actions.receipt_codes import bound_to, check_still_known
from services.identity.actions.wiring import Wiring


async def remember_visitor(actor: Actor, wiring: Wiring, notice_id: str) -> datetime:
    """Remembers the caller on the site of the conversation, and returns until when."""
    now = wiring.clock.now()
    bound = bound_to(actor)
    days: int = await wiring.settings.get(actor.tenant_id, RECOGNITION_DAYS)
    end = now + timedelta(days=days)
    await wiring.peers.check_notice(actor.tenant_id, notice_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        await check_still_known(connection, tenant_id, bound)
        await store.remember(connection, tenant_id, bound, notice_id, (now, end))
    return end


async def get_recognition(actor: Actor, wiring: Wiring) -> datetime | None:
    """Returns until when the caller is remembered on the site; None where the caller is not."""
    bound = bound_to(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        return await store.find_recognition(connection, tenant_id, bound.visitor_id, bound.site_id, wiring.clock.now())


async def forget_visitor(actor: Actor, wiring: Wiring, *, by_signal: bool) -> None:
    """Forgets the caller on every site of the tenant."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        await store.forget_recognitions(connection, tenant_id, actor.subject_id)
