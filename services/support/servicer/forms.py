"""Serves `parley.support.v1.FormService`."""

from __future__ import annotations

from parley.support.v1 import form_pb2, form_pb2_grpc

from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context
from services.support.actions import files, queues
from services.support.actions.wiring import Wiring
from services.support.servicer.messages import an_id


class FormServicer(form_pb2_grpc.FormServiceServicer):
    """The RPC of the public form."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def GetForm(self, request: form_pb2.GetFormRequest, context: Context) -> form_pb2.GetFormResponse:
        """Says what is asked."""
        actor = current_actor()
        found = await queues.list_fields(actor, self._wiring)
        return form_pb2.GetFormResponse(
            fields=[
                form_pb2.FormField(
                    id=an_id("fld", each.id),
                    label=each.label,
                    kind=form_pb2.FormFieldKind.ValueType(each.kind),
                    choices=each.choices,
                    reason=each.reason,
                )
                for each in found
                if each.is_asked and not each.is_retired
            ],
            kept_days=await self._wiring.kept_days(actor.tenant_id),
            most_file_bytes=await files.most_of_one(actor, self._wiring),
            default_language=await self._wiring.language(actor.tenant_id),
        )
