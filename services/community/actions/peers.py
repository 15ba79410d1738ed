"""Asks identity: for a member's token, the tenant's name and settings, and the keys by which tokens are verified."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from parley.identity.v1 import (
    member_token_pb2,
    member_token_pb2_grpc,
    tenant_pb2,
    tenant_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)

from kernel.rpc.channels import Channels


class Peers:
    """The other services, as communities need them."""

    def __init__(self, channels: Channels) -> None:
        """Takes the process's channels."""
        self._channels = channels
        identity = channels.of("identity")
        self._members = member_token_pb2_grpc.MemberTokenServiceStub(identity)
        self._tenants = tenant_pb2_grpc.TenantServiceStub(identity)
        self._tokens = token_pb2_grpc.TokenServiceStub(identity)

    async def issue_token(self, tenant_id: str, member_id: str, session_id: str) -> tuple[str, datetime]:
        """Returns an access token for a member, and when it ends."""
        request = member_token_pb2.IssueMemberTokenRequest(member_id=member_id, session_id=session_id)
        issued: member_token_pb2.IssueMemberTokenResponse = await self._channels.call(
            self._members.IssueMemberToken, request, tenant_id=tenant_id
        )
        return issued.access_token, issued.expire_time.ToDatetime(UTC)

    async def tenant(self, tenant_id: str) -> tenant_pb2.Tenant:
        """Returns a tenant."""
        answer: tenant_pb2.GetTenantResponse = await self._channels.call(
            self._tenants.GetTenant, tenant_pb2.GetTenantRequest(), tenant_id=tenant_id
        )
        return answer.tenant

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
