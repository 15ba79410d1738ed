"""Closes a tenant, a week after an administrator asked for it, unless that is taken back.

Once it is closed nobody of its staff signs in, its keys have ended and its sites show no chat. What is kept about
people goes as the tenant's periods say, and the privacy pages stay, so that people still reach what is held about them.
"""

from __future__ import annotations

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument
from kernel.identity import Actor
from kernel.jobs import Job
from services.identity import store
from services.identity.actions import auditing, revoking
from services.identity.actions.second_factors import check_fresh
from services.identity.actions.wiring import Wiring
from services.identity.domain.closing import WAITS, Closure

CLOSE_JOB = "tenant.close"


async def get_closure(actor: Actor, wiring: Wiring) -> Closure | None:
    """Returns the request to close the caller's tenant, if there is one."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.find_closure(connection, ids.to_uuid(actor.tenant_id, "ten"))


async def request_closure(actor: Actor, wiring: Wiring, slug: str) -> Closure:
    """Has the caller's tenant closed in a week; one that is asked for already stays as it is."""
    tenant_id, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await check_fresh(connection, wiring, actor)
        tenant = await store.get_tenant(connection, tenant_id)
        if slug != tenant.slug:
            raise InvalidArgument(
                "SLUG_WRONG",
                "That is not this organisation's short name. Nothing was asked for.",
                fields=[("tenant_slug", "must be the caller's own")],
            )
        closure = Closure(id=ids.new_id("clo"), requested_by=actor.subject_id, create_time=now, due_time=now + WAITS)
        if not await store.add_closure(connection, tenant_id, closure):
            return await store.get_closure(connection, tenant_id)
        await wiring.jobs.enqueue(
            connection, CLOSE_JOB, tenant_id=actor.tenant_id, now=now, arguments={}, due=closure.due_time
        )
        await auditing.note(connection, actor, "tenant.closure_requested", actor.tenant_id, now)
    return closure


async def cancel_closure(actor: Actor, wiring: Wiring) -> None:
    """Takes the request back; raises FailedPrecondition where the tenant is closed already."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if (await store.get_tenant(connection, tenant_id)).close_time is not None:
            raise FailedPrecondition("TENANT_CLOSED", "This organisation is closed.")
        now = wiring.clock.now()
        if await store.cancel_closure(connection, tenant_id, now):
            await auditing.note(connection, actor, "tenant.closure_cancelled", actor.tenant_id, now)


async def close_tenant(wiring: Wiring, job: Job) -> None:
    """Closes a tenant whose time has come; where that was taken back, or asked for anew, nothing happens."""
    tenant_id, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(job.tenant_id) as connection:
        closure = await store.find_closure(connection, tenant_id, lock=True)
        tenant = await store.get_tenant(connection, tenant_id)
        if closure is None or closure.due_time > now or tenant.close_time is not None:
            return
        await store.close_tenant(connection, tenant_id, now)
        sessions, keys = await store.end_all_credentials(connection, tenant_id, now)
        for credential_id in (*sessions, *keys):
            await revoking.session_revoked(connection, wiring, job.tenant_id, credential_id, now)
        nobody = Actor(tenant_id=job.tenant_id, regime=tenant.regime, callers=frozenset())
        await auditing.note(connection, nobody, "tenant.closed", job.tenant_id, now)
