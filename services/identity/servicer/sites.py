"""Serves `parley.identity.v1.SiteService`."""

from __future__ import annotations

from typing import cast

from parley.identity.v1 import site_pb2, site_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.identity.actions import sites
from services.identity.actions.wiring import Wiring
from services.identity.domain import Site
from services.identity.servicer.opening import invitation_message
from services.identity.servicer.times import Context, stamp


def site_message(site: Site) -> site_pb2.Site:
    """Writes a site."""
    return site_pb2.Site(
        id=site.id,
        display_name=site.display_name,
        key=site.key,
        allowed_origins=site.allowed_origins,
        language=site.language,
        greeting=site.greeting,
        colour=site.colour,
        position=cast("site_pb2.Site.Position.ValueType", site.position),
        initials=site.initials,
        seen_time=stamp(site.seen_time),
        seen_origin=site.seen_origin,
        etag=str(site.revision),
        create_time=stamp(site.create_time),
    )


class SiteServicer(site_pb2_grpc.SiteServiceServicer):
    """Serves `parley.identity.v1.SiteService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateSite(self, request: site_pb2.CreateSiteRequest, context: Context) -> site_pb2.CreateSiteResponse:
        """Creates a site."""
        actor = current_actor()
        site = Site(
            id=ids.new_id("sit"),
            tenant_id=actor.tenant_id,
            display_name=request.display_name,
            allowed_origins=tuple(dict.fromkeys(request.allowed_origins)),
            language=request.language or "en",
            greeting=request.greeting,
            colour=request.colour,
            revision=1,
            create_time=self._wiring.clock.now(),
        )
        made = await sites.create_site(actor, self._wiring, site, request.request_id, request)
        return site_pb2.CreateSiteResponse(site=site_message(made))

    async def GetSite(self, request: site_pb2.GetSiteRequest, context: Context) -> site_pb2.GetSiteResponse:
        """Returns a site."""
        return site_pb2.GetSiteResponse(
            site=site_message(await sites.get_site(current_actor(), self._wiring, request.site_id))
        )

    async def ListSites(self, request: site_pb2.ListSitesRequest, context: Context) -> site_pb2.ListSitesResponse:
        """Lists sites."""
        found, following = await sites.list_sites(current_actor(), self._wiring, request.page_size, request.page_token)
        return site_pb2.ListSitesResponse(sites=[site_message(site) for site in found], next_page_token=following)

    async def UpdateSite(self, request: site_pb2.UpdateSiteRequest, context: Context) -> site_pb2.UpdateSiteResponse:
        """Changes a site."""
        actor, sent = current_actor(), request.site
        site = Site(
            id=sent.id,
            tenant_id=actor.tenant_id,
            display_name=sent.display_name,
            allowed_origins=tuple(dict.fromkeys(sent.allowed_origins)),
            language=sent.language or "en",
            greeting=sent.greeting,
            colour=sent.colour,
            position=sent.position,
            initials=sent.initials.strip(),
            revision=0,
            create_time=self._wiring.clock.now(),
        )
        changed = await sites.update_site(actor, self._wiring, site, tuple(request.update_mask.paths), sent.etag)
        return site_pb2.UpdateSiteResponse(site=site_message(changed))

    async def GetWidgetSite(
        self, request: site_pb2.GetWidgetSiteRequest, context: Context
    ) -> site_pb2.GetWidgetSiteResponse:
        """Returns what the widget shows of the caller's site."""
        actor = current_actor()
        site, has_logo = await sites.get_widget_site(actor, self._wiring)
        return site_pb2.GetWidgetSiteResponse(
            site_id=site.id,
            display_name=site.display_name,
            language=site.language,
            greeting=site.greeting,
            colour=site.colour,
            position=cast("site_pb2.Site.Position.ValueType", site.position),
            initials=site.initials,
            has_logo=has_logo,
        )

    async def ResolveSiteKey(
        self, request: site_pb2.ResolveSiteKeyRequest, context: Context
    ) -> site_pb2.ResolveSiteKeyResponse:
        """Returns who may frame the widget."""
        site, rules = await sites.resolve_site_key(self._wiring, request.site_key)
        return site_pb2.ResolveSiteKeyResponse(
            site_id=site.id,
            tenant_id=site.tenant_id,
            allowed_origins=site.allowed_origins,
            colour=site.colour,
            language=site.language,
            invitations=map(invitation_message, rules),
            position=site_pb2.Site.Position.ValueType(site.position),
        )

    async def MarkSiteSeen(
        self, request: site_pb2.MarkSiteSeenRequest, context: Context
    ) -> site_pb2.MarkSiteSeenResponse:
        """Notes that the widget was loaded."""
        await sites.mark_site_seen(self._wiring, request.site_key, request.origin)
        return site_pb2.MarkSiteSeenResponse()
