"""Posts replies, changes them, takes them away, and puts reactions on them.

What a member says to others goes through `written`, and after `require_standing`: there is no other way to a post.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from google.protobuf.message import Message
from parley.options.v1 import access_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.community.actions import brakes, drafts, notices, relations, replying
from services.community.actions.wiring import (
    Wiring,
    access_post,
    access_topic,
    member_of,
    reads,
    require_standing,
    standing_of,
    tenant_of,
)
from services.community.domain import contacts, files, masking, rendering, texts
from services.community.domain.polls import Poll
from services.community.domain.posts import (
    AUTHOR_DELETED,
    HELPFUL,
    LIVE,
    SHOWN,
    Moved,
    Post,
    Revision,
    Topic,
    no_such_post,
    no_such_topic,
)
from services.community.domain.spaces import Space, no_such_space
from services.community.domain.terms import Standing
from services.community.store import attachments as attachment_store
from services.community.store import drafts as draft_store
from services.community.store import masking as masking_store
from services.community.store import members as member_store
from services.community.store import pages as page_store
from services.community.store import polls as poll_store
from services.community.store import posts as store
from services.community.store import topics as topic_store

_MOST_REVISIONS, _LAST = 50, 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a topic: the number before it, its posts, the number behind which the next one begins (0 at the end),
    and what moved.
    """

    topic: Topic
    space: Space
    after: int
    posts: list[Post]
    following: int
    moved: list[Moved]


def written(
    actor: Actor,
    body: str,
    *,
    post_id: str,
    topic_id: str,
    space_id: str,
    number: int,
    now: datetime,
    standing: Standing,
    reply_to: int = 0,
    state: int = LIVE,
    poll: Poll | None = None,
) -> Post:
    """Returns a post as it is kept: rendered once, under the terms in force."""
    return Post(
        id=post_id,
        topic_id=topic_id,
        space_id=space_id,
        number=number,
        author_id=actor.subject_id,
        body=body,
        html=rendering.render(body),
        renderer=rendering.VERSION,
        state=state,
        revision=1,
        reply_to=reply_to,
        votes=0,
        terms_id=standing.terms_id,
        create_time=now,
        poll=poll,
    )


async def create_post(
    actor: Actor,
    wiring: Wiring,
    topic_id: str,
    body: str,
    reply_to: int,
    request_id: str,
    request: Message,
    *,
    attachment_ids: Sequence[str] = (),
    choice: int = 0,
    form_token: str = "",
    poll: Poll | None = None,
) -> Post:
    """Posts a reply; a retry returns the first one."""
    texts.check_said(body=body)
    if not attachment_ids and poll is None and not contacts.find(body):
        try:
            made = await replying.reply(actor, wiring, topic_id, body, reply_to, request_id, request, form_token)
        except replying.Overtaken:
            made = await replying.reply(actor, wiring, topic_id, body, reply_to, request_id, request, form_token)
        if isinstance(made, Post):
            return shown_to(actor, made)
        if made is not None:
            async with wiring.database.transaction(actor.tenant_id) as connection:
                return await _read_back(connection, actor, made)
    return await _create_post(
        actor,
        wiring,
        topic_id,
        body,
        reply_to,
        request_id,
        request,
        attachment_ids=attachment_ids,
        choice=choice,
        form_token=form_token,
        poll=poll,
    )


