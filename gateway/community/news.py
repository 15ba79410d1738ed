"""The pages of what a member is told and follows, of drafts, and of whom they ignore or block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from parley.community.v1 import draft_pb2, relation_pb2, subscription_pb2
from starlette.responses import Response

from gateway import problems
from gateway.community.upstream import Upstream
from gateway.community.view import View
from gateway.community.visits import Visit
from gateway.community.words import NEWS

_LEVELS = {
    "follow": subscription_pb2.SUBSCRIPTION_LEVEL_FOLLOWING,
    "usual": subscription_pb2.SUBSCRIPTION_LEVEL_NONE,
    "mute": subscription_pb2.SUBSCRIPTION_LEVEL_MUTED,
}
_MAILS = {
    "off": subscription_pb2.MAIL_MODE_OFF,
    "each": subscription_pb2.MAIL_MODE_EACH,
    "digest": subscription_pb2.MAIL_MODE_DIGEST,
}
_RELATIONS = {
    "none": relation_pb2.RELATION_KIND_NONE,
    "ignore": relation_pb2.RELATION_KIND_IGNORED,
    "block": relation_pb2.RELATION_KIND_BLOCKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What stands in one line: the latest of some news of one kind, how many they are, and the first post to read."""

    latest: subscription_pb2.Notification
    count: int
    number: int


def together(news: Iterable[subscription_pb2.Notification]) -> list[Told]:
    """Puts new posts of one topic that follow on each other into one line; whatever else happened stands by itself."""
    made: list[Told] = []
    for each in news:
        before = made[-1] if made else None
        if before is not None and _is_more_of(before.latest, each):
            made[-1] = replace(before, count=before.count + 1, number=each.number)
        else:
            made.append(Told(latest=each, count=1, number=each.number))
    return made


def _is_more_of(one: subscription_pb2.Notification, other: subscription_pb2.Notification) -> bool:
    same = (one.kind, one.topic_id, one.is_read) == (other.kind, other.topic_id, other.is_read)
    return same and one.kind == subscription_pb2.NOTIFICATION_KIND_POSTED


class News:
    """The pages."""

    def __init__(self, upstream: Upstream, view: View) -> None:
        """Takes the services and the templates."""
        self._upstream = upstream
        self._view = view

    async def page(self, visit: Visit) -> Response:
        """Lists what the member was told, and says what is followed and how it is mailed."""
        call, up = self._upstream.call, self._upstream.subscriptions
        request = subscription_pb2.ListNotificationsRequest(page_size=50, page_token=visit.query("after")[:512])
        told = await call(up.ListNotifications, request, visit.token)
        followed = await call(
            up.ListSubscriptions, subscription_pb2.ListSubscriptionsRequest(page_size=100), visit.token
        )
        settings = await call(
            up.GetNotificationSettings, subscription_pb2.GetNotificationSettingsRequest(), visit.token
        )
        return self._view.page(
            visit,
            "news",
            told=together(told.notifications),
            unread=told.unread_count,
            following=told.next_page_token,
            followed=followed.subscriptions,
            settings=settings.settings,
            why=NEWS,
            NEWS_KIND=subscription_pb2.NotificationKind,
            LEVEL=subscription_pb2.SubscriptionLevel,
            MAIL=subscription_pb2.MailMode,
            saved=bool(visit.query("saved")),
        )

    async def seen(self, visit: Visit) -> Response:
        """Marks everything as seen."""
        await visit.form()
        request = subscription_pb2.MarkNotificationsRequest()
        await self._upstream.call(self._upstream.subscriptions.MarkNotifications, request, visit.token)
        self._upstream.forget(visit.known.secret)
        return visit.go("/news")

    async def save(self, visit: Visit) -> Response:
        """Changes how the member is told."""
        form = await visit.form()
        mail = _MAILS.get(form.get("mail", ""))
        if mail is None:
            raise problems.not_found()
        request = subscription_pb2.UpdateNotificationSettingsRequest(
            mail=mail, follows_own=form.get("follows_own") == "1"
        )
        await self._upstream.call(self._upstream.subscriptions.UpdateNotificationSettings, request, visit.token)
        return visit.go("/news?saved=1")

    async def follow_topic(self, visit: Visit) -> Response:
        """Follows a topic, or is told of it no more."""
        topic_id = visit.id_in_path("topic_id", "top")
        level = _level(await visit.form())
        request = subscription_pb2.SetSubscriptionRequest(topic_id=topic_id, level=level)
        await self._upstream.call(self._upstream.subscriptions.SetSubscription, request, visit.token)
        return visit.go("/news?saved=1")

    async def follow_space(self, visit: Visit) -> Response:
        """Follows a space, or is told of it no more."""
        form = await visit.form()
        request = subscription_pb2.SetSubscriptionRequest(space_id=form.get("space_id", ""), level=_level(form))
        await self._upstream.call(self._upstream.subscriptions.SetSubscription, request, visit.token)
        return visit.go("/news?saved=1")

    async def relate(self, visit: Visit) -> Response:
        """Ignores or blocks a member, or neither."""
        kind = _RELATIONS.get((await visit.form()).get("kind", ""))
        if kind is None:
            raise problems.not_found()
        request = relation_pb2.SetRelationRequest(handle=visit.fields["handle"], kind=kind)
        await self._upstream.call(self._upstream.relations.SetRelation, request, visit.token)
        return visit.go("/account#people")

    async def drop_draft(self, visit: Visit) -> Response:
        """Throws a draft away."""
        await visit.form()
        request = draft_pb2.DeleteDraftRequest(draft_id=visit.fields["draft_id"])
        await self._upstream.call(self._upstream.drafts.DeleteDraft, request, visit.token)
        return visit.go("/account#drafts")


def _level(form: dict[str, str]) -> subscription_pb2.SubscriptionLevel.ValueType:
    level = _LEVELS.get(form.get("level", ""))
    if level is None:
        raise problems.not_found()
    return level
