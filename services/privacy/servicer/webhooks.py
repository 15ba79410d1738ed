"""Serves `parley.privacy.v1.WebhookService`."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from parley.options.v1 import access_pb2
from parley.privacy.v1 import webhook_pb2, webhook_pb2_grpc

from kernel import ids
from kernel.rpc.gates import current_actor
from services.privacy.actions import webhooks
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.webhooks import ACTIVE, CATALOGUE, Delivery, Webhook
from services.privacy.servicer.times import Context, stamp


def webhook_message(webhook: Webhook) -> webhook_pb2.Webhook:
    """Writes an endpoint, without its secrets."""
    return webhook_pb2.Webhook(
        id=ids.from_uuid("whk", webhook.id),
        display_name=webhook.display_name,
        url=webhook.url,
        event_types=webhook.event_types,
        purpose=cast("access_pb2.Purpose.ValueType", webhook.purpose),
        state=cast("webhook_pb2.Webhook.State.ValueType", webhook.state),
        failure_count=webhook.failure_count,
        last_success_time=stamp(webhook.last_success_time),
        failing_since_time=stamp(webhook.failing_since_time),
        overlap_end_time=stamp(webhook.overlap_end_time),
        create_time=stamp(webhook.create_time),
        etag=str(webhook.revision),
    )


def delivery_message(delivery: Delivery) -> webhook_pb2.WebhookDelivery:
    """Writes how far a delivery is, without what is in it."""
    return webhook_pb2.WebhookDelivery(
        id=ids.from_uuid("whd", delivery.id),
        webhook_id=ids.from_uuid("whk", delivery.webhook_id),
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        event_time=stamp(delivery.event_time),
        state=cast("webhook_pb2.WebhookDelivery.State.ValueType", delivery.state),
        attempts=delivery.attempts,
        status=delivery.status,
        failure=delivery.failure,
        next_time=stamp(delivery.next_time),
        finish_time=stamp(delivery.finish_time),
        expire_time=stamp(delivery.expire_time),
        subject_id=ids.from_uuid("vis", delivery.subject_id) if delivery.subject_id is not None else "",
    )


class WebhookServicer(webhook_pb2_grpc.WebhookServiceServicer):
    """Serves `parley.privacy.v1.WebhookService`."""

    def __init__(self, wiring: Wiring) -> None:
        """Takes what the actions work with."""
        self._wiring = wiring

    async def CreateWebhook(
        self, request: webhook_pb2.CreateWebhookRequest, context: Context
    ) -> webhook_pb2.CreateWebhookResponse:
        """Adds an endpoint."""
        webhook = Webhook(
            id=ids.new_uuid(),
            display_name=request.display_name,
            url=request.url,
            event_types=tuple(request.event_types),
            purpose=request.purpose,
            state=ACTIVE,
            secret=b"",
            create_time=self._wiring.clock.now(),
        )
        made, secret = await webhooks.create_webhook(
            current_actor(), self._wiring, webhook, request.request_id, request
        )
        return webhook_pb2.CreateWebhookResponse(webhook=webhook_message(made), secret=secret)

    async def GetWebhook(
        self, request: webhook_pb2.GetWebhookRequest, context: Context
    ) -> webhook_pb2.GetWebhookResponse:
        """Returns an endpoint."""
        found = await webhooks.get_webhook(current_actor(), self._wiring, ids.to_uuid(request.webhook_id, "whk"))
        return webhook_pb2.GetWebhookResponse(webhook=webhook_message(found))

    async def ListWebhooks(
        self, request: webhook_pb2.ListWebhooksRequest, context: Context
    ) -> webhook_pb2.ListWebhooksResponse:
        """Lists endpoints."""
        found, following = await webhooks.list_webhooks(
            current_actor(), self._wiring, request.page_size, request.page_token
        )
        return webhook_pb2.ListWebhooksResponse(
            webhooks=[webhook_message(each) for each in found], next_page_token=following
        )

    async def UpdateWebhook(
        self, request: webhook_pb2.UpdateWebhookRequest, context: Context
    ) -> webhook_pb2.UpdateWebhookResponse:
        """Changes an endpoint."""
        given = request.webhook
        wanted = Webhook(
            id=ids.to_uuid(given.id, "whk"),
            display_name=given.display_name,
            url=given.url,
            event_types=tuple(given.event_types),
            purpose=given.purpose,
            state=given.state,
            secret=b"",
            create_time=self._wiring.clock.now(),
        )
        changed = await webhooks.update_webhook(
            current_actor(), self._wiring, wanted, request.update_mask.paths, given.etag
        )
        return webhook_pb2.UpdateWebhookResponse(webhook=webhook_message(changed))

    async def RotateWebhookSecret(
        self, request: webhook_pb2.RotateWebhookSecretRequest, context: Context
    ) -> webhook_pb2.RotateWebhookSecretResponse:
        """Gives an endpoint a new secret."""
        changed, secret = await webhooks.rotate_secret(
            current_actor(),
            self._wiring,
            ids.to_uuid(request.webhook_id, "whk"),
            timedelta(hours=request.overlap_hours),
            request.request_id,
            request,
        )
        return webhook_pb2.RotateWebhookSecretResponse(webhook=webhook_message(changed), secret=secret)

    async def DeleteWebhook(
        self, request: webhook_pb2.DeleteWebhookRequest, context: Context
    ) -> webhook_pb2.DeleteWebhookResponse:
        """Removes an endpoint."""
        await webhooks.delete_webhook(current_actor(), self._wiring, ids.to_uuid(request.webhook_id, "whk"))
        return webhook_pb2.DeleteWebhookResponse()

    async def TestWebhook(
        self, request: webhook_pb2.TestWebhookRequest, context: Context
    ) -> webhook_pb2.TestWebhookResponse:
        """Sends an event that stands for nothing."""
        delivery = await webhooks.test_webhook(
            current_actor(), self._wiring, ids.to_uuid(request.webhook_id, "whk"), request.request_id, request
        )
        return webhook_pb2.TestWebhookResponse(delivery=delivery_message(delivery))

    async def ListWebhookEvents(
        self, request: webhook_pb2.ListWebhookEventsRequest, context: Context
    ) -> webhook_pb2.ListWebhookEventsResponse:
        """Lists what can be told."""
        return webhook_pb2.ListWebhookEventsResponse(
            events=[
                webhook_pb2.WebhookEvent(
                    event_type=name,
                    meaning=each.meaning,
                    purposes=cast("list[access_pb2.Purpose.ValueType]", each.purposes),
                    attributes=each.attributes,
                )
                for name, each in CATALOGUE.items()
            ]
        )

    async def ListWebhookDeliveries(
        self, request: webhook_pb2.ListWebhookDeliveriesRequest, context: Context
    ) -> webhook_pb2.ListWebhookDeliveriesResponse:
        """Lists deliveries."""
        found, following = await webhooks.list_deliveries(
            current_actor(),
            self._wiring,
            webhook_id=request.webhook_id,
            state=request.state,
            size=request.page_size,
            token=request.page_token,
        )
        return webhook_pb2.ListWebhookDeliveriesResponse(
            deliveries=[delivery_message(each) for each in found], next_page_token=following
        )

    async def ReplayWebhookDelivery(
        self, request: webhook_pb2.ReplayWebhookDeliveryRequest, context: Context
    ) -> webhook_pb2.ReplayWebhookDeliveryResponse:
        """Begins a dead letter anew."""
        again = await webhooks.replay_delivery(current_actor(), self._wiring, ids.to_uuid(request.delivery_id, "whd"))
        return webhook_pb2.ReplayWebhookDeliveryResponse(delivery=delivery_message(again))
