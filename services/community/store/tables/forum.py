"""Declares the tables of the forum itself: members, terms, spaces, topics, posts, and what is decided about them."""

from __future__ import annotations

from parley.subject.v1 import subject_pb2
from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from services.community.store.tables.base import Moment, Uuid, metadata

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
    column("mail_mode", Integer, _P + "NotificationSettings.mail"),
    column("follows_own", Boolean, _P + "NotificationSettings.follows_own"),
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
    column("slow_seconds", Integer, _P + "Topic.slow_seconds"),
    column("create_time", Moment, _P + "Topic.create_time"),
    belongs_to(("space_id",), "community.spaces"),
    subject={_MEMBER: "author_id"},
)
Index("topics_activity", topics.c.tenant_id, topics.c.space_id, topics.c.last_post_id)
Index("topics_pinned", topics.c.tenant_id, topics.c.space_id, postgresql_where=topics.c.is_pinned)
Index("topics_author", topics.c.author_id, topics.c.tenant_id, postgresql_where=topics.c.author_id.is_not(None))

# For the search alone: the database keeps them as they stand with their topics.
titles = tenant_table(
    "titles",
    metadata,
    column("topic_id", Uuid, _P + "Topic.id", prefix="top"),
    column("space_id", Uuid, _P + "Topic.space_id", prefix="spc"),
    column("title", Text, _P + "Topic.title"),
    column("state", Integer, _P + "Topic.state"),
    belongs_to(("topic_id",), "community.topics"),
    key=("topic_id",),
)

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
    # A page looks for a poll only where there is one.
    column("has_poll", Boolean, "- whether it carries a poll"),
    belongs_to(("topic_id",), "community.topics"),
    UniqueConstraint("tenant_id", "topic_id", "number"),
    subject={_MEMBER: "author_id"},
)
Index("posts_author", posts.c.author_id, posts.c.tenant_id, postgresql_where=posts.c.author_id.is_not(None))
Index("posts_latest", posts.c.tenant_id, posts.c.author_id, posts.c.id, postgresql_where=posts.c.author_id.is_not(None))

