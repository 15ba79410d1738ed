"""Posts that are moved keep their ids; old links say where they went; nothing moves to where more people read."""

from __future__ import annotations

from typing import Any

import pytest
from parley.community.v1 import arrangement_pb2, post_pb2, space_pb2, topic_pb2

from kernel.errors import FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from tests.community.forum import Forum, forum
from tests.platform import Platform


async def move(shop: Forum, topic_id: str, *numbers: int, **to: Any) -> arrangement_pb2.MovePostsResponse:
    """Moves posts."""
    request = arrangement_pb2.MovePostsRequest(topic_id=topic_id, numbers=numbers, **to)
    return await shop.call(  # type: ignore[no-any-return]  # The stubs carry no types.
        shop.arrangement.MovePosts, request, shop.admin
    )


async def test_posts_split_off_begin_a_topic_of_their_own_and_old_links_lead_there(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id)
    second = await shop.reply(bo, topic.id, "Something else.")
    await shop.reply(ann, topic.id, "About that.", reply_to=2)
    await shop.reply(ann, topic.id, "Back to it.", reply_to=1)
    moved = await move(shop, topic.id, 3, 2, title="Something else", request_id="split-once")
    assert (moved.moved, moved.topic.title, moved.topic.post_count) == (2, "Something else", 2)
    assert moved.topic.author.handle == bo.handle
    again = await move(shop, topic.id, 3, 2, title="Something else", request_id="split-once")
    assert again.topic.id == moved.topic.id
    there = await shop.read(moved.topic.id)
    assert [(each.number, each.reply_to) for each in there] == [(1, 0), (2, 1)]
    assert there[0].id == second.id
    page = await shop.call(shop.posts.ListPosts, post_pb2.ListPostsRequest(topic_id=topic.id))
    assert [each.number for each in page.posts] == [1, 4]
    assert [(each.number, each.topic_id, each.to_number) for each in page.moved] == [
        (2, moved.topic.id, 1),
        (3, moved.topic.id, 2),
    ]
    assert (await shop.reply(bo, topic.id, "Next.")).number == 5, "no number is given twice"
    back = await move(shop, moved.topic.id, 2, to_topic_id=topic.id)
    assert back.topic.last_number == 6
    with pytest.raises(NotFound):
        await move(shop, topic.id, 2, title="Gone from here")


async def test_nothing_moves_to_where_more_read_or_to_nowhere_and_members_move_nothing(platform: Platform) -> None:
    shop = await forum(platform)
    group = await shop.space(visibility=space_pb2.VISIBILITY_GROUP)
    space, members = await shop.space(), await shop.space(visibility=space_pb2.VISIBILITY_MEMBERS, is_indexed=False)
    ann = await shop.poster()
    await shop.enter(group.id, ann)
    inside, open_topic = await shop.topic(ann, group.id), await shop.topic(ann, space.id)
    await shop.reply(ann, inside.id, "Between us.")
    for to in ({"to_topic_id": open_topic.id}, {"title": "For all", "space_id": members.id}):
        with pytest.raises(FailedPrecondition, match="EXPOSURE_WIDENED"):
            await move(shop, inside.id, 2, **to)
    for wrong in ({}, {"title": "Both", "to_topic_id": open_topic.id}):
        with pytest.raises(InvalidArgument):
            await move(shop, inside.id, 2, **wrong)
    with pytest.raises(InvalidArgument):
        await move(shop, inside.id, 1, title="The first stays")
    with pytest.raises(FailedPrecondition, match="SAME_TOPIC"):
        await move(shop, inside.id, 2, to_topic_id=inside.id)
    request = arrangement_pb2.MovePostsRequest(topic_id=inside.id, numbers=[2], title="Mine")
    with pytest.raises(PermissionDenied):
        await shop.call(shop.arrangement.MovePosts, request, ann.token)
    narrower = await move(shop, inside.id, 2, title="Still between us")
    assert narrower.topic.space_id == group.id
    with pytest.raises(NotFound):
        await shop.call(shop.topics.GetTopic, topic_pb2.GetTopicRequest(topic_id=narrower.topic.id))
