"""Serves `parley.community.v1.GroupService`."""

from __future__ import annotations

from datetime import datetime

from parley.community.v1 import group_pb2, group_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import groups
from services.community.actions.wiring import Wiring
from services.community.domain.posts import Author
from services.community.servicer.accounts import author_message
from services.community.servicer.times import Context, stamp


def _membership(found: tuple[Author, int, datetime]) -> group_pb2.Membership:
    member, state, since = found
    return group_pb2.Membership(
        member=author_message(member),
        state=group_pb2.MembershipState.ValueType(state),
        create_time=stamp(since),
    )


class GroupServicer(group_pb2_grpc.GroupServiceServicer):
    """The RPCs of groups."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def JoinSpace(self, request: group_pb2.JoinSpaceRequest, context: Context) -> group_pb2.JoinSpaceResponse:
        """Asks to be let in."""
        state = await groups.join_space(current_actor(), self._wiring, request.space_id)
        return group_pb2.JoinSpaceResponse(state=group_pb2.MembershipState.ValueType(state))

    async def LeaveSpace(self, request: group_pb2.LeaveSpaceRequest, context: Context) -> group_pb2.LeaveSpaceResponse:
        """Leaves a group."""
        await groups.leave_space(current_actor(), self._wiring, request.space_id)
        return group_pb2.LeaveSpaceResponse()

    async def InviteMember(
        self, request: group_pb2.InviteMemberRequest, context: Context
    ) -> group_pb2.InviteMemberResponse:
        """Invites a member."""
        found = await groups.invite_member(current_actor(), self._wiring, request.space_id, request.handle)
        return group_pb2.InviteMemberResponse(membership=_membership(found))

    async def RemoveMember(
        self, request: group_pb2.RemoveMemberRequest, context: Context
    ) -> group_pb2.RemoveMemberResponse:
        """Takes a member out."""
        await groups.remove_member(current_actor(), self._wiring, request.space_id, request.member_id)
        return group_pb2.RemoveMemberResponse()

    async def ListMemberships(
        self, request: group_pb2.ListMembershipsRequest, context: Context
    ) -> group_pb2.ListMembershipsResponse:
        """Lists memberships."""
        page, following = await groups.list_memberships(
            current_actor(), self._wiring, request.space_id, request.page_size, request.page_token
        )
        return group_pb2.ListMembershipsResponse(
            memberships=[_membership(each) for each in page], next_page_token=following
        )
