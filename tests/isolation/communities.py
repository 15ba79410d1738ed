"""Lets a tenant of the walks have a community, in which somebody asks and is answered."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

import asyncpg
import jwt
from parley.community.v1 import (
    account_pb2,
    arrangement_pb2,
    attachment_pb2,
    attachment_pb2_grpc,
    direct_pb2,
    direct_pb2_grpc,
    draft_pb2,
    group_pb2,
    moderation_pb2,
    poll_pb2,
    poll_pb2_grpc,
    post_pb2,
    post_pb2_grpc,
    relation_pb2,
    space_pb2,
    subscription_pb2,
    topic_pb2,
    topic_pb2_grpc,
)
from parley.identity.v1 import token_pb2
from sqlalchemy import select

from kernel import ids
from kernel.clock import SystemClock
from kernel.storage import Database, runtime_url
from services.community.domain.spaces import JOINED
from services.community.store import groups
from services.community.store.tables import reviews
from tests.community.forum import PASSWORD, Forum, Poster
from tests.platform import Platform, Tenant


async def meet(platform: Platform, tenant: Tenant, file_id: str) -> Mapping[str, str]:
    """Makes two versions of the terms, two spaces and two topics with replies; returns one id of each kind.

    Ids of files begin alike where they are read, so one file has the id of a file of the chat's.
    """
    issued = await platform.call(
        platform.tokens.ExchangeCredential, token_pb2.ExchangeCredentialRequest(tenant_slug=tenant.slug)
    )
    forum = Forum(platform, tenant, issued.access_token)
    # A walk posts more on its first day than people do.
    await forum.set("community.first_day_posts", 10_000)
    await forum.publish()
    terms = await forum.publish(text="Twice.")
    space, group = await forum.space(), await forum.space(visibility=space_pb2.VISIBILITY_GROUP)
    ann, bo = await forum.poster(), await forum.poster()
    for member in (ann, bo):
        await forum.call(forum.groups.JoinSpace, group_pb2.JoinSpaceRequest(space_id=group.id), member.token)
    await forum.topic(bo, space.id)
    topic = await forum.topic(ann, space.id, kind=topic_pb2.TOPIC_KIND_QUESTION, tags=("water",))
    await forum.reply(bo, topic.id, "It is kind.")
    post = await forum.reply(ann, topic.id, "Thank you, that is kind.")
    changed = post_pb2.UpdatePostRequest(post_id=post.id, body="Thank you, that is very kind.")
    await forum.call(forum.posts.UpdatePost, changed, ann.token)
    liked = post_pb2.ReactRequest(post_id=post.id, reaction=post_pb2.REACTION_THANKS)
    await forum.call(forum.posts.React, liked, bo.token)
    asked = await a_poll(platform, topic.id, ann.token)
    votes = poll_pb2_grpc.PollServiceStub(platform.community)
    for member in (ann, bo):
        await forum.call(votes.VotePoll, poll_pb2.VotePollRequest(post_id=asked, choices=[1]), member.token)
    haven = await forum.topic(ann, (await forum.space()).id, "Where nothing is locked")
    wrong = await forum.reply(bo, haven.id, "This is another question.")
    moved = arrangement_pb2.MovePostsRequest(topic_id=haven.id, numbers=[wrong.number], to_topic_id=topic.id)
    await forum.call(forum.arrangement.MovePosts, moved, forum.admin)
    await belong(platform, tenant, space.id, ann.id, bo.id)
    judged = await judge(forum, ann, bo, haven.id)
    own = await keep(forum, ann, bo, topic.id, space.id, file_id)
    begun = await forum.call(
        forum.accounts.SignUp,
        account_pb2.SignUpRequest(handle="waiting", email=f"w@{tenant.slug}.example", password=PASSWORD, age=30),
    )
    session = jwt.decode(ann.token, options={"verify_signature": False})["sid"]
    return (
        {
            "trm": terms.id,
            "spc": space.id,
            "top": topic.id,
            "pst": post.id,
            "mem": ann.id,
            "mss": str(session),
            "sgn": begun.sign_up_id,
            "haven": haven.id,
            "rev": await review_of(platform, tenant),
        }
        | judged
        | own
    )


async def keep(forum: Forum, ann: Poster, bo: Poster, topic_id: str, space_id: str, file_id: str) -> dict[str, str]:
    """Lets Ann have a file, drafts, what she follows, whom she ignores and two threads; returns one id of each kind."""
    file = await _a_file_called(forum, ann, file_id)
    # In places of their own, so that no post takes them away.
    places = [(await forum.space()).id for _ in range(2)]
    drafts = [draft_pb2.SaveDraftRequest(body="Half", space_id=each) for each in places]
    kept = [await forum.call(forum.drafts.SaveDraft, each, ann.token) for each in drafts]
    for place in ({"space_id": space_id}, {"topic_id": topic_id}):
        request = subscription_pb2.SetSubscriptionRequest(level=subscription_pb2.SUBSCRIPTION_LEVEL_FOLLOWING, **place)
        await forum.call(forum.subscriptions.SetSubscription, request, ann.token)
    thread = ""
    for other in (await forum.poster(), await forum.poster()):
        relation = relation_pb2.SetRelationRequest(handle=other.handle, kind=relation_pb2.RELATION_KIND_IGNORED)
        await forum.call(forum.relations.SetRelation, relation, ann.token)
    for other in (await forum.poster(), bo):
        asked = await forum.call(
            forum.direct.AskContact, direct_pb2.AskContactRequest(handle=ann.handle, body="May I?"), other.token
        )
        thread = asked.thread.id
        answer = direct_pb2.AnswerContactRequest(thread_id=thread, answer=direct_pb2.CONTACT_ANSWER_ACCEPT)
        await forum.call(forum.direct.AnswerContact, answer, ann.token)
    told = await forum.call(
        forum.subscriptions.ListNotifications, subscription_pb2.ListNotificationsRequest(), ann.token
    )
    # Somebody to whom nobody has written yet.
    stranger = await forum.poster()
    return {
        "handle": stranger.handle,
        "pfl": file,
        "drf": kept[0].draft.id,
        "thr": thread,
        "ntf": told.notifications[0].id,
    }


async def _a_file_called(forum: Forum, member: Poster, file_id: str) -> str:
    """Uploads a file and gives it, once it was examined, the id of another service's file; returns it."""
    await forum.upload(member, b"Waits for a post.", "notes.txt")
    (file,) = await forum.examined(member)
    key = ids.to_uuid(file_id, "att")
    owner = await asyncpg.connect(forum.platform.config.database_url)
    try:
        await owner.execute("UPDATE community.attachments SET id = $1 WHERE id = $2", key, ids.to_uuid(file.id, "pfl"))
    finally:
        await owner.close()
    return ids.from_uuid("pfl", key)


