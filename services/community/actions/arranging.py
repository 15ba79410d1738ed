"""Moves posts to where they belong, and says under their old numbers where they went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument
from kernel.identity import Actor
from services.community.actions.wiring import Wiring, tenant_of
from services.community.domain import texts
from services.community.domain.posts import DISCUSSION, LIVE, Topic, no_such_post
from services.community.domain.spaces import Space, check_moves
from services.community.store import moves as store
from services.community.store import posts as post_store
from services.community.store import spaces as space_store
from services.community.store import topics as topic_store


async def move_posts(
    actor: Actor,
    wiring: Wiring,
    topic_id: str,
    numbers: Sequence[int],
    *,
    to_topic_id: str,
    space_id: str,
    title: str,
    kind: int,
    request_id: str,
    request: Message,
) -> tuple[Topic, int]:
    """Moves posts into another topic or a new one, and returns it; never to where more people read."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    if bool(to_topic_id) == texts.is_said(title):
        raise InvalidArgument(
            "ARGUMENT_INVALID",
            "A topic is named, or what the new one is called. Nothing was moved.",
            fields=[("to_topic_id", "this or title")],
        )
    if to_topic_id == topic_id:
        raise FailedPrecondition("SAME_TOPIC", "They stand in this topic already. Nothing was moved.")
    target_id = to_topic_id or ids.new_id("top")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        # In the order of their ids, so that two who move between the same topics wait and do not lock each other out.
        held = {
            each: await topic_store.lock_topic(connection, tenant, each)
            for each in sorted({topic_id, to_topic_id} - {""})
        }
        source = held[topic_id]
        made = await wiring.idempotency.claim(connection, actor, "MovePosts", request_id, request, target_id, now)
        if made != target_id or not numbers:
            return await topic_store.get_topic(connection, tenant, made), len(set(numbers))
        before = await space_store.get_space(connection, tenant, source.space_id)
        wanted = held[to_topic_id].space_id if to_topic_id else space_id or source.space_id
        after = await space_store.get_space(connection, tenant, wanted)
        after.check_writable()
        check_moves(before, after)
        found = await store.numbers_of(connection, tenant, topic_id, sorted(set(numbers)))
        if len(found) != len(set(numbers)):
            raise no_such_post()
        if to_topic_id:
            first = held[to_topic_id].last_number + 1
        else:
            await _begin(connection, actor, source, target_id, after, texts.line_of(title), kind, found[0])
            first = 1
        becomes = {number: first + at for at, number in enumerate(found)}
        await store.move(connection, tenant, topic_id, target_id, after.id, becomes)
        if source.accepted_number in becomes:
            await topic_store.change_topic(connection, tenant, topic_id, accepted_post_id=None, accepted_number=0)
        for each in (topic_id, target_id):
            await store.recount(connection, tenant, each)
        wiring.changed(connection, actor.tenant_id)
        return await topic_store.get_topic(connection, tenant, target_id), len(found)


async def _begin(
    connection: AsyncConnection,
    actor: Actor,
    source: Topic,
    topic_id: str,
    space: Space,
    title: str,
    kind: int,
    number: int,
) -> None:
    """Begins a topic with what is moved out of another; whoever wrote its first post is who began it."""
    tenant = tenant_of(actor)
    post = await post_store.get_at(connection, tenant, source.id, number)
    topic = replace(
        source,
        id=topic_id,
        space_id=space.id,
        kind=kind or DISCUSSION,
        title=title,
        state=LIVE,
        author_id=post.author_id,
        is_locked=False,
        is_pinned=False,
        accepted_post_id="",
        accepted_number=0,
        post_count=1,
        last_number=1,
        last_post_id=post.id,
        last_post_time=post.create_time,
        create_time=post.create_time,
        version=1,
        slow_seconds=0,
        tags=(),
    )
    await topic_store.add_topic(connection, tenant, topic)
    await space_store.count_topic(connection, tenant, space.id, 1)
