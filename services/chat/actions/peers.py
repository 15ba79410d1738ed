"""Asks the other services: the notice, for a visitor's credential, who is on the staff, for a survey, and to refuse
minors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

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
from parley.privacy.v1 import notice_pb2, notice_pb2_grpc
from parley.subject.v1 import subject_pb2
from parley.survey.v1 import answering_pb2, answering_pb2_grpc, rating_pb2, rating_pb2_grpc

from kernel.identity import Subject
from kernel.privacy.age import refuse_minor
from kernel.rpc.channels import Channels


class Peers:
    """The other services, as chat needs them."""

    def __init__(self, channels: Channels) -> None:
        """Takes the process's channels."""
        self._channels = channels
        self._tenants = tenant_pb2_grpc.TenantServiceStub(channels.of("identity"))
        self._tokens = token_pb2_grpc.TokenServiceStub(channels.of("identity"))
        self._staff = staff_pb2_grpc.StaffServiceStub(channels.of("identity"))
        self._sites = site_pb2_grpc.SiteServiceStub(channels.of("identity"))
        self._notices = notice_pb2_grpc.NoticeServiceStub(channels.of("privacy"))
        self._answering = answering_pb2_grpc.AnsweringServiceStub(channels.of("survey"))
        self._ratings = rating_pb2_grpc.RatingServiceStub(channels.of("survey"))

    async def current_notice(self, tenant_id: str, site_id: str) -> notice_pb2.Notice:
        """Returns the notice that is in force on a site, with the questions that stand behind it."""
        answer = cast(
            notice_pb2.GetCurrentNoticeResponse,
            await self._channels.call(
                self._notices.GetCurrentNotice,
                notice_pb2.GetCurrentNoticeRequest(site_id=site_id),
                tenant_id=tenant_id,
            ),
        )
        return answer.notice

    async def visitor_credential(
        self, tenant_id: str, visitor_id: str, conversation_id: str, site_id: str
    ) -> token_pb2.IssueVisitorCredentialResponse:
        """Returns a credential for a visitor, bound to the conversation."""
        return cast(
            token_pb2.IssueVisitorCredentialResponse,
            await self._channels.call(
                self._tokens.IssueVisitorCredential,
                token_pb2.IssueVisitorCredentialRequest(
                    visitor_id=visitor_id, conversation_id=conversation_id, site_id=site_id
                ),
                tenant_id=tenant_id,
            ),
        )

    async def refuse_minor(self, tenant_id: str, visitor_id: str, site_id: str) -> None:
        """Has everything removed that a visitor submitted who is too young; a service that is away does it later."""
        subject = Subject(tenant_id=tenant_id, kind=subject_pb2.SUBJECT_KIND_VISITOR, id=visitor_id)
        await refuse_minor(self._channels, subject, site_id=site_id)

    async def staff_of(self, tenant_id: str, staff_ids: Sequence[str]) -> dict[str, staff_pb2.Staff]:
        """Returns up to 200 accounts of a tenant by their ids, as far as there are any."""
        answer: staff_pb2.ListStaffResponse = await self._channels.call(
            self._staff.ListStaff,
            staff_pb2.ListStaffRequest(staff_ids=staff_ids, page_size=200),
            tenant_id=tenant_id,
        )
        return {member.id: member for member in answer.staff}

    async def has_team(self, tenant_id: str, team_id: str) -> bool:
        """Says whether a tenant has a team."""
        token = ""
        while True:
            page: staff_pb2.ListTeamsResponse = await self._channels.call(
                self._staff.ListTeams, staff_pb2.ListTeamsRequest(page_size=200, page_token=token), tenant_id=tenant_id
            )
            token = page.next_page_token
            if any(team.id == team_id for team in page.teams):
                return True
            if not token:
                return False

    async def check_site(self, tenant_id: str, site_id: str) -> None:
        """Raises NotFound where a tenant has no such site."""
        await self._channels.call(self._sites.GetSite, site_pb2.GetSiteRequest(site_id=site_id), tenant_id=tenant_id)

    async def site_key(self, tenant_id: str, site_id: str) -> str:
        """Returns the public key of a site, which stands in the addresses of its pages."""
        answer: site_pb2.GetSiteResponse = await self._channels.call(
            self._sites.GetSite, site_pb2.GetSiteRequest(site_id=site_id), tenant_id=tenant_id
        )
        return answer.site.key

    async def invite_visitor(
        self, tenant_id: str, request: answering_pb2.InviteVisitorRequest
    ) -> answering_pb2.InviteVisitorResponse:
        """Returns an invitation to the survey that is meant for a chat, or an empty one where none is."""
        answer: answering_pb2.InviteVisitorResponse = await self._channels.call(
            self._answering.InviteVisitor, request, tenant_id=tenant_id
        )
        return answer

    async def take_rating(self, tenant_id: str, request: rating_pb2.TakeRatingRequest) -> None:
        """Has surveys count how a chat is rated."""
        await self._channels.call(self._ratings.TakeRating, request, tenant_id=tenant_id)

    async def site_name(self, tenant_id: str, site_id: str) -> str:
        """Returns what a site is called."""
        answer: site_pb2.GetSiteResponse = await self._channels.call(
            self._sites.GetSite, site_pb2.GetSiteRequest(site_id=site_id), tenant_id=tenant_id
        )
        return answer.site.display_name

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
