"""Members are told what concerns them: in the page, by mail as they want it, and no longer than they want it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.message import Message
from typing import Any

import pytest
from parley.community.v1 import (
    account_pb2,
    post_pb2,
    relation_pb2,
    space_pb2,
    subscription_pb2,
)
from sqlalchemy import text

from gateway.community.news import together
from kernel.clock import ManualClock
from kernel.errors import InvalidArgument, NotFound
from kernel.hints import Hints
from kernel.jobs import Job, Jobs, topic_of
from services.community.actions import notices
from services.community.actions.turns import Turns
from services.community.actions.wiring import Wiring
from services.community.domain.notices import next_digest
from services.community.store import telling
from services.community.store.tables import metadata
from tests.community.forum import Forum, Poster, forum
from tests.platform import Platform

FOLLOWING, MUTED = subscription_pb2.SUBSCRIPTION_LEVEL_FOLLOWING, subscription_pb2.SUBSCRIPTION_LEVEL_MUTED
Kind = subscription_pb2.NotificationKind
EACH, OFF = subscription_pb2.MAIL_MODE_EACH, subscription_pb2.MAIL_MODE_OFF


async def follow(shop: Forum, member: Poster, level: int = FOLLOWING, **place: str) -> None:
    """Says what a member wants to hear of a place."""
    request = subscription_pb2.SetSubscriptionRequest(level=level, **place)  # type: ignore[arg-type]
    await shop.call(shop.subscriptions.SetSubscription, request, member.token)


async def mailed(shop: Forum, member: Poster, mode: int) -> None:
    """Says when a member is mailed."""
    request = subscription_pb2.UpdateNotificationSettingsRequest(mail=mode, follows_own=True)  # type: ignore[arg-type]
    await shop.call(shop.subscriptions.UpdateNotificationSettings, request, member.token)


async def told(shop: Forum, member: Poster) -> list[tuple[int, str, int]]:
    """Returns what a member was told, newest first: why, by whom, and which post."""
    listed = await shop.call(
        shop.subscriptions.ListNotifications, subscription_pb2.ListNotificationsRequest(), member.token
    )
    return [(each.kind, each.author.handle, each.number) for each in listed.notifications]


async def hears(shop: Forum, member: Poster, count: int) -> list[tuple[int, str, int]]:
    """Waits until a member was told so many things."""
    found: list[tuple[int, str, int]] = []
    for _ in range(200):
        found = await told(shop, member)
        if len(found) >= count:
            return found
        await shop.pause()
    raise AssertionError(f"only {found} came")


async def in_the_clear(shop: Forum, post_id: str) -> None:
    """Carries out at once what telling of a post is."""
    async with shop.inside() as wiring:
        await notices.notify(wiring, a_job(shop, post_id=post_id))


def a_job(shop: Forum, **arguments: str) -> Job:
    """Returns a job of the tenant's."""
    return Job(tenant_id=shop.tenant.id, arguments=arguments, **shop.job_values())


