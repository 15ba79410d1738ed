"""Endpoints of a tenant of the walks, and what stands on the list of what was sent to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from parley.options.v1 import access_pb2
from parley.privacy.v1 import webhook_pb2

from kernel import ids
from kernel.clock import SystemClock
from kernel.storage import Database, runtime_url
from services.privacy.domain.webhooks import WAITING, Delivery
from services.privacy.store import webhooks as store
from tests.platform import Platform, Tenant, Visitor


async def an_endpoint(platform: Platform, token: str, name: str = "Till") -> str:
    """Adds an endpoint at which nobody listens, for what does not happen in the walks, and returns its id."""
    made = await platform.call(
        platform.webhooks.CreateWebhook,
        webhook_pb2.CreateWebhookRequest(
            display_name=name,
            url="https://127.0.0.1:9/in",
            event_types=["feedback.overdue"],
            purpose=access_pb2.PURPOSE_ESSENTIAL_LEGAL_OBLIGATION,
        ),
        token=token,
    )
    return str(made.webhook.id)


async def tell_somebody(platform: Platform, tenant: Tenant, visitor: Visitor, token: str) -> Mapping[str, str]:
    """Makes two endpoints with deliveries about a visitor that nobody tries, and returns the ids of one."""
    known: dict[str, str] = {}
    database = Database(runtime_url(platform.config.database_url, platform.config.secret_key, "privacy"))
    now, key = SystemClock().now(), ids.to_uuid(tenant.id, "ten")
    subject = ids.to_uuid(visitor.conversation.visitor_id, "vis")
    try:
        for name in ("Till", "Customer list"):
            webhook_id = await an_endpoint(platform, token, name)
            deliveries = [
                Delivery(
                    id=ids.new_uuid(),
                    webhook_id=ids.to_uuid(webhook_id, "whk"),
                    event_id=ids.new_id("evt"),
                    event_type="conversation.started",
                    event_time=now,
                    sequence=number,
                    subject_id=subject,
                    attributes={"conversation_id": visitor.conversation.id},
                    state=WAITING,
                    create_time=now,
                    expire_time=now + timedelta(days=30),
                )
                for number in range(2)
            ]
            async with database.transaction(tenant.id) as connection:
                for delivery in deliveries:
                    await store.add_delivery(connection, key, delivery)
                    await store.add_recall(connection, key, delivery.id, subject)
                await store.note_telling(connection, key, deliveries[0].webhook_id, subject, now)
            known = {"whk": webhook_id, "whd": ids.from_uuid("whd", deliveries[-1].id)}
    finally:
        await database.close()
    return known
