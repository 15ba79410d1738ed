"""Declares the tables of what members have for themselves: files, drafts, what they follow, and whom they write to."""

from __future__ import annotations

from parley.subject.v1 import subject_pb2
from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, Text, UniqueConstraint

from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from services.community.store.tables.base import Moment, Uuid, metadata

_MEMBER = subject_pb2.SUBJECT_KIND_MEMBER
_P = "parley.community.v1."

attachments = tenant_table(
    "attachments",
    metadata,
    column("id", Uuid, _P + "Attachment.id", prefix="pfl"),
    column("author_id", Uuid, _P + "Author.member_id", nullable=True, prefix="mem"),
    column("post_id", Uuid, _P + "Post.id", nullable=True, prefix="pst"),
    column("filename", Text, _P + "Attachment.filename"),
    column("media_type", Text, _P + "Attachment.media_type"),
    column("size", BigInteger, _P + "Attachment.size"),
    column("state", Integer, _P + "Attachment.state"),
    column("reason", Text, _P + "Attachment.reason"),
    column("width", Integer, _P + "Attachment.width"),
    column("height", Integer, _P + "Attachment.height"),
    column("file_key", Text, "- where the bytes lie, under a random name"),
    column("create_time", Moment, _P + "Attachment.create_time"),
    # Empty once a post carries it; what waits for no post goes.
    column("wait_time", Moment, "- since when it waits for a post", nullable=True),
    belongs_to(("post_id",), "community.posts"),
    subject={_MEMBER: "author_id"},
    purge=("wait_time", 1),
    files="filename",
)
Index("attachments_author", attachments.c.author_id, attachments.c.tenant_id)
Index("attachments_post", attachments.c.tenant_id, attachments.c.post_id, attachments.c.id)
Index("attachments_size", attachments.c.tenant_id, postgresql_include=["size"])
Index("attachments_wait", attachments.c.tenant_id, attachments.c.wait_time)

drafts = tenant_table(
    "drafts",
    metadata,
    column("id", Uuid, _P + "Draft.id", prefix="drf"),
    column("author_id", Uuid, _P + "Author.member_id", prefix="mem"),
    column("place_id", Uuid, "- the space or the topic, so that there is one for each"),
    column("space_id", Uuid, _P + "Draft.space_id", nullable=True, prefix="spc"),
    column("topic_id", Uuid, _P + "Draft.topic_id", nullable=True, prefix="top"),
    column("kind", Integer, _P + "Draft.kind"),
    column("title", Text, _P + "Draft.title"),
    column("body", Text, _P + "Draft.body"),
    column("tags", Text, _P + "Draft.tags"),
    column("reply_to", Integer, _P + "Draft.reply_to"),
    column("revision", BigInteger, _P + "Draft.etag"),
    column("update_time", Moment, _P + "Draft.update_time"),
    belongs_to(("space_id",), "community.spaces"),
    belongs_to(("topic_id",), "community.topics"),
    UniqueConstraint("tenant_id", "author_id", "place_id"),
    subject={_MEMBER: "author_id"},
)

exposure_choices = tenant_table(
    "exposure_choices",
    metadata,
    column("id", Uuid, "- the choice's own id"),
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("kind", Integer, _P + "Finding.kind"),
    column("choice", Integer, _P + "CreatePostRequest.exposure_choice"),
    column("create_time", Moment, "- when it was chosen"),
    subject={_MEMBER: "member_id"},
)
Index("exposure_choices_member", exposure_choices.c.tenant_id, exposure_choices.c.member_id)

#: That a form came back faster than people type; neither how fast nor what was typed.
typing_signals = tenant_table(
    "typing_signals",
    metadata,
    column("id", Uuid, "- the signal's own id"),
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("create_time", Moment, _P + "GetMemberResponse.fast_count"),
    subject={_MEMBER: "member_id"},
    purge=("create_time", 30),
)
Index("typing_signals_member", typing_signals.c.member_id, typing_signals.c.tenant_id)
Index("typing_signals_end", typing_signals.c.tenant_id, typing_signals.c.create_time)

subscriptions = tenant_table(
    "subscriptions",
    metadata,
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("place_id", Uuid, "- the space or the topic"),
    column("id", Uuid, "- by which a member's own are listed"),
    column("space_id", Uuid, _P + "Subscription.space_id", prefix="spc"),
    column("topic_id", Uuid, _P + "Subscription.topic_id", nullable=True, prefix="top"),
    column("level", Integer, _P + "Subscription.level"),
    column("create_time", Moment, _P + "Subscription.create_time"),
    belongs_to(("space_id",), "community.spaces"),
    belongs_to(("topic_id",), "community.topics"),
    key=("member_id", "place_id"),
    subject={_MEMBER: "member_id"},
)
Index("subscriptions_own", subscriptions.c.tenant_id, subscriptions.c.member_id, subscriptions.c.id)
Index("subscriptions_place", subscriptions.c.tenant_id, subscriptions.c.place_id, subscriptions.c.member_id)

