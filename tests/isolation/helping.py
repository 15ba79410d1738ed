"""Lets people ask a tenant of the walks for help, and its staff work on what they asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from parley.support.v1 import (
    calendar_pb2,
    calendar_pb2_grpc,
    change_pb2,
    level_pb2,
    level_pb2_grpc,
    macro_pb2,
    macro_pb2_grpc,
    mailbox_pb2,
    mailbox_pb2_grpc,
    queue_pb2,
    rule_pb2,
    rule_pb2_grpc,
    thread_pb2,
    ticket_pb2,
)

from kernel import ids
from kernel.clock import SystemClock
from kernel.files import open_files
from kernel.storage import Database, runtime_url
from services.support.domain.files import READY, TicketFile
from services.support.store import files, mails
from tests.platform import Member, Platform, Tenant
from tests.support.desk import Desk

#: What names the second of two tickets; there is another one of each tenant's.
_ANOTHER = {"into_id", "other_id"}


def say_something_of_tickets(request: Any, known: Mapping[str, str]) -> None:
    """Says something in what changes tickets: a kind with a value of it, and two tickets where it takes two."""
    for name in ("changes", "steps"):
        for each in getattr(request, name, ()):
            each.Clear()
            each.kind, each.value = change_pb2.CHANGE_KIND_SET_SEVERITY, "MAJOR"
            if isinstance(each, change_pb2.Change):
                # What goes with files.
                each.kind, each.value, each.text = change_pb2.CHANGE_KIND_NOTE, "", "Looked at."
    if "conditions" in request.DESCRIPTOR.fields_by_name:
        request.ClearField("conditions")
    if isinstance(request, ticket_pb2.ListTicketsRequest):
        request.ClearField("filter")
    if isinstance(request, ticket_pb2.OpenTicketRequest):
        # What it comes out of is seen by those who work in the chat or in the community.
        request.ClearField("conversation_id")
        request.ClearField("topic_id")
    if isinstance(request, ticket_pb2.SubmitTicketRequest) and known.get("waiting file") != known["att"]:
        # A file goes with one request.
        request.ClearField("file_ids")
    for name in _ANOTHER.intersection(request.DESCRIPTOR.fields_by_name):
        setattr(request, name, known.get("another ticket", known["tkt"]))


async def help_somebody(platform: Platform, tenant: Tenant, everything: Member, file_id: str) -> Mapping[str, str]:
    """Opens tickets with something of everything in them; returns one id of each kind.

    Ids of files begin alike in every service, so the first ticket has one with the id of a file of the chat's.
    """
    desk = Desk(platform, tenant, everything, everything)
    levels = level_pb2_grpc.LevelServiceStub(platform.support)
    calendars = calendar_pb2_grpc.CalendarServiceStub(platform.support)
    nights = calendar_pb2.CreateCalendarRequest(label="Nights", zone="Europe/Berlin")
    calendar = await desk.call(calendars.CreateCalendar, nights)
    promise = await desk.call(levels.SetLevel, level_pb2.SetLevelRequest(resolution_minutes=600, warn_minutes=30))
    macros = macro_pb2_grpc.MacroServiceStub(platform.support)
    step = macro_pb2.MacroStep(kind=change_pb2.CHANGE_KIND_ANSWER, words="It is open on Sundays.")
    macro = await desk.call(macros.CreateMacro, macro_pb2.CreateMacroRequest(label="Sundays", steps=[step]))
    view = await desk.call(macros.CreateSavedView, macro_pb2.CreateSavedViewRequest(label="All of it", is_shared=True))
    rules = rule_pb2_grpc.RuleServiceStub(platform.support)
    flag = macro_pb2.MacroStep(kind=change_pb2.CHANGE_KIND_SET_SEVERITY, value="MAJOR")
    asked = rule_pb2.CreateRuleRequest(label="Major", trigger=rule_pb2.TRIGGER_OPENED, steps=[flag], is_on=True)
    rule = await desk.call(rules.CreateRule, asked)
    first = await desk.submit("Is it open on Sundays?", email="ann@people.example", display_name="Ann")
    second = await desk.submit("The page is blank.", email="bo@people.example")
    part = await desk.submit("The page is blank, again.", email="bo@people.example")
    queue_id, tag_id = await desk.queue("Billing", everything), await desk.tag("billing")
    field = await desk.call(
        desk.queues.CreateField,
        queue_pb2.CreateFieldRequest(
            label="Order number", kind=queue_pb2.FIELD_KIND_TEXT, is_asked=True, reason="To find the order."
        ),
    )
    changed = await desk.change(
        first,
        ("ACCEPT",),
        ("ASSIGN", "me"),
        ("ADD_TAG", tag_id),
        ("FOLLOW",),
        ("SET_FIELD", field.field.id, "4711"),
        ("ADD_COPY", "", "cy@people.example"),
        ("NOTE", "", "Asks every week."),
        ("ANSWER", "", "It is."),
        request_id="asks-every-week",
    )
    await desk.change(part, ("DUPLICATE", second))
    await desk.call(desk.changes.LinkTickets, change_pb2.LinkTicketsRequest(ticket_id=first, other_id=second))
    await desk.call(desk.threads.SaveDraft, thread_pb2.SaveDraftRequest(ticket_id=first, body="And on Mondays"))
    await desk.call(desk.threads.ReportPresence, thread_pb2.ReportPresenceRequest(ticket_id=first))
    whole = await desk.get(first)
    made = {
        "tkt": first,
        "another ticket": second,
        "que": queue_id,
        "ttg": tag_id,
        "fld": field.field.id,
        "ent": next(each.id for each in whole.entries if each.body == "It is."),
        "tev": whole.events[0].id,
        "rqr": whole.ticket.requester_id,
        "und": changed.undo_id,
        "mac": macro.macro.id,
        "vew": view.view.id,
        "lvl": promise.level.id,
        "cal": calendar.calendar.id,
        "rul": rule.rule.id,
    }
    return made | await _go_on_by_mail(desk, first, whole.entries[0].id, file_id)


async def _go_on_by_mail(desk: Desk, ticket_id: str, entry_id: str, file_id: str) -> dict[str, str]:
    """Makes mailboxes, and lets files come with a ticket's mail, as the intake keeps them."""
    stub = mailbox_pb2_grpc.MailboxServiceStub(desk.platform.support)
    boxes = [
        (await desk.call(stub.CreateMailbox, mailbox_pb2.CreateMailboxRequest(local_part=each))).mailbox.id
        for each in ("returns", "billing")
    ]
    config, tenant = desk.platform.config, ids.to_uuid(desk.tenant.id, "ten")
    now, key = SystemClock().now(), ids.to_uuid(ticket_id, "tkt")
    kept = [
        TicketFile(
            id=each,
            ticket_id=key,
            entry_id=ids.to_uuid(entry_id, "ent"),
            filename="shop.log",
            media_type="text/plain",
            size=5,
            state=READY,
            file_key=await _bytes_of(desk, ticket_id),
            create_time=now,
        )
        for each in (ids.to_uuid(file_id, "att"), ids.new_uuid())
    ]
    database = Database(runtime_url(config.database_url, config.secret_key, "support"))
    try:
        async with database.transaction(desk.tenant.id) as connection:
            begun = mails.TicketMail(ticket_id=key, fingerprint=key.bytes, last_message_id="", create_time=now)
            await mails.claim_mail(connection, tenant, begun)
            await files.add_files(connection, tenant, kept)
    finally:
        await database.close()
    return {"mbx": boxes[0]}


async def _bytes_of(desk: Desk, ticket_id: str) -> str:
    """Keeps the bytes of a file that was passed, and returns where they lie."""
    store = open_files(desk.platform.config)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"blank"

    kept = await store.put(desk.tenant.id, ticket_id, pieces(), most_bytes=100)
    await store.examine(desk.tenant.id, kept.key, "text/plain")
    return kept.key
