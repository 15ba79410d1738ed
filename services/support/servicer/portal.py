"""Serves `parley.support.v1.PortalService`."""

from __future__ import annotations

from datetime import timedelta

from parley.support.v1 import portal_pb2, portal_pb2_grpc, record_pb2

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context, stamp
from services.support.actions import portal
from services.support.actions.wiring import Wiring
from services.support.domain.tickets import Entry, Ticket
from services.support.servicer.messages import an_id


class PortalServicer(portal_pb2_grpc.PortalServiceServicer):
    """The requester's side of tickets."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def OpenTicketLink(
        self, request: portal_pb2.OpenTicketLinkRequest, context: Context
    ) -> portal_pb2.OpenTicketLinkResponse:
        """Opens what a mailed address leads to."""
        opened = await portal.open_ticket_link(self._wiring, request.link)
        tenant = await self._wiring.peers.tenant(opened.tenant_id)
        return portal_pb2.OpenTicketLinkResponse(
            tenant_id=opened.tenant_id,
            tenant_slug=tenant.slug,
            tenant_display_name=tenant.display_name,
            ticket=self._ticket(opened.tenant_id, opened.ticket, opened.kept_days),
            entries=map(_entry, opened.entries),
            email=opened.email,
            kept_days=opened.kept_days,
            file_count=opened.file_count,
        )

    async def ListOwnTickets(
        self, request: portal_pb2.ListOwnTicketsRequest, context: Context
    ) -> portal_pb2.ListOwnTicketsResponse:
        """Lists somebody's tickets."""
        actor = current_actor()
        found = await portal.list_own_tickets(actor, self._wiring, request.email_proof)
        days = await self._wiring.kept_days(actor.tenant_id)
        return portal_pb2.ListOwnTicketsResponse(tickets=[self._ticket(actor.tenant_id, each, days) for each in found])

    async def WriteOwnReply(
        self, request: portal_pb2.WriteOwnReplyRequest, context: Context
    ) -> portal_pb2.WriteOwnReplyResponse:
        """Adds what the requester writes."""
        await portal.write_own_reply(
            current_actor(),
            self._wiring,
            request.email_proof,
            ids.to_uuid(request.ticket_id, "tkt"),
            request.body,
            request.request_id,
            request,
        )
        return portal_pb2.WriteOwnReplyResponse()

    async def MoveOwnTicket(
        self, request: portal_pb2.MoveOwnTicketRequest, context: Context
    ) -> portal_pb2.MoveOwnTicketResponse:
        """Closes or opens a ticket."""
        await portal.move_own_ticket(
            current_actor(),
            self._wiring,
            request.email_proof,
            ids.to_uuid(request.ticket_id, "tkt"),
            closes=request.closes,
        )
        return portal_pb2.MoveOwnTicketResponse()

    def _ticket(self, tenant_id: str, ticket: Ticket, kept_days: int) -> portal_pb2.OwnTicket:
        return portal_pb2.OwnTicket(
            id=an_id("tkt", ticket.id),
            reference=ticket.reference,
            subject=ticket.subject,
            state=record_pb2.State.ValueType(ticket.state),
            site_url=ticket.site_url,
            create_time=stamp(ticket.create_time),
            purge_time=stamp(None if ticket.close_time is None else ticket.close_time + timedelta(days=kept_days)),
            link=self._wiring.links.make(tenant_id, ticket.id),
        )


def _entry(entry: Entry) -> record_pb2.Entry:
    """Writes an entry as its requester sees it: never a note, and of staff the name alone."""
    return record_pb2.Entry(
        id=an_id("ent", entry.id),
        kind=record_pb2.EntryKind.ValueType(entry.kind),
        staff_name=entry.staff_name,
        body=entry.body,
        create_time=stamp(entry.create_time),
    )
