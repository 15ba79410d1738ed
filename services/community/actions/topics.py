"""Begins topics, lists them, and says where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message

from kernel import ids
from kernel.errors import FailedPrecondition, PermissionDenied
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.community.actions import brakes, drafts, posting
from services.community.actions.wiring import (
    Wiring,
    access_space,
    access_topic,
    member_of,
    reads,
    require_standing,
    standing_of,
    tenant_of,
)
from services.community.domain import brakes as limits
from services.community.domain import texts
from services.community.domain.polls import Poll
from services.community.domain.posts import QUESTION, SHOWN, Topic, no_such_post, no_such_topic
from services.community.domain.spaces import check_moves, no_such_space
from services.community.store import members as member_store
from services.community.store import pages as page_store
from services.community.store import posts as post_store
from services.community.store import spaces as space_store
from services.community.store import topics as store

#: How many topics stand on a page of what search engines may know.
MOST_INDEXED = 5000
#: How many topics are shown that are like a title.
MOST_SIMILAR = 5


async def create_topic(
    actor: Actor,
    wiring: Wiring,
    *,
    space_id: str,
    kind: int,
    title: str,
    body: str,
    tags: list[str],
    request_id: str,
    request: Message,
    attachment_ids: Sequence[str] = (),
    choice: int = 0,
    form_token: str = "",
    poll: Poll | None = None,
) -> Topic:
    """Begins a topic with its first post; a retry returns the first one."""
    texts.check_said(title=title, body=body)
    tenant, now = tenant_of(actor), wiring.clock.now()
    topic_id, post_id = ids.new_id("top"), ids.new_id("pst")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        standing = await require_standing(connection, actor, wiring)
        space = await access_space(connection, actor, space_id)
        space.check_writable()
        made = await wiring.idempotency.claim(connection, actor, "CreateTopic", request_id, request, topic_id, now)
        if made != topic_id:
            return await store.get_topic(connection, tenant, made, actor.subject_id)
        cleared = await drafts.clear(
            connection, actor, wiring, title=title, body=body, attachment_ids=attachment_ids, poll=poll, choice=choice
        )
        state, reason = await brakes.check_post(connection, actor, wiring, cleared.body, form_token=form_token)
        await store.add_topic(
            connection,
            tenant,
            Topic(
                id=topic_id,
                space_id=space_id,
                kind=kind,
                title=texts.line_of(cleared.title),
                state=state,
                author_id=actor.subject_id,
                is_locked=False,
                is_pinned=False,
                accepted_post_id="",
                accepted_number=0,
                post_count=1,
                last_number=1,
                last_post_id=post_id,
                last_post_time=now,
                create_time=now,
                version=1,
                tags=sorted(set(tags)),
            ),
        )
        post = posting.written(
            actor,
            cleared.body,
            post_id=post_id,
            topic_id=topic_id,
            space_id=space_id,
            number=1,
            now=now,
            standing=standing,
            state=state,
            poll=cleared.poll,
        )
        await post_store.add_post(connection, tenant, post)
        await posting.settle(connection, actor, post, attachment_ids, space_id=space_id)
        await space_store.count_topic(connection, tenant, space_id, 1)
        await member_store.count_posts(connection, tenant, actor.subject_id, 1)
        await store.mark_read(connection, tenant, actor.subject_id, topic_id, 1)
        await posting.after_post(connection, actor, wiring, post, space, now, reason=reason)
        wiring.grew(connection, topic_id)
        return await store.get_topic(connection, tenant, topic_id, actor.subject_id)


async def get_topic(actor: Actor, wiring: Wiring, topic_id: str) -> Topic:
    """Returns a topic that the caller may read."""
    member = member_of(actor)
    read = await page_store.read_topic_page(wiring.database, actor.tenant_id, topic_id, member, after=0, limit=0)
    if not reads(actor, read.space):
        raise no_such_topic()
    return posting.topic_shown_to(actor, read.topic)


async def list_topics(
    actor: Actor, wiring: Wiring, space_id: str, tag: str, size: int, token: str
) -> tuple[list[Topic], str]:
    """Returns a page of a space's topics, and the next page's token."""
    limit = page_size(size, default=30, maximum=100)
    scope = (actor.tenant_id, "ListTopics", space_id, tag)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    space, found = await page_store.read_topic_list(
        wiring.database, actor.tenant_id, space_id, member_of(actor), tag=tag, before=before, limit=limit + 1
    )
    if not reads(actor, space):
        raise no_such_space()
    page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.last_post_id, "pst")),))
    return [posting.topic_shown_to(actor, each) for each in page], following


async def find_similar(actor: Actor, wiring: Wiring, title: str) -> list[Topic]:
    """Returns the topics most like a title that a member writes, the likest first; this needs no terms."""
    await brakes.take(wiring, actor, limits.TITLES, "That was often in a short time. Nothing was looked for.")
    found = await page_store.find_similar(
        wiring.database, actor.tenant_id, texts.line_of(title), member_of(actor), MOST_SIMILAR
    )
    return [posting.topic_shown_to(actor, each) for each in found]


async def list_indexed(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[tuple[str, datetime]], str]:
    """Returns a page of what search engines may know, and the next page's token."""
    limit, scope = page_size(size, default=MOST_INDEXED, maximum=MOST_INDEXED), (actor.tenant_id, "ListIndexedTopics")
    position = wiring.pages.position(scope, token)
    after = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_indexed(connection, tenant_of(actor), after, limit + 1, sorted(SHOWN))
    return wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each[0], "top")),))


