"""Translates between the contract and identity's actions. It decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import grpc.aio
import orjson
from google.protobuf.timestamp_pb2 import Timestamp
from parley.identity.v1 import (
    api_key_pb2,
    api_key_pb2_grpc,
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

from kernel import ids
from kernel.identity import Regime
from kernel.rpc.gates import current_actor
from kernel.settings import Effective, Value
from services.identity.actions import api_keys, credentials, settings, sites, staff, tenants
from services.identity.actions.credentials import Issued
from services.identity.actions.wiring import Wiring
from services.identity.domain import ACTIVE, ApiKey, Site, Staff, Team, Tenant

Context = grpc.aio.ServicerContext[Any, Any]
_REGIMES = {Regime.HOUSE: tenant_pb2.REGIME_HOUSE, Regime.ASP: tenant_pb2.REGIME_ASP}


def stamp(moment: datetime | None) -> Timestamp | None:
    """Writes a moment; None stays unset."""
    if moment is None:
        return None
    written = Timestamp()
    written.FromDatetime(moment)
    return written


def tenant_message(tenant: Tenant) -> tenant_pb2.Tenant:
    """Writes a tenant."""
    return tenant_pb2.Tenant(
        id=tenant.id,
        slug=tenant.slug,
        display_name=tenant.display_name,
        regime=_REGIMES[tenant.regime],
        create_time=stamp(tenant.create_time),
    )


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
        seen_time=stamp(site.seen_time),
        seen_origin=site.seen_origin,
        etag=str(site.revision),
        create_time=stamp(site.create_time),
    )


def staff_message(member: Staff) -> staff_pb2.Staff:
    """Writes an account."""
    return staff_pb2.Staff(
        id=member.id,
        email=member.email,
        display_name=member.display_name,
        roles=cast("list[access_pb2.Caller.ValueType]", member.roles),
        team_ids=member.team_ids,
        state=cast("staff_pb2.Staff.State.ValueType", member.state),
        etag=str(member.revision),
        create_time=stamp(member.create_time),
    )


def team_message(team: Team) -> staff_pb2.Team:
    """Writes a team."""
    return staff_pb2.Team(id=team.id, display_name=team.display_name, create_time=stamp(team.create_time))


def api_key_message(key: ApiKey) -> api_key_pb2.ApiKey:
    """Writes a service account's key."""
    return api_key_pb2.ApiKey(
        id=key.id,
        display_name=key.display_name,
        scopes=key.scopes,
        create_time=stamp(key.create_time),
        revoke_time=stamp(key.revoke_time),
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


class TokenServicer(token_pb2_grpc.TokenServiceServicer):
    """Serves `parley.identity.v1.TokenService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ExchangeCredential(
        self, request: token_pb2.ExchangeCredentialRequest, context: Context
    ) -> token_pb2.ExchangeCredentialResponse:
        """Exchanges a credential for an access token."""
        match request.WhichOneof("credential"):
            case "session":
                issued = await credentials.exchange_session(self._wiring, request.session)
            case "api_key":
                issued = await credentials.exchange_api_key(self._wiring, request.api_key)
            case "visitor_credential":
                issued = await credentials.exchange_visitor_credential(self._wiring, request.visitor_credential)
            case _:
                issued = await credentials.exchange_site_key(self._wiring, request.site_key)
        return _exchanged(issued)

    async def IssueVisitorCredential(
        self, request: token_pb2.IssueVisitorCredentialRequest, context: Context
    ) -> token_pb2.IssueVisitorCredentialResponse:
        """Issues a visitor's credential."""
        text, issued = await credentials.issue_visitor_credential(
            current_actor(), self._wiring, request.visitor_id, request.conversation_id, request.site_id
        )
        return token_pb2.IssueVisitorCredentialResponse(
            visitor_credential=text,
            access_token=issued.token,
            access_token_expire_time=stamp(issued.actor.expire_time),
        )

    async def ListSigningKeys(
        self, request: token_pb2.ListSigningKeysRequest, context: Context
    ) -> token_pb2.ListSigningKeysResponse:
        """Lists the public keys."""
        return token_pb2.ListSigningKeysResponse(
            keys=[
                token_pb2.SigningKey(id=key.id, public_key=key.public_key, create_time=stamp(key.create_time))
                for key in self._wiring.signer.keys
            ]
        )

    async def SignIn(self, request: token_pb2.SignInRequest, context: Context) -> token_pb2.SignInResponse:
        """Signs a staff member in."""
        secret, end = await credentials.sign_in(
            self._wiring, request.tenant_slug, request.email, request.password, request.network_address
        )
        return token_pb2.SignInResponse(session=secret, expire_time=stamp(end))

    async def SignOut(self, request: token_pb2.SignOutRequest, context: Context) -> token_pb2.SignOutResponse:
        """Ends a session."""
        await credentials.sign_out(self._wiring, request.session)
        return token_pb2.SignOutResponse()


def _exchanged(issued: Issued) -> token_pb2.ExchangeCredentialResponse:
    actor = issued.actor
    return token_pb2.ExchangeCredentialResponse(
        access_token=issued.token,
        expire_time=stamp(actor.expire_time),
        tenant_id=actor.tenant_id,
        callers=cast("list[access_pb2.Caller.ValueType]", sorted(actor.callers)),
        subject_id=actor.subject_id,
        conversation_id=actor.conversation_id,
        site_id=actor.site_id,
    )


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
            current_actor(), self._wiring, tenant, admin, request.admin_password, request.request_id, request
        )
        return tenant_pb2.CreateTenantResponse(tenant=tenant_message(made), admin_id=admin_id)

    async def GetTenant(self, request: tenant_pb2.GetTenantRequest, context: Context) -> tenant_pb2.GetTenantResponse:
        """Returns the caller's tenant."""
        return tenant_pb2.GetTenantResponse(
            tenant=tenant_message(await tenants.get_tenant(current_actor(), self._wiring))
        )

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
        site = await sites.get_site(actor, self._wiring, actor.site_id)
        return site_pb2.GetWidgetSiteResponse(
            site_id=site.id,
            display_name=site.display_name,
            language=site.language,
            greeting=site.greeting,
            colour=site.colour,
        )

    async def ResolveSiteKey(
        self, request: site_pb2.ResolveSiteKeyRequest, context: Context
    ) -> site_pb2.ResolveSiteKeyResponse:
        """Returns who may frame the widget."""
        site = await sites.resolve_site_key(self._wiring, request.site_key)
        return site_pb2.ResolveSiteKeyResponse(
            site_id=site.id,
            tenant_id=site.tenant_id,
            allowed_origins=site.allowed_origins,
            colour=site.colour,
            language=site.language,
        )

    async def MarkSiteSeen(
        self, request: site_pb2.MarkSiteSeenRequest, context: Context
    ) -> site_pb2.MarkSiteSeenResponse:
        """Notes that the widget was loaded."""
        await sites.mark_site_seen(self._wiring, request.site_key, request.origin)
        return site_pb2.MarkSiteSeenResponse()