async def _create_post(
    actor: Actor,
    wiring: Wiring,
    topic_id: str,
    body: str,
    reply_to: int,
    request_id: str,
    request: Message,
    *,
    attachment_ids: Sequence[str],
    choice: int,
    form_token: str,
    poll: Poll | None,
) -> Post:
    tenant, now, post_id = tenant_of(actor), wiring.clock.now(), ids.new_id("pst")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        standing = await require_standing(connection, actor, wiring)
        topic, space = await access_topic(connection, actor, topic_id)
        made = await wiring.idempotency.claim(connection, actor, "CreatePost", request_id, request, post_id, now)
        if made != post_id:
            return await _read_back(connection, actor, made)
        space.check_writable()
        if reply_to > topic.last_number:
            raise no_such_post()
        if reply_to:
            answered = await store.author_at(connection, tenant, topic_id, reply_to)
            await relations.check_reaches(connection, actor, answered)
        cleared = await drafts.clear(
            connection, actor, wiring, body=body, attachment_ids=attachment_ids, poll=poll, choice=choice
        )
        said = f"{cleared.body}\n{cleared.poll.words}" if cleared.poll else cleared.body
        masking.check_said(said, await masking_store.list_of_topic(connection, tenant, topic_id))
        state, reason = await brakes.check_post(connection, actor, wiring, cleared.body, topic, form_token=form_token)
        number, topic = await topic_store.add_to_topic(connection, tenant, topic_id, post_id, now)
        # It may have been locked since it was looked at.
        topic.check_open()
        post = written(
            actor,
            cleared.body,
            post_id=post_id,
            topic_id=topic_id,
            space_id=space.id,
            number=number,
            now=now,
            standing=standing,
            reply_to=reply_to,
            state=state,
            poll=cleared.poll,
        )
        await store.add_post(connection, tenant, post)
        await settle(connection, actor, post, attachment_ids, topic_id=topic_id)
        await member_store.count_posts(connection, tenant, actor.subject_id, 1)
        await topic_store.mark_read(connection, tenant, actor.subject_id, topic_id, number)
        await after_post(connection, actor, wiring, post, space, now, reason=reason)
        wiring.grew(connection, topic_id)
        return await _read_back(connection, actor, post_id)


async def settle(
    connection: AsyncConnection,
    actor: Actor,
    post: Post,
    attachment_ids: Sequence[str],
    *,
    space_id: str = "",
    topic_id: str = "",
) -> None:
    """Gives a new post its files and its poll, and throws away the draft that it was."""
    tenant = tenant_of(actor)
    if post.poll is not None:
        await poll_store.put_poll(connection, tenant, post.id, actor.subject_id, post.poll)
    if attachment_ids:
        await attachment_store.carry(connection, tenant, post.id, attachment_ids)
    place = draft_store.place_of(space_id, topic_id)
    await draft_store.delete_for(connection, tenant, actor.subject_id, place)


async def after_post(
    connection: AsyncConnection,
    actor: Actor,
    wiring: Wiring,
    post: Post,
    space: Space,
    now: datetime,
    *,
    reason: int,
) -> None:
    """Does, in the same transaction, what follows from a new post; `reason` says why it is held, if it is."""
    await brakes.hold(connection, wiring, actor.tenant_id, post, reason)
    await notices.follow(connection, wiring, actor.tenant_id, post, now)


async def read_page(actor: Actor, wiring: Wiring, topic_id: str, after: int, size: int) -> Page:
    """Returns a topic that the caller may read, with a page of its posts; a member has read them from then on."""
    limit, member = page_size(size, default=20, maximum=100), member_of(actor)
    read = await page_store.read_topic_page(
        wiring.database, actor.tenant_id, topic_id, member, after=after, limit=limit + 1
    )
    if not reads(actor, read.space):
        raise no_such_topic()
    posts = read.posts[:limit]
    if member and posts and posts[-1].number > read.topic.read_number:
        async with wiring.database.lane(actor.tenant_id) as lane:
            await page_store.mark_read(lane, tenant_of(actor), member, topic_id, posts[-1].number)
    following = posts[-1].number if len(read.posts) > limit else 0
    return Page(
        topic=topic_shown_to(actor, read.topic),
        space=read.space,
        after=after,
        posts=[shown_to(actor, each) for each in posts],
        following=following,
        moved=[each for each in read.moved if each.number <= (following or _LAST)],
    )


