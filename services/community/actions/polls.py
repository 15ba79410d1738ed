"""Lets members put polls on their posts, vote in those of others and close their own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from services.community.actions import drafts, posting, relations
from services.community.actions.wiring import (
    Wiring,
    access_post,
    access_topic,
    member_of,
    require_standing,
    standing_of,
    tenant_of,
)
from services.community.domain import masking
from services.community.domain.polls import Poll, no_such_poll
from services.community.domain.posts import Post, no_such_post
from services.community.store import masking as masking_store
from services.community.store import polls as store
from services.community.store import posts as post_store
from services.community.store import topics as topic_store


async def vote(actor: Actor, wiring: Wiring, post_id: str, choices: Sequence[int], etag: str) -> Poll:
    """Votes in a poll, instead of whatever the caller chose before; no choice takes the vote back."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if choices:
            await require_standing(connection, actor, wiring)
        else:
            await standing_of(connection, actor, wiring)
        post, poll = await _held(connection, actor, post_id)
        topic, space = await access_topic(connection, actor, post.topic_id)
        topic.check_open()
        space.check_writable()
        poll.check_open()
        poll.check_etag(etag)
        poll.check_choices(choices)
        if choices:
            await relations.check_reaches(connection, actor, post.author_id)
        if tuple(sorted(choices)) != tuple(poll.own_choices):
            await store.put_vote(connection, tenant, post_id, actor.subject_id, choices, wiring.clock.now())
            wiring.grew(connection, post.topic_id)
        return await _read_back(connection, actor, post_id)


async def set_poll(actor: Actor, wiring: Wiring, post_id: str, poll: Poll | None, choice: int) -> Poll | None:
    """Puts another poll on the caller's own post, or takes it away, while nobody has voted."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await require_standing(connection, actor, wiring)
        post, space = await access_post(connection, actor, post_id, lock=True)
        post.check_own(actor.subject_id)
        if not post.is_shown:
            raise no_such_post()
        masking.check_unmasked(is_masked=await masking_store.is_masked(connection, tenant, post_id))
        space.check_writable()
        there = await store.lock_poll(connection, tenant, post_id, actor.subject_id)
        if there is not None:
            there.check_unasked()
        if poll is None:
            await store.delete_of_post(connection, tenant, post_id)
        else:
            cleared = await drafts.clear(connection, actor, wiring, body="", poll=poll, choice=choice)
            if cleared.poll is not None:
                masked = await masking_store.list_of_topic(connection, tenant, post.topic_id)
                masking.check_said(cleared.poll.words, masked)
                await store.put_poll(connection, tenant, post_id, actor.subject_id, cleared.poll)
        await post_store.save_post(connection, tenant, post_id, has_poll=poll is not None)
        await topic_store.change_topic(connection, tenant, post.topic_id)
        wiring.changed(connection, actor.tenant_id)
        return None if poll is None else await _read_back(connection, actor, post_id)


async def close_poll(actor: Actor, wiring: Wiring, post_id: str) -> Poll:
    """Closes the poll on the caller's own post now; this needs no terms."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        post, poll = await _held(connection, actor, post_id)
        post.check_own(actor.subject_id)
        if not poll.is_closed:
            await store.close_poll(connection, tenant_of(actor), post_id)
            wiring.grew(connection, post.topic_id)
        return await _read_back(connection, actor, post_id)


async def _held(connection: AsyncConnection, actor: Actor, post_id: str) -> tuple[Post, Poll]:
    """Returns a post that everybody sees, and its poll, which nobody else changes until the transaction ends."""
    post, _ = await access_post(connection, actor, post_id)
    if not post.is_shown:
        raise no_such_post()
    poll = await store.lock_poll(connection, tenant_of(actor), post_id, member_of(actor))
    if poll is None:
        raise no_such_poll()
    return post, poll


async def _read_back(connection: AsyncConnection, actor: Actor, post_id: str) -> Poll:
    key: UUID = ids.to_uuid(post_id, "pst")
    found = await store.of_posts(connection, tenant_of(actor), [key], member_of(actor))
    return posting.poll_shown_to(actor, found[key])