async def test_followers_hear_of_topics_and_posts_and_whoever_is_named_or_answered_hears_that(
    platform: Platform,
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo, cy, di = [await shop.poster() for _ in range(4)]
    await follow(shop, cy, space_id=space.id)
    topic = await shop.topic(ann, space.id, "On frost")
    assert await hears(shop, cy, 1) == [(Kind.NOTIFICATION_KIND_TOPIC_BEGUN, ann.handle, 1)]
    await shop.reply(bo, topic.id, f"Ask @{di.handle}, or @nobody-here.", reply_to=1)
    assert await hears(shop, ann, 1) == [(Kind.NOTIFICATION_KIND_REPLIED, bo.handle, 2)]
    assert await hears(shop, di, 1) == [(Kind.NOTIFICATION_KIND_MENTIONED, bo.handle, 2)]
    await shop.reply(ann, topic.id, "I will.")
    assert await hears(shop, bo, 1) == [(Kind.NOTIFICATION_KIND_POSTED, ann.handle, 3)], "who posts follows"
    assert len(await told(shop, cy)) == 1, "who follows a space hears of topics"
    listed = await shop.call(
        shop.subscriptions.ListNotifications, subscription_pb2.ListNotificationsRequest(), bo.token
    )
    assert (listed.unread_count, listed.notifications[0].topic_title) == (1, "On frost")
    every_page = await shop.call(shop.accounts.RefreshSession, account_pb2.RefreshSessionRequest(session=bo.session))
    assert (every_page.member_id, every_page.handle, every_page.unread_count) == (bo.id, bo.handle, 1)
    request = subscription_pb2.MarkNotificationsRequest(notification_id=listed.notifications[0].id)
    with pytest.raises(NotFound):
        await shop.call(shop.subscriptions.MarkNotifications, request, ann.token)
    await shop.call(shop.subscriptions.MarkNotifications, request, bo.token)
    listed = await shop.call(
        shop.subscriptions.ListNotifications, subscription_pb2.ListNotificationsRequest(), bo.token
    )
    assert (listed.unread_count, listed.notifications[0].is_read) == (0, True)


async def test_who_muted_ignores_or_may_not_read_hears_nothing_and_what_is_gone_is_in_no_list(
    platform: Platform,
) -> None:
    shop = await forum(platform)
    space, group = await shop.space(), await shop.space(visibility=space_pb2.VISIBILITY_GROUP)
    ann, bo, cy, di = [await shop.poster() for _ in range(4)]
    await shop.enter(group.id, ann)
    inside = await shop.topic(ann, group.id)
    first = await shop.reply(ann, inside.id, f"Look, @{bo.handle}.")
    topic = await shop.topic(ann, space.id)
    await follow(shop, cy, MUTED, topic_id=topic.id)
    await shop.call(
        shop.relations.SetRelation,
        relation_pb2.SetRelationRequest(handle=ann.handle, kind=relation_pb2.RELATION_KIND_IGNORED),
        di.token,
    )
    post = await shop.reply(ann, topic.id, f"Hello @{bo.handle}, @{cy.handle} and @{di.handle}.")
    for each in (first, post):
        await in_the_clear(shop, each.id)
    assert [await told(shop, member) for member in (cy, di)] == [[], []]
    assert await told(shop, bo) == [(Kind.NOTIFICATION_KIND_MENTIONED, ann.handle, 2)], "of the open topic alone"
    with pytest.raises(NotFound):
        await follow(shop, bo, topic_id=inside.id)
    with pytest.raises(InvalidArgument):
        await follow(shop, bo)
    await shop.call(shop.posts.DeletePost, post_pb2.DeletePostRequest(post_id=post.id), ann.token)
    assert await told(shop, bo) == []


async def test_a_mail_names_the_topic_and_never_what_was_said_and_ends_by_one_click(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    await mailed(shop, ann, EACH)
    topic = await shop.topic(ann, space.id, "On frost")
    await shop.reply(bo, topic.id, "My secret garden.")
    mail: Message = message_from_string(await shop.mail_to(ann.email, "News in"))
    text = str(mail.get_payload(0).get_payload(decode=True).decode())  # type: ignore[union-attr]
    assert "On frost" in text
    assert "My secret garden." not in mail.as_string()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = mail["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert ann.id not in token
    other = await forum(platform)
    with pytest.raises(NotFound):
        await end(other, token)
    with pytest.raises(NotFound):
        await end(shop, token[:-2] + "xx")
    stop = re.search(r"Follow this topic no more: (\S+)", text)
    assert stop is not None
    await end(shop, stop[1].rpartition("/")[2])
    assert topic.id not in await followed(shop, ann)
    await end(shop, token)
    await end(shop, token)
    settings = await shop.call(
        shop.subscriptions.GetNotificationSettings,
        subscription_pb2.GetNotificationSettingsRequest(),
        ann.token,
    )
    assert settings.settings.mail == OFF
    assert settings.settings.follows_own


async def end(shop: Forum, token: str) -> None:
    """Ends mails, as nobody in particular."""
    await shop.call(shop.subscriptions.Unsubscribe, subscription_pb2.UnsubscribeRequest(token=token))


async def followed(shop: Forum, member: Poster) -> list[str]:
    """Returns the topics that a member follows."""
    listed = await shop.call(
        shop.subscriptions.ListSubscriptions, subscription_pb2.ListSubscriptionsRequest(), member.token
    )
    return [each.topic_id for each in listed.subscriptions]


async def test_a_digest_holds_once_what_was_not_seen_and_nothing_that_went_meanwhile(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo, cy = await shop.poster(), await shop.poster(), await shop.poster()
    kept = await shop.topic(ann, space.id, "On frost that stays")
    gone = await shop.topic(ann, space.id, "On frost that goes")
    await mailed(shop, cy, OFF)
    await follow(shop, cy, topic_id=kept.id)
    post, other = await shop.reply(bo, gone.id, "Brr."), await shop.reply(bo, kept.id, "Brr.")
    for each in (post, other):
        await in_the_clear(shop, each.id)
    await shop.call(shop.posts.DeletePost, post_pb2.DeletePostRequest(post_id=post.id), bo.token)
    async with shop.inside() as wiring:
        await notices.mail_digests(wiring, a_job(shop))
        await notices.mail_digests(wiring, a_job(shop))
    mails = shop.mails_to(ann.email, "What you have not seen")
    assert len(mails) == 1
    assert "On frost that stays" in mails[0]
    assert "On frost that goes" not in mails[0]
    assert not shop.mails_to(cy.email, "What you have not seen")


async def waiting(wiring: Wiring, shop: Forum) -> int:
    """Returns how many jobs to tell somebody nobody has begun."""
    async with wiring.database.transaction(shop.tenant.id) as connection:
        counted = await connection.execute(
            text("SELECT count(*) FROM community.jobs WHERE kind = :kind AND attempts = 0"),
            {"kind": notices.NOTIFY_JOB},
        )
        return int(counted.scalar_one())


async def wait_to_be_told(wiring: Wiring, shop: Forum, post_ids: list[str], due: datetime) -> None:
    """Leaves posts as if nobody had begun to tell of them."""
    async with wiring.database.transaction(shop.tenant.id) as connection:
        for post_id in post_ids:
            await wiring.jobs.enqueue(
                connection,
                notices.NOTIFY_JOB,
                tenant_id=shop.tenant.id,
                now=due,
                due=due,
                key=post_id,
                arguments={"post_id": post_id},
            )


async def test_all_posts_that_wait_are_told_of_in_one_turn_each_to_whom_it_concerns(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo, cy, di = [await shop.poster() for _ in range(4)]
    one, two = await shop.topic(ann, space.id, "On frost"), await shop.topic(bo, space.id, "On hail")
    posts = [
        await shop.reply(cy, one.id, "Cold."),
        await shop.reply(cy, two.id, f"Hard, @{di.handle}."),
        await shop.reply(di, one.id, "Colder.", reply_to=2),
    ]
    for member, count in ((ann, 2), (bo, 1), (cy, 1), (di, 1)):
        await hears(shop, member, count)
    later = datetime.now(UTC) + timedelta(hours=1)
    async with shop.inside(ManualClock(later)) as wiring:
        async with wiring.database.transaction(shop.tenant.id) as connection:
            await connection.execute(text("DELETE FROM community.notifications"))
        assert [await told(shop, each) for each in (ann, bo, cy, di)] == [[], [], [], []]
        await wait_to_be_told(wiring, shop, [each.id for each in posts[1:]], later)
        await notices.notify(wiring, a_job(shop, post_id=posts[0].id))
        assert await waiting(wiring, shop) == 0
    said = Kind.NOTIFICATION_KIND_POSTED
    assert await told(shop, ann) == [(said, di.handle, 3), (said, cy.handle, 2)]
    assert await told(shop, bo) == [(said, cy.handle, 2)]
    assert await told(shop, cy) == [(Kind.NOTIFICATION_KIND_REPLIED, di.handle, 3)]
    # By now she follows the one topic, since she has written there.
    assert await told(shop, di) == [(Kind.NOTIFICATION_KIND_MENTIONED, cy.handle, 2), (said, cy.handle, 2)]


async def test_what_fails_together_is_tried_again_alone_and_loses_nothing(platform: Platform) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id, "On frost")
    posts = [await shop.reply(bo, topic.id, f"Reply {number} about something else.") for number in range(2)]
    await hears(shop, ann, 2)
    later = datetime.now(UTC) + timedelta(hours=1)
    async with shop.inside(ManualClock(later)) as wiring:
        async with wiring.database.transaction(shop.tenant.id) as connection:
            await connection.execute(text("DELETE FROM community.notifications"))
        await wait_to_be_told(wiring, shop, [posts[1].id], later)
        broken = a_job(shop, post_id="no id at all")
        with pytest.raises(InvalidArgument):
            await notices.notify(wiring, broken)
        assert await waiting(wiring, shop) == 1, "what was taken along is there again"
        again = replace(a_job(shop, post_id=posts[0].id), attempt=2)
        await notices.notify(wiring, again)
        assert await waiting(wiring, shop) == 1, "what is tried again takes nothing along"
        assert len(await told(shop, ann)) == 1
        await notices.notify(wiring, a_job(shop, post_id=posts[0].id))
    assert len(await told(shop, ann)) == 2, "nobody is told twice"


async def test_where_many_hear_of_it_each_post_is_told_of_by_itself_a_page_at_a_time(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo, cy = [await shop.poster() for _ in range(3)]
    topic = await shop.topic(ann, space.id, "On frost")
    await follow(shop, cy, topic_id=topic.id)
    posts = [await shop.reply(bo, topic.id, f"Reply {number} about something else.") for number in range(2)]
    await hears(shop, ann, 2)
    await hears(shop, cy, 2)
    later = datetime.now(UTC) + timedelta(hours=1)
    # As many as are told at once, and one more page to be looked for.
    monkeypatch.setattr(notices, "_PAGE", 1)
    monkeypatch.setattr(notices, "_PAGES_TOGETHER", 1)
    async with shop.inside(ManualClock(later)) as wiring:
        async with wiring.database.transaction(shop.tenant.id) as connection:
            await connection.execute(text("DELETE FROM community.notifications"))
        await wait_to_be_told(wiring, shop, [posts[1].id], later)
        await notices.notify(wiring, a_job(shop, post_id=posts[0].id))
        assert await waiting(wiring, shop) == 1
        for member in (ann, cy):
            assert await told(shop, member) == [(Kind.NOTIFICATION_KIND_POSTED, bo.handle, 2)]


async def test_whoever_is_at_work_for_a_tenant_goes_on_for_it_and_wakes_others_for_what_is_left() -> None:
    did: list[str] = []
    hints = Hints()
    woken = hints.listen(topic_of("community"))
    turns = Turns(Jobs(metadata, hints), 0.0)

    async def first() -> None:
        did.append("first")
        if did.count("first") == 1:
            turns.hint("ten_a")
            # What came while the first piece was done is another's when it is somebody's who works already.
            await turns.work("ten_a", first, more)
            assert not woken.is_set()
            turns.hint("ten_b")
            assert woken.is_set(), "nobody is at work for the other tenant"
            woken.clear()

    async def more() -> bool:
        did.append("more")
        if did.count("more") == 1:
            turns.hint("ten_a")
        return did.count("more") < 3

    await turns.work("ten_a", first, more)
    assert did == ["first", "first", "more", "more"]
    assert not woken.is_set()
    did.clear()
    did.append("first")

    async def busy() -> None:
        turns.hint("ten_a")

    async def too_much() -> bool:
        return False

    await turns.work("ten_a", busy, too_much)
    assert woken.is_set(), "what could not be done is left to runners"
    woken.clear()

    async def always() -> bool:
        turns.hint("ten_a")
        return True

    await turns.work("ten_a", busy, always)
    assert woken.is_set(), "nobody goes on for ever"
    turns.hint("ten_a")
    woken.clear()

    async def broken() -> None:
        turns.hint("ten_a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await turns.work("ten_a", broken, more)
    assert woken.is_set(), "what came before it failed is not forgotten"


async def test_what_is_posted_while_members_are_told_is_told_of_in_the_same_turn(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await forum(platform)
    space = await shop.space()
    ann, bo = await shop.poster(), await shop.poster()
    topic = await shop.topic(ann, space.id, "On frost")
    posts = [await shop.reply(bo, topic.id, f"Reply {number} about something else.") for number in range(3)]
    await hears(shop, ann, 3)
    later = datetime.now(UTC) + timedelta(hours=1)
    async with shop.inside(ManualClock(later)) as wiring:
        async with wiring.database.transaction(shop.tenant.id) as connection:
            await connection.execute(text("DELETE FROM community.notifications"))

        take, missed = telling.take_waiting, [each.id for each in posts[1:]]

        async def take_and_miss(*given: Any) -> list[str]:
            found = await take(*given)
            if missed:
                await wait_to_be_told(wiring, shop, missed, later)
                missed.clear()
                wiring.turns.hint(shop.tenant.id)
            return found

        monkeypatch.setattr(telling, "take_waiting", take_and_miss)
        await notices.notify(wiring, a_job(shop, post_id=posts[0].id))
        assert await waiting(wiring, shop) == 0
    assert len(await told(shop, ann)) == 3


def test_new_posts_of_one_topic_that_follow_on_each_other_are_one_line_that_leads_to_the_first() -> None:
    def news(kind: Any, topic: str, number: int, *, is_read: bool = False) -> subscription_pb2.Notification:
        return subscription_pb2.Notification(kind=kind, topic_id=topic, number=number, is_read=is_read)

    posted, named = subscription_pb2.NOTIFICATION_KIND_POSTED, subscription_pb2.NOTIFICATION_KIND_MENTIONED
    told = together(
        [
            news(posted, "a", 9),
            news(posted, "a", 8),
            news(named, "a", 7),
            news(posted, "a", 6),
            news(posted, "b", 5),
            news(posted, "b", 4, is_read=True),
        ]
    )
    assert [(each.latest.number, each.count, each.number) for each in told] == [
        (9, 2, 8), (7, 1, 7), (6, 1, 6), (5, 1, 5), (4, 1, 4),
    ]  # fmt: skip


def test_digests_go_out_in_the_morning_and_never_twice_a_day() -> None:
    morning = datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    assert next_digest(morning - timedelta(seconds=1)) == morning
    assert next_digest(morning) == morning + timedelta(days=1)
