"""Serves `parley.identity.v1.OidcService`."""

from __future__ import annotations

from parley.identity.v1 import oidc_pb2, oidc_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import oidc
from services.identity.actions.wiring import Wiring
from services.identity.domain.oidc import Provider
from services.identity.servicer.times import Context, stamp


class OidcServicer(oidc_pb2_grpc.OidcServiceServicer):
    """Serves `parley.identity.v1.OidcService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    def _message(self, provider: Provider | None) -> oidc_pb2.OidcProvider | None:
        if provider is None:
            return None
        return oidc_pb2.OidcProvider(
            issuer=provider.issuer,
            client_id=provider.client_id,
            update_time=stamp(provider.update_time),
            redirect_uri=oidc.redirect_uri(self._wiring),
        )

    async def GetOidcProvider(
        self, request: oidc_pb2.GetOidcProviderRequest, context: Context
    ) -> oidc_pb2.GetOidcProviderResponse:
        """Returns the provider."""
        found = await oidc.get_oidc_provider(current_actor(), self._wiring)
        return oidc_pb2.GetOidcProviderResponse(
            provider=self._message(found), allowed_issuers=sorted(self._wiring.oidc_issuers)
        )

    async def SetOidcProvider(
        self, request: oidc_pb2.SetOidcProviderRequest, context: Context
    ) -> oidc_pb2.SetOidcProviderResponse:
        """Sets the provider."""
        made = await oidc.set_oidc_provider(
            current_actor(), self._wiring, request.issuer, request.client_id, request.client_secret
        )
        return oidc_pb2.SetOidcProviderResponse(provider=self._message(made))

    async def RemoveOidcProvider(
        self, request: oidc_pb2.RemoveOidcProviderRequest, context: Context
    ) -> oidc_pb2.RemoveOidcProviderResponse:
        """Takes the provider away."""
        await oidc.remove_oidc_provider(current_actor(), self._wiring)
        return oidc_pb2.RemoveOidcProviderResponse()

    async def StartOidc(self, request: oidc_pb2.StartOidcRequest, context: Context) -> oidc_pb2.StartOidcResponse:
        """Begins a sign-in."""
        url, flow = await oidc.start_oidc(self._wiring, request.tenant_slug)
        return oidc_pb2.StartOidcResponse(authorization_url=url, flow=flow)

    async def FinishOidc(self, request: oidc_pb2.FinishOidcRequest, context: Context) -> oidc_pb2.FinishOidcResponse:
        """Goes on with a sign-in."""
        signed_in = await oidc.finish_oidc(self._wiring, request.flow, request.code, request.state, request.device)
        return oidc_pb2.FinishOidcResponse(
            session=signed_in.secret,
            expire_time=stamp(signed_in.expire_time),
            known_device=signed_in.known_device,
        )
