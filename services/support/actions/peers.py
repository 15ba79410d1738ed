"""Asks the other services: for settings, staff, hours and surveys, and whether a caller sees something there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from time import monotonic
from typing import Any

import orjson
from google.protobuf.message import Message
from parley.chat.v1 import conversation_pb2, conversation_pb2_grpc
from parley.chat.v1 import crossing_pb2 as chat_crossing_pb2
from parley.chat.v1 import crossing_pb2_grpc as chat_crossing_pb2_grpc
from parley.community.v1 import crossing_pb2, crossing_pb2_grpc, topic_pb2, topic_pb2_grpc
from parley.identity.v1 import (
    email_proof_pb2,
    email_proof_pb2_grpc,
    hours_pb2,
    hours_pb2_grpc,
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
from parley.survey.v1 import answering_pb2, answering_pb2_grpc

from kernel.errors import NotFound, PermissionDenied
from kernel.hours import Hours, Interval, always
from kernel.rpc.channels import Channels
from kernel.rpc.moments import stamp
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
        self._sites = site_pb2_grpc.SiteServiceStub(channels.of("identity"))
        self._answering = answering_pb2_grpc.AnsweringServiceStub(channels.of("survey"))
        self._chats = conversation_pb2_grpc.ConversationServiceStub(channels.of("chat"))
        self._topics = topic_pb2_grpc.TopicServiceStub(channels.of("community"))
        self._chat_crossings = chat_crossing_pb2_grpc.CrossingServiceStub(channels.of("chat"))
        self._crossings = crossing_pb2_grpc.CrossingServiceStub(channels.of("community"))
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

    async def invite(
        self,
        tenant_id: str,
        survey_id: str,
        occasion: answering_pb2.Occasion,
        *,
        key: str,
        language: str,
        offered_before: datetime | None = None,
    ) -> str:
        """Returns an invitation to a survey, for somebody whom surveys are not told of; empty where none is meant.

        The same key gives the same one; where it was offered before, it is empty once it can be answered no more.
        """
        answer: answering_pb2.InviteVisitorResponse = await self._channels.call(
            self._answering.InviteVisitor,
            answering_pb2.InviteVisitorRequest(
                survey_id=survey_id,
                channel=answering_pb2.CHANNEL_MAIL,
                language=language,
                occasion=occasion,
                invitation_key=key,
                offer_time=stamp(offered_before),
            ),
            tenant_id=tenant_id,
        )
        return answer.invitation

    async def site_key(self, tenant_id: str, site_id: str) -> str:
        """Returns the public key of a site, or of the tenant's first; empty where there is none."""
        if site_id:
            found: site_pb2.GetSiteResponse = await self._channels.call(
                self._sites.GetSite, site_pb2.GetSiteRequest(site_id=site_id), tenant_id=tenant_id
            )
            return found.site.key
        answer: site_pb2.ListSitesResponse = await self._channels.call(
            self._sites.ListSites, site_pb2.ListSitesRequest(page_size=1), tenant_id=tenant_id
        )
        return next((each.key for each in answer.sites), "")

    async def check_conversation(self, conversation_id: str, token: str) -> tuple[str, str]:
        """Returns who answers a conversation and whose it is, as chat says to whoever bears a token.

        Raises where it is not seen.
        """
        request = conversation_pb2.GetConversationRequest(conversation_id=conversation_id)
        answer = await self._as_caller(self._chats.GetConversation, request, token, "CONVERSATION_NOT_FOUND")
        return str(answer.conversation.operator_id), str(answer.conversation.visitor_id)

    async def note_in_chat(self, tenant_id: str, conversation_id: str, reference: str) -> None:
        """Has chat say in a conversation that a ticket was made out of it."""
        request = chat_crossing_pb2.NoteTicketRequest(conversation_id=conversation_id, ticket_reference=reference)
        await self._channels.call(self._chat_crossings.NoteTicket, request, tenant_id=tenant_id)

    async def tell_community(self, tenant_id: str, topic_id: str) -> None:
        """Has whoever began a topic told that a ticket was made out of it."""
        request = crossing_pb2.TellOfTicketRequest(topic_id=topic_id)
        await self._channels.call(self._crossings.TellOfTicket, request, tenant_id=tenant_id)

    async def check_topic(self, topic_id: str, token: str) -> None:
        """Raises what the community says of a topic to whoever bears a token: they see it there, or not here either."""
        request = topic_pb2.GetTopicRequest(topic_id=topic_id)
        await self._as_caller(self._topics.GetTopic, request, token, "TOPIC_NOT_FOUND")

    async def _as_caller(self, method: Callable[..., Any], request: Message, token: str, reason: str) -> Any:
        try:
            return await self._channels.call(method, request, token=token)
        except (NotFound, PermissionDenied):
            # Whoever may not look there hears the same as of what is not there.
            raise NotFound(reason, "There is nothing of this id that you see.") from None

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
