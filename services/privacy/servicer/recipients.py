"""Serves the registry of recipients."""

from __future__ import annotations

from typing import cast

from parley.privacy.v1 import recipient_pb2, recipient_pb2_grpc

from kernel.identity import Regime
from kernel.privacy.recipients import is_allowed
from kernel.rpc.gates import current_actor
from services.privacy.actions import recipients
from services.privacy.actions.wiring import Wiring
from services.privacy.servicer.times import Context


class RecipientServicer(recipient_pb2_grpc.RecipientServiceServicer):
    """Serves `parley.privacy.v1.RecipientService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListRecipients(
        self, request: recipient_pb2.ListRecipientsRequest, context: Context
    ) -> recipient_pb2.ListRecipientsResponse:
        """Lists the recipients."""
        return recipient_pb2.ListRecipientsResponse(
            recipients=[
                recipient_pb2.Recipient(
                    recipient=each.name,
                    kind=cast("recipient_pb2.RecipientKind.ValueType", int(each.kind)),
                    title=each.title,
                    receives=each.receives,
                    purpose=each.purpose,
                    in_use=in_use,
                    house=is_allowed(Regime.HOUSE, each.kind),
                )
                for each, in_use in await recipients.list_recipients(current_actor(), self._wiring)
            ]
        )