#: What a field leaves no room for: of two ways to say where, the one that was put last.
_RIVALS: Mapping[str, tuple[str, ...]] = {
    **{
        f"parley.community.v1.{name}.{field}": (other,)
        for name in ("SaveDraftRequest", "FindDraftRequest", "SetSubscriptionRequest")
        for field, other in (("space_id", "topic_id"), ("topic_id", "space_id"))
    },
    "parley.community.v1.MovePostsRequest.to_topic_id": ("space_id", "title", "kind"),
    "parley.community.v1.MovePostsRequest.space_id": ("to_topic_id",),
}


def make_room(message: Any, field: str) -> None:
    """Takes out of a request what cannot stand beside a field."""
    for name in _RIVALS.get(f"{message.DESCRIPTOR.full_name}.{field}", ()):
        message.ClearField(name)


def say_something_of_communities(request: Any, known: Mapping[str, str]) -> None:
    """Says what no rule of the contract does: which posts are moved, which message is meant, which files are free."""
    if isinstance(request, arrangement_pb2.MovePostsRequest):
        request.ClearField("numbers")
        request.numbers.append(2)
        request.title, request.kind = "Moved", topic_pb2.TOPIC_KIND_DISCUSSION
    if isinstance(request, direct_pb2.AskContactRequest):
        request.handle = known["handle"]
    if isinstance(request, moderation_pb2.FlagMessageRequest):
        request.number = 1
    if isinstance(request, direct_pb2.DeleteMessageRequest):
        request.number = int(known.get("message number", 1))
    if isinstance(request, post_pb2.UpdatePostRequest):
        # What a post carries is not what waits for one.
        request.ClearField("removed_attachment_ids")
    if isinstance(request, (topic_pb2.CreateTopicRequest, post_pb2.CreatePostRequest, poll_pb2.SetPollRequest)):
        request.poll.options[:] = ["One", "Another"]
        request.poll.ClearField("close_time")
    if isinstance(request, poll_pb2.VotePollRequest):
        request.choices[:] = [1]
        request.etag = ""
    posted = (topic_pb2.CreateTopicRequest, post_pb2.CreatePostRequest, post_pb2.UpdatePostRequest)
    if isinstance(request, posted) and known.get("waiting file") != known["pfl"]:
        # A file goes with one post.
        request.ClearField("attachment_ids")


