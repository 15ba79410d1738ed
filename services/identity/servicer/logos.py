"""Serves `parley.identity.v1.SiteLogoService`."""

from __future__ import annotations

from parley.identity.v1 import site_logo_pb2, site_logo_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import logos
from services.identity.actions.wiring import Wiring
from services.identity.servicer.times import Context


class SiteLogoServicer(site_logo_pb2_grpc.SiteLogoServiceServicer):
    """Serves `parley.identity.v1.SiteLogoService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SetSiteLogo(
        self, request: site_logo_pb2.SetSiteLogoRequest, context: Context
    ) -> site_logo_pb2.SetSiteLogoResponse:
        """Sets a site's logo."""
        image = await logos.set_logo(current_actor(), self._wiring, request.site_id, request.image)
        return site_logo_pb2.SetSiteLogoResponse(image=image)

    async def GetSiteLogo(
        self, request: site_logo_pb2.GetSiteLogoRequest, context: Context
    ) -> site_logo_pb2.GetSiteLogoResponse:
        """Returns a site's logo."""
        image = await logos.get_logo(current_actor(), self._wiring, request.site_id)
        return site_logo_pb2.GetSiteLogoResponse(image=image)

    async def RemoveSiteLogo(
        self, request: site_logo_pb2.RemoveSiteLogoRequest, context: Context
    ) -> site_logo_pb2.RemoveSiteLogoResponse:
        """Takes a site's logo away."""
        await logos.remove_logo(current_actor(), self._wiring, request.site_id)
        return site_logo_pb2.RemoveSiteLogoResponse()

    async def GetWidgetLogo(
        self, request: site_logo_pb2.GetWidgetLogoRequest, context: Context
    ) -> site_logo_pb2.GetWidgetLogoResponse:
        """Returns the logo of the caller's site."""
        actor = current_actor()
        image = await logos.get_logo(actor, self._wiring, actor.site_id)
        return site_logo_pb2.GetWidgetLogoResponse(image=image)
