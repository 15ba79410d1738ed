"""Writes tickets and what belongs to them as the contract has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from parley.support.v1 import record_pb2, ticket_pb2

from kernel import ids
from kernel.rpc.moments import stamp
from kernel.search import parts_of
from services.support.domain.files import PENDING, TicketFile
from services.support.domain.tickets import Entry, Happened
from services.support.store.lists import Shown
from services.support.store.opened import Whole
from services.support.store.search import Hit
from services.support.store.thread import Draft, Viewer


def an_id(prefix: str, value: UUID | None) -> str:
    """Writes a key as an id; none is nothing."""
    return "" if value is None else ids.from_uuid(prefix, value)


def ticket_message(shown: Shown, kept_days: int, *, is_sealed: bool = False) -> record_pb2.Ticket:
    """Writes a ticket as lists show it; of a sealed one, only that it is there."""
    ticket = shown.ticket
    message = record_pb2.Ticket(
        id=an_id("tkt", ticket.id),
        reference=ticket.reference,
        state=record_pb2.State.ValueType(ticket.state),
        queue_id=an_id("que", ticket.queue_id),
        create_time=stamp(ticket.create_time),
        update_time=stamp(ticket.update_time),
        etag=ticket.etag,
        is_sealed=is_sealed,
    )
    if is_sealed:
        return message
    message.MergeFrom(
        record_pb2.Ticket(
            subject=ticket.subject,
            outcome=record_pb2.Outcome.ValueType(ticket.outcome),
            priority=record_pb2.Priority.ValueType(ticket.priority),
            severity=record_pb2.Severity.ValueType(ticket.severity),
            assignee_id=an_id("stf", ticket.assignee_id),
            requester_id=an_id("rqr", ticket.requester_id),
            requester_name=shown.display_name,
            requester_email=shown.email,
            site_url=ticket.site_url,
            language=ticket.language,
            source=record_pb2.Source.ValueType(ticket.source),
            tag_ids=[an_id("ttg", each) for each in shown.tag_ids],
            is_spam=ticket.is_spam,
            snooze_until_time=stamp(ticket.snooze_until_time),
            merged_into_id=an_id("tkt", ticket.merged_into_id),
            parent_id=an_id("tkt", ticket.parent_id),
            conversation_id=an_id("cnv", ticket.conversation_id),
            topic_id=an_id("top", ticket.topic_id),
            close_time=stamp(ticket.close_time),
            purge_time=stamp(None if ticket.close_time is None else ticket.close_time + timedelta(days=kept_days)),
            entry_count=ticket.entry_count,
            last_entry_time=stamp(ticket.last_entry_time),
            next_due_time=stamp(ticket.next_due_time),
            next_metric=record_pb2.Metric.ValueType(ticket.next_metric),
            is_breached=ticket.is_breached,
            is_reply_last=ticket.is_reply_last,
        )
    )
    return message


def entry_message(entry: Entry, authors: Mapping[UUID, str]) -> record_pb2.Entry:
    """Writes an entry."""
    return record_pb2.Entry(
        id=an_id("ent", entry.id),
        ticket_id=an_id("tkt", entry.ticket_id),
        kind=record_pb2.EntryKind.ValueType(entry.kind),
        staff_id=an_id("stf", entry.staff_id),
        staff_name=entry.staff_name,
        body=entry.body,
        note=entry.note,
        create_time=stamp(entry.create_time),
        send_state=record_pb2.SendState.ValueType(entry.send_state),
        send_time=stamp(entry.send_time),
        is_withdrawn=entry.is_withdrawn,
        author_id=an_id("rqr", entry.author_id),
        author_email="" if entry.author_id is None else authors.get(entry.author_id, ""),
        quoted_text=entry.quoted_text,
        spf=record_pb2.CheckResult.ValueType(entry.spf),
        dkim=record_pb2.CheckResult.ValueType(entry.dkim),
        dmarc=record_pb2.CheckResult.ValueType(entry.dmarc),
    )


def file_message(file: TicketFile) -> record_pb2.TicketFile:
    """Writes a file's record."""
    is_pending = file.state == PENDING
    return record_pb2.TicketFile(
        id=an_id("att", file.id),
        ticket_id=an_id("tkt", file.ticket_id),
        entry_id=an_id("ent", file.entry_id),
        staff_id=an_id("stf", file.staff_id),
        filename=file.filename,
        # What a sender says that a file is, is not shown as what it is.
        media_type="" if is_pending else file.media_type,
        size=file.size,
        state=record_pb2.TicketFile.State.ValueType(file.state),
        reason=file.reason,
        width=file.width,
        height=file.height,
        create_time=stamp(file.create_time),
    )


