"""Serves `parley.identity.v1.ClosureService`."""

from __future__ import annotations

from parley.identity.v1 import closure_pb2, closure_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import closing
from services.identity.actions.wiring import Wiring
from services.identity.domain.closing import Closure
from services.identity.servicer.times import Context, stamp


def closure_message(closure: Closure | None) -> closure_pb2.Closure | None:
    """Writes a request; none stays none, which leaves the field unset."""
    if closure is None:
        return None
    return closure_pb2.Closure(
        requested_by=closure.requested_by,
        create_time=stamp(closure.create_time),
        due_time=stamp(closure.due_time),
    )


class ClosureServicer(closure_pb2_grpc.ClosureServiceServicer):
    """Serves `parley.identity.v1.ClosureService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetClosure(
        self, request: closure_pb2.GetClosureRequest, context: Context
    ) -> closure_pb2.GetClosureResponse:
        """Says whether the tenant is to be closed."""
        found = await closing.get_closure(current_actor(), self._wiring)
        return closure_pb2.GetClosureResponse(closure=closure_message(found))

    async def RequestClosure(
        self, request: closure_pb2.RequestClosureRequest, context: Context
    ) -> closure_pb2.RequestClosureResponse:
        """Has the tenant closed."""
        made = await closing.request_closure(current_actor(), self._wiring, request.tenant_slug)
        return closure_pb2.RequestClosureResponse(closure=closure_message(made))

    async def CancelClosure(
        self, request: closure_pb2.CancelClosureRequest, context: Context
    ) -> closure_pb2.CancelClosureResponse:
        """Takes the request back."""
        await closing.cancel_closure(current_actor(), self._wiring)
        return closure_pb2.CancelClosureResponse()