class StaffServicer(staff_pb2_grpc.StaffServiceServicer):
    """Serves `parley.identity.v1.StaffService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateStaff(
        self, request: staff_pb2.CreateStaffRequest, context: Context
    ) -> staff_pb2.CreateStaffResponse:
        """Creates an account."""
        member = Staff(
            id=ids.new_id("stf"),
            email=request.email.strip().lower(),
            display_name=request.display_name,
            roles=tuple(request.roles),
            team_ids=tuple(dict.fromkeys(request.team_ids)),
            state=ACTIVE,
            revision=1,
            create_time=self._wiring.clock.now(),
        )
        made = await staff.create_staff(
            current_actor(), self._wiring, member, request.password, request.request_id, request
        )
        return staff_pb2.CreateStaffResponse(staff=staff_message(made))

    async def GetStaff(self, request: staff_pb2.GetStaffRequest, context: Context) -> staff_pb2.GetStaffResponse:
        """Returns an account."""
        return staff_pb2.GetStaffResponse(
            staff=staff_message(await staff.get_staff(current_actor(), self._wiring, request.staff_id))
        )

    async def GetMe(self, request: staff_pb2.GetMeRequest, context: Context) -> staff_pb2.GetMeResponse:
        """Returns the caller's own account."""
        actor = current_actor()
        return staff_pb2.GetMeResponse(
            staff=staff_message(await staff.get_staff(actor, self._wiring, actor.subject_id)),
            tenant=tenant_message(await tenants.get_tenant(actor, self._wiring)),
        )

    async def ListStaff(self, request: staff_pb2.ListStaffRequest, context: Context) -> staff_pb2.ListStaffResponse:
        """Lists accounts."""
        found, following = await staff.list_staff(
            current_actor(), self._wiring, request.page_size, request.page_token, tuple(request.staff_ids)
        )
        return staff_pb2.ListStaffResponse(staff=[staff_message(each) for each in found], next_page_token=following)

    async def UpdateStaff(
        self, request: staff_pb2.UpdateStaffRequest, context: Context
    ) -> staff_pb2.UpdateStaffResponse:
        """Changes an account."""
        sent = request.staff
        member = Staff(
            id=sent.id,
            email="",
            display_name=sent.display_name,
            roles=tuple(sent.roles),
            team_ids=tuple(dict.fromkeys(sent.team_ids)),
            state=sent.state,
            revision=0,
            create_time=self._wiring.clock.now(),
        )
        changed = await staff.update_staff(
            current_actor(), self._wiring, member, tuple(request.update_mask.paths), sent.etag
        )
        return staff_pb2.UpdateStaffResponse(staff=staff_message(changed))

    async def CreateTeam(self, request: staff_pb2.CreateTeamRequest, context: Context) -> staff_pb2.CreateTeamResponse:
        """Creates a team."""
        team = Team(id=ids.new_id("tea"), display_name=request.display_name, create_time=self._wiring.clock.now())
        made = await staff.create_team(current_actor(), self._wiring, team, request.request_id, request)
        return staff_pb2.CreateTeamResponse(team=team_message(made))

    async def ListTeams(self, request: staff_pb2.ListTeamsRequest, context: Context) -> staff_pb2.ListTeamsResponse:
        """Lists teams."""
        found, following = await staff.list_teams(current_actor(), self._wiring, request.page_size, request.page_token)
        return staff_pb2.ListTeamsResponse(teams=[team_message(team) for team in found], next_page_token=following)


