"""Declares chat's tables, and whose data each column holds."""

from __future__ import annotations

from parley.subject.v1 import subject_pb2
from sqlalchemy import BigInteger, Index, Integer, MetaData, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType

from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from kernel.tables import kernel_tables

metadata = MetaData(schema="chat")
kernel_tables(metadata)

_C = "parley.chat.v1.Conversation."
_M = "parley.chat.v1.Message."
_A = "parley.chat.v1.PreChatAnswer."
_P = "parley.chat.v1.PreviousText."
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
