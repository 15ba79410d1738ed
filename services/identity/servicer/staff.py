"""Serves `parley.identity.v1.StaffService`."""

from __future__ import annotations

from typing import cast

from parley.identity.v1 import staff_pb2, staff_pb2_grpc
from parley.options.v1 import access_pb2

from kernel import ids
from kernel.rpc.gates import current_actor
from services.identity.actions import staff, tenants
from services.identity.actions.wiring import Wiring
from services.identity.domain import ACTIVE, Staff, Team
from services.identity.servicer.tenants import tenant_message
from services.identity.servicer.times import Context, stamp


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
