"""Whoever is new posts little until they are known; whoever floods is slowed; members keep one another away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley.community.v1 import (
    account_pb2,
    moderation_pb2,
    post_pb2,
    relation_pb2,
    topic_pb2,
)

from kernel.community import UNSIGNED, FormTimes
from kernel.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
)
from services.community.domain import brakes
from services.community.domain.brakes import KNOWN, NEW, TRUSTED, Past, level_of
from tests.community.forum import Forum, Poster, forum
from tests.platform import Platform

NOW = datetime(2026, 5, 1, tzinfo=UTC)
HELD, LIVE = topic_pb2.CONTENT_STATE_HELD, topic_pb2.CONTENT_STATE_LIVE
IGNORED, BLOCKED = relation_pb2.RELATION_KIND_IGNORED, relation_pb2.RELATION_KIND_BLOCKED


async def relate(shop: Forum, member: Poster, handle: str, kind: Any) -> None:
    """Has a member make something of another."""
    request = relation_pb2.SetRelationRequest(handle=handle, kind=kind)
    await shop.call(shop.relations.SetRelation, request, member.token)


async def test_the_first_days_posts_and_links_are_few_until_a_member_is_known(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann = await shop.poster()
    await shop.set("community.first_day_posts", 3)
    topic = await shop.topic(ann, space.id)
    with pytest.raises(InvalidArgument, match="TOO_MANY_LINKS"):
        await shop.reply(ann, topic.id, "http://a.example http://b.example www.c.example")
    # Nor are they brought in afterwards.
    change = post_pb2.UpdatePostRequest(post_id=(await shop.read(topic.id))[0].id)
    change.body = "http://a.example http://b.example www.c.example"
    with pytest.raises(InvalidArgument, match="TOO_MANY_LINKS"):
        await shop.call(shop.posts.UpdatePost, change, ann.token)
    for number in range(2):
        await shop.reply(ann, topic.id, f"Post {number}.")
    with pytest.raises(ResourceExhausted, match="TOO_OFTEN"):
        await shop.reply(ann, topic.id, "One more.")
    account = await shop.call(shop.accounts.GetAccount, account_pb2.GetAccountRequest(), ann.token)
    assert account.account.trust == account_pb2.TRUST_LEVEL_NEW
    await shop.age(ann, 2)
    account = await shop.call(shop.accounts.GetAccount, account_pb2.GetAccountRequest(), ann.token)
    assert account.account.trust == account_pb2.TRUST_LEVEL_KNOWN
    await shop.reply(ann, topic.id, "http://a.example http://b.example www.c.example")


async def test_a_first_post_that_is_held_is_shown_by_a_decision_and_by_nothing_else(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    await shop.set("community.held_first_posts", 1)
    topic = await shop.topic(ann, space.id, "Buy this", "At a good price.")
    assert topic.state == HELD
    listed = await shop.call(shop.topics.ListTopics, topic_pb2.ListTopicsRequest(space_id=space.id), bo.token)
    assert not listed.topics
    assert [each.html for each in await shop.read(topic.id, bo.token)] == [""]
    assert "good price" in (await shop.read(topic.id, ann.token))[0].html
    request = post_pb2.UpdatePostRequest(post_id=(await shop.read(topic.id))[0].id, body="Shown now?")
    with pytest.raises(FailedPrecondition):
        await shop.call(shop.posts.UpdatePost, request, ann.token)
    (case,) = await shop.cases()
    await shop.decide(shop.admin, case.id, moderation_pb2.CASE_ACTION_NONE, is_upheld=False)
    listed = await shop.call(shop.topics.ListTopics, topic_pb2.ListTopicsRequest(space_id=space.id), bo.token)
    assert [each.title for each in listed.topics] == ["Buy this"]
    assert (await shop.reply(ann, topic.id, "Second.")).state == LIVE


async def test_what_was_posted_before_or_nearly_is_refused_and_a_short_thank_you_is_not(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic, other = await shop.topic(bo, space.id), await shop.topic(bo, space.id)
    said = "Have a look at my shop, where everything is half as dear as elsewhere."
    await shop.reply(ann, topic.id, said)
    with pytest.raises(AlreadyExists, match="POSTED_BEFORE"):
        await shop.reply(ann, other.id, said.replace("elsewhere", "anywhere") + "  ")
    await shop.reply(bo, other.id, said)
    for each in (topic, other):
        await shop.reply(ann, each.id, "Thank you!")


async def test_in_a_slowed_topic_each_member_waits_between_two_replies(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id)
    request = topic_pb2.ArrangeTopicRequest(topic_id=topic.id, slow_seconds=600)
    assert (await shop.call(shop.topics.ArrangeTopic, request, shop.admin)).topic.slow_seconds == 600
    await shop.reply(bo, topic.id, "First.")
    with pytest.raises(ResourceExhausted, match="TOPIC_SLOWED"):
        await shop.reply(bo, topic.id, "Second.")
    await shop.call(shop.topics.ArrangeTopic, topic_pb2.ArrangeTopicRequest(topic_id=topic.id), shop.admin)
    await shop.reply(bo, topic.id, "Second.")


async def test_whoever_is_ignored_is_folded_and_whoever_is_blocked_answers_no_more(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id)
    await shop.reply(bo, topic.id, "Hm.", reply_to=1)
    await relate(shop, ann, bo.handle, IGNORED)
    assert [each.is_ignored for each in await shop.read(topic.id, ann.token)] == [False, True]
    assert [each.is_ignored for each in await shop.read(topic.id, bo.token)] == [False, False]
    await shop.reply(bo, topic.id, "Hm again.", reply_to=1)
    await relate(shop, ann, bo.handle, BLOCKED)
    with pytest.raises(PermissionDenied, match="KEPT_AWAY"):
        await shop.reply(bo, topic.id, "And again.", reply_to=1)
    first = (await shop.read(topic.id))[0]
    request = post_pb2.ReactRequest(post_id=first.id, reaction=post_pb2.REACTION_LAUGH)
    with pytest.raises(PermissionDenied, match="KEPT_AWAY"):
        await shop.call(shop.posts.React, request, bo.token)
    assert (await shop.reply(bo, topic.id, "To all.")).number == 4, "the topic is everybody's"
    listed = await shop.call(shop.relations.ListRelations, relation_pb2.ListRelationsRequest(), ann.token)
    assert [(each.member.handle, each.kind) for each in listed.relations] == [(bo.handle, BLOCKED)]
    listed = await shop.call(shop.relations.ListRelations, relation_pb2.ListRelationsRequest(), bo.token)
    assert not listed.relations, "nobody learns by whom they are blocked"
    await relate(shop, ann, bo.handle, relation_pb2.RELATION_KIND_NONE)
    await shop.reply(bo, topic.id, "Back.", reply_to=1)
    with pytest.raises(FailedPrecondition, match="OWN_ACCOUNT"):
        await relate(shop, ann, ann.handle, IGNORED)
    with pytest.raises(NotFound):
        await relate(shop, ann, "nobody-here", IGNORED)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.integers(0, 500), st.integers(0, 4))
def test_more_days_and_posts_never_lower_trust_and_more_removals_never_raise_it(
    days: int, posts: int, removals: int
) -> None:
    def level(days: int, posts: int, removals: int) -> int:
        past = Past(create_time=NOW - timedelta(days=days), post_count=posts, removals=removals)
        return level_of(past, NOW)

    here = level(days, posts, removals)
    assert here in (NEW, KNOWN, TRUSTED)
    assert level(days + 1, posts + 1, removals) >= here >= level(days, posts, removals + 1)
    assert days or here == NEW


def test_a_pause_is_over_when_it_is_over() -> None:
    brakes.check_pace(NOW, 60, NOW + timedelta(seconds=60))
    brakes.check_pace(None, 60, NOW)
    with pytest.raises(ResourceExhausted) as refused:
        brakes.check_pace(NOW, 60, NOW + timedelta(seconds=50))
    assert refused.value.retry_after == timedelta(seconds=10)


async def test_those_who_moderate_see_how_far_a_member_is_trusted_and_nobody_else_does(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    post = await shop.reply(ann, (await shop.topic(bo, space.id)).id, "Buy now.")
    await shop.flag(bo.token, post.id, moderation_pb2.FLAG_KIND_SPAM)
    (case,) = await shop.cases()
    await shop.decide(shop.admin, case.id, moderation_pb2.CASE_ACTION_REMOVE)
    suspend = moderation_pb2.SuspendMemberRequest(handle=ann.handle, days=3, clause_id="R1", facts="Again.")
    await shop.call(shop.moderation.SuspendMember, suspend, shop.admin)
    request = account_pb2.GetMemberRequest(handle=ann.handle)
    seen = await shop.call(shop.accounts.GetMember, request, shop.admin)
    assert (seen.trust, seen.removal_count) == (account_pb2.TRUST_LEVEL_NEW, 1)
    assert seen.suspended_until_time.seconds
    for token in ("", bo.token):
        others = await shop.call(shop.accounts.GetMember, request, token)
        assert (others.trust, others.removal_count) == (account_pb2.TRUST_LEVEL_UNSPECIFIED, 0)
        assert not others.HasField("suspended_until_time")
    suspend.days, suspend.clause_id, suspend.facts = 0, "", "It was somebody else."
    await shop.call(shop.moderation.SuspendMember, suspend, shop.admin)
    assert not (await shop.call(shop.accounts.GetMember, request, shop.admin)).HasField("suspended_until_time")
    kept = await shop.rows("SELECT facts FROM community.decisions WHERE member_id = :id ORDER BY id", id=ann.id)
    assert [row.facts for row in kept][1:] == ["Again.", "It was somebody else."], "who ended it, and why, is kept"


async def test_what_a_new_member_sends_faster_than_people_type_is_held_and_nothing_of_it_is_kept(
    platform: Platform,
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(bo, space.id)
    forms, now = FormTimes(platform.config.secret_key), datetime.now(UTC)

    def form(member: Poster, seconds: int) -> str:
        return forms.give(shop.tenant.id, member.id, now - timedelta(seconds=seconds))

    slow = await shop.reply(ann, topic.id, "Thought about.", form_token=form(ann, 60))
    assert slow.state == LIVE
    tried = (form(ann, 0), UNSIGNED, form(bo, 60), form(ann, 60)[:-1] + "!")
    for number, token in enumerate(tried):
        held = await shop.reply(ann, topic.id, f"At once, number {number}.", form_token=token)
        assert held.state == HELD, "held, and never thrown away"
    assert [each.html for each in await shop.read(topic.id)][2:] == [""] * 4
    cases = await shop.cases()
    assert {each.hold_reason for each in cases} == {moderation_pb2.HOLD_REASON_TOO_FAST}
    await shop.decide(shop.admin, cases[0].id, moderation_pb2.CASE_ACTION_NONE, is_upheld=False)
    assert "At once, number 0." in [each.html for each in await shop.read(topic.id)][2]
    seen = await shop.call(shop.accounts.GetMember, account_pb2.GetMemberRequest(handle=ann.handle), shop.admin)
    assert seen.fast_count == 4
    (kept, *_) = await shop.rows("SELECT * FROM community.typing_signals WHERE member_id = :id", id=ann.id)
    assert set(kept._mapping) == {"tenant_id", "id", "member_id", "create_time"}, "neither words nor how fast"
    # Whoever is known, and whoever comes by the API, is not timed.
    assert (await shop.reply(bo, topic.id, "By the API.")).state == LIVE
    await shop.age(ann, 5, posts=5)
    assert (await shop.reply(ann, topic.id, "Known by now.", form_token=form(ann, 0))).state == LIVE


async def test_a_community_says_how_long_a_form_is_open_at_least_or_does_not_ask(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    await shop.set("community.least_typing_seconds", 0)
    ann = await shop.poster()
    assert (await shop.topic(ann, space.id, form_token=UNSIGNED)).state == LIVE
