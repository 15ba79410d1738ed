"""Serves the rule about people who are too young, and its tallies."""

from __future__ import annotations

from parley.privacy.v1 import refusal_pb2, refusal_pb2_grpc
from parley.subject.v1 import age_pb2, age_pb2_grpc

from kernel.rpc.gates import current_actor
from services.privacy.actions import refusals
from services.privacy.actions.wiring import Wiring
from services.privacy.servicer.times import Context


class AgeServicer(age_pb2_grpc.AgeServiceServicer):
    """Serves `parley.subject.v1.AgeService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def RefuseMinor(self, request: age_pb2.RefuseMinorRequest, context: Context) -> age_pb2.RefuseMinorResponse:
        """Refuses somebody."""
        done = await refusals.refuse_minor(current_actor(), self._wiring, request.subject, request.site_id)
        return age_pb2.RefuseMinorResponse(stores=done)


class RefusalServicer(refusal_pb2_grpc.RefusalServiceServicer):
    """Serves `parley.privacy.v1.RefusalService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListRefusals(
        self, request: refusal_pb2.ListRefusalsRequest, context: Context
    ) -> refusal_pb2.ListRefusalsResponse:
        """Lists the tallies."""
        found, following = await refusals.list_refusals(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return refusal_pb2.ListRefusalsResponse(
            tallies=[
                refusal_pb2.RefusalTally(day=each.day.isoformat(), site_id=each.site_id, count=each.count)
                for each in found
            ],
            next_page_token=following,
        )
