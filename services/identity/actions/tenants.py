"""Creates tenants."""

from __future__ import annotations

from dataclasses import replace

from google.protobuf.message import Message

from kernel import ids
from kernel.errors import PermissionDenied
from kernel.identity import Actor, Regime
from kernel.storage import bind_tenant
from services.identity import store
from services.identity.actions.entry_links import send_link
from services.identity.actions.wiring import Wiring
from services.identity.domain import INVITATION_LIFE, INVITED, NO_PASSWORD, Staff, Tenant, check_complete


async def create_tenant(
    actor: Actor,
    wiring: Wiring,
    tenant: Tenant,
    admin: Staff,
    password: str,
    request_id: str,
    request: Message,
    *,
    language: str = "",
) -> tuple[Tenant, str]:
    """Creates a tenant with its first administrator, and returns it with the administrator's id.

    Without a password the administrator is invited, as everybody else is later.
    """
    check_complete(("display_name",), display_name=tenant.display_name)
    check_complete(("admin_display_name",), admin_display_name=admin.display_name)
    if tenant.regime is Regime.HOUSE and not actor.is_internal:
        raise PermissionDenied("HOUSE_NOT_CREATABLE", "There is one house, and the platform's set-up makes it.")
    password_hash = await wiring.passwords.hash(password) if password else NO_PASSWORD
    admin = admin if password else replace(admin, state=INVITED)
    made = f"{tenant.id} {admin.id}"
    async with wiring.database.transaction(actor.tenant_id or tenant.id) as connection:
        # A retry is recorded in the caller's tenant; our own processes have none, and name a slug that is taken then.
        if actor.tenant_id:
            claimed = await wiring.idempotency.claim(
                connection, actor, "CreateTenant", request_id, request, made, tenant.create_time
            )
            if claimed != made:
                tenant_id, admin_id = claimed.split()
                return await store.get_tenant(connection, await bind_tenant(connection, tenant_id)), admin_id
        bound = await bind_tenant(connection, tenant.id)
        await store.add_tenant(connection, tenant)
        await store.add_staff(connection, bound, admin, password_hash)
        await wiring.retention.schedule(connection, tenant.id, tenant.create_time)
        if not password:
            await send_link(connection, wiring, tenant.id, admin.id, tenant.create_time, INVITATION_LIFE, language)
    return tenant, admin.id


async def get_tenant(actor: Actor, wiring: Wiring) -> Tenant:
    """Returns the caller's tenant."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_tenant(connection, ids.to_uuid(actor.tenant_id, "ten"))
