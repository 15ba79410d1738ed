"""Keeps tenants' endpoints, and shows what became of what was sent to them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from google.protobuf.message import Message

from kernel import ids
from kernel.errors import FailedPrecondition, InvalidArgument
from kernel.identity import Actor
from kernel.privacy.recipients import TENANT_SYSTEM, permit
from kernel.storage.paging import page_size
from services.privacy.actions import telling
from services.privacy.actions.sealing import seal
from services.privacy.actions.wiring import Wiring
from services.privacy.domain import webhooks as domain
from services.privacy.domain.webhooks import Delivery, Webhook
from services.privacy.store import webhooks as store

_SECRET_BYTES = 32
_CHANGEABLE = frozenset({"display_name", "url", "event_types", "purpose", "state"})


async def create_webhook(
    actor: Actor, wiring: Wiring, webhook: Webhook, request_id: str, request: Message
) -> tuple[Webhook, str]:
    """Adds an endpoint and returns it with its secret, which is shown this once. The house has none (clause C12)."""
    permit(actor.regime, TENANT_SYSTEM)
    domain.check_url(webhook.url)
    domain.check_told(webhook.event_types, webhook.purpose)
    tenant, now = ids.to_uuid(actor.tenant_id, "ten"), webhook.create_time
    secret = os.urandom(_SECRET_BYTES)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(
            connection, actor, "CreateWebhook", request_id, request, str(webhook.id), now
        )
        if made != str(webhook.id):
            raise _shown_once()
        if await store.count_webhooks(connection, tenant) >= domain.MOST_WEBHOOKS:
            raise domain.too_many()
        kept = replace(webhook, secret=seal(wiring, webhook.id, secret))
        await store.add_webhook(connection, tenant, kept)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
    return kept, domain.shown_secret(secret)


async def get_webhook(actor: Actor, wiring: Wiring, id_: UUID) -> Webhook:
    """Returns an endpoint."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_webhook(connection, ids.to_uuid(actor.tenant_id, "ten"), id_)


async def list_webhooks(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Webhook], str]:
    """Returns a page of the tenant's endpoints, newest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListWebhooks")
    position = wiring.pages.position(scope, token)
    edge = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_webhooks(connection, ids.to_uuid(actor.tenant_id, "ten"), edge, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (str(each.id),))


async def update_webhook(actor: Actor, wiring: Wiring, wanted: Webhook, fields: Sequence[str], etag: str) -> Webhook:
    """Changes an endpoint, if it is still the one that the caller has seen."""
    if not fields or not _CHANGEABLE.issuperset(fields):
        raise InvalidArgument(
            "MASK_INVALID", "These fields cannot be changed. Nothing was saved.", fields=[("update_mask", "")]
        )
    tenant = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await store.get_webhook(connection, tenant, wanted.id, lock=True)
        if etag != str(current.revision):
            raise domain.ChangedMeanwhile
        changes = {name: getattr(wanted, name) for name in fields if name != "state"}
        changed = replace(current, **changes, revision=current.revision + 1)
        if not changed.display_name.strip() or not changed.event_types:
            raise InvalidArgument(
                "ARGUMENT_INVALID",
                "An endpoint has a name and is told something. Nothing was saved.",
                fields=[("webhook.display_name", ""), ("webhook.event_types", "")],
            )
        domain.check_url(changed.url)
        domain.check_told(changed.event_types, changed.purpose)
        if "state" in fields:
            changed = domain.in_use(changed, wanted.state)
        await store.save_webhook(connection, tenant, changed)
    return changed


async def rotate_secret(
    actor: Actor, wiring: Wiring, id_: UUID, overlap: timedelta, request_id: str, request: Message
) -> tuple[Webhook, str]:
    """Gives an endpoint a new secret and returns both; while they overlap, deliveries are signed with the two."""
    tenant, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    secret = os.urandom(_SECRET_BYTES)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await store.get_webhook(connection, tenant, id_, lock=True)
        turn = ids.new_id("whk")
        claimed = await wiring.idempotency.claim(
            connection, actor, "RotateWebhookSecret", request_id, request, turn, now
        )
        if claimed != turn:
            raise _shown_once()
        changed = replace(
            current,
            secret=seal(wiring, id_, secret),
            old_secret=current.secret if overlap else None,
            overlap_end_time=now + overlap if overlap else None,
        )
        await store.save_webhook(connection, tenant, changed)
    return changed, domain.shown_secret(secret)


async def delete_webhook(actor: Actor, wiring: Wiring, id_: UUID) -> None:
    """Removes an endpoint and all that is on its way to it."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if not await store.delete_webhook(connection, ids.to_uuid(actor.tenant_id, "ten"), id_):
            raise domain.no_such_webhook()


async def test_webhook(actor: Actor, wiring: Wiring, id_: UUID, request_id: str, request: Message) -> Delivery:
    """Sends an event that stands for nothing; a retry sends no other."""
    tenant, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        webhook = await store.get_webhook(connection, tenant, id_)
        if webhook.state != domain.ACTIVE:
            raise domain.not_active()
        delivery = Delivery(
            id=ids.new_uuid(),
            webhook_id=id_,
            event_id=ids.new_id("evt"),
            event_type=domain.TEST,
            event_time=now,
            sequence=0,
            subject_id=None,
            attributes={},
            state=domain.WAITING,
            create_time=now,
            next_time=now,
            expire_time=now + domain.KEPT,
        )
        made = await wiring.idempotency.claim(
            connection, actor, "TestWebhook", request_id, request, str(delivery.id), now
        )
        if made != str(delivery.id):
            return await store.get_delivery(connection, tenant, UUID(made))
        await telling.begin(connection, wiring, actor.tenant_id, delivery)
    return delivery


async def list_deliveries(
    actor: Actor, wiring: Wiring, *, webhook_id: str, state: int, size: int, token: str
) -> tuple[list[Delivery], str]:
    """Returns a page of deliveries, newest first, and the next page's token."""
    limit = page_size(size, default=50, maximum=200)
    scope = (actor.tenant_id, "ListWebhookDeliveries", webhook_id, state)
    position = wiring.pages.position(scope, token)
    tenant = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        wanted = None
        if webhook_id:
            # An endpoint of another tenant answers as one that there is not.
            wanted = (await store.get_webhook(connection, tenant, ids.to_uuid(webhook_id, "whk"))).id
        found = await store.list_deliveries(
            connection,
            tenant,
            webhook_id=wanted,
            state=state,
            before=None if position is None else UUID(str(position[0])),
            limit=limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (str(each.id),))


async def replay_delivery(actor: Actor, wiring: Wiring, id_: UUID) -> Delivery:
    """Begins a dead letter anew, with the event id that it had; one that is on its way already stays so."""
    tenant, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        current = await store.get_delivery(connection, tenant, id_, lock=True)
        if current.state == domain.WAITING:
            return current
        if current.state != domain.DEAD:
            raise domain.not_dead()
        if (await store.get_webhook(connection, tenant, current.webhook_id)).state != domain.ACTIVE:
            raise domain.not_active()
        again = replace(
            current, state=domain.WAITING, attempts=0, status=0, failure="", next_time=now, finish_time=None
        )
        await store.save_delivery(connection, tenant, again)
        await telling.enqueue(connection, wiring, actor.tenant_id, again)
    return again


def _shown_once() -> FailedPrecondition:
    return FailedPrecondition(
        "SECRET_SHOWN_ONCE", "This secret was made and shown before. Rotate it if it is lost; nothing changed."
    )
