"""Serves `parley.identity.v1.MemberTokenService`."""

from __future__ import annotations

from parley.identity.v1 import member_token_pb2, member_token_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import credentials
from services.identity.actions.wiring import Wiring
from services.identity.servicer.times import Context, stamp


class MemberTokenServicer(member_token_pb2_grpc.MemberTokenServiceServicer):
    """The RPC by which members of a community get their tokens."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def IssueMemberToken(
        self, request: member_token_pb2.IssueMemberTokenRequest, context: Context
    ) -> member_token_pb2.IssueMemberTokenResponse:
        """Signs a token."""
        issued = await credentials.issue_member_token(
            current_actor(), self._wiring, request.member_id, request.session_id
        )
        return member_token_pb2.IssueMemberTokenResponse(
            access_token=issued.token, expire_time=stamp(issued.actor.expire_time)
        )