threads = tenant_table(
    "threads",
    metadata,
    column("id", Uuid, _P + "Thread.id", prefix="thr"),
    column("pair", LargeBinary, "- a digest by which two find their one thread"),
    column("state", Integer, _P + "Thread.state"),
    column("last_number", Integer, _P + "Thread.last_number"),
    column("last_message_time", Moment, _P + "Thread.last_message_time"),
    column("create_time", Moment, _P + "Thread.create_time"),
    UniqueConstraint("tenant_id", "pair"),
)

#: What each of the two has of a thread.
thread_sides = tenant_table(
    "thread_sides",
    metadata,
    column("thread_id", Uuid, _P + "Thread.id", prefix="thr"),
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("is_asker", Boolean, _P + "Thread.is_asker"),
    column("read_number", Integer, _P + "Thread.read_number"),
    column("latest_id", Uuid, "- by which the latest message sorts"),
    belongs_to(("thread_id",), "community.threads"),
    key=("thread_id", "member_id"),
    subject={_MEMBER: "member_id"},
)
Index("thread_sides_own", thread_sides.c.tenant_id, thread_sides.c.member_id, thread_sides.c.latest_id)

direct_messages = tenant_table(
    "direct_messages",
    metadata,
    column("thread_id", Uuid, _P + "Thread.id", prefix="thr"),
    column("number", Integer, _P + "DirectMessage.number"),
    column("author_id", Uuid, _P + "Author.member_id", prefix="mem"),
    column("body", Text, _P + "DirectMessage.html"),
    column("html", Text, _P + "DirectMessage.html"),
    column("state", Integer, _P + "DirectMessage.state"),
    column("create_time", Moment, _P + "DirectMessage.create_time"),
    belongs_to(("thread_id",), "community.threads"),
    key=("thread_id", "number"),
    subject={_MEMBER: "author_id"},
)
Index("direct_messages_author", direct_messages.c.author_id, direct_messages.c.tenant_id)

notifications = tenant_table(
    "notifications",
    metadata,
    column("id", Uuid, _P + "Notification.id", prefix="ntf"),
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("kind", Integer, _P + "Notification.kind"),
    column("topic_id", Uuid, _P + "Notification.topic_id", nullable=True, prefix="top"),
    column("post_id", Uuid, _P + "Notification.post_id", nullable=True, prefix="pst"),
    column("thread_id", Uuid, _P + "Notification.thread_id", nullable=True, prefix="thr"),
    column("is_read", Boolean, _P + "Notification.is_read"),
    column("is_mailed", Boolean, _P + "NotificationSettings.mail"),
    column("create_time", Moment, _P + "Notification.create_time"),
    belongs_to(("topic_id",), "community.topics"),
    belongs_to(("post_id",), "community.posts"),
    belongs_to(("thread_id",), "community.threads"),
    subject={_MEMBER: "member_id"},
    purge=("create_time", 90),
)
Index("notifications_own", notifications.c.tenant_id, notifications.c.member_id, notifications.c.id)
Index(
    "notifications_post",
    notifications.c.tenant_id,
    notifications.c.post_id,
    notifications.c.member_id,
    unique=True,
    postgresql_where=notifications.c.post_id.is_not(None),
)
Index(
    "notifications_unmailed",
    notifications.c.tenant_id,
    notifications.c.id,
    postgresql_where=notifications.c.is_mailed.is_(False),
)
Index("notifications_topic", notifications.c.tenant_id, notifications.c.topic_id)
Index("notifications_thread", notifications.c.tenant_id, notifications.c.thread_id)
Index("notifications_end", notifications.c.tenant_id, notifications.c.create_time)

#: Whom a member ignores or blocks. Whoever it is about is told nothing of it, in their copy neither.
relations = tenant_table(
    "relations",
    metadata,
    column("member_id", Uuid, _P + "Account.id", prefix="mem"),
    column("other_id", Uuid, _P + "Author.member_id", prefix="mem"),
    column("id", Uuid, "- by which a member's own are listed"),
    column("kind", Integer, _P + "Relation.kind"),
    column("create_time", Moment, _P + "Relation.create_time"),
    key=("member_id", "other_id"),
    subject={_MEMBER: "member_id"},
)
Index("relations_own", relations.c.tenant_id, relations.c.member_id, relations.c.id)
Index("relations_other", relations.c.tenant_id, relations.c.other_id)

#: Where posts are that were moved, so that links to where they were lead there.
moved_posts = tenant_table(
    "moved_posts",
    metadata,
    column("topic_id", Uuid, _P + "Post.topic_id", prefix="top"),
    column("number", Integer, _P + "MovedPost.number"),
    column("post_id", Uuid, _P + "MovedPost.post_id", prefix="pst"),
    belongs_to(("topic_id",), "community.topics"),
    belongs_to(("post_id",), "community.posts"),
    key=("topic_id", "number"),
)
Index("moved_posts_post", moved_posts.c.tenant_id, moved_posts.c.post_id)
