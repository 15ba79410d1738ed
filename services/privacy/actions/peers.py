"""Asks identity which sites and which settings a tenant has, and every service to remove what a minor submitted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import orjson
from parley.files.v1 import files_pb2, files_pb2_grpc
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
from parley.options.v1 import access_pb2
from parley.subject.v1 import subject_pb2, subject_pb2_grpc

from kernel.errors import NotFound, from_rpc_error
from kernel.identity import Subject
from kernel.rpc.channels import Channels
from services.privacy.domain.requests import HOLDERS

_SITES_AT_ONCE = 200


class Peers:
    """The other services, as privacy needs them."""

    def __init__(self, channels: Channels) -> None:
        """Takes the process's channels."""
        self._channels = channels
        self._sites = site_pb2_grpc.SiteServiceStub(channels.of("identity"))
        self._staff = staff_pb2_grpc.StaffServiceStub(channels.of("identity"))
        self._tenants = tenant_pb2_grpc.TenantServiceStub(channels.of("identity"))
        self._subjects = [subject_pb2_grpc.SubjectServiceStub(channels.of(service)) for service in HOLDERS]
        self._tokens = token_pb2_grpc.TokenServiceStub(channels.of("identity"))

    async def check_site(self, tenant_id: str, site_id: str) -> None:
        """Raises NotFound where a site is not the tenant's."""
        await self._channels.call(self._sites.GetSite, site_pb2.GetSiteRequest(site_id=site_id), tenant_id=tenant_id)

    async def is_house(self, tenant_id: str) -> bool:
        """Says whether a tenant is the platform itself."""
        answer: tenant_pb2.GetTenantResponse = await self._channels.call(
            self._tenants.GetTenant, tenant_pb2.GetTenantRequest(), tenant_id=tenant_id
        )
        return answer.tenant.regime == tenant_pb2.REGIME_HOUSE

    async def list_sites(self, tenant_id: str) -> list[str]:
        """Returns the ids of a tenant's sites."""
        found: list[str] = []
        request = site_pb2.ListSitesRequest(page_size=_SITES_AT_ONCE)
        while True:
            page: site_pb2.ListSitesResponse = await self._channels.call(
                self._sites.ListSites, request, tenant_id=tenant_id
            )
            found.extend(site.id for site in page.sites)
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def tenant_name(self, tenant_id: str) -> str:
        """Returns the name of a tenant, as people know it."""
        answer: tenant_pb2.GetTenantResponse = await self._channels.call(
            self._tenants.GetTenant, tenant_pb2.GetTenantRequest(), tenant_id=tenant_id
        )
        return answer.tenant.display_name

    async def administrators(self, tenant_id: str) -> list[str]:
        """Returns the addresses of those who administer a tenant."""
        found: list[str] = []
        request = staff_pb2.ListStaffRequest(page_size=_SITES_AT_ONCE)
        while True:
            page: staff_pb2.ListStaffResponse = await self._channels.call(
                self._staff.ListStaff, request, tenant_id=tenant_id
            )
            found.extend(
                each.email
                for each in page.staff
                if access_pb2.CALLER_ADMIN in each.roles and each.state == staff_pb2.Staff.STATE_ACTIVE
            )
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def erase_whole(self, subject: Subject) -> list[subject_pb2.ErasedStore]:
        """Removes all that every service holds about somebody, skeletons included, and says what went where."""
        request = subject_pb2.EraseSubjectRequest(
            subject=subject_pb2.Subject(kind=subject_pb2.SubjectKind.ValueType(subject.kind), id=subject.id),
            whole=True,
        )
        answers: list[subject_pb2.EraseSubjectResponse] = await asyncio.gather(
            *(self._channels.call(stub.EraseSubject, request, tenant_id=subject.tenant_id) for stub in self._subjects)
        )
        return [store for answer in answers for store in answer.stores]

    async def read_file(self, tenant_id: str, service: str, file_id: str) -> AsyncIterator[bytes]:
        """Yields the bytes of a file that a service keeps; nothing for one that is gone or was not passed."""
        stub = files_pb2_grpc.FileServiceStub(self._channels.of(service))
        call: Any = stub.ReadFile(
            files_pb2.ReadFileRequest(file_id=file_id),
            metadata=(("authorization", f"Bearer {self._channels.tokens.make(tenant_id)}"),),
        )
        try:
            async for piece in call:
                if piece.data:
                    yield piece.data
        except grpc.aio.AioRpcError as error:
            refused = from_rpc_error(error)
            if not isinstance(refused, NotFound):
                raise refused from None
        finally:
            call.cancel()

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
