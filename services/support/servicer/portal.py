"""Serves `parley.support.v1.PortalService`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from parley.support.v1 import portal_pb2, portal_pb2_grpc, record_pb2

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context, stamp
from services.support.actions import files, mails, portal
from services.support.actions.wiring import Wiring
from services.support.domain.files import TicketFile
from services.support.domain.tickets import Entry, Ticket
from services.support.servicer.messages import an_id, file_message


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
            entries=[_entry(each, opened.authors) for each in opened.entries],
            email=opened.email,
            kept_days=opened.kept_days,
            file_count=len(opened.files),
            files=map(_file, opened.files),
            most_file_bytes=await files.most_from_outside(self._wiring, opened.tenant_id),
            default_language=await self._wiring.language(opened.tenant_id),
            survey_url=await mails.survey_of(self._wiring, opened.tenant_id, opened.ticket),
        )

    async def OpenOwnFile(
        self, request: portal_pb2.OpenOwnFileRequest, context: Context
    ) -> portal_pb2.OpenOwnFileResponse:
        """Returns the way to a file's bytes."""
        url, end = await portal.open_own_file(self._wiring, request.link, ids.to_uuid(request.file_id, "att"))
        return portal_pb2.OpenOwnFileResponse(url=url, expire_time=stamp(end))

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
            [ids.to_uuid(each, "att") for each in request.file_ids],
            request.language,
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
            language=request.language,
        )
        return portal_pb2.MoveOwnTicketResponse()

    def _ticket(self, tenant_id: str, ticket: Ticket, kept_days: int) -> portal_pb2.OwnTicket:
        return portal_pb2.OwnTicket(
            id=an_id("tkt", ticket.id),
            reference=ticket.reference,
            subject=ticket.subject,
            state=record_pb2.State.ValueType(ticket.state),
            site_url=ticket.site_url,
            language=ticket.language,
            create_time=stamp(ticket.create_time),
            purge_time=stamp(None if ticket.close_time is None else ticket.close_time + timedelta(days=kept_days)),
            link=self._wiring.links.make(tenant_id, ticket.id),
        )


def _entry(entry: Entry, authors: Mapping[UUID, str]) -> record_pb2.Entry:
    """Writes an entry as its requester sees it: never a note, and of staff the name alone."""
    return record_pb2.Entry(
        id=an_id("ent", entry.id),
        kind=record_pb2.EntryKind.ValueType(entry.kind),
        staff_name=entry.staff_name,
        body=entry.body,
        author_email="" if entry.author_id is None else authors.get(entry.author_id, ""),
        create_time=stamp(entry.create_time),
    )


def _file(file: TicketFile) -> record_pb2.TicketFile:
    """Writes a file as a requester sees it: of staff not even which of them added it."""
    message = file_message(file)
    message.ClearField("staff_id")
    return message
