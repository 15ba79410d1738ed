"""Serves `parley.chat.v1.RevisionService`."""

from __future__ import annotations

from typing import Any

import grpc.aio
from parley.chat.v1 import revision_pb2, revision_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.storage import rewrite
from services.chat.actions import revising
from services.chat.actions.messages import entry_message, stamp
from services.chat.actions.wiring import Wiring

Context = grpc.aio.ServicerContext[Any, Any]


class RevisionServicer(revision_pb2_grpc.RevisionServiceServicer):
    """The RPCs by which what was said is changed."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def EditMessage(
        self, request: revision_pb2.EditMessageRequest, context: Context
    ) -> revision_pb2.EditMessageResponse:
        """Changes what the caller said."""
        said = await revising.edit_message(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            request.sequence,
            request.body,
        )
        return revision_pb2.EditMessageResponse(message=entry_message(said))

    async def RetractMessage(
        self, request: revision_pb2.RetractMessageRequest, context: Context
    ) -> revision_pb2.RetractMessageResponse:
        """Takes back what the caller said."""
        said = await revising.retract_message(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"), request.sequence
        )
        return revision_pb2.RetractMessageResponse(message=entry_message(said))

    async def RedactMessage(
        self, request: revision_pb2.RedactMessageRequest, context: Context
    ) -> revision_pb2.RedactMessageResponse:
        """Removes what was said for good."""
        said = await revising.redact_message(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"), request.sequence
        )
        gone = rewrite.next_time(said.revise_time or self._wiring.clock.now())
        return revision_pb2.RedactMessageResponse(message=entry_message(said), bytes_gone_time=stamp(gone))

    async def ListPreviousTexts(
        self, request: revision_pb2.ListPreviousTextsRequest, context: Context
    ) -> revision_pb2.ListPreviousTextsResponse:
        """Lists what stood in a message before."""
        found = await revising.list_previous_texts(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv"), request.sequence
        )
        return revision_pb2.ListPreviousTextsResponse(
            texts=[
                revision_pb2.PreviousText(
                    sequence=sequence, target_sequence=request.sequence, body=body, revise_time=stamp(until)
                )
                for sequence, body, until in found
            ]
        )