class ApiKeyServicer(api_key_pb2_grpc.ApiKeyServiceServicer):
    """Serves `parley.identity.v1.ApiKeyService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateApiKey(
        self, request: api_key_pb2.CreateApiKeyRequest, context: Context
    ) -> api_key_pb2.CreateApiKeyResponse:
        """Creates a key."""
        key = ApiKey(
            id=ids.new_id("key"),
            display_name=request.display_name,
            scopes=tuple(request.scopes),
            create_time=self._wiring.clock.now(),
            revoke_time=None,
        )
        made, secret = await api_keys.create_api_key(current_actor(), self._wiring, key, request.request_id, request)
        return api_key_pb2.CreateApiKeyResponse(api_key=api_key_message(made), secret=secret)

    async def ListApiKeys(
        self, request: api_key_pb2.ListApiKeysRequest, context: Context
    ) -> api_key_pb2.ListApiKeysResponse:
        """Lists keys."""
        found, following = await api_keys.list_api_keys(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return api_key_pb2.ListApiKeysResponse(
            api_keys=[api_key_message(key) for key in found], next_page_token=following
        )

    async def RevokeApiKey(
        self, request: api_key_pb2.RevokeApiKeyRequest, context: Context
    ) -> api_key_pb2.RevokeApiKeyResponse:
        """Revokes a key."""
        return api_key_pb2.RevokeApiKeyResponse(
            api_key=api_key_message(await api_keys.revoke_api_key(current_actor(), self._wiring, request.api_key_id))
        )
