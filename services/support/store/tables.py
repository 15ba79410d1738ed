"""Declares the tables of the support desk, and whose data each column holds."""

from __future__ import annotations

from parley.subject.v1 import subject_pb2
from sqlalchemy import ARRAY, BigInteger, Boolean, Index, Integer, LargeBinary, MetaData, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType

from kernel.mail import arrivals
from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from kernel.tables import kernel_tables
from services.support.store.visitors import was_sent, went_along

_REQUESTER, _STAFF = subject_pb2.SUBJECT_KIND_REQUESTER, subject_pb2.SUBJECT_KIND_STAFF
_VISITOR = subject_pb2.SUBJECT_KIND_VISITOR

metadata = MetaData(schema="support")
kernel_tables(metadata, record="tkt", subject=_REQUESTER)
arrivals.table(metadata)

Uuid = UuidType(as_uuid=True)
Moment = TIMESTAMP(timezone=True)
_P = "parley.support.v1."

queues = tenant_table(
    "queues",
    metadata,
    column("id", Uuid, _P + "Queue.id", prefix="que"),
    column("label", Text, _P + "Queue.label"),
    column("assignment", Integer, _P + "Queue.assignment"),
    column("is_private", Boolean, _P + "Queue.is_private"),
    column("is_retired", Boolean, _P + "Queue.is_retired"),
    column("revision", BigInteger, _P + "Queue.etag"),
    column("create_time", Moment, _P + "Queue.create_time"),
    UniqueConstraint("tenant_id", "label"),
)

queue_members = tenant_table(
    "queue_members",
    metadata,
    column("queue_id", Uuid, _P + "Queue.id", prefix="que"),
    column("staff_id", Uuid, _P + "Queue.member_ids", prefix="stf"),
    column("last_time", Moment, "- when the queue last gave that person something", nullable=True),
    belongs_to(("queue_id",), "support.queues"),
    key=("queue_id", "staff_id"),
    subject={_STAFF: "staff_id"},
)

requesters = tenant_table(
    "requesters",
    metadata,
    column("id", Uuid, _P + "Ticket.requester_id", prefix="rqr"),
    column("email", Text, _P + "Ticket.requester_email"),
    column("display_name", Text, _P + "Ticket.requester_name"),
    column("create_time", Moment, _P + "Ticket.create_time"),
    column("idle_time", Moment, "- since when no ticket of theirs is open", nullable=True),
    UniqueConstraint("tenant_id", "email"),
    subject={_REQUESTER: "id"},
    goes_with_last=True,
    purge=("idle_time", "retention.ticket_days"),
)

