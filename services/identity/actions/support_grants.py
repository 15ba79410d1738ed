"""Gives, shows, ends and uses the grants by which platform staff come into a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.events import EventType, an_id
from kernel.identity import Actor
from kernel.jobs import PLATFORM
from kernel.storage.paging import page_size
from services.identity import store
from services.identity.actions import revoking
from services.identity.actions.credentials import Issued, issue
from services.identity.actions.wiring import Wiring
from services.identity.domain import ACTIVE, PLATFORM_ROLES, SupportGrant, SupportNotGranted

GRANT, STAFF = "support_grant_id", "staff_id"
_WHICH = {GRANT: an_id("gra"), STAFF: an_id("stf")}
#: A tenant let platform staff in; the staff member is the tenant's own who did.
GRANTED = EventType("support.granted", _WHICH)
#: Platform staff came in by a grant; the staff member is the platform's.
USED = EventType("support.used", _WHICH)
#: A grant was ended before its time; the staff member is the tenant's own who ended it.
REVOKED = EventType("support.revoked", _WHICH)


@dataclass(frozen=True, slots=True)
class LetIn:
    """A token inside a tenant, and when the grant behind it ends."""

    issued: Issued
    grant_expire_time: datetime


async def create_support_grant(
    actor: Actor, wiring: Wiring, grant: SupportGrant, request_id: str, request: Message
) -> SupportGrant:
    """Lets platform staff in."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        made = await wiring.idempotency.claim(
            connection, actor, "CreateSupportGrant", request_id, request, grant.id, grant.create_time
        )
        if made != grant.id:
            return await store.get_support_grant(connection, tenant_id, made)
        await store.add_support_grant(connection, tenant_id, grant)
        await _announce(connection, wiring, GRANTED, actor.tenant_id, grant.id, actor.subject_id, grant.create_time)
    return grant


async def list_support_grants(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[SupportGrant], str]:
    """Returns a page of the tenant's grants, newest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListSupportGrants")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_support_grants(
            connection, ids.to_uuid(actor.tenant_id, "ten"), wiring.pages.position(scope, token), limit + 1
        )
    return wiring.pages.cut(scope, found, limit, lambda grant: (grant.id,))


async def revoke_support_grant(actor: Actor, wiring: Wiring, grant_id: str) -> SupportGrant:
    """Ends a grant; tokens by it stop working within seconds."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        grant = await store.get_support_grant(connection, tenant_id, grant_id, lock=True)
        now = wiring.clock.now()
        if grant.revoke_time is None and now < grant.expire_time:
            await store.revoke_support_grant(connection, tenant_id, grant_id, now)
            await revoking.session_revoked(connection, wiring, actor.tenant_id, grant_id, now)
            await _announce(connection, wiring, REVOKED, actor.tenant_id, grant_id, actor.subject_id, now)
        return await store.get_support_grant(connection, tenant_id, grant_id)


async def use_support_grant(actor: Actor, wiring: Wiring, slug: str) -> LetIn:
    """Returns a token inside a tenant that has let platform staff in; raises SupportNotGranted for every other.

    The caller's own account is held meanwhile: whoever suspends it announces a later moment than that of any token that
    it got, and a token that outlives the suspension by seconds lets nobody in.
    """
    async with wiring.database.single() as connection:
        known = await store.find_tenant_id(connection, slug)
    # A tenant that does not exist is looked into all the same, so that nothing tells it from one without a grant.
    looked_into = known or PLATFORM
    tenant_id = ids.to_uuid(looked_into, "ten")
    async with (
        wiring.database.transaction(actor.tenant_id) as home,
        wiring.database.transaction(looked_into) as connection,
    ):
        member = await store.get_staff(home, ids.to_uuid(actor.tenant_id, "ten"), actor.subject_id, lock=True)
        now = wiring.clock.now()
        grant = await store.use_support_grant(connection, tenant_id, now)
        if grant is None or member.state != ACTIVE or PLATFORM_ROLES.isdisjoint(member.roles):
            raise SupportNotGranted
        tenant = await store.get_tenant(connection, tenant_id)
        await _announce(connection, wiring, USED, looked_into, grant.id, actor.subject_id, now)
        # It is signed while the grant is held: whoever ends the grant announces a later moment.
        issued = issue(
            wiring,
            Actor(
                tenant_id=looked_into,
                regime=tenant.regime,
                callers=frozenset({access_pb2.CALLER_PLATFORM_SUPPORT}),
                subject_id=actor.subject_id,
                session_id=grant.id,
                display_name=actor.display_name,
            ),
            until=grant.expire_time,
        )
    return LetIn(issued, grant.expire_time)


async def _announce(
    connection: AsyncConnection,
    wiring: Wiring,
    what: EventType,
    tenant_id: str,
    grant_id: str,
    staff_id: str,
    now: datetime,
) -> None:
    await wiring.outbox.append(
        connection, what, tenant_id=tenant_id, now=now, attributes={GRANT: grant_id, STAFF: staff_id}
    )
