"""Serves `parley.chat.v1.HeldMailService`."""

from __future__ import annotations

from typing import Any, cast

import grpc.aio
from parley.chat.v1 import held_mail_pb2, held_mail_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.chat.actions import held_mails
from services.chat.actions.messages import stamp
from services.chat.actions.wiring import Wiring
from services.chat.store.mail_threads import HeldMail

Context = grpc.aio.ServicerContext[Any, Any]


class HeldMailServicer(held_mail_pb2_grpc.HeldMailServiceServicer):
    """Mails that wait for a decision."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ListHeldMails(
        self, request: held_mail_pb2.ListHeldMailsRequest, context: Context
    ) -> held_mail_pb2.ListHeldMailsResponse:
        """Lists a conversation's held mails."""
        found = await held_mails.list_held_mails(
            current_actor(), self._wiring, ids.to_uuid(request.conversation_id, "cnv")
        )
        return held_mail_pb2.ListHeldMailsResponse(held_mails=map(_written, found))

    async def AdmitHeldMail(
        self, request: held_mail_pb2.AdmitHeldMailRequest, context: Context
    ) -> held_mail_pb2.AdmitHeldMailResponse:
        """Lets a mail in."""
        await held_mails.admit_held_mail(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            ids.to_uuid(request.held_mail_id, "hml"),
        )
        return held_mail_pb2.AdmitHeldMailResponse()

    async def DeleteHeldMail(
        self, request: held_mail_pb2.DeleteHeldMailRequest, context: Context
    ) -> held_mail_pb2.DeleteHeldMailResponse:
        """Deletes a mail."""
        await held_mails.delete_held_mail(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.conversation_id, "cnv"),
            ids.to_uuid(request.held_mail_id, "hml"),
        )
        return held_mail_pb2.DeleteHeldMailResponse()


def _written(held: HeldMail) -> held_mail_pb2.HeldMail:
    return held_mail_pb2.HeldMail(
        id=ids.from_uuid("hml", held.id),
        conversation_id=ids.from_uuid("cnv", held.conversation_id),
        sender=held.sender,
        text=held.text,
        reason=cast("held_mail_pb2.HeldMail.Reason.ValueType", held.reason),
        create_time=stamp(held.create_time),
    )
