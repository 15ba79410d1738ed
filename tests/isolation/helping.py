"""Lets people ask a tenant of the walks for help, and its staff work on what they asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parley.support.v1 import (
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
from kernel.storage import Database, runtime_url
from services.support.store import mails
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
    if "conditions" in request.DESCRIPTOR.fields_by_name:
        request.ClearField("conditions")
    if isinstance(request, ticket_pb2.ListTicketsRequest):
        request.ClearField("filter")
    for name in _ANOTHER.intersection(request.DESCRIPTOR.fields_by_name):
        setattr(request, name, known.get("another ticket", known["tkt"]))


async def help_somebody(platform: Platform, tenant: Tenant, everything: Member) -> Mapping[str, str]:
    """Opens tickets with something of everything in them; returns one id of each kind."""
    desk = Desk(platform, tenant, everything, everything)
    levels = level_pb2_grpc.LevelServiceStub(platform.support)
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
        ("NOTE", "", "Asks every week."),
        ("ANSWER", "", "It is."),
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
        "rul": rule.rule.id,
    }
    return made | await _go_on_by_mail(desk, first, whole.entries[0].id)


async def _go_on_by_mail(desk: Desk, ticket_id: str, entry_id: str) -> dict[str, str]:
    """Makes mailboxes, and lets files come with a ticket's mail, as the intake keeps them."""
    stub = mailbox_pb2_grpc.MailboxServiceStub(desk.platform.support)
    boxes = [
        (await desk.call(stub.CreateMailbox, mailbox_pb2.CreateMailboxRequest(local_part=each))).mailbox.id
        for each in ("returns", "billing")
    ]
    config, tenant = desk.platform.config, ids.to_uuid(desk.tenant.id, "ten")
    files = [
        mails.MailFile(
            id=ids.new_uuid(),
            entry_id=ids.to_uuid(entry_id, "ent"),
            filename="shop.log",
            media_type="text/plain",
            size=4,
            data=b"blank",
        )
        for _ in range(2)
    ]
    database = Database(runtime_url(config.database_url, config.secret_key, "support"))
    try:
        async with database.transaction(desk.tenant.id) as connection:
            key = ids.to_uuid(ticket_id, "tkt")
            begun = mails.TicketMail(
                ticket_id=key, fingerprint=key.bytes, last_message_id="", create_time=SystemClock().now()
            )
            await mails.claim_mail(connection, tenant, begun)
            await mails.add_files(connection, tenant, files)
    finally:
        await database.close()
    return {"mbx": boxes[0], "mfl": ids.from_uuid("mfl", files[0].id)}