async def get_topic_page(actor: Actor, wiring: Wiring, topic_id: str, after: int, size: int) -> Page:
    """Returns the page on which a topic goes on behind a number: pages begin where they always begin, and behind the
    end is the last one.
    """
    limit = page_size(size, default=20, maximum=100)
    page = await read_page(actor, wiring, topic_id, after // limit * limit, limit)
    last = max(page.topic.last_number - 1, 0) // limit * limit
    # A link may lead behind the end, and links are seldom wrong.
    return page if page.after <= last else await read_page(actor, wiring, topic_id, last, limit)


async def list_posts(
    actor: Actor, wiring: Wiring, topic_id: str, after: int, size: int
) -> tuple[list[Post], int, list[Moved]]:
    """Returns a page of a topic's posts, the number behind which the next one begins (0 at the end), and what moved."""
    page = await read_page(actor, wiring, topic_id, after, size)
    return page.posts, page.following, page.moved


async def get_post(actor: Actor, wiring: Wiring, post_id: str) -> Post:
    """Returns a post that the caller may read."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await access_post(connection, actor, post_id)
        return await _read_back(connection, actor, post_id)


async def search_posts(actor: Actor, wiring: Wiring, words: str, space_id: str, size: int) -> list[Post]:
    """Returns the newest posts with some words that the caller may read and everybody sees."""
    limit, tenant, member = page_size(size, default=20, maximum=50), actor.tenant_id, member_of(actor)
    database = wiring.database
    if space_id:
        space, _ = await page_store.read_topic_list(database, tenant, space_id, member, tag="", before=None, limit=0)
        if not reads(actor, space):
            raise no_such_space()
    # Of what is found in spaces that the caller does not read, nothing is said, not even that it is there.
    found = await page_store.find_posts(
        database, tenant, words, space_id, member, sees_all=actor.is_staff, limit=limit, looked_at=limit * 5
    )
    return [shown_to(actor, each) for each in found]


async def update_post(
    actor: Actor,
    wiring: Wiring,
    post_id: str,
    body: str,
    etag: str,
    *,
    attachment_ids: Sequence[str] = (),
    removed_ids: Sequence[str] = (),
    choice: int = 0,
) -> Post:
    """Changes the caller's own post, its files too, and keeps what stood there; of a file that goes, nothing."""
    texts.check_said(body=body)
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        standing = await require_standing(connection, actor, wiring)
        post, space = await access_post(connection, actor, post_id, lock=True)
        post.check_own(actor.subject_id)
        post.check_etag(etag)
        if not post.is_shown:
            raise FailedPrecondition(
                "POST_NOT_SHOWN", "A post that is held or hidden is not changed. Nothing was kept."
            )
        masking.check_unmasked(is_masked=await masking_store.is_masked(connection, tenant, post_id))
        space.check_writable()
        cleared = await drafts.clear(connection, actor, wiring, body=body, attachment_ids=attachment_ids, choice=choice)
        body = cleared.body
        masking.check_said(body, await masking_store.list_of_topic(connection, tenant, post.topic_id))
        await brakes.check_change(connection, actor, wiring, post.body, body)
        added, removed = len(set(attachment_ids)), len(set(removed_ids))
        if removed:
            await attachment_store.drop_from_post(connection, tenant, post_id, removed_ids)
        if added:
            files.check_most(len(await attachment_store.of_post(connection, tenant, post_id)) + added)
            await attachment_store.carry(connection, tenant, post_id, attachment_ids)
        if body != post.body or added or removed:
            await store.add_revision(connection, tenant, post, files_added=added, files_removed=removed)
            await store.save_post(
                connection,
                tenant,
                post_id,
                body=body,
                html=rendering.render(body),
                renderer=rendering.VERSION,
                revision=post.revision + 1,
                edit_time=now,
                terms_id=ids.to_uuid(standing.terms_id, "trm"),
            )
            await topic_store.change_topic(connection, tenant, post.topic_id)
            wiring.changed(connection, actor.tenant_id)
        return await _read_back(connection, actor, post_id)


async def delete_post(actor: Actor, wiring: Wiring, post_id: str) -> Post:
    """Takes the caller's own post away, with what stood in it before; this needs no terms."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        post, _ = await access_post(connection, actor, post_id, lock=True)
        if post.author_id == actor.subject_id and post.state == AUTHOR_DELETED:
            return shown_to(actor, post)
        post.check_own(actor.subject_id)
        await take_away(connection, actor, wiring, post, AUTHOR_DELETED)
        await member_store.count_posts(connection, tenant, actor.subject_id, -1)
        return await _read_back(connection, actor, post_id)


async def take_away(connection: AsyncConnection, actor: Actor, wiring: Wiring, post: Post, state: int) -> None:
    """Empties a post and what stood in it before; of a topic whose first post goes, the title goes too."""
    tenant = tenant_of(actor)
    await store.save_post(connection, tenant, post.id, body="", html="", state=state, has_poll=False)
    await poll_store.delete_of_post(connection, tenant, post.id)
    await store.delete_revisions(connection, tenant, post.id)
    await attachment_store.delete_of_post(connection, tenant, post.id)
    values: dict[str, object] = {}
    if post.number == 1:
        topic = await topic_store.lock_topic(connection, tenant, post.topic_id)
        if topic.post_count == 1:
            values = {"title": "", "state": state}
    await topic_store.change_topic(connection, tenant, post.topic_id, **values)
    wiring.changed(connection, actor.tenant_id)


async def list_revisions(actor: Actor, wiring: Wiring, post_id: str) -> list[Revision]:
    """Returns what stood in a post before that the caller may read."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        post, _ = await access_post(connection, actor, post_id)
        if not shown_to(actor, post).html:
            raise no_such_post()
        decides = actor.has(access_pb2.CALLER_MODERATOR, access_pb2.CALLER_ADMIN)
        if not decides and await masking_store.is_masked(connection, tenant_of(actor), post_id):
            # What is masked in it stood there before as well, until somebody has decided.
            return []
        found = await store.list_revisions(connection, tenant_of(actor), post_id, _MOST_REVISIONS)
    if member_of(actor) or actor.is_staff:
        return found
    return [replace(each, html=contacts.mask(each.html)) for each in found]


async def react(actor: Actor, wiring: Wiring, post_id: str, reaction: int, *, remove: bool) -> Post:
    """Puts a reaction on somebody else's post, or takes it away."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if remove:
            await standing_of(connection, actor, wiring)
        else:
            await require_standing(connection, actor, wiring)
        post, _ = await access_post(connection, actor, post_id)
        if not post.is_shown:
            raise no_such_post()
        if not remove:
            await relations.check_reaches(connection, actor, post.author_id)
        if post.author_id == actor.subject_id:
            raise FailedPrecondition("OWN_POST", "Nobody votes for what they wrote. Nothing was changed.")
        if remove:
            changed = await store.take_reaction(connection, tenant, post_id, actor.subject_id, reaction)
        else:
            changed = await store.put_reaction(connection, tenant, post_id, actor.subject_id, reaction, now)
        if changed:
            if reaction == HELPFUL:
                await store.count_vote(connection, tenant, post_id, -1 if remove else 1)
            wiring.grew(connection, post.topic_id)
        return await _read_back(connection, actor, post_id)


async def _read_back(connection: AsyncConnection, actor: Actor, post_id: str) -> Post:
    (post,) = await store.find_posts(connection, tenant_of(actor), [ids.to_uuid(post_id, "pst")], member_of(actor))
    return shown_to(actor, post)


def topic_shown_to(actor: Actor, topic: Topic) -> Topic:
    """Returns a topic as somebody may see it.

    One that is not shown has no title but for its author and for staff; whoever is not signed in sees no contacts.
    """
    if topic.state in SHOWN and not member_of(actor) and not actor.is_staff:
        title = contacts.mask_text(topic.title)
        return topic if title == topic.title else replace(topic, title=title)
    is_own = bool(topic.author_id) and topic.author_id == member_of(actor)
    if topic.state in SHOWN or is_own or actor.has(access_pb2.CALLER_MODERATOR, access_pb2.CALLER_ADMIN):
        return topic
    return replace(topic, title="", tags=())


def shown_to(actor: Actor, post: Post) -> Post:
    """Returns a post as somebody may see it.

    What is not shown has no words but for its author and for those who decide; whoever is not signed in sees nobody's
    contacts; what was typed is for its author alone.
    """
    member = member_of(actor)
    is_own = bool(post.author_id) and post.author_id == member
    is_seen = post.state in SHOWN or is_own or actor.has(access_pb2.CALLER_MODERATOR, access_pb2.CALLER_ADMIN)
    html, carried = (post.html, post.attachments) if is_seen else ("", ())
    poll = poll_shown_to(actor, post.poll) if is_seen and post.poll is not None else None
    title = post.topic_title
    if not member and not actor.is_staff:
        html, title = contacts.mask(html), contacts.mask_text(title)
        if carried:
            carried = [
                replace(each, filename=files.nameless(each.filename)) if contacts.is_telling(each.filename) else each
                for each in carried
            ]
    body = post.body if is_own else ""
    is_all = html is post.html and carried is post.attachments and poll is post.poll
    if is_all and body == post.body and title == post.topic_title:
        return post
    return replace(post, html=html, body=body, attachments=carried, poll=poll, topic_title=title)


def poll_shown_to(actor: Actor, poll: Poll) -> Poll:
    """Returns a poll as somebody may know it; whoever is not signed in sees nobody's contacts."""
    told = poll.told()
    return told if member_of(actor) or actor.is_staff else told.said(contacts.mask_text)
