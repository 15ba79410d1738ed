"""From a sign-up to an answered question: a member joins, agrees, asks and is answered, and everybody reads it."""

from __future__ import annotations

from parley.community.v1 import post_pb2, topic_pb2

from tests.community.forum import forum
from tests.platform import Platform


async def test_a_member_asks_and_another_answers_for_everybody_to_read(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space("questions")
    ann, bo = await shop.poster("ann_asks"), await shop.poster("bo-knows")
    topic = await shop.topic(
        ann, space.id, "Does it **float**?", "I *wonder*.", kind=topic_pb2.TOPIC_KIND_QUESTION, tags=("water",)
    )
    answer = await shop.reply(bo, topic.id, "Yes, @ann_asks, it does.")
    assert (answer.number, answer.author.handle) == (2, "bo-knows")
    await shop.call(
        shop.topics.AcceptAnswer,
        topic_pb2.AcceptAnswerRequest(topic_id=topic.id, post_id=answer.id),
        ann.token,
    )
    await shop.call(
        shop.posts.React,
        post_pb2.ReactRequest(post_id=answer.id, reaction=post_pb2.REACTION_HELPFUL),
        ann.token,
    )
    read = (await shop.call(shop.topics.GetTopic, topic_pb2.GetTopicRequest(topic_id=topic.id))).topic
    assert (read.title, read.accepted_number, read.post_count) == ("Does it **float**?", 2, 2)
    assert list(read.tags) == ["water"]
    first, second = await shop.read(topic.id)
    assert first.html == "<p>I <em>wonder</em>.</p>\n"
    assert 'href="../m/ann_asks"' in second.html
    assert (second.votes, second.body) == (1, ""), "what was typed is for its author alone"
    listed = await shop.call(shop.topics.ListTopics, topic_pb2.ListTopicsRequest(space_id=space.id))
    assert [each.id for each in listed.topics] == [topic.id]
