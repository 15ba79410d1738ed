"""Posting stands under the terms in force, everywhere; reading stands under none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from parley.community.v1 import post_pb2, terms_pb2, topic_pb2

from kernel.errors import FailedPrecondition, InvalidArgument, PermissionDenied
from tests.community.forum import forum
from tests.platform import Platform

_KIND = topic_pb2.TOPIC_KIND_DISCUSSION


async def test_nobody_posts_without_the_terms_and_the_warning(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.join()
    current = await shop.call(shop.terms.GetCurrentTerms, terms_pb2.GetCurrentTermsRequest())
    with pytest.raises(FailedPrecondition, match="TERMS_NOT_ACCEPTED"):
        await shop.topic(ann, space.id)
    await shop.answer(ann, current.terms.id, terms_pb2.ANSWER_ACCEPTED)
    with pytest.raises(FailedPrecondition, match="WARNING_NOT_ACKNOWLEDGED"):
        await shop.topic(ann, space.id)
    standing = await shop.answer(ann, current.terms.id, terms_pb2.ANSWER_WARNING_ACKNOWLEDGED)
    assert standing.may_post
    assert (await shop.topic(ann, space.id)).post_count == 1


async def test_under_an_old_version_everything_that_posts_is_refused_and_everything_that_reads_is_not(
    platform: Platform,
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id)
    own = await shop.reply(ann, topic.id, "Mine.")
    theirs = await shop.reply(bo, topic.id, "Theirs.")
    await shop.publish(text="And more.")
    for method, request in (
        (
            shop.topics.CreateTopic,
            topic_pb2.CreateTopicRequest(space_id=space.id, kind=_KIND, title="More", body="More"),
        ),
        (shop.posts.CreatePost, post_pb2.CreatePostRequest(topic_id=topic.id, body="More")),
        (shop.posts.UpdatePost, post_pb2.UpdatePostRequest(post_id=own.id, body="More")),
        (shop.posts.React, post_pb2.ReactRequest(post_id=theirs.id, reaction=post_pb2.REACTION_THANKS)),
    ):
        with pytest.raises(FailedPrecondition, match="TERMS_NOT_ACCEPTED"):
            await shop.call(method, request, ann.token)
    assert len(await shop.read(topic.id, ann.token)) == 3
    gone = await shop.call(shop.posts.DeletePost, post_pb2.DeletePostRequest(post_id=own.id), ann.token)
    assert gone.post.state == topic_pb2.CONTENT_STATE_AUTHOR_DELETED, "taking away needs no terms"
    await shop.accept(ann)
    assert (await shop.reply(ann, topic.id, "Again.")).number == 4


async def test_a_version_that_changes_nothing_of_weight_asks_nobody_again(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    newer = await shop.publish(is_material=False, text="A comma.")
    topic = await shop.topic(ann, space.id)
    (post,) = await shop.read(topic.id)
    assert post.terms_id == newer.id, "what is posted stands under the version in force"


async def test_another_warning_is_acknowledged_anew(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    await shop.publish(is_material=False, warning="Others may read it, and keep it.")
    with pytest.raises(FailedPrecondition, match="WARNING_NOT_ACKNOWLEDGED"):
        await shop.topic(ann, space.id)


async def test_whoever_refuses_or_withdraws_reads_on(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    topic = await shop.topic(ann, space.id)
    current = await shop.call(shop.terms.GetCurrentTerms, terms_pb2.GetCurrentTermsRequest())
    for answer in (terms_pb2.ANSWER_WITHDRAWN, terms_pb2.ANSWER_REFUSED):
        assert not (await shop.answer(ann, current.terms.id, answer)).may_post
        with pytest.raises(FailedPrecondition, match="TERMS_NOT_ACCEPTED"):
            await shop.reply(ann, topic.id, "More")
    assert len(await shop.read(topic.id, ann.token)) == 1
    assert (await shop.answer(ann, current.terms.id, terms_pb2.ANSWER_ACCEPTED)).may_post


async def test_terms_of_tomorrow_hold_tomorrow(platform: Platform) -> None:
    shop = await forum(platform)
    ann = await shop.poster()
    request = terms_pb2.PublishTermsRequest(
        clauses=[terms_pb2.Clause(id="R1", title="Be kind", text="Always.")], warning="Beware.", is_material=True
    )
    request.effective_time.FromDatetime(datetime.now(UTC) + timedelta(days=1))
    tomorrow = (await shop.call(shop.terms.PublishTerms, request, shop.admin)).terms
    current = await shop.call(shop.terms.GetCurrentTerms, terms_pb2.GetCurrentTermsRequest())
    assert current.terms.number == 1
    with pytest.raises(FailedPrecondition, match="TERMS_NOT_IN_FORCE"):
        await shop.answer(ann, tomorrow.id, terms_pb2.ANSWER_ACCEPTED)


async def test_a_version_has_a_hash_and_each_of_its_clauses_an_id_of_its_own(platform: Platform) -> None:
    shop = await forum(platform)
    twice = [terms_pb2.Clause(id="R1", title="One", text="One."), terms_pb2.Clause(id="R1", title="Two", text="Two.")]
    with pytest.raises(InvalidArgument, match="CLAUSE_ID_TWICE"):
        await shop.call(
            shop.terms.PublishTerms, terms_pb2.PublishTermsRequest(clauses=twice, warning="Beware."), shop.admin
        )
    second = await shop.publish(text="Other words.")
    third = await shop.publish(text="Other words.")
    assert len(second.content_hash) == 64
    assert (second.content_hash, second.number) == (third.content_hash, third.number - 1)
    ann = await shop.poster()
    with pytest.raises(PermissionDenied):
        await shop.call(
            shop.terms.PublishTerms, terms_pb2.PublishTermsRequest(clauses=twice[:1], warning="Beware."), ann.token
        )
