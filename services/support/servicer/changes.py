"""Serves `parley.support.v1.ChangeService` and `ThreadService`."""

from __future__ import annotations

from collections.abc import Sequence

from parley.support.v1 import change_pb2, change_pb2_grpc, thread_pb2, thread_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from kernel.rpc.moments import Context, stamp
from services.support.actions import changing, linking, writing
from services.support.actions.changing import Changed
from services.support.actions.wiring import Wiring
from services.support.servicer.messages import an_id, draft_message, viewer_message


def _changed(found: Sequence[Changed]) -> list[change_pb2.ChangedTicket]:
    return [
        change_pb2.ChangedTicket(
            ticket_id=an_id("tkt", each.ticket_id),
            refusal=each.refusal,
            etag=each.etag,
            entry_id=an_id("ent", each.entry_id),
        )
        for each in found
    ]


class ChangeServicer(change_pb2_grpc.ChangeServiceServicer):
    """The RPCs that change tickets."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def ChangeTickets(
        self, request: change_pb2.ChangeTicketsRequest, context: Context
    ) -> change_pb2.ChangeTicketsResponse:
        """Changes one or many tickets."""
        done, undo_id, until = await changing.change_tickets(
            current_actor(),
            self._wiring,
            [ids.to_uuid(each, "tkt") for each in dict.fromkeys(request.ticket_ids)],
            [changing.asked_of(each) for each in request.changes],
            etag=request.etag,
            seen_entries=request.seen_entries,
            request_id=request.request_id,
            request=request,
            macro_id=ids.to_uuid(request.macro_id, "mac") if request.macro_id else None,
        )
        return change_pb2.ChangeTicketsResponse(tickets=_changed(done), undo_id=undo_id, undo_until_time=stamp(until))

    async def UndoChange(
        self, request: change_pb2.UndoChangeRequest, context: Context
    ) -> change_pb2.UndoChangeResponse:
        """Takes changes back."""
        done = await changing.undo_change(current_actor(), self._wiring, ids.to_uuid(request.undo_id, "und"))
        return change_pb2.UndoChangeResponse(tickets=_changed(done))

    async def MergeTicket(
        self, request: change_pb2.MergeTicketRequest, context: Context
    ) -> change_pb2.MergeTicketResponse:
        """Makes a ticket a part of another one."""
        await linking.merge_ticket(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.ticket_id, "tkt"),
            ids.to_uuid(request.into_id, "tkt"),
            request.request_id,
            request,
        )
        return change_pb2.MergeTicketResponse()

    async def UnmergeTicket(
        self, request: change_pb2.UnmergeTicketRequest, context: Context
    ) -> change_pb2.UnmergeTicketResponse:
        """Takes a merge back."""
        await linking.unmerge_ticket(current_actor(), self._wiring, ids.to_uuid(request.ticket_id, "tkt"))
        return change_pb2.UnmergeTicketResponse()

    async def LinkTickets(
        self, request: change_pb2.LinkTicketsRequest, context: Context
    ) -> change_pb2.LinkTicketsResponse:
        """Links two tickets."""
        await linking.link_tickets(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.ticket_id, "tkt"),
            ids.to_uuid(request.other_id, "tkt"),
            linking.BLOCKED_BY if request.blocks else linking.RELATED,
        )
        return change_pb2.LinkTicketsResponse()

    async def UnlinkTickets(
        self, request: change_pb2.UnlinkTicketsRequest, context: Context
    ) -> change_pb2.UnlinkTicketsResponse:
        """Takes a link away."""
        await linking.link_tickets(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.ticket_id, "tkt"),
            ids.to_uuid(request.other_id, "tkt"),
            0,
        )
        return change_pb2.UnlinkTicketsResponse()


class ThreadServicer(thread_pb2_grpc.ThreadServiceServicer):
    """The RPCs of drafts, of answers that have not gone out, and of who is there."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def UndoAnswer(
        self, request: thread_pb2.UndoAnswerRequest, context: Context
    ) -> thread_pb2.UndoAnswerResponse:
        """Takes an answer back."""
        draft = await writing.undo_answer(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.ticket_id, "tkt"),
            ids.to_uuid(request.entry_id, "ent"),
        )
        return thread_pb2.UndoAnswerResponse(draft=draft_message(draft))

    async def SaveDraft(self, request: thread_pb2.SaveDraftRequest, context: Context) -> thread_pb2.SaveDraftResponse:
        """Keeps a draft."""
        draft = await writing.save_draft(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.ticket_id, "tkt"),
            request.body,
            is_internal=request.is_internal,
        )
        return thread_pb2.SaveDraftResponse(update_time=stamp(draft.update_time))

    async def ReportPresence(
        self, request: thread_pb2.ReportPresenceRequest, context: Context
    ) -> thread_pb2.ReportPresenceResponse:
        """Says that the caller looks at a ticket."""
        others = await writing.report_presence(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.ticket_id, "tkt"),
            is_writing=request.is_writing,
            has_left=request.has_left,
        )
        return thread_pb2.ReportPresenceResponse(viewers=[viewer_message(each) for each in others])
