"""Serves `parley.support.v1.MailboxService`."""

from __future__ import annotations

from parley.support.v1 import mailbox_pb2, mailbox_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context, stamp
from services.support.actions import mailboxes
from services.support.actions.wiring import Wiring
from services.support.servicer.messages import an_id
from services.support.store.mails import Mailbox


class MailboxServicer(mailbox_pb2_grpc.MailboxServiceServicer):
    """Where requests come in by mail."""

    def __init__(self, wiring: Wiring, host: str) -> None:
        """Takes what the actions work with, and the host of the platform's addresses."""
        self._wiring = wiring
        self._host = host

    async def ListMailboxes(
        self, request: mailbox_pb2.ListMailboxesRequest, context: Context
    ) -> mailbox_pb2.ListMailboxesResponse:
        """Lists the mailboxes."""
        actor = current_actor()
        slug = (await self._wiring.peers.tenant(actor.tenant_id)).slug
        found = await mailboxes.list_mailboxes(actor, self._wiring)
        return mailbox_pb2.ListMailboxesResponse(mailboxes=[self._written(each, slug) for each in found])

    async def CreateMailbox(
        self, request: mailbox_pb2.CreateMailboxRequest, context: Context
    ) -> mailbox_pb2.CreateMailboxResponse:
        """Makes a mailbox."""
        actor = current_actor()
        queue_id = ids.to_uuid(request.queue_id, "que") if request.queue_id else None
        made = await mailboxes.create_mailbox(
            actor, self._wiring, request.local_part, queue_id, request.request_id, request
        )
        slug = (await self._wiring.peers.tenant(actor.tenant_id)).slug
        return mailbox_pb2.CreateMailboxResponse(mailbox=self._written(made, slug))

    async def DeleteMailbox(
        self, request: mailbox_pb2.DeleteMailboxRequest, context: Context
    ) -> mailbox_pb2.DeleteMailboxResponse:
        """Deletes a mailbox."""
        await mailboxes.delete_mailbox(current_actor(), self._wiring, ids.to_uuid(request.mailbox_id, "mbx"))
        return mailbox_pb2.DeleteMailboxResponse()

    def _written(self, mailbox: Mailbox, slug: str) -> mailbox_pb2.Mailbox:
        is_first = mailbox.id.int == 0
        return mailbox_pb2.Mailbox(
            id="" if is_first else an_id("mbx", mailbox.id),
            local_part=mailbox.local_part,
            mail_address=f"{mailbox.local_part}@{slug}.{self._host}",
            queue_id=an_id("que", mailbox.queue_id),
            create_time=stamp(None if is_first else mailbox.create_time),
        )
