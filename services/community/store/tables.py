"""Declares the tables of communities, and whose data each column holds."""

from __future__ import annotations

from parley.subject.v1 import subject_pb2
from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, MetaData, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as UuidType

from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from kernel.tables import kernel_tables

metadata = MetaData(schema="community")
kernel_tables(metadata, record="pst")

Uuid = UuidType(as_uuid=True)
Moment = TIMESTAMP(timezone=True)
_MEMBER = subject_pb2.SUBJECT_KIND_MEMBER
_P = "parley.community.v1."

members = tenant_table(
    "members",
    metadata,
    column("id", Uuid, _P + "Account.id", prefix="mem"),
    column("handle", Text, _P + "Account.handle"),
    column("email", Text, _P + "Account.email"),
    column("password_hash", Text, _P + "SignUpRequest.password"),
    column("display_name", Text, _P + "Account.display_name"),
    column("about", Text, _P + "Account.about"),
    column("post_count", Integer, _P + "Account.post_count"),
    column("suspended_until_time", Moment, _P + "Account.suspended_until_time", nullable=True),
    column("create_time", Moment, _P + "Account.create_time"),
    UniqueConstraint("tenant_id", "handle"),
    UniqueConstraint("tenant_id", "email"),
    subject={_MEMBER: "id"},
)

#: What begins with a mailed code: an account, or a new password.
pending = tenant_table(
    "pending",
    metadata,
    column("id", Uuid, _P + "SignUpResponse.sign_up_id", prefix="sgn"),
    column("kind", Integer, "- an account or a new password"),
    column("handle", Text, _P + "SignUpRequest.handle"),
    column("email", Text, _P + "SignUpRequest.email"),
    column("password_hash", Text, _P + "SignUpRequest.password"),
    column("tries", Integer, "- how many codes were tried"),
    column("expire_time", Moment, _P + "SignUpResponse.expire_time"),
    purge=("expire_time", 1),
    uncovered="Whoever began an account and has none yet is no member; it goes after an hour.",
)
Index("pending_end", pending.c.tenant_id, pending.c.expire_time)

sessions = tenant_table(
    "sessions",
    metadata,
    column("id", Uuid, "- the session's own id", prefix="mss"),
    column("member_id", Uuid, _P + "MemberSession.member_id", prefix="mem"),
    column("secret_hash", LargeBinary, _P + "MemberSession.session"),
    column("create_time", Moment, "- when it was opened"),
    column("expire_time", Moment, _P + "MemberSession.expire_time"),
    belongs_to(("member_id",), "community.members"),
    UniqueConstraint("tenant_id", "secret_hash"),
    subject={_MEMBER: "member_id"},
    purge=("expire_time", 1),
)
Index("sessions_member", sessions.c.tenant_id, sessions.c.member_id)
Index("sessions_end", sessions.c.tenant_id, sessions.c.expire_time)

terms = tenant_table(
    "terms",
    metadata,
    column("id", Uuid, _P + "Terms.id", prefix="trm"),
    column("number", Integer, _P + "Terms.number"),
    column("clauses", JSONB, "- the rules that the tenant publishes"),
    column("warning", Text, _P + "Terms.warning"),
    column("change_log", Text, _P + "Terms.change_log"),
    column("is_material", Boolean, _P + "Terms.is_material"),
    column("content_hash", Text, _P + "Terms.content_hash"),
    column("warning_hash", Text, _P + "Terms.warning_hash"),
    column("effective_time", Moment, _P + "Terms.effective_time"),
    column("publish_time", Moment, _P + "Terms.publish_time"),
    UniqueConstraint("tenant_id", "number"),
)

#: Only ever added to.
terms_answers = tenant_table(
    "terms_answers",
    metadata,
    column("id", Uuid, "- the answer's own id"),
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("terms_id", Uuid, _P + "AnswerTermsRequest.terms_id", prefix="trm"),
    column("number", Integer, _P + "Terms.number"),
    column("warning_hash", Text, _P + "Terms.warning_hash"),
    column("answer", Integer, _P + "AnswerTermsRequest.answer"),
    column("time", Moment, "- when it was said"),
    belongs_to(("terms_id",), "community.terms"),
    subject={_MEMBER: "member_id"},
)
Index("terms_answers_member", terms_answers.c.tenant_id, terms_answers.c.member_id, terms_answers.c.id)

spaces = tenant_table(
    "spaces",
    metadata,
    column("id", Uuid, _P + "Space.id", prefix="spc"),
    column("slug", Text, _P + "Space.slug"),
    column("display_name", Text, _P + "Space.display_name"),
    column("description", Text, _P + "Space.description"),
    column("category", Text, _P + "Space.category"),
    column("visibility", Integer, _P + "Exposure.visibility"),
    column("is_indexed", Boolean, _P + "Exposure.is_indexed"),
    column("has_feed", Boolean, _P + "Exposure.has_feed"),
    column("is_exported", Boolean, _P + "Exposure.is_exported"),
    column("joining", Integer, _P + "Space.joining"),
    column("position", Integer, _P + "Space.position"),
    column("topic_count", Integer, _P + "Space.topic_count"),
    column("is_archived", Boolean, _P + "Space.is_archived"),
    column("revision", BigInteger, _P + "Space.etag"),
    column("create_time", Moment, _P + "Space.create_time"),
    UniqueConstraint("tenant_id", "slug"),
)

