"""Serves `parley.identity.v1.SessionService`."""

from __future__ import annotations

from parley.identity.v1 import session_pb2, session_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import sessions
from services.identity.actions.wiring import Wiring
from services.identity.servicer.times import Context, stamp


class SessionServicer(session_pb2_grpc.SessionServiceServicer):
    """Serves `parley.identity.v1.SessionService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListSessions(
        self, request: session_pb2.ListSessionsRequest, context: Context
    ) -> session_pb2.ListSessionsResponse:
        """Lists the caller's sessions."""
        actor = current_actor()
        found, following = await sessions.list_sessions(actor, self._wiring, request.page_size, request.page_token)
        return session_pb2.ListSessionsResponse(
            sessions=[
                session_pb2.Session(
                    id=each.id,
                    device=each.device,
                    create_time=stamp(each.create_time),
                    use_time=stamp(each.use_time),
                    expire_time=stamp(each.expire_time),
                    is_current=each.id == actor.session_id,
                )
                for each in found
            ],
            next_page_token=following,
        )

    async def RevokeSession(
        self, request: session_pb2.RevokeSessionRequest, context: Context
    ) -> session_pb2.RevokeSessionResponse:
        """Ends one session."""
        await sessions.revoke_session(current_actor(), self._wiring, request.session_id)
        return session_pb2.RevokeSessionResponse()

    async def RevokeOtherSessions(
        self, request: session_pb2.RevokeOtherSessionsRequest, context: Context
    ) -> session_pb2.RevokeOtherSessionsResponse:
        """Ends all sessions but this one."""
        await sessions.revoke_other_sessions(current_actor(), self._wiring)
        return session_pb2.RevokeOtherSessionsResponse()