async def list_indexed_pages(actor: Actor, wiring: Wiring, size: int) -> list[str]:
    """Returns the tokens of all pages of that list but the first."""
    limit, scope = page_size(size, default=MOST_INDEXED, maximum=MOST_INDEXED), (actor.tenant_id, "ListIndexedTopics")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        ends = await store.list_indexed_ends(connection, tenant_of(actor), limit, sorted(SHOWN))
    return [wiring.pages.token(scope, (str(each),)) for each in ends]


async def accept_answer(actor: Actor, wiring: Wiring, topic_id: str, post_id: str) -> Topic:
    """Marks a post as the answer to the caller's own question, or takes the mark away."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        await access_topic(connection, actor, topic_id)
        topic = await store.lock_topic(connection, tenant, topic_id)
        if topic.author_id != actor.subject_id:
            raise PermissionDenied("NOT_YOURS", "Only whoever asked says which answer it is. Nothing was changed.")
        if topic.kind != QUESTION:
            raise FailedPrecondition("NO_QUESTION", "A discussion has no accepted answer. Nothing was changed.")
        number = 0
        if post_id:
            post = await post_store.get_post(connection, tenant, post_id)
            if post.topic_id != topic_id or not post.is_shown or post.number == 1:
                raise no_such_post()
            number = post.number
        await store.change_topic(
            connection,
            tenant,
            topic_id,
            accepted_post_id=ids.to_uuid(post_id, "pst") if post_id else None,
            accepted_number=number,
        )
        wiring.changed(connection, actor.tenant_id)
        return await store.get_topic(connection, tenant, topic_id, actor.subject_id)


async def arrange_topic(
    actor: Actor, wiring: Wiring, topic_id: str, space_id: str, *, is_pinned: bool, is_locked: bool, slow_seconds: int
) -> Topic:
    """Pins, locks, slows or moves a topic; it never moves to where more people read what was said to fewer."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        topic = await store.lock_topic(connection, tenant, topic_id)
        values: dict[str, object] = {"is_pinned": is_pinned, "is_locked": is_locked, "slow_seconds": slow_seconds}
        if space_id and space_id != topic.space_id:
            before = await space_store.get_space(connection, tenant, topic.space_id)
            after = await space_store.get_space(connection, tenant, space_id)
            after.check_writable()
            check_moves(before, after)
            values["space_id"] = ids.to_uuid(space_id, "spc")
            await post_store.move_posts(connection, tenant, topic_id, space_id)
            await space_store.count_topic(connection, tenant, before.id, -1)
            await space_store.count_topic(connection, tenant, after.id, 1)
        await store.change_topic(connection, tenant, topic_id, **values)
        wiring.changed(connection, actor.tenant_id)
        return await store.get_topic(connection, tenant, topic_id)
