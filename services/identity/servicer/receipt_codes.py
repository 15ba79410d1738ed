"""Serves `parley.identity.v1.ReceiptCodeService`."""

from __future__ import annotations

from parley.identity.v1 import receipt_code_pb2, receipt_code_pb2_grpc

from kernel.rpc.gates import current_actor
from services.identity.actions import receipt_codes
from services.identity.actions.wiring import Wiring
from services.identity.servicer.times import Context, stamp


class ReceiptCodeServicer(receipt_code_pb2_grpc.ReceiptCodeServiceServicer):
    """Serves `parley.identity.v1.ReceiptCodeService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def IssueReceiptCode(
        self, request: receipt_code_pb2.IssueReceiptCodeRequest, context: Context
    ) -> receipt_code_pb2.IssueReceiptCodeResponse:
        """Returns the code of the caller's conversation."""
        code, end = await receipt_codes.issue_receipt_code(current_actor(), self._wiring)
        return receipt_code_pb2.IssueReceiptCodeResponse(receipt_code=code, expire_time=stamp(end))
