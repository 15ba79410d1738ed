"""Serves `parley.identity.v1.InvitationService`."""

from __future__ import annotations

from parley.identity.v1 import invitation_pb2, invitation_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.identity.actions import entry_links
from services.identity.actions.wiring import Wiring
from services.identity.domain import INVITED, Staff
from services.identity.servicer.staff import staff_message
from services.identity.servicer.times import Context, stamp


class InvitationServicer(invitation_pb2_grpc.InvitationServiceServicer):
    """Serves `parley.identity.v1.InvitationService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def InviteStaff(
        self, request: invitation_pb2.InviteStaffRequest, context: Context
    ) -> invitation_pb2.InviteStaffResponse:
        """Makes an account that waits for its owner."""
        member = Staff(
            id=ids.new_id("stf"),
            email=request.email.strip().lower(),
            display_name=request.display_name,
            roles=tuple(request.roles),
            team_ids=tuple(dict.fromkeys(request.team_ids)),
            state=INVITED,
            revision=1,
            create_time=self._wiring.clock.now(),
        )
        made, end = await entry_links.invite_staff(
            current_actor(), self._wiring, member, request.request_id, request, language=request.language
        )
        return invitation_pb2.InviteStaffResponse(staff=staff_message(made), expire_time=stamp(end))

    async def RepeatInvitation(
        self, request: invitation_pb2.RepeatInvitationRequest, context: Context
    ) -> invitation_pb2.RepeatInvitationResponse:
        """Mails another link."""
        end = await entry_links.repeat_invitation(current_actor(), self._wiring, request.staff_id)
        return invitation_pb2.RepeatInvitationResponse(expire_time=stamp(end))

    async def RequestPasswordReset(
        self, request: invitation_pb2.RequestPasswordResetRequest, context: Context
    ) -> invitation_pb2.RequestPasswordResetResponse:
        """Has a link mailed to an account's owner."""
        await entry_links.request_password_reset(
            self._wiring, request.tenant_slug, request.email, request.network_address, request.language
        )
        return invitation_pb2.RequestPasswordResetResponse()

    async def CheckEntryLink(
        self, request: invitation_pb2.CheckEntryLinkRequest, context: Context
    ) -> invitation_pb2.CheckEntryLinkResponse:
        """Says whose a link is."""
        link, member, tenant = await entry_links.check_entry_link(self._wiring, request.entry_secret)
        return invitation_pb2.CheckEntryLinkResponse(
            display_name=member.display_name,
            email=member.email,
            tenant_slug=tenant.slug,
            tenant_display_name=tenant.display_name,
            is_invitation=link.is_invitation,
        )

    async def UseEntryLink(
        self, request: invitation_pb2.UseEntryLinkRequest, context: Context
    ) -> invitation_pb2.UseEntryLinkResponse:
        """Sets the password by a link."""
        tenant = await entry_links.use_entry_link(self._wiring, request.entry_secret, request.password)
        return invitation_pb2.UseEntryLinkResponse(tenant_slug=tenant.slug)

    async def ChangePassword(
        self, request: invitation_pb2.ChangePasswordRequest, context: Context
    ) -> invitation_pb2.ChangePasswordResponse:
        """Changes the caller's own password."""
        await entry_links.change_password(current_actor(), self._wiring, request.current_password, request.new_password)
        return invitation_pb2.ChangePasswordResponse()