async def review_of(platform: Platform, tenant: Tenant) -> str:
    """Returns what of a tenant's community waits for the platform's reviewers."""
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "community"))
    try:
        async with database.without_tenant() as connection:
            query = select(reviews.c.id).where(reviews.c.of_tenant == ids.to_uuid(tenant.id, "ten")).limit(1)
            return ids.from_uuid("rev", (await connection.execute(query)).scalar_one())
    finally:
        await database.close()


async def judge(forum: Forum, ann: Poster, bo: Poster, topic_id: str) -> dict[str, str]:
    """Reports three posts, removes two of them, appeals against one removal; returns one id of each kind."""
    ids_: dict[str, str] = {}
    for body in ("One.", "Two."):
        post = await forum.reply(ann, topic_id, body)
        await forum.flag(bo.token, post.id, moderation_pb2.FLAG_KIND_HARASSMENT)
        (case,) = await forum.cases()
        decided = await forum.decide(forum.admin, case.id, moderation_pb2.CASE_ACTION_REMOVE)
        ids_ |= {"mcs": case.id, "dcn": decided.decisions[0].id}
    third = await forum.reply(bo, topic_id, "Three.")
    flagged = await forum.flag(ann.token, third.id, moderation_pb2.FLAG_KIND_EXPOSED)
    request = moderation_pb2.AppealDecisionRequest(decision_id=ids_["dcn"], text="It was nothing.")
    made = await forum.call(forum.moderation.AppealDecision, request, ann.token)
    return ids_ | {"apl": made.appeal.id, "flg": flagged.flag_id}


async def belong(platform: Platform, tenant: Tenant, space_id: str, *member_ids: str) -> None:
    """Says of members that they belong to a space that everybody reads, so that lists of it have two pages."""
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "community"))
    try:
        async with database.transaction(tenant.id) as connection:
            for member_id in member_ids:
                now = SystemClock().now()
                await groups.save_state(connection, ids.to_uuid(tenant.id, "ten"), space_id, member_id, JOINED, now)
    finally:
        await database.close()


async def a_post(platform: Platform, topic_id: str, token: str) -> str:
    """Posts a reply for a call that takes it away."""
    posts: Any = post_pb2_grpc.PostServiceStub(platform.community)
    request = post_pb2.CreatePostRequest(topic_id=topic_id, body="To be taken away.")
    return str((await platform.call(posts.CreatePost, request, token=token)).post.id)


async def a_poll(platform: Platform, topic_id: str, token: str) -> str:
    """Posts a reply with a poll for a call that votes in it, changes it or closes it."""
    posts: Any = post_pb2_grpc.PostServiceStub(platform.community)
    poll = poll_pb2.NewPoll(options=["Clay", "Glaze"], results=poll_pb2.POLL_RESULTS_ALWAYS)
    request = post_pb2.CreatePostRequest(topic_id=topic_id, body=f"Asked: {secrets.token_hex(8)}", poll=poll)
    return str((await platform.call(posts.CreatePost, request, token=token)).post.id)


async def a_topic(platform: Platform, space_id: str, token: str) -> str:
    """Begins a topic with a reply for a call that takes the reply away."""
    topics: Any = topic_pb2_grpc.TopicServiceStub(platform.community)
    request = topic_pb2.CreateTopicRequest(
        space_id=space_id, kind=topic_pb2.TOPIC_KIND_DISCUSSION, title=secrets.token_hex(8), body="To be answered."
    )
    topic = (await platform.call(topics.CreateTopic, request, token=token)).topic
    await a_post(platform, topic.id, token)
    return str(topic.id)


async def a_message(platform: Platform, thread_id: str, token: str) -> int:
    """Writes to somebody for a call that takes it away; returns the number of the message."""
    direct: Any = direct_pb2_grpc.DirectMessageServiceStub(platform.community)
    request = direct_pb2.SendMessageRequest(thread_id=thread_id, body="To be taken away.")
    return int((await platform.call(direct.SendMessage, request, token=token)).message.number)


async def a_waiting_file(platform: Platform, token: str) -> str:
    """Uploads a file for a post."""
    files: Any = attachment_pb2_grpc.AttachmentServiceStub(platform.community)

    async def pieces() -> AsyncIterator[attachment_pb2.UploadAttachmentRequest]:
        yield attachment_pb2.UploadAttachmentRequest(filename="notes.txt", data=b"Waits for a post.")

    made = await files.UploadAttachment(pieces(), metadata=(("authorization", f"Bearer {token}"),))
    return str(made.attachment.id)