memberships = tenant_table(
    "memberships",
    metadata,
    column("space_id", Uuid, _P + "Space.id", prefix="spc"),
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("state", Integer, _P + "Space.is_member"),
    column("create_time", Moment, "- when it was asked for or offered"),
    belongs_to(("space_id",), "community.spaces"),
    key=("space_id", "member_id"),
    subject={_MEMBER: "member_id"},
)
Index("memberships_member", memberships.c.tenant_id, memberships.c.member_id)

topics = tenant_table(
    "topics",
    metadata,
    column("id", Uuid, _P + "Topic.id", prefix="top"),
    column("space_id", Uuid, _P + "Topic.space_id", prefix="spc"),
    column("author_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("kind", Integer, _P + "Topic.kind"),
    column("title", Text, _P + "Topic.title"),
    column("state", Integer, _P + "Topic.state"),
    column("is_locked", Boolean, _P + "Topic.is_locked"),
    column("is_pinned", Boolean, _P + "Topic.is_pinned"),
    column("accepted_post_id", Uuid, _P + "Topic.accepted_post_id", nullable=True, prefix="pst"),
    column("accepted_number", Integer, _P + "Topic.accepted_number"),
    column("post_count", Integer, _P + "Topic.post_count"),
    column("last_number", Integer, _P + "Topic.last_number"),
    column("last_post_id", Uuid, "- by which the latest activity sorts", prefix="pst"),
    column("last_post_time", Moment, _P + "Topic.last_post_time"),
    column("version", BigInteger, _P + "Topic.version"),
    column("create_time", Moment, _P + "Topic.create_time"),
    belongs_to(("space_id",), "community.spaces"),
    subject={_MEMBER: "author_id"},
)
Index("topics_activity", topics.c.tenant_id, topics.c.space_id, topics.c.last_post_id)
Index("topics_pinned", topics.c.tenant_id, topics.c.space_id, postgresql_where=topics.c.is_pinned)
Index("topics_author", topics.c.author_id, topics.c.tenant_id, postgresql_where=topics.c.author_id.is_not(None))

topic_tags = tenant_table(
    "topic_tags",
    metadata,
    column("topic_id", Uuid, _P + "Topic.id", prefix="top"),
    column("space_id", Uuid, _P + "Topic.space_id", prefix="spc"),
    column("tag", Text, _P + "Topic.tags"),
    belongs_to(("topic_id",), "community.topics"),
    key=("topic_id", "tag"),
)
Index("topic_tags_tag", topic_tags.c.tenant_id, topic_tags.c.space_id, topic_tags.c.tag)

posts = tenant_table(
    "posts",
    metadata,
    column("id", Uuid, _P + "Post.id", prefix="pst"),
    column("topic_id", Uuid, _P + "Post.topic_id", prefix="top"),
    column("space_id", Uuid, _P + "Topic.space_id", prefix="spc"),
    column("number", Integer, _P + "Post.number"),
    column("author_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("body", Text, _P + "Post.body"),
    column("html", Text, _P + "Post.html"),
    column("renderer", Integer, _P + "Post.renderer"),
    column("state", Integer, _P + "Post.state"),
    column("revision", Integer, _P + "Post.revision"),
    column("reply_to", Integer, _P + "Post.reply_to"),
    column("votes", Integer, _P + "Post.votes"),
    column("terms_id", Uuid, _P + "Post.terms_id", prefix="trm"),
    column("create_time", Moment, _P + "Post.create_time"),
    column("edit_time", Moment, _P + "Post.edit_time", nullable=True),
    belongs_to(("topic_id",), "community.topics"),
    UniqueConstraint("tenant_id", "topic_id", "number"),
    subject={_MEMBER: "author_id"},
)
Index("posts_author", posts.c.author_id, posts.c.tenant_id, postgresql_where=posts.c.author_id.is_not(None))

revisions = tenant_table(
    "revisions",
    metadata,
    column("post_id", Uuid, _P + "Post.id", prefix="pst"),
    column("number", Integer, _P + "Revision.number"),
    column("author_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("body", Text, _P + "Revision.html"),
    column("html", Text, _P + "Revision.html"),
    column("write_time", Moment, _P + "Revision.write_time"),
    belongs_to(("post_id",), "community.posts"),
    key=("post_id", "number"),
    subject={_MEMBER: "author_id"},
)
Index("revisions_author", revisions.c.author_id, revisions.c.tenant_id)

reactions = tenant_table(
    "reactions",
    metadata,
    column("post_id", Uuid, _P + "Post.id", prefix="pst"),
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("reaction", Integer, _P + "ReactRequest.reaction"),
    column("create_time", Moment, "- when it was put"),
    belongs_to(("post_id",), "community.posts"),
    key=("post_id", "member_id", "reaction"),
    subject={_MEMBER: "member_id"},
)
Index("reactions_member", reactions.c.member_id, reactions.c.tenant_id)

read_marks = tenant_table(
    "read_marks",
    metadata,
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("topic_id", Uuid, _P + "Topic.id", prefix="top"),
    column("number", Integer, _P + "Topic.read_number"),
    belongs_to(("topic_id",), "community.topics"),
    key=("member_id", "topic_id"),
    subject={_MEMBER: "member_id"},
)
Index("read_marks_topic", read_marks.c.tenant_id, read_marks.c.topic_id)
