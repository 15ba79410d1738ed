"""What the privacy centre asks of the services, each call with the token of whoever is in front of the page.

It owns the stubs, the deadlines, and the names of tenants, which it keeps for a minute. Errors come back as Problems.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import Message
from parley.identity.v1 import (
    email_proof_pb2_grpc,
    recognition_pb2_grpc,
    site_pb2,
    site_pb2_grpc,
    tenant_pb2,
    tenant_pb2_grpc,
)
from parley.privacy.v1 import (
    choice_pb2_grpc,
    feedback_pb2_grpc,
    held_pb2_grpc,
    notice_pb2_grpc,
    policy_pb2_grpc,
    recipient_pb2_grpc,
    request_pb2_grpc,
)

from gateway import problems
from gateway.problems import Problem
from gateway.secure_sessions import REASON
from gateway.sessions import ChannelSource, Kind, Sessions
from kernel.telemetry import traces

SECONDS = 15.0
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_KEPT_SECONDS = 60.0
_KEPT_TENANTS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """The tenant whose pages are open."""

    id: str
    slug: str
    name: str


class Upstream:
    """The services, as the privacy centre speaks to them."""

    def __init__(self, channels: ChannelSource, sessions: Sessions) -> None:
        """Takes the channels, and the exchange of credentials for tokens."""
        privacy, identity = channels.of("privacy"), channels.of("identity")
        self.held = held_pb2_grpc.HeldServiceStub(privacy)
        self.requests = request_pb2_grpc.RequestServiceStub(privacy)
        self.choices = choice_pb2_grpc.ChoiceServiceStub(privacy)
        self.feedback = feedback_pb2_grpc.FeedbackServiceStub(privacy)
        self.notices = notice_pb2_grpc.NoticeServiceStub(privacy)
        self.policies = policy_pb2_grpc.PolicyServiceStub(privacy)
        self.recipients = recipient_pb2_grpc.RecipientServiceStub(privacy)
        self.email_proofs = email_proof_pb2_grpc.EmailProofServiceStub(identity)
        self.recognition = recognition_pb2_grpc.RecognitionServiceStub(identity)
        self._tenants = tenant_pb2_grpc.TenantServiceStub(identity)
        self._sites = site_pb2_grpc.SiteServiceStub(identity)
        self._sessions = sessions
        self._kept: OrderedDict[str, tuple[float, Tenant]] = OrderedDict()

    async def call(self, method: Callable[..., Any], request: Message, token: str) -> Any:
        """Calls a unary method with a token and returns its response; raises a Problem where it is refused."""
        return await self._call(method, request, metadata(token))

    async def anonymous(self, tenant: Tenant) -> str:
        """Returns an anonymous token for a tenant's privacy pages."""
        return (await self._sessions.exchange(Kind.TENANT, tenant.slug)).access_token

    async def tenant_of_slug(self, slug: str) -> Tenant | None:
        """Returns the tenant with a short name, or None where there is none."""
        if not SLUG.fullmatch(slug):
            return None
        try:
            grant = await self._sessions.exchange(Kind.TENANT, slug)
        except Problem as problem:
            if problem.status >= 429 or problem.reason == REASON:
                raise
            return None
        return await self.tenant(grant.tenant_id)

    async def tenant(self, tenant_id: str) -> Tenant:
        """Returns a tenant by its id."""
        until, kept = self._kept.get(tenant_id, (0.0, None))
        if kept is not None and time.monotonic() < until:
            return kept
        answer = await self.as_gateway(self._tenants.GetTenant, tenant_pb2.GetTenantRequest(), tenant_id)
        tenant = Tenant(id=tenant_id, slug=answer.tenant.slug, name=answer.tenant.display_name)
        self._kept[tenant_id] = (time.monotonic() + _KEPT_SECONDS, tenant)
        self._kept.move_to_end(tenant_id)
        while len(self._kept) > _KEPT_TENANTS:
            self._kept.popitem(last=False)
        return tenant

    async def sites(self, tenant: Tenant) -> list[site_pb2.Site]:
        """Returns a tenant's sites: the first hundred, which is more than anybody reads notices of."""
        answer = await self.as_gateway(self._sites.ListSites, site_pb2.ListSitesRequest(page_size=100), tenant.id)
        return list(answer.sites)

    async def as_gateway(self, method: Callable[..., Any], request: Message, tenant_id: str) -> Any:
        """Calls a unary method as the gateway, in a tenant, and returns its response."""
        return await self._call(method, request, (*self._sessions.metadata(tenant_id), *traces.outgoing()))

    async def _call(self, method: Callable[..., Any], request: Message, sent: tuple[tuple[str, str], ...]) -> Any:
        try:
            return await method(request, metadata=sent, timeout=SECONDS)
        except grpc.aio.AioRpcError as error:
            raise problems.from_error(error) from None


def metadata(token: str) -> tuple[tuple[str, str], ...]:
    """Returns the metadata of a call with somebody's token."""
    return (("authorization", f"Bearer {token}"), *traces.outgoing())
