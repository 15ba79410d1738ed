"""Serves `parley.community.v1.SubscriptionService`."""

from __future__ import annotations

from parley.community.v1 import subscription_pb2, subscription_pb2_grpc

from kernel.rpc.gates import current_actor
from services.community.actions import notices
from services.community.actions.wiring import Wiring
from services.community.domain.notices import Notification, Subscription
from services.community.servicer.accounts import author_message
from services.community.servicer.times import Context, stamp


def _subscription_message(subscription: Subscription) -> subscription_pb2.Subscription:
    return subscription_pb2.Subscription(
        space_id=subscription.space_id,
        topic_id=subscription.topic_id,
        display_name=subscription.display_name,
        level=subscription_pb2.SubscriptionLevel.ValueType(subscription.level),
        create_time=stamp(subscription.create_time),
    )


def _notification_message(notification: Notification) -> subscription_pb2.Notification:
    return subscription_pb2.Notification(
        id=notification.id,
        kind=subscription_pb2.NotificationKind.ValueType(notification.kind),
        topic_id=notification.topic_id,
        topic_title=notification.topic_title,
        post_id=notification.post_id,
        number=notification.number,
        thread_id=notification.thread_id,
        author=author_message(notification.author),
        is_read=notification.is_read,
        create_time=stamp(notification.create_time),
    )


def _settings_message(settings: tuple[int, bool]) -> subscription_pb2.NotificationSettings:
    return subscription_pb2.NotificationSettings(
        mail=subscription_pb2.MailMode.ValueType(settings[0]), follows_own=settings[1]
    )


class SubscriptionServicer(subscription_pb2_grpc.SubscriptionServiceServicer):
    """The RPCs of what members follow and are told."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def SetSubscription(
        self, request: subscription_pb2.SetSubscriptionRequest, context: Context
    ) -> subscription_pb2.SetSubscriptionResponse:
        """Follows a place."""
        kept = await notices.set_subscription(
            current_actor(), self._wiring, request.space_id, request.topic_id, request.level
        )
        return subscription_pb2.SetSubscriptionResponse(subscription=_subscription_message(kept))

    async def ListSubscriptions(
        self, request: subscription_pb2.ListSubscriptionsRequest, context: Context
    ) -> subscription_pb2.ListSubscriptionsResponse:
        """Lists what the caller follows."""
        page, following = await notices.list_subscriptions(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return subscription_pb2.ListSubscriptionsResponse(
            subscriptions=map(_subscription_message, page), next_page_token=following
        )

    async def ListNotifications(
        self, request: subscription_pb2.ListNotificationsRequest, context: Context
    ) -> subscription_pb2.ListNotificationsResponse:
        """Lists what the caller was told."""
        page, following, unread = await notices.list_notifications(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return subscription_pb2.ListNotificationsResponse(
            notifications=map(_notification_message, page), next_page_token=following, unread_count=unread
        )

    async def MarkNotifications(
        self, request: subscription_pb2.MarkNotificationsRequest, context: Context
    ) -> subscription_pb2.MarkNotificationsResponse:
        """Marks notifications as seen."""
        await notices.mark_notifications(current_actor(), self._wiring, request.notification_id)
        return subscription_pb2.MarkNotificationsResponse()

    async def GetNotificationSettings(
        self, request: subscription_pb2.GetNotificationSettingsRequest, context: Context
    ) -> subscription_pb2.GetNotificationSettingsResponse:
        """Returns how the caller is told."""
        found = await notices.get_settings(current_actor(), self._wiring)
        return subscription_pb2.GetNotificationSettingsResponse(settings=_settings_message(found))

    async def UpdateNotificationSettings(
        self, request: subscription_pb2.UpdateNotificationSettingsRequest, context: Context
    ) -> subscription_pb2.UpdateNotificationSettingsResponse:
        """Changes how the caller is told."""
        kept = await notices.update_settings(
            current_actor(), self._wiring, request.mail, follows_own=request.follows_own
        )
        return subscription_pb2.UpdateNotificationSettingsResponse(settings=_settings_message(kept))

    async def Unsubscribe(
        self, request: subscription_pb2.UnsubscribeRequest, context: Context
    ) -> subscription_pb2.UnsubscribeResponse:
        """Ends mails by a mail's link."""
        await notices.unsubscribe(current_actor(), self._wiring, request.token)
        return subscription_pb2.UnsubscribeResponse()