revisions = tenant_table(
    "revisions",
    metadata,
    column("post_id", Uuid, _P + "Post.id", prefix="pst"),
    column("number", Integer, _P + "Revision.number"),
    column("author_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("body", Text, _P + "Revision.html"),
    column("html", Text, _P + "Revision.html"),
    column("write_time", Moment, _P + "Revision.write_time"),
    # What came and went when it was changed; the names of files that went are kept nowhere.
    column("files_added", Integer, _P + "Revision.files_added"),
    column("files_removed", Integer, _P + "Revision.files_removed"),
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

polls = tenant_table(
    "polls",
    metadata,
    column("post_id", Uuid, _P + "Post.id", prefix="pst"),
    column("author_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("question", Text, _P + "Poll.question"),
    column("allows_several", Boolean, _P + "Poll.allows_several"),
    column("results", Integer, _P + "Poll.results"),
    column("close_time", Moment, _P + "Poll.close_time", nullable=True),
    # How many voted who have left since and let their votes stay, and in files that were taken in.
    column("kept_voters", Integer, _P + "Poll.voter_count"),
    belongs_to(("post_id",), "community.posts"),
    key=("post_id",),
    subject={_MEMBER: "author_id"},
)
Index("polls_author", polls.c.author_id, polls.c.tenant_id, postgresql_where=polls.c.author_id.is_not(None))

poll_options = tenant_table(
    "poll_options",
    metadata,
    column("post_id", Uuid, _P + "Post.id", prefix="pst"),
    column("number", Integer, _P + "PollOption.number"),
    column("text", Text, _P + "PollOption.text"),
    column("kept_votes", Integer, _P + "PollOption.votes"),
    belongs_to(("post_id",), "community.polls", ("post_id",)),
    key=("post_id", "number"),
)

poll_votes = tenant_table(
    "poll_votes",
    metadata,
    column("post_id", Uuid, _P + "Post.id", prefix="pst"),
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("choice", Integer, _P + "Poll.own_choices"),
    column("create_time", Moment, "- when it was chosen"),
    belongs_to(("post_id", "choice"), "community.poll_options", ("post_id", "number")),
    key=("post_id", "member_id", "choice"),
    subject={_MEMBER: "member_id"},
)
Index("poll_votes_member", poll_votes.c.member_id, poll_votes.c.tenant_id)

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

cases = tenant_table(
    "cases",
    metadata,
    column("id", Uuid, _P + "ModerationCase.id", prefix="mcs"),
    # Of a post or of a message.
    column("post_id", Uuid, _P + "ModerationCase.post_id", nullable=True, prefix="pst"),
    column("thread_id", Uuid, _P + "Statement.thread_id", nullable=True, prefix="thr"),
    column("message_number", Integer, _P + "FlagMessageRequest.number"),
    column("terms_id", Uuid, _P + "ModerationCase.terms_id", nullable=True, prefix="trm"),
    column("author_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("state", Integer, _P + "ModerationCase.state"),
    column("is_escalated", Boolean, _P + "ModerationCase.is_escalated"),
    column("flag_count", Integer, _P + "ModerationCase.flag_count"),
    column("hold_reason", Integer, _P + "ModerationCase.hold_reason"),
    column("create_time", Moment, _P + "ModerationCase.create_time"),
    belongs_to(("post_id",), "community.posts"),
    subject={_MEMBER: "author_id"},
)
Index("cases_waiting", cases.c.tenant_id, cases.c.state, cases.c.id)
Index("cases_open", cases.c.tenant_id, cases.c.post_id, unique=True, postgresql_where=cases.c.state == 1)
Index(
    "cases_open_message",
    cases.c.tenant_id,
    cases.c.thread_id,
    cases.c.message_number,
    unique=True,
    postgresql_where=(cases.c.state == 1) & cases.c.thread_id.is_not(None),
)
Index("cases_author", cases.c.author_id, cases.c.tenant_id)

flags = tenant_table(
    "flags",
    metadata,
    column("id", Uuid, _P + "Flag.id", prefix="flg"),
    column("case_id", Uuid, _P + "ModerationCase.id", prefix="mcs"),
    column("reporter_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("staff_id", Uuid, _P + "Decision.decided_by", nullable=True, prefix="stf"),
    column("kind", Integer, _P + "Flag.kind"),
    column("text", Text, _P + "Flag.text"),
    column("snapshot", Text, _P + "Flag.snapshot"),
    column("revision", Integer, _P + "Flag.revision"),
    column("is_upheld", Boolean, _P + "Flag.is_upheld"),
    column("create_time", Moment, _P + "Flag.create_time"),
    belongs_to(("case_id",), "community.cases"),
    subject={_MEMBER: "reporter_id"},
)
Index("flags_case", flags.c.tenant_id, flags.c.case_id, flags.c.id)
Index("flags_reporter", flags.c.reporter_id, flags.c.tenant_id)

#: Only ever added to.
decisions = tenant_table(
    "decisions",
    metadata,
    column("id", Uuid, _P + "Decision.id", prefix="dcn"),
    # A suspension belongs to no case.
    column("case_id", Uuid, _P + "ModerationCase.id", nullable=True, prefix="mcs"),
    column("action", Integer, _P + "Decision.action"),
    column("is_upheld", Boolean, _P + "Decision.is_upheld"),
    column("clause_id", Text, _P + "Decision.clause_id"),
    column("terms_id", Uuid, _P + "Decision.terms_id", nullable=True, prefix="trm"),
    column("facts", Text, _P + "Decision.facts"),
    column("appeal_id", Uuid, _P + "Appeal.id", nullable=True, prefix="apl"),
    column("staff_id", Uuid, _P + "Decision.decided_by", prefix="stf"),
    # About whom it is, so that whoever it is about finds it in their copy.
    column("member_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("create_time", Moment, _P + "Decision.create_time"),
    subject={_MEMBER: "member_id"},
)
Index("decisions_case", decisions.c.tenant_id, decisions.c.case_id, decisions.c.id)
Index("decisions_member", decisions.c.member_id, decisions.c.tenant_id)

#: Only ever added to.
statements = tenant_table(
    "statements",
    metadata,
    column("id", Uuid, _P + "Statement.id", prefix="stm"),
    column("decision_id", Uuid, _P + "Statement.decision_id", prefix="dcn"),
    column("member_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("topic_id", Uuid, _P + "Statement.topic_id", nullable=True, prefix="top"),
    column("thread_id", Uuid, _P + "Statement.thread_id", nullable=True, prefix="thr"),
    column("number", Integer, _P + "Statement.number"),
    column("decision_visibility", Text, _P + "Statement.decision_visibility"),
    column("decision_account", Text, _P + "Statement.decision_account"),
    column("decision_ground", Text, _P + "Statement.decision_ground"),
    column("category", Text, _P + "Statement.category"),
    column("source_type", Text, _P + "Statement.source_type"),
    column("clause_id", Text, _P + "Statement.clause_id"),
    column("facts", Text, _P + "Statement.facts"),
    column("content", Text, _P + "Statement.content"),
    column("create_time", Moment, _P + "Statement.create_time"),
    belongs_to(("decision_id",), "community.decisions"),
    subject={_MEMBER: "member_id"},
)
Index("statements_member", statements.c.tenant_id, statements.c.member_id, statements.c.id)

appeals = tenant_table(
    "appeals",
    metadata,
    column("id", Uuid, _P + "Appeal.id", prefix="apl"),
    column("decision_id", Uuid, _P + "Appeal.decision_id", prefix="dcn"),
    column("member_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("by_author", Boolean, _P + "Appeal.by_author"),
    column("text", Text, _P + "Appeal.text"),
    column("is_decided", Boolean, _P + "Appeal.is_decided"),
    column("create_time", Moment, _P + "Appeal.create_time"),
    belongs_to(("decision_id",), "community.decisions"),
    UniqueConstraint("tenant_id", "decision_id", "by_author"),
    subject={_MEMBER: "member_id"},
)
Index("appeals_member", appeals.c.member_id, appeals.c.tenant_id)

#: What posts said before something in them was masked, until somebody has decided.
masked = tenant_table(
    "masked",
    metadata,
    column("case_id", Uuid, _P + "ModerationCase.id", prefix="mcs"),
    column("post_id", Uuid, _P + "Post.id", prefix="pst"),
    column("author_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("body", Text, _P + "FlagPostRequest.selection"),
    # What the topic was called, where words were masked there, too; empty elsewhere.
    column("title", Text, _P + "FlagPostRequest.selection"),
    column("state", Integer, _P + "Post.state"),
    # A list in JSON; empty where the whole post is hidden.
    column("words", Text, _P + "FlagPostRequest.selection"),
    belongs_to(("case_id",), "community.cases"),
    belongs_to(("post_id",), "community.posts"),
    key=("case_id", "post_id"),
    subject={_MEMBER: "author_id"},
)
Index("masked_author", masked.c.author_id, masked.c.tenant_id)
Index("masked_post", masked.c.tenant_id, masked.c.post_id)

#: Who read a message because it was reported: one interval for each reader and case, not a row for each read.
message_readings = tenant_table(
    "message_readings",
    metadata,
    column("id", Uuid, "- the interval's own id"),
    column("case_id", Uuid, _P + "ModerationCase.id", prefix="mcs"),
    column("thread_id", Uuid, _P + "Thread.id", prefix="thr"),
    column("number", Integer, _P + "DirectMessage.number"),
    column("author_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("staff_id", Uuid, _P + "Decision.decided_by", prefix="stf"),
    column("by_platform", Boolean, _P + "MessageReading.by_platform"),
    column("purpose", Integer, "- for which of the platform's purposes it was read"),
    column("first_time", Moment, _P + "MessageReading.first_time"),
    column("last_time", Moment, _P + "MessageReading.last_time"),
    belongs_to(("case_id",), "community.cases"),
    subject={_MEMBER: "author_id"},
)
Index("message_readings_case", message_readings.c.tenant_id, message_readings.c.case_id)
Index(
    "message_readings_message",
    message_readings.c.tenant_id,
    message_readings.c.thread_id,
    message_readings.c.number,
)
Index("message_readings_author", message_readings.c.author_id, message_readings.c.tenant_id)

#: Which cases wait for the platform's reviewers, who stand above tenants; nothing that anybody said.
reviews = Table(
    "reviews",
    metadata,
    column("id", Uuid, _P + "Review.id", primary_key=True),
    column("of_tenant", Uuid, "- whose community it is"),
    column("case_id", Uuid, _P + "ModerationCase.id"),
    column("reason", Integer, _P + "Review.reason"),
    column("create_time", Moment, _P + "Review.create_time"),
    UniqueConstraint("of_tenant", "case_id"),
    info={"tenantless": "is read by reviewers of the platform, who stand above tenants"},
)

#: Where words of posts stand, and what was cut out of them: what is taken away for good leaves bytes there.
TEXTS = (
    "attachments", "flags", "masked", "poll_options", "poll_votes", "polls", "posts", "revisions", "topics"
)  # fmt: skip
