"""Serves `parley.support.v1.TicketService`."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parley.support.v1 import record_pb2, ticket_pb2, ticket_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor, token_of
from kernel.rpc.moments import Context
from services.support.actions import opening, tickets
from services.support.actions.crossings import works_on_tickets
from services.support.actions.wiring import Wiring
from services.support.domain.requests import checked, emails_of
from services.support.servicer.messages import hit_message, ticket_message, viewer_message, whole_message


class TicketServicer(ticket_pb2_grpc.TicketServiceServicer):
    """The RPCs by which tickets come in, are found and are read."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SubmitTicket(
        self, request: ticket_pb2.SubmitTicketRequest, context: Context
    ) -> ticket_pb2.SubmitTicketResponse:
        """Takes in what somebody asks."""
        asked = checked(
            email=request.email,
            site_url=request.site_url,
            description=request.description,
            display_name=request.display_name,
            subject=request.subject,
            language=request.language,
        )
        fields = {ids.to_uuid(each.field_id, "fld"): each.value for each in request.field_values}
        reference, kept = await opening.submit_ticket(
            current_actor(),
            self._wiring,
            asked,
            fields,
            [ids.to_uuid(each, "att") for each in request.file_ids],
            request.request_id,
            request,
        )
        return ticket_pb2.SubmitTicketResponse(reference=reference, kept_days=kept)

    async def OpenTicket(
        self, request: ticket_pb2.OpenTicketRequest, context: Context
    ) -> ticket_pb2.OpenTicketResponse:
        """Opens a ticket for somebody."""
        asked = checked(
            email=request.email,
            site_url=request.site_url,
            description=request.description,
            display_name=request.display_name,
            subject=request.subject,
            language=request.language,
        )
        actor = current_actor()
        made, reference = await opening.open_ticket(
            actor,
            self._wiring,
            asked,
            queue_id=ids.to_uuid(request.queue_id, "que") if request.queue_id else None,
            parent_id=ids.to_uuid(request.parent_id, "tkt") if request.parent_id else None,
            conversation_id=ids.to_uuid(request.conversation_id, "cnv") if request.conversation_id else None,
            topic_id=ids.to_uuid(request.topic_id, "top") if request.topic_id else None,
            copy_emails=emails_of(request.copy_emails),
            request_id=request.request_id,
            request=request,
            token=token_of(tuple(context.invocation_metadata() or ())),
        )
        if not works_on_tickets(actor):
            # Whoever brought it to the desk does not read on there.
            brought = record_pb2.Ticket(id=ids.from_uuid("tkt", made), reference=reference)
            return ticket_pb2.OpenTicketResponse(ticket=brought)
        whole = await tickets.get_ticket(actor, self._wiring, made)
        days = await self._wiring.kept_days(actor.tenant_id)
        return ticket_pb2.OpenTicketResponse(ticket=whole_message(whole, days).ticket)

    async def GetTicket(self, request: ticket_pb2.GetTicketRequest, context: Context) -> ticket_pb2.GetTicketResponse:
        """Returns a ticket as it is opened."""
        actor = current_actor()
        whole = await tickets.get_ticket(actor, self._wiring, ids.to_uuid(request.ticket_id, "tkt"))
        return whole_message(whole, await self._wiring.kept_days(actor.tenant_id))

    async def ListTickets(
        self, request: ticket_pb2.ListTicketsRequest, context: Context
    ) -> ticket_pb2.ListTicketsResponse:
        """Lists tickets."""
        actor = current_actor()
        page, sealed, following = await tickets.list_tickets(
            actor, self._wiring, request.filter, request.order, request.page_size, request.page_token
        )
        days = await self._wiring.kept_days(actor.tenant_id)
        return ticket_pb2.ListTicketsResponse(
            tickets=[ticket_message(each, days, is_sealed=each.ticket.id in sealed) for each in page],
            next_page_token=following,
        )

    async def SearchTickets(
        self, request: ticket_pb2.SearchTicketsRequest, context: Context
    ) -> ticket_pb2.SearchTicketsResponse:
        """Finds tickets by words."""
        actor = current_actor()
        found, following = await tickets.search_tickets(
            actor, self._wiring, request.words, request.page_size, request.page_token
        )
        days = await self._wiring.kept_days(actor.tenant_id)
        return ticket_pb2.SearchTicketsResponse(
            hits=[hit_message(shown, hit, days) for shown, hit in found], next_page_token=following
        )

    async def CountTickets(
        self, request: ticket_pb2.CountTicketsRequest, context: Context
    ) -> ticket_pb2.CountTicketsResponse:
        """Counts tickets."""
        triage, mine, nobodys, late = await tickets.count_tickets(current_actor(), self._wiring)
        return ticket_pb2.CountTicketsResponse(triage=triage, mine=mine, unassigned=nobodys, breached=late)

    async def WatchTickets(
        self, request: ticket_pb2.WatchTicketsRequest, context: Context
    ) -> AsyncIterator[ticket_pb2.WatchTicketsResponse]:
        """Says what is new."""
        async for news in tickets.watch_tickets(current_actor(), self._wiring):
            yield ticket_pb2.WatchTicketsResponse(
                changes=[
                    ticket_pb2.TicketChanged(ticket_id=ids.from_uuid("tkt", key), etag=str(revision))
                    for key, revision in news.changed
                ],
                viewers=[viewer_message(each) for each in news.viewers or ()],
                has_viewers=news.viewers is not None,
            )
