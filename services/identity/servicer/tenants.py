"""Serves `parley.identity.v1.TenantService`."""

from __future__ import annotations

import orjson
from parley.identity.v1 import tenant_pb2, tenant_pb2_grpc
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.identity import Regime
from kernel.rpc.gates import current_actor
from kernel.settings import Effective, Value
from services.identity.actions import settings, tenants
from services.identity.actions.wiring import Wiring
from services.identity.domain import ACTIVE, Staff, Tenant
from services.identity.servicer.times import Context, stamp

_REGIMES = {Regime.HOUSE: tenant_pb2.REGIME_HOUSE, Regime.ASP: tenant_pb2.REGIME_ASP}


def tenant_message(tenant: Tenant) -> tenant_pb2.Tenant:
    """Writes a tenant."""
    return tenant_pb2.Tenant(
        id=tenant.id,
        slug=tenant.slug,
        display_name=tenant.display_name,
        regime=_REGIMES[tenant.regime],
        create_time=stamp(tenant.create_time),
    )


def setting_message(effective: Effective) -> tenant_pb2.Setting:
    """Writes a setting as it is for a tenant."""
    setting = effective.setting
    return tenant_pb2.Setting(
        name=setting.name,
        description=setting.description,
        value_json=_json(effective.value),
        default_json=_json(setting.default),
        minimum_json="" if setting.minimum is None else _json(setting.minimum),
        maximum_json="" if setting.maximum is None else _json(setting.maximum),
    )


def _json(value: Value) -> str:
    return orjson.dumps(value).decode()


class TenantServicer(tenant_pb2_grpc.TenantServiceServicer):
    """Serves `parley.identity.v1.TenantService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateTenant(
        self, request: tenant_pb2.CreateTenantRequest, context: Context
    ) -> tenant_pb2.CreateTenantResponse:
        """Creates a tenant."""
        now = self._wiring.clock.now()
        tenant = Tenant(
            id=ids.new_id("ten"),
            slug=request.slug,
            display_name=request.display_name,
            regime=Regime.HOUSE if request.regime == tenant_pb2.REGIME_HOUSE else Regime.ASP,
            create_time=now,
        )
        admin = Staff(
            id=ids.new_id("stf"),
            email=request.admin_email.strip().lower(),
            display_name=request.admin_display_name,
            roles=(access_pb2.CALLER_ADMIN,),
            team_ids=(),
            state=ACTIVE,
            revision=1,
            create_time=now,
        )
        made, admin_id = await tenants.create_tenant(
            current_actor(),
            self._wiring,
            tenant,
            admin,
            request.admin_password,
            request.request_id,
            request,
            language=request.language,
        )
        return tenant_pb2.CreateTenantResponse(tenant=tenant_message(made), admin_id=admin_id)

    async def GetTenant(self, request: tenant_pb2.GetTenantRequest, context: Context) -> tenant_pb2.GetTenantResponse:
        """Returns the caller's tenant."""
        actor = current_actor()
        found = tenant_message(await tenants.get_tenant(actor, self._wiring))
        found.secure_sessions_required = await self._wiring.settings.get(
            actor.tenant_id, settings.SECURE_SESSIONS_REQUIRED
        )
        return tenant_pb2.GetTenantResponse(tenant=found)

    async def GetSettings(
        self, request: tenant_pb2.GetSettingsRequest, context: Context
    ) -> tenant_pb2.GetSettingsResponse:
        """Returns the tenant's settings."""
        found = await settings.get_settings(current_actor(), self._wiring)
        return tenant_pb2.GetSettingsResponse(settings=[setting_message(each) for each in found])

    async def UpdateSetting(
        self, request: tenant_pb2.UpdateSettingRequest, context: Context
    ) -> tenant_pb2.UpdateSettingResponse:
        """Changes a setting."""
        changed = await settings.update_setting(current_actor(), self._wiring, request.name, request.value_json)
        return tenant_pb2.UpdateSettingResponse(setting=setting_message(changed))
