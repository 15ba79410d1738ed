"""Asks the other services: which settings a tenant has, who is on its staff, and whose chat one is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from time import monotonic

import orjson
from parley.identity.v1 import (
    email_proof_pb2,
    email_proof_pb2_grpc,
    hours_pb2,
    hours_pb2_grpc,
    staff_pb2,
    staff_pb2_grpc,
    tenant_pb2,
    tenant_pb2_grpc,
    token_pb2,
    token_pb2_grpc,
)
from parley.options.v1 import access_pb2

from kernel.errors import NotFound
from kernel.hours import Hours, Interval, always
from kernel.rpc.channels import Channels
from services.support.domain.requests import email_of

_AT_ONCE = 200
#: For how long a place's hours are taken as they were read.
_FRESH_SECONDS, _REMEMBERED = 60.0, 10_000
_WORKS = (access_pb2.CALLER_SUPPORT_AGENT, access_pb2.CALLER_SUPERVISOR)


def _hours(said: hours_pb2.Hours) -> Hours:
    if not said.zone:
        return always()
    return Hours(
        zone=said.zone,
        week=[[Interval(each.start_minute, each.end_minute) for each in day.intervals] for day in said.days],
        country=said.country,
        part=said.part,
        special={
            date.fromisoformat(day.date): [Interval(each.start_minute, each.end_minute) for each in day.intervals]
            for day in said.special_days
        },
    )


class Peers:
    """The other services, as the support desk needs them."""

    def __init__(self, channels: Channels) -> None:
        """Takes the process's channels."""
        self._channels = channels
        self._tenants = tenant_pb2_grpc.TenantServiceStub(channels.of("identity"))
        self._staff = staff_pb2_grpc.StaffServiceStub(channels.of("identity"))
        self._opening = hours_pb2_grpc.HoursServiceStub(channels.of("identity"))
        self._hours: dict[tuple[str, str], tuple[float, Hours]] = {}
        self._proofs = email_proof_pb2_grpc.EmailProofServiceStub(channels.of("identity"))
        self._tokens = token_pb2_grpc.TokenServiceStub(channels.of("identity"))

    async def list_agents(self, tenant_id: str) -> dict[str, str]:
        """Returns those who work on tickets, by their ids, with their names."""
        found: dict[str, str] = {}
        request = staff_pb2.ListStaffRequest(page_size=_AT_ONCE)
        while True:
            page: staff_pb2.ListStaffResponse = await self._channels.call(
                self._staff.ListStaff, request, tenant_id=tenant_id
            )
            for each in page.staff:
                if each.state == staff_pb2.Staff.STATE_ACTIVE and not set(each.roles).isdisjoint(_WORKS):
                    found[each.id] = each.display_name
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def check_agents(self, tenant_id: str, staff_ids: Iterable[str]) -> None:
        """Raises NotFound where somebody does not work on the tenant's tickets."""
        wanted = set(staff_ids)
        if wanted and wanted - (await self.list_agents(tenant_id)).keys():
            raise NotFound("STAFF_NOT_FOUND", "There is nobody of this id who works on tickets.")

    async def hours_of(self, tenant_id: str, site_id: str) -> Hours:
        """Returns the hours that hold at a site, from memory where they are fresh; all hours where none are set."""
        key, now = (tenant_id, site_id), monotonic()
        read, known = self._hours.get(key, (0.0, None))
        if known is None or now - read > _FRESH_SECONDS:
            answer: hours_pb2.GetHoursResponse = await self._channels.call(
                self._opening.GetHours, hours_pb2.GetHoursRequest(site_id=site_id), tenant_id=tenant_id
            )
            known = _hours(answer.hours)
            self._hours[key] = (now, known)
            while len(self._hours) > _REMEMBERED:
                del self._hours[next(iter(self._hours))]
        return known

    async def tenant_name(self, tenant_id: str) -> str:
        """Returns the name of a tenant, as people know it."""
        answer: tenant_pb2.GetTenantResponse = await self._channels.call(
            self._tenants.GetTenant, tenant_pb2.GetTenantRequest(), tenant_id=tenant_id
        )
        return answer.tenant.display_name

    async def tenant(self, tenant_id: str) -> tenant_pb2.Tenant:
        """Returns a tenant, as people know it."""
        answer: tenant_pb2.GetTenantResponse = await self._channels.call(
            self._tenants.GetTenant, tenant_pb2.GetTenantRequest(), tenant_id=tenant_id
        )
        return answer.tenant

    async def proved_email(self, tenant_id: str, email_proof: str) -> str:
        """Returns the address that somebody proved; raises what identity says of a proof that is no good any more."""
        answer: email_proof_pb2.CheckEmailProofResponse = await self._channels.call(
            self._proofs.CheckEmailProof,
            email_proof_pb2.CheckEmailProofRequest(email_proof=email_proof),
            tenant_id=tenant_id,
        )
        return email_of(answer.email)

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
