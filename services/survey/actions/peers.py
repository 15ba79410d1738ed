"""Asks the other services: which settings, sites and teams a tenant has, and with which keys tokens are verified."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from parley.identity.v1 import (
    site_pb2,
    site_pb2_grpc,
    staff_pb2,
    staff_pb2_grpc,
    tenant_pb2,
    tenant_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)

from kernel.errors import NotFound
from kernel.rpc.channels import Channels

_AT_ONCE = 200
_LISTS: dict[str, Any] = {"sites": site_pb2.ListSitesRequest, "teams": staff_pb2.ListTeamsRequest}


class Peers:
    """The other services, as surveys need them."""

    def __init__(self, channels: Channels) -> None:
        """Takes the process's channels."""
        self._channels = channels
        self._tenants = tenant_pb2_grpc.TenantServiceStub(channels.of("identity"))
        self._sites = site_pb2_grpc.SiteServiceStub(channels.of("identity"))
        self._staff = staff_pb2_grpc.StaffServiceStub(channels.of("identity"))
        self._tokens = token_pb2_grpc.TokenServiceStub(channels.of("identity"))

    async def check_targets(self, tenant_id: str, site_ids: Iterable[str], team_ids: Iterable[str]) -> None:
        """Raises NotFound where a site or a group of operators is not the tenant's."""
        if set(site_ids) - {each.id for each in await self._all(self._sites.ListSites, "sites", tenant_id)}:
            raise NotFound("SITE_NOT_FOUND", "There is no such site.")
        if set(team_ids) - {each.id for each in await self._all(self._staff.ListTeams, "teams", tenant_id)}:
            raise NotFound("TEAM_NOT_FOUND", "There is no such team.")

    async def _all(self, method: Any, name: str, tenant_id: str) -> list[Any]:
        found: list[Any] = []
        request = _LISTS[name](page_size=_AT_ONCE)
        while True:
            page = await self._channels.call(method, request, tenant_id=tenant_id)
            found.extend(getattr(page, name))
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def settings_of(self, tenant_id: str) -> dict[str, object]:
        """Returns the values of a tenant's settings, by name."""
        answer: tenant_pb2.GetSettingsResponse = await self._channels.call(
            self._tenants.GetSettings, tenant_pb2.GetSettingsRequest(), tenant_id=tenant_id
        )
        return {setting.name: orjson.loads(setting.value_json) for setting in answer.settings}

    async def signing_keys(self) -> dict[str, bytes]:
        """Returns the public keys with which access tokens are verified."""
        answer: token_pb2.ListSigningKeysResponse = await self._channels.call(
            self._tokens.ListSigningKeys, token_pb2.ListSigningKeysRequest()
        )
        return {key.id: key.public_key for key in answer.keys}
