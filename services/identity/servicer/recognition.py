"""Serves `parley.identity.v1.RecognitionService`."""

from __future__ import annotations

from parley.identity.v1 import recognition_pb2, recognition_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import recognition
from services.identity.actions.wiring import Wiring
from services.identity.servicer.times import Context, stamp


class RecognitionServicer(recognition_pb2_grpc.RecognitionServiceServicer):
    """Serves `parley.identity.v1.RecognitionService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def RememberVisitor(
        self, request: recognition_pb2.RememberVisitorRequest, context: Context
    ) -> recognition_pb2.RememberVisitorResponse:
        """Remembers the caller."""
        end = await recognition.remember_visitor(current_actor(), self._wiring, request.notice_id)
        return recognition_pb2.RememberVisitorResponse(expire_time=stamp(end))

    async def GetRecognition(
        self, request: recognition_pb2.GetRecognitionRequest, context: Context
    ) -> recognition_pb2.GetRecognitionResponse:
        """Says whether the caller is remembered."""
        end = await recognition.get_recognition(current_actor(), self._wiring)
        return recognition_pb2.GetRecognitionResponse(is_remembered=end is not None, expire_time=stamp(end))

    async def NoteVisit(
        self, request: recognition_pb2.NoteVisitRequest, context: Context
    ) -> recognition_pb2.NoteVisitResponse:
        """Counts a visit."""
        visits = await recognition.note_visit(current_actor(), self._wiring, request.visitor_id, request.site_id)
        return recognition_pb2.NoteVisitResponse(visits=visits)

    async def ForgetVisitor(
        self, request: recognition_pb2.ForgetVisitorRequest, context: Context
    ) -> recognition_pb2.ForgetVisitorResponse:
        """Forgets the caller on later visits."""
        await recognition.forget_visitor(current_actor(), self._wiring, by_signal=request.by_signal)
        return recognition_pb2.ForgetVisitorResponse()
