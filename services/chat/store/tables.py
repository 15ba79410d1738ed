"""Declares chat's tables, and whose data each column holds."""

from __future__ import annotations

from parley.subject.v1 import subject_pb2
from sqlalchemy import ARRAY, BigInteger, Boolean, Index, Integer, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType

from kernel.mail import arrivals
from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from kernel.tables import kernel_tables

metadata = MetaData(schema="chat")
kernel_tables(metadata)
arrivals.table(metadata)

_C = "parley.chat.v1.Conversation."
_M = "parley.chat.v1.Message."
_A = "parley.chat.v1.PreChatAnswer."
_P = "parley.chat.v1.PreviousText."
_F = "parley.chat.v1.Attachment."
_OPERATOR = "parley.chat.v1.Operator."
_RULE = "parley.chat.v1.RoutingRule."
_TRANSFER = "parley.chat.v1.Transfer."
_UUID = UuidType(as_uuid=True)
_TIME = TIMESTAMP(timezone=True)
_STAFF = subject_pb2.SUBJECT_KIND_STAFF

conversations = tenant_table(
    "conversations",
    metadata,
    column("id", _UUID, _C + "id", prefix="cnv"),
    column("site_id", _UUID, _C + "site_id", prefix="sit"),
    column("visitor_id", _UUID, _C + "visitor_id", prefix="vis"),
    column("display_name", Text, _C + "display_name"),
    column("language", Text, _C + "language"),
    column("page_path", Text, _C + "page_path"),
    column("notice_id", _UUID, _C + "notice_id", prefix="ntc"),
    column("state", Integer, _C + "state"),
    column("operator_id", _UUID, _C + "operator_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("operator_name", Text, _C + "operator_name", about=(_STAFF,)),
    column("head", BigInteger, _C + "head_sequence"),
    column("visitor_read", BigInteger, _C + "visitor_read_sequence"),
    column("operator_read", BigInteger, _C + "operator_read_sequence"),
    column("closed_by", Integer, _C + "closed_by"),
    column("create_time", _TIME, _C + "create_time"),
    column("claim_time", _TIME, _C + "claim_time", nullable=True),
    column("close_time", _TIME, _C + "close_time", nullable=True),
    column("erase_time", _TIME, "- when its visitor was forgotten", nullable=True),
    column("watcher_id", _UUID, _C + "watcher_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("watch_end_time", _TIME, _C + "watch_end_time", nullable=True),
    column("tag_ids", ARRAY(_UUID), _C + "tag_ids", prefix="tag", server_default="{}"),
    column("note_count", Integer, _C + "note_count", server_default="0"),
    column("is_left", Boolean, _C + "is_left_message", server_default="false"),
    column("team_id", _UUID, _C + "team_id", nullable=True, prefix="tea"),
    column("queue_time", _TIME, _C + "queue_time", nullable=True),
    column("queue_place", Integer, _C + "queue_position", server_default="1"),
    column("left_id", _UUID, _C + "operator_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("offered_id", _UUID, _C + "offered_to_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("offer_end_time", _TIME, _C + "offer_end_time", nullable=True),
    column("rating", Integer, _C + "rating", server_default="0"),
    column("rate_time", _TIME, _C + "rate_time", nullable=True),
    column("reply_set_time", _TIME, _C + "reply_set_time", nullable=True),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id", _STAFF: "operator_id"},
    purge=("close_time", "retention.transcript_days"),
)
Index("conversations_queue", conversations.c.tenant_id, conversations.c.id, postgresql_where=conversations.c.state == 1)
Index(
    "conversations_operator",
    conversations.c.operator_id,
    conversations.c.tenant_id,
    conversations.c.state,
    conversations.c.id,
)
Index("conversations_visitor", conversations.c.visitor_id, conversations.c.tenant_id)
Index(
    "conversations_closed",
    conversations.c.tenant_id,
    conversations.c.close_time,
    postgresql_where=conversations.c.state == 3,
)
Index(
    "conversations_claimed",
    conversations.c.tenant_id,
    conversations.c.claim_time,
    postgresql_where=conversations.c.claim_time.is_not(None),
)

messages = tenant_table(
    "messages",
    metadata,
    column("conversation_id", _UUID, _M + "conversation_id", prefix="cnv"),
    column("sequence", BigInteger, _M + "sequence"),
    column("id", _UUID, _M + "id", prefix="msg"),
    column("kind", Integer, _M + "kind"),
    column("side", Integer, _M + "side"),
    column("client_message_id", Text, _M + "client_message_id", nullable=True),
    column("operator_id", _UUID, _M + "operator_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("body", Text, _M + "body"),
    column("create_time", _TIME, _M + "create_time"),
    column("target_sequence", BigInteger, _M + "target_sequence", server_default="0"),
    column("revision", Integer, _M + "revision", server_default="0"),
    column("revise_time", _TIME, _M + "revise_time", nullable=True),
    belongs_to(("conversation_id",), "chat.conversations"),
    key=("conversation_id", "sequence"),
)
Index(
    "messages_client",
    messages.c.tenant_id,
    messages.c.conversation_id,
    messages.c.client_message_id,
    unique=True,
    postgresql_where=messages.c.client_message_id.is_not(None),
)

answers = tenant_table(
    "answers",
    metadata,
    column("conversation_id", _UUID, _C + "id", prefix="cnv"),
    column("number", Integer, _A + "number"),
    column("label", Text, _A + "label"),
    column("text", Text, _A + "text"),
    belongs_to(("conversation_id",), "chat.conversations"),
    key=("conversation_id", "number"),
)

#: How many days the texts of before are kept: as long as somebody may have to know what stood there.
PREVIOUS_DAYS = 7
revisions = tenant_table(
    "revisions",
    metadata,
    column("conversation_id", _UUID, _C + "id", prefix="cnv"),
    column("sequence", BigInteger, _P + "sequence"),
    column("target_sequence", BigInteger, _P + "target_sequence"),
    column("body", Text, _P + "body"),
    column("revise_time", _TIME, _P + "revise_time"),
    belongs_to(("conversation_id",), "chat.conversations"),
    key=("conversation_id", "sequence"),
    purge=("revise_time", PREVIOUS_DAYS),
)
Index("revisions_time", revisions.c.tenant_id, revisions.c.revise_time)

_T = "parley.chat.v1.Tag."
tags = tenant_table(
    "tags",
    metadata,
    column("id", _UUID, _T + "id", prefix="tag"),
    column("word", Text, _T + "word"),
    column("colour", Text, _T + "colour"),
    column("retired", Boolean, _T + "retired"),
    column("revision", Integer, _T + "etag"),
    column("create_time", _TIME, _T + "create_time"),
)

# By tag, for what is filtered and counted; the same tags stand in the conversation's own row, for what is shown.
conversation_tags = tenant_table(
    "conversation_tags",
    metadata,
    column("conversation_id", _UUID, _C + "id", prefix="cnv"),
    column("tag_id", _UUID, "parley.chat.v1.AppliedTag.tag_id", prefix="tag"),
    column("word", Text, "parley.chat.v1.AppliedTag.word"),
    belongs_to(("conversation_id",), "chat.conversations"),
    key=("conversation_id", "tag_id"),
)
Index(
    "conversation_tags_tag",
    conversation_tags.c.tag_id,
    conversation_tags.c.tenant_id,
    conversation_tags.c.conversation_id,
)

_N = "parley.chat.v1.Note."
notes = tenant_table(
    "notes",
    metadata,
    column("conversation_id", _UUID, _N + "conversation_id", prefix="cnv"),
    column("id", _UUID, _N + "id", prefix="nte"),
    column("staff_id", _UUID, _N + "staff_id", prefix="stf", about=(_STAFF,)),
    column("staff_name", Text, _N + "staff_name", about=(_STAFF,)),
    column("body", Text, _N + "body"),
    column("create_time", _TIME, _N + "create_time"),
    belongs_to(("conversation_id",), "chat.conversations"),
    key=("conversation_id", "id"),
)

_R = "parley.chat.v1.CannedReply."
canned_replies = tenant_table(
    "canned_replies",
    metadata,
    column("id", _UUID, _R + "id", prefix="cnd"),
    column("owner_id", _UUID, _R + "owner_id", nullable=True, prefix="stf"),
    column("shortcut", Text, _R + "shortcut"),
    column("language", Text, _R + "language"),
    column("template", Text, _R + "template"),
    column("revision", Integer, _R + "etag"),
    column("create_time", _TIME, _R + "create_time"),
    subject={_STAFF: "owner_id"},
)

#: For how many days after its end it stays on record that somebody was kept out, for whoever asks why.
BLOCK_DAYS = 30
_B = "parley.chat.v1.Block."
blocks = tenant_table(
    "blocks",
    metadata,
    column("id", _UUID, _B + "id", prefix="blk"),
    column("conversation_id", _UUID, _B + "conversation_id", prefix="cnv"),
    column("visitor_id", _UUID, _B + "visitor_id", prefix="vis"),
    column("reason", Integer, _B + "reason"),
    column("staff_id", _UUID, _B + "staff_id", prefix="stf", about=(_STAFF,)),
    column("staff_name", Text, _B + "staff_name", about=(_STAFF,)),
    column("create_time", _TIME, _B + "create_time"),
    column("end_time", _TIME, _B + "end_time"),
    subject={subject_pb2.SUBJECT_KIND_VISITOR: "visitor_id", _STAFF: "staff_id"},
    purge=("end_time", BLOCK_DAYS),
)
Index("blocks_conversation", blocks.c.tenant_id, blocks.c.conversation_id, unique=True)
Index("blocks_visitor", blocks.c.visitor_id, blocks.c.tenant_id)
Index("blocks_end", blocks.c.tenant_id, blocks.c.end_time)
attachments = tenant_table(
    "attachments",
    metadata,
    column("id", _UUID, _F + "id", prefix="att"),
    column("conversation_id", _UUID, _F + "conversation_id", prefix="cnv"),
    column("side", Integer, _F + "side"),
    column("filename", Text, _F + "filename"),
    column("media_type", Text, _F + "media_type"),
    column("size", BigInteger, _F + "size"),
    column("state", Integer, _F + "state"),
    column("reason", Text, _F + "reason"),
    column("width", Integer, _F + "width"),
    column("height", Integer, _F + "height"),
    column("file_key", Text, "- where the bytes lie, under a random name"),
    column("create_time", _TIME, _F + "create_time"),
    belongs_to(("conversation_id",), "chat.conversations"),
    files="filename",
)
Index("attachments_conversation", attachments.c.conversation_id, attachments.c.tenant_id, attachments.c.id)
Index("attachments_size", attachments.c.tenant_id, postgresql_include=["size"])


operators = tenant_table(
    "operators",
    metadata,
    column("staff_id", _UUID, _OPERATOR + "staff_id", prefix="stf"),
    column("display_name", Text, _OPERATOR + "display_name"),
    column("chosen", Integer, _OPERATOR + "chosen_state"),
    column(
        "seen_time",
        _TIME,
        "- when the console was last heard of; shown to nobody, and replaced each time",
        nullable=True,
    ),
    column("given_time", _TIME, "- when routing last gave something, so that turns are taken", nullable=True),
    column("capacity", Integer, _OPERATOR + "capacity"),
    column("languages", ARRAY(Text), _OPERATOR + "languages"),
    column("team_ids", ARRAY(_UUID), _OPERATOR + "team_ids"),
    column("revision", Integer, _OPERATOR + "etag"),
    key=("staff_id",),
    subject={_STAFF: "staff_id"},
)

routing_rules = tenant_table(
    "routing_rules",
    metadata,
    column("scope_id", _UUID, _RULE + "scope_id"),
    column("is_site", Boolean, "- whether the scope is a site or a team"),
    column("mode", Integer, _RULE + "mode"),
    column("team_id", _UUID, _RULE + "team_id", nullable=True, prefix="tea"),
    column("revision", Integer, _RULE + "etag"),
    key=("scope_id",),
)

transfers = tenant_table(
    "transfers",
    metadata,
    column("id", _UUID, _TRANSFER + "id", prefix="trf"),
    column("conversation_id", _UUID, _C + "id", prefix="cnv"),
    column("from_staff_id", _UUID, _TRANSFER + "from_staff_id", prefix="stf", about=(_STAFF,)),
    column("to_staff_id", _UUID, _TRANSFER + "to_staff_id", nullable=True, prefix="stf", about=(_STAFF,)),
    column("to_team_id", _UUID, _TRANSFER + "to_team_id", nullable=True, prefix="tea"),
    column("note", Text, _TRANSFER + "note"),
    column("state", Integer, _TRANSFER + "state"),
    column("create_time", _TIME, _TRANSFER + "create_time"),
    belongs_to(("conversation_id",), "chat.conversations"),
)
Index("transfers_conversation", transfers.c.tenant_id, transfers.c.conversation_id, transfers.c.id)
_L = "parley.chat.v1.LeftMessage."
left_messages = tenant_table(
    "left_messages",
    metadata,
    column("conversation_id", _UUID, _L + "conversation_id", prefix="cnv"),
    column("reply_email", Text, _L + "reply_email"),
    column("create_time", _TIME, _L + "create_time"),
    belongs_to(("conversation_id",), "chat.conversations"),
    key=("conversation_id",),
)
_G = "parley.chat.v1.ReportRow."
# One row for each conversation that is over, which leads back to none: its id is made for it alone, and of its time
# only the quarter of an hour is kept. Everything that a report shows is added up from these.
report_facts = tenant_table(
    "report_facts",
    metadata,
    column("id", _UUID, "- made for the row alone, so that it leads to no conversation"),
    column("quarter", _TIME, "- the quarter of an hour in which a conversation began"),
    column("site_id", _UUID, "parley.chat.v1.GetReportRequest.site_id", prefix="sit"),
    column("operator_id", _UUID, _G + "operator_id", prefix="stf", about=(_STAFF,)),
    column("team_id", _UUID, "parley.chat.v1.GetReportRequest.team_id", prefix="tea"),
    column("wait_seconds", BigInteger, _G + "first_wait_seconds", nullable=True),
    column("response_seconds", BigInteger, _G + "first_response_seconds", nullable=True),
    column("handling_seconds", BigInteger, _G + "handling_seconds", nullable=True),
    # Two years let a year be compared with the one before.
    purge=("quarter", 730),
    uncovered="counts what a member of staff did for the tenant, whose own figures they are; nobody who asked is in it",
)
report_cells = tenant_table(
    "report_cells",
    metadata,
    column("quarter", _TIME, "- the quarter of an hour in which conversations began"),
    column("site_id", _UUID, "parley.chat.v1.GetReportRequest.site_id", prefix="sit"),
    column("operator_id", _UUID, _G + "operator_id", prefix="stf", about=(_STAFF,)),
    column("team_id", _UUID, "parley.chat.v1.GetReportRequest.team_id", prefix="tea"),
    column("volume", BigInteger, _G + "volume"),
    column("taken", BigInteger, "- how many of them somebody took"),
    column("answered", BigInteger, _G + "answered"),
    column("wait_seconds", BigInteger, _G + "first_wait_seconds"),
    column("response_seconds", BigInteger, _G + "first_response_seconds"),
    column("handling_seconds", BigInteger, _G + "handling_seconds"),
    key=("quarter", "site_id", "operator_id", "team_id"),
    purge=("quarter", 730),
    uncovered="counts what a member of staff did for the tenant, whose own figures they are; nobody who asked is in it",
)

_E = "parley.chat.v1.Export."
# A copy names its conversations and holds nothing of them: what is in the file is read when the file is had.
exports = tenant_table(
    "exports",
    metadata,
    column("id", _UUID, _E + "id", prefix="exp"),
    column("staff_id", _UUID, _E + "staff_id", prefix="stf"),
    column("staff_name", Text, "parley.chat.v1.Reader.display_name"),
    column("format", Integer, _E + "format"),
    column("purpose", Integer, _E + "purpose"),
    column("state", Integer, _E + "state"),
    column("done", BigInteger, _E + "done"),
    column("total", BigInteger, _E + "total"),
    column("cut", Boolean, _E + "cut"),
    column("query", Text, "parley.chat.v1.TranscriptFilter.query"),
    column("filters", JSONB, "- ids and moments that narrow the search"),
    column("reached", _UUID, "- how far the search is, as the id of an entry", nullable=True),
    column("create_time", _TIME, _E + "create_time"),
    column("expire_time", _TIME, _E + "expire_time"),
    subject={_STAFF: "staff_id"},
    purge=("create_time", 1),
)
Index("exports_staff", exports.c.staff_id, exports.c.tenant_id, exports.c.id)
export_items = tenant_table(
    "export_items",
    metadata,
    column("export_id", _UUID, _E + "id", prefix="exp"),
    column("conversation_id", _UUID, _C + "id", prefix="cnv"),
    belongs_to(("export_id",), "chat.exports"),
    belongs_to(("conversation_id",), "chat.conversations"),
    key=("export_id", "conversation_id"),
)
Index("export_items_conversation", export_items.c.conversation_id, export_items.c.tenant_id)

_ML = "parley.chat.v1.TranscriptMail."
transcript_mails = tenant_table(
    "transcript_mails",
    metadata,
    column("id", _UUID, _ML + "id", prefix="tml"),
    column("conversation_id", _UUID, _ML + "conversation_id", prefix="cnv"),
    column("email", Text, _ML + "email"),
    column("state", Integer, _ML + "state"),
    column("create_time", _TIME, _ML + "create_time"),
    belongs_to(("conversation_id",), "chat.conversations"),
    purge=("create_time", 1),
)
Index("transcript_mails_conversation", transcript_mails.c.conversation_id, transcript_mails.c.tenant_id)

_MT = "parley.chat.v1.MailThread."
mail_threads = tenant_table(
    "mail_threads",
    metadata,
    column("conversation_id", _UUID, _MT + "conversation_id", prefix="cnv"),
    column("fingerprint", LargeBinary, _MT + "fingerprint"),
    column("mailed_sequence", BigInteger, _MT + "mailed_sequence"),
    column("last_message_id", Text, _MT + "last_message_id"),
    column("told_late_time", _TIME, _MT + "told_late_time", nullable=True),
    column("create_time", _TIME, _MT + "create_time"),
    belongs_to(("conversation_id",), "chat.conversations"),
    key=("conversation_id",),
)
Index("mail_threads_fingerprint", mail_threads.c.tenant_id, mail_threads.c.fingerprint, unique=True)
_HM = "parley.chat.v1.HeldMail."
held_mails = tenant_table(
    "held_mails",
    metadata,
    column("id", _UUID, _HM + "id", prefix="hml"),
    column("conversation_id", _UUID, _HM + "conversation_id", prefix="cnv"),
    column("sender", Text, _HM + "sender"),
    column("text", Text, _HM + "text"),
    column("reason", Integer, _HM + "reason"),
    column("create_time", _TIME, _HM + "create_time"),
    belongs_to(("conversation_id",), "chat.conversations"),
)
Index("held_mails_conversation", held_mails.c.conversation_id, held_mails.c.tenant_id, held_mails.c.id)
