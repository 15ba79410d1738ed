"""Serves `parley.identity.v1.SupportGrantService`."""

from __future__ import annotations

from datetime import timedelta

from parley.identity.v1 import support_grant_pb2, support_grant_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.identity.actions import support_grants
from services.identity.actions.wiring import Wiring
from services.identity.domain import SupportGrant
from services.identity.servicer.times import Context, stamp


def support_grant_message(grant: SupportGrant) -> support_grant_pb2.SupportGrant:
    """Writes a grant."""
    return support_grant_pb2.SupportGrant(
        id=grant.id,
        reason=grant.reason,
        granted_by=grant.granted_by,
        create_time=stamp(grant.create_time),
        expire_time=stamp(grant.expire_time),
        revoke_time=stamp(grant.revoke_time),
        use_time=stamp(grant.use_time),
    )


class SupportGrantServicer(support_grant_pb2_grpc.SupportGrantServiceServicer):
    """Serves `parley.identity.v1.SupportGrantService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateSupportGrant(
        self, request: support_grant_pb2.CreateSupportGrantRequest, context: Context
    ) -> support_grant_pb2.CreateSupportGrantResponse:
        """Lets platform staff in."""
        actor, now = current_actor(), self._wiring.clock.now()
        grant = SupportGrant(
            id=ids.new_id("gra"),
            reason=request.reason,
            granted_by=actor.subject_id,
            create_time=now,
            expire_time=now + timedelta(hours=request.hours),
        )
        made = await support_grants.create_support_grant(actor, self._wiring, grant, request.request_id, request)
        return support_grant_pb2.CreateSupportGrantResponse(support_grant=support_grant_message(made))

    async def ListSupportGrants(
        self, request: support_grant_pb2.ListSupportGrantsRequest, context: Context
    ) -> support_grant_pb2.ListSupportGrantsResponse:
        """Lists grants."""
        found, following = await support_grants.list_support_grants(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return support_grant_pb2.ListSupportGrantsResponse(
            support_grants=[support_grant_message(grant) for grant in found], next_page_token=following
        )

    async def RevokeSupportGrant(
        self, request: support_grant_pb2.RevokeSupportGrantRequest, context: Context
    ) -> support_grant_pb2.RevokeSupportGrantResponse:
        """Ends a grant."""
        ended = await support_grants.revoke_support_grant(current_actor(), self._wiring, request.support_grant_id)
        return support_grant_pb2.RevokeSupportGrantResponse(support_grant=support_grant_message(ended))

    async def UseSupportGrant(
        self, request: support_grant_pb2.UseSupportGrantRequest, context: Context
    ) -> support_grant_pb2.UseSupportGrantResponse:
        """Lets an administrator of the platform in."""
        let_in = await support_grants.use_support_grant(current_actor(), self._wiring, request.tenant_slug)
        return support_grant_pb2.UseSupportGrantResponse(
            access_token=let_in.issued.token,
            expire_time=stamp(let_in.issued.actor.expire_time),
            grant_expire_time=stamp(let_in.grant_expire_time),
        )