def event_message(happened: Happened) -> record_pb2.TicketEvent:
    """Writes what happened."""
    return record_pb2.TicketEvent(
        id=an_id("tev", happened.id),
        ticket_id=an_id("tkt", happened.ticket_id),
        kind=happened.kind,
        staff_id=an_id("stf", happened.staff_id),
        rule_id=an_id("rul", happened.rule_id),
        from_value=happened.from_value,
        to_value=happened.to_value,
        time=stamp(happened.time),
    )


def viewer_message(viewer: Viewer) -> record_pb2.Viewer:
    """Writes who looks at a ticket."""
    return record_pb2.Viewer(
        ticket_id=an_id("tkt", viewer.ticket_id),
        staff_id=an_id("stf", viewer.staff_id),
        display_name=viewer.display_name,
        is_writing=viewer.is_writing,
    )


def draft_message(draft: Draft) -> record_pb2.Draft:
    """Writes a draft."""
    return record_pb2.Draft(body=draft.body, is_internal=draft.is_internal, update_time=stamp(draft.update_time))


def hit_message(shown: Shown, hit: Hit, kept_days: int) -> ticket_pb2.TicketHit:
    """Writes a ticket that was found, with where the words stand."""
    return ticket_pb2.TicketHit(
        ticket=ticket_message(shown, kept_days),
        parts=[ticket_pb2.SnippetPart(text=text, is_marked=is_marked) for text, is_marked in parts_of(hit.snippet)],
    )


def whole_message(whole: Whole, kept_days: int) -> ticket_pb2.GetTicketResponse:
    """Writes a ticket as it is opened."""
    ticket = ticket_message(whole.shown, kept_days)
    ticket.field_values.extend(_fields(whole.fields))
    ticket.clocks.extend(
        record_pb2.Clock(
            metric=record_pb2.Metric.ValueType(each.metric),
            due_time=stamp(each.due_time),
            left_seconds=each.left_seconds or 0,
            is_paused=each.is_paused,
            is_breached=each.is_breached,
            stop_time=stamp(each.stop_time),
        )
        for each in whole.clocks
    )
    ticket.copies.extend(
        record_pb2.TicketCopy(requester_id=an_id("rqr", each.id), display_name=each.display_name, email=each.email)
        for each in whole.copies
    )
    ticket.follower_ids.extend(an_id("stf", each) for each in whole.follower_ids)
    return ticket_pb2.GetTicketResponse(
        ticket=ticket,
        entries=[entry_message(each, whole.authors) for each in whole.entries],
        events=[event_message(each) for each in whole.events],
        draft=None if whole.draft is None else draft_message(whole.draft),
        merged_ids=[an_id("tkt", each) for each in whole.part_ids],
        links=[
            record_pb2.TicketLink(ticket_id=an_id("tkt", other), kind=record_pb2.LinkKind.ValueType(kind))
            for other, kind in whole.links
        ],
        viewers=[viewer_message(each) for each in whole.viewers],
        files=[file_message(each) for each in whole.files],
        kept_days=kept_days,
    )


def _fields(values: Mapping[UUID, str]) -> list[record_pb2.FieldValue]:
    return [record_pb2.FieldValue(field_id=an_id("fld", key), value=value) for key, value in values.items()]