tickets = tenant_table(
    "tickets",
    metadata,
    column("id", Uuid, _P + "Ticket.id", prefix="tkt"),
    column("reference", Text, _P + "Ticket.reference"),
    column("requester_id", Uuid, _P + "Ticket.requester_id", prefix="rqr", about=(_REQUESTER,)),
    column("subject", Text, _P + "Ticket.subject"),
    column("state", Integer, _P + "Ticket.state"),
    column("outcome", Integer, _P + "Ticket.outcome"),
    column("priority", Integer, _P + "Ticket.priority"),
    column("severity", Integer, _P + "Ticket.severity"),
    column("queue_id", Uuid, _P + "Ticket.queue_id", prefix="que"),
    column("assignee_id", Uuid, _P + "Ticket.assignee_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("site_url", Text, _P + "Ticket.site_url"),
    column("language", Text, _P + "Ticket.language", server_default=text("''")),
    column("site_id", Uuid, "- on which of the tenant's sites the form stood", nullable=True, prefix="sit"),
    column("source", Integer, _P + "Ticket.source"),
    column("is_spam", Boolean, _P + "Ticket.is_spam"),
    column("is_reply_last", Boolean, _P + "Ticket.is_reply_last"),
    column("snooze_until_time", Moment, _P + "Ticket.snooze_until_time", nullable=True),
    column("merged_into_id", Uuid, _P + "Ticket.merged_into_id", nullable=True, prefix="tkt"),
    column("parent_id", Uuid, _P + "Ticket.parent_id", nullable=True, prefix="tkt"),
    column("conversation_id", Uuid, _P + "Ticket.conversation_id", nullable=True, prefix="cnv"),
    column("topic_id", Uuid, _P + "Ticket.topic_id", nullable=True, prefix="top"),
    column("visitor_id", Uuid, _P + "TicketVisitor.visitor_id", nullable=True, prefix="vis", about=(_VISITOR,)),
    column("create_time", Moment, _P + "Ticket.create_time"),
    column("update_time", Moment, _P + "Ticket.update_time"),
    column("close_time", Moment, _P + "Ticket.close_time", nullable=True),
    column("entry_count", Integer, _P + "Ticket.entry_count"),
    column("last_entry_time", Moment, _P + "Ticket.last_entry_time"),
    column("next_due_time", Moment, _P + "Ticket.next_due_time", nullable=True),
    column("next_metric", Integer, _P + "Ticket.next_metric"),
    column("is_breached", Boolean, _P + "Ticket.is_breached"),
    column("revision", BigInteger, _P + "Ticket.etag"),
    UniqueConstraint("tenant_id", "reference"),
    belongs_to(("requester_id",), "support.requesters"),
    subject={_REQUESTER: "requester_id", _VISITOR: "visitor_id", _STAFF: "assignee_id"},
    also=(_VISITOR,),
    purge=("close_time", "retention.ticket_days"),
)
Index(
    "tickets_open",
    tickets.c.tenant_id,
    tickets.c.update_time.desc(),
    tickets.c.id.desc(),
    postgresql_where=text("state < 6"),
)
Index(
    "tickets_queue",
    tickets.c.tenant_id,
    tickets.c.queue_id,
    tickets.c.state,
    tickets.c.update_time.desc(),
    tickets.c.id.desc(),
)
Index(
    "tickets_assignee",
    tickets.c.tenant_id,
    tickets.c.assignee_id,
    tickets.c.update_time.desc(),
    tickets.c.id.desc(),
    postgresql_where=text("assignee_id IS NOT NULL"),
)
Index("tickets_requester", tickets.c.tenant_id, tickets.c.requester_id, tickets.c.id)
Index("tickets_created", tickets.c.tenant_id, tickets.c.id, postgresql_where=text("state < 6"))
Index(
    "tickets_due",
    tickets.c.tenant_id,
    tickets.c.next_due_time,
    tickets.c.id,
    postgresql_where=text("next_due_time IS NOT NULL"),
)
Index(
    "tickets_priority", tickets.c.tenant_id, tickets.c.priority.desc(), tickets.c.id, postgresql_where=text("state < 6")
)
Index(
    "tickets_merged", tickets.c.tenant_id, tickets.c.merged_into_id, postgresql_where=text("merged_into_id IS NOT NULL")
)
Index("tickets_closed", tickets.c.tenant_id, tickets.c.close_time, postgresql_where=text("close_time IS NOT NULL"))
Index("tickets_visitor", tickets.c.tenant_id, tickets.c.visitor_id, postgresql_where=text("visitor_id IS NOT NULL"))
Index("tickets_updated", tickets.c.tenant_id, tickets.c.update_time.desc(), tickets.c.id.desc())

entries = tenant_table(
    "entries",
    metadata,
    column("id", Uuid, _P + "Entry.id", prefix="ent"),
    column("ticket_id", Uuid, _P + "Entry.ticket_id", prefix="tkt"),
    column("kind", Integer, _P + "Entry.kind"),
    column("staff_id", Uuid, _P + "Entry.staff_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("staff_name", Text, _P + "Entry.staff_name", about=(_STAFF,)),
    column("body", Text, _P + "Entry.body"),
    column("note", Text, _P + "Entry.note"),
    column("create_time", Moment, _P + "Entry.create_time"),
    column("send_state", Integer, _P + "Entry.send_state"),
    column("send_time", Moment, _P + "Entry.send_time", nullable=True),
    column("is_withdrawn", Boolean, _P + "Entry.is_withdrawn"),
    column("author_id", Uuid, _P + "Entry.author_id", nullable=True, prefix="rqr"),
    column("quoted_text", Text, _P + "Entry.quoted_text"),
    column("spf", Integer, _P + "Entry.spf"),
    column("dkim", Integer, _P + "Entry.dkim"),
    column("dmarc", Integer, _P + "Entry.dmarc"),
    belongs_to(("ticket_id",), "support.tickets"),
    shown={_VISITOR: was_sent},
)
Index("entries_ticket", entries.c.tenant_id, entries.c.ticket_id, entries.c.id)

events = tenant_table(
    "events",
    metadata,
    column("id", Uuid, _P + "TicketEvent.id", prefix="tev"),
    column("ticket_id", Uuid, _P + "TicketEvent.ticket_id", prefix="tkt"),
    column("kind", Text, _P + "TicketEvent.kind"),
    column("staff_id", Uuid, _P + "TicketEvent.staff_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("rule_id", Uuid, _P + "TicketEvent.rule_id", nullable=True, prefix="rul"),
    column("from_value", Text, _P + "TicketEvent.from_value"),
    column("to_value", Text, _P + "TicketEvent.to_value"),
    column("time", Moment, _P + "TicketEvent.time"),
    belongs_to(("ticket_id",), "support.tickets"),
)
Index("events_ticket", events.c.tenant_id, events.c.ticket_id, events.c.id)

tags = tenant_table(
    "tags",
    metadata,
    column("id", Uuid, _P + "TicketTag.id", prefix="ttg"),
    column("word", Text, _P + "TicketTag.word"),
    column("is_retired", Boolean, _P + "TicketTag.is_retired"),
    UniqueConstraint("tenant_id", "word"),
)

ticket_tags = tenant_table(
    "ticket_tags",
    metadata,
    column("ticket_id", Uuid, _P + "Ticket.id", prefix="tkt"),
    column("tag_id", Uuid, _P + "Ticket.tag_ids", prefix="ttg"),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("ticket_id", "tag_id"),
)
Index("ticket_tags_tag", ticket_tags.c.tenant_id, ticket_tags.c.tag_id, ticket_tags.c.ticket_id)

fields = tenant_table(
    "fields",
    metadata,
    column("id", Uuid, _P + "Field.id", prefix="fld"),
    column("label", Text, _P + "Field.label"),
    column("kind", Integer, _P + "Field.kind"),
    column("choices", ARRAY(Text), _P + "Field.choices"),
    column("is_asked", Boolean, _P + "Field.is_asked"),
    column("reason", Text, _P + "Field.reason"),
    column("is_retired", Boolean, _P + "Field.is_retired"),
    column("revision", BigInteger, _P + "Field.etag"),
    UniqueConstraint("tenant_id", "label"),
)

field_values = tenant_table(
    "field_values",
    metadata,
    column("ticket_id", Uuid, _P + "Ticket.id", prefix="tkt"),
    column("field_id", Uuid, _P + "FieldValue.field_id", prefix="fld"),
    column("value", Text, _P + "FieldValue.value"),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("ticket_id", "field_id"),
)

followers = tenant_table(
    "followers",
    metadata,
    column("ticket_id", Uuid, _P + "Ticket.id", prefix="tkt"),
    column("staff_id", Uuid, _P + "Ticket.follower_ids", prefix="stf", about=(_STAFF,)),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("ticket_id", "staff_id"),
)
Index("followers_staff", followers.c.tenant_id, followers.c.staff_id, followers.c.ticket_id)

copies = tenant_table(
    "copies",
    metadata,
    column("ticket_id", Uuid, _P + "Ticket.id", prefix="tkt"),
    column("requester_id", Uuid, _P + "TicketCopy.requester_id", prefix="rqr"),
    column("create_time", Moment, "- when they were added"),
    belongs_to(("ticket_id",), "support.tickets"),
    belongs_to(("requester_id",), "support.requesters"),
    key=("ticket_id", "requester_id"),
    subject={_REQUESTER: "requester_id"},
)
Index("copies_requester", copies.c.tenant_id, copies.c.requester_id, copies.c.ticket_id)

drafts = tenant_table(
    "drafts",
    metadata,
    column("ticket_id", Uuid, _P + "Ticket.id", prefix="tkt"),
    column("staff_id", Uuid, "- whose draft it is; it is shown to nobody else", prefix="stf"),
    column("body", Text, _P + "Draft.body"),
    column("is_internal", Boolean, _P + "Draft.is_internal"),
    column("update_time", Moment, _P + "Draft.update_time"),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("ticket_id", "staff_id"),
)

viewers = tenant_table(
    "viewers",
    metadata,
    column("ticket_id", Uuid, _P + "Viewer.ticket_id", prefix="tkt"),
    column("staff_id", Uuid, _P + "Viewer.staff_id", prefix="stf", about=(_STAFF,)),
    column("display_name", Text, _P + "Viewer.display_name", about=(_STAFF,)),
    column("is_writing", Boolean, _P + "Viewer.is_writing"),
    column("seen_time", Moment, "- when that person was last heard of there"),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("ticket_id", "staff_id"),
    purge=("seen_time", 1),
)
Index("viewers_seen", viewers.c.tenant_id, viewers.c.seen_time)

links = tenant_table(
    "links",
    metadata,
    column("ticket_id", Uuid, _P + "Ticket.id", prefix="tkt"),
    column("other_id", Uuid, _P + "TicketLink.ticket_id", prefix="tkt"),
    column("kind", Integer, _P + "TicketLink.kind"),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("ticket_id", "other_id"),
)

undos = tenant_table(
    "undos",
    metadata,
    column("id", Uuid, _P + "UndoChangeRequest.undo_id", prefix="und"),
    column("ticket_id", Uuid, _P + "Ticket.id", prefix="tkt"),
    column("staff_id", Uuid, "- who may take it back", prefix="stf"),
    column("before", Text, _P + "Draft.body"),
    column("create_time", Moment, "- when it was done"),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("id", "ticket_id"),
    purge=("create_time", 1),
)
Index("undos_time", undos.c.tenant_id, undos.c.create_time)

change_answers = tenant_table(
    "change_answers",
    metadata,
    column("id", Uuid, _P + "ChangeTicketsResponse.undo_id", prefix="und"),
    column("place", Integer, "- where the ticket stands in the answer"),
    column("ticket_id", Uuid, _P + "ChangedTicket.ticket_id", prefix="tkt"),
    column("refusal", Text, _P + "ChangedTicket.refusal"),
    column("etag", Text, _P + "ChangedTicket.etag"),
    column("entry_id", Uuid, _P + "ChangedTicket.entry_id", nullable=True, prefix="ent"),
    column("is_undoable", Boolean, "- whether the change of this ticket can be taken back"),
    column("create_time", Moment, "- when it was done"),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("id", "place"),
    purge=("create_time", 1),
)
Index("change_answers_ticket", change_answers.c.tenant_id, change_answers.c.ticket_id)
Index("change_answers_time", change_answers.c.tenant_id, change_answers.c.create_time)

clocks = tenant_table(
    "clocks",
    metadata,
    column("ticket_id", Uuid, _P + "Ticket.id", prefix="tkt"),
    column("metric", Integer, _P + "Clock.metric"),
    column("due_time", Moment, _P + "Clock.due_time", nullable=True),
    column("left_seconds", Integer, _P + "Clock.left_seconds", nullable=True),
    column("is_paused", Boolean, _P + "Clock.is_paused"),
    column("is_breached", Boolean, _P + "Clock.is_breached"),
    column("is_warned", Boolean, "- whether it was said that it is nearly due"),
    column("stop_time", Moment, _P + "Clock.stop_time", nullable=True),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("ticket_id", "metric"),
)

macros = tenant_table(
    "macros",
    metadata,
    column("id", Uuid, _P + "Macro.id", prefix="mac"),
    column("label", Text, _P + "Macro.label"),
    column("steps", Text, _P + "MacroStep.words"),
    column("is_fix", Boolean, _P + "Macro.is_fix"),
    column("revision", BigInteger, _P + "Macro.etag"),
    column("create_time", Moment, "- when it was made"),
    UniqueConstraint("tenant_id", "label"),
)

saved_views = tenant_table(
    "saved_views",
    metadata,
    column("id", Uuid, _P + "SavedView.id", prefix="vew"),
    column(
        "staff_id",
        Uuid,
        "- whose own it is; somebody of the staff may always be named for what they set up",
        prefix="stf",
    ),
    column("label", Text, _P + "SavedView.label"),
    column("filter", LargeBinary, "- what the tenant asks for, by states, queues and ids"),
    column("sort", Integer, _P + "SavedView.order"),
    column("columns", Text, _P + "SavedView.columns"),
    column("revision", BigInteger, _P + "SavedView.etag"),
    column("is_shared", Boolean, _P + "SavedView.is_shared"),
)

levels = tenant_table(
    "levels",
    metadata,
    column("id", Uuid, _P + "Level.id", prefix="lvl"),
    column("queue_id", Uuid, _P + "Level.queue_id", nullable=True, prefix="que"),
    column("priority", Integer, _P + "Level.priority"),
    column("triage_minutes", Integer, _P + "Level.triage_minutes"),
    column("first_response_minutes", Integer, _P + "Level.first_response_minutes"),
    column("next_response_minutes", Integer, _P + "Level.next_response_minutes"),
    column("resolution_minutes", Integer, _P + "Level.resolution_minutes"),
    column("warn_minutes", Integer, _P + "Level.warn_minutes"),
    column("calendar_id", Uuid, _P + "Level.calendar_id", nullable=True, prefix="cal"),
)

calendars = tenant_table(
    "calendars",
    metadata,
    column("id", Uuid, _P + "Calendar.id", prefix="cal"),
    column("label", Text, _P + "Calendar.label"),
    column("zone", Text, _P + "Calendar.zone"),
    column("country", Text, _P + "Calendar.holidays_of"),
    column("part", Text, _P + "Calendar.part"),
    column("days", Text, "- the tenant says when somebody works"),
    column("special_days", Text, "- the tenant says when somebody works"),
    column("revision", BigInteger, _P + "Calendar.etag"),
    UniqueConstraint("tenant_id", "label"),
)

rules = tenant_table(
    "rules",
    metadata,
    column("id", Uuid, _P + "Rule.id", prefix="rul"),
    column("label", Text, _P + "Rule.label"),
    column("trigger", Integer, _P + "Rule.trigger"),
    column("conditions", Text, _P + "Condition.value"),
    column("steps", Text, _P + "MacroStep.words"),
    column("is_on", Boolean, _P + "Rule.is_on"),
    column("revision", BigInteger, _P + "Rule.etag"),
    UniqueConstraint("tenant_id", "label"),
)

rule_runs = tenant_table(
    "rule_runs",
    metadata,
    column("id", Uuid, _P + "RuleRun.id", prefix="run"),
    column("ticket_id", Uuid, _P + "RuleRun.ticket_id", prefix="tkt"),
    column("rule_id", Uuid, _P + "RuleRun.rule_id", prefix="rul"),
    column("refusal", Text, _P + "RuleRun.refusal"),
    column("time", Moment, _P + "RuleRun.time"),
    belongs_to(("ticket_id",), "support.tickets"),
)
Index("rule_runs_id", rule_runs.c.tenant_id, rule_runs.c.id.desc())
Index("rule_runs_ticket", rule_runs.c.tenant_id, rule_runs.c.ticket_id)

tallies = tenant_table(
    "tallies",
    metadata,
    column("day", Moment, _P + "DayCount.day"),
    column("queue_id", Uuid, _P + "Queue.id", prefix="que"),
    column("kind", Text, _P + "TicketEvent.kind"),
    column("staff_id", Uuid, _P + "AgentCount.staff_id", prefix="stf"),
    column("count", BigInteger, _P + "DayCount.opened"),
    key=("day", "queue_id", "kind", "staff_id"),
    subject={_STAFF: "staff_id"},
    purge=("day", 366),
)

mailboxes = tenant_table(
    "mailboxes",
    metadata,
    column("id", Uuid, _P + "Mailbox.id", prefix="mbx"),
    column("local_part", Text, _P + "Mailbox.local_part"),
    column("queue_id", Uuid, _P + "Mailbox.queue_id", nullable=True, prefix="que"),
    column("create_time", Moment, _P + "Mailbox.create_time"),
    UniqueConstraint("tenant_id", "local_part"),
)

ticket_mails = tenant_table(
    "ticket_mails",
    metadata,
    column("ticket_id", Uuid, _P + "TicketMail.ticket_id", prefix="tkt"),
    column("fingerprint", LargeBinary, _P + "TicketMail.fingerprint"),
    column("last_message_id", Text, _P + "TicketMail.last_message_id"),
    column("create_time", Moment, _P + "TicketMail.create_time"),
    belongs_to(("ticket_id",), "support.tickets"),
    key=("ticket_id",),
)
Index("ticket_mails_fingerprint", ticket_mails.c.tenant_id, ticket_mails.c.fingerprint, unique=True)

files = tenant_table(
    "files",
    metadata,
    column("id", Uuid, _P + "TicketFile.id", prefix="att"),
    column("ticket_id", Uuid, _P + "TicketFile.ticket_id", prefix="tkt"),
    column("entry_id", Uuid, _P + "TicketFile.entry_id", nullable=True, prefix="ent"),
    column("staff_id", Uuid, _P + "TicketFile.staff_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("filename", Text, _P + "TicketFile.filename"),
    column("media_type", Text, _P + "TicketFile.media_type"),
    column("size", BigInteger, _P + "TicketFile.size"),
    column("state", Integer, _P + "TicketFile.state"),
    column("reason", Text, _P + "TicketFile.reason"),
    column("width", Integer, _P + "TicketFile.width"),
    column("height", Integer, _P + "TicketFile.height"),
    column("file_key", Text, "- where the bytes lie, under a random name"),
    column("create_time", Moment, _P + "TicketFile.create_time"),
    belongs_to(("ticket_id",), "support.tickets"),
    shown={_VISITOR: went_along},
    files="filename",
)
Index("files_ticket", files.c.tenant_id, files.c.ticket_id, files.c.create_time, files.c.id)
Index("files_entry", files.c.tenant_id, files.c.entry_id, postgresql_where=text("entry_id IS NOT NULL"))
Index("files_size", files.c.tenant_id, postgresql_include=["size"])

waiting_files = tenant_table(
    "waiting_files",
    metadata,
    column("id", Uuid, _P + "UploadRequestFileResponse.file_id", prefix="att"),
    column("filename", Text, _P + "UploadRequestFileRequest.filename"),
    column("media_type", Text, _P + "UploadRequestFileRequest.content_type"),
    column("size", BigInteger, _P + "TicketFile.size"),
    column("file_key", Text, "- where the bytes lie, under a random name"),
    column("create_time", Moment, _P + "TicketFile.create_time"),
    # Of whoever is no known visitor it is nobody's until a request is sent with it; it deletes itself after a day.
    column("visitor_id", Uuid, _P + "TicketVisitor.visitor_id", nullable=True, prefix="vis"),
    subject={_VISITOR: "visitor_id"},
    purge=("create_time", 1),
)
Index("waiting_files_time", waiting_files.c.tenant_id, waiting_files.c.create_time, postgresql_include=["size"])
