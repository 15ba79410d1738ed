"""Keeps when somebody is there to answer, and by which rules a site offers a chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.hours import Hours, check_hours
from kernel.identity import Actor
from services.identity import store
from services.identity.actions.wiring import Wiring
from services.identity.domain import ChangedMeanwhile, ChatInvitation
from services.identity.store import opening


async def get_hours(actor: Actor, wiring: Wiring, site_id: str) -> tuple[Hours | None, bool, int]:
    """Returns the hours that hold for a site or for all, whether they are its own, and their revision."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if site_id:
            await store.get_site(connection, tenant_id, site_id)
        return await _holding(connection, tenant_id, site_id)


async def update_hours(
    actor: Actor, wiring: Wiring, site_id: str, set_to: Hours, etag: str
) -> tuple[Hours | None, bool, int]:
    """Sets hours, unless somebody else changed them meanwhile; without a zone, what holds for all holds again."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    if set_to.zone:
        check_hours(set_to)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if site_id:
            # The site is held, so that two who set its first hours come one after the other.
            await store.get_site(connection, tenant_id, site_id, lock=True)
        found = await opening.find_hours(connection, tenant_id, site_id, lock=True)
        revision = found[1] if found else 0
        if etag and etag != str(revision):
            raise ChangedMeanwhile
        if set_to.zone:
            await opening.save_hours(connection, tenant_id, site_id, set_to, revision + 1)
        else:
            await opening.delete_hours(connection, tenant_id, site_id)
        return await _holding(connection, tenant_id, site_id)


async def _holding(connection: AsyncConnection, tenant_id: UUID, site_id: str) -> tuple[Hours | None, bool, int]:
    own = await opening.find_hours(connection, tenant_id, site_id)
    if own is not None:
        return own[0], True, own[1]
    if not site_id:
        return None, False, 0
    of_all = await opening.find_hours(connection, tenant_id, "")
    return (of_all[0] if of_all else None), False, 0


async def get_opening(actor: Actor, wiring: Wiring, site_id: str) -> tuple[bool, datetime | None]:
    """Says whether a site is open now, and when it opens next."""
    named = actor.site_id or (site_id if actor.is_internal else "")
    if not named or (site_id and site_id != named):
        raise InvalidArgument("SITE_MISSING", "No site is named.", fields=[("site_id", "must be the caller's own")])
    tenant_id, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.get_site(connection, tenant_id, named)
        hours, _, _ = await _holding(connection, tenant_id, named)
    if hours is None or hours.is_open(now):
        return True, None
    return False, hours.next_opening(now)


async def get_invitations(actor: Actor, wiring: Wiring, site_id: str) -> tuple[Sequence[ChatInvitation], int]:
    """Returns the rules of a site, and their revision."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.get_site(connection, tenant_id, site_id)
        return await opening.find_invitations(connection, tenant_id, site_id)


async def update_invitations(
    actor: Actor, wiring: Wiring, site_id: str, rules: Sequence[ChatInvitation], etag: str
) -> int:
    """Sets the rules of a site, unless somebody else changed them meanwhile, and returns their revision."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.get_site(connection, tenant_id, site_id, lock=True)
        _, revision = await opening.find_invitations(connection, tenant_id, site_id, lock=True)
        if etag and etag != str(revision):
            raise ChangedMeanwhile
        await opening.save_invitations(connection, tenant_id, site_id, rules, revision + 1)
    return revision + 1
