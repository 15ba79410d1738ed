"""Keeps tenants' endpoints, what is on its way to them, and which of them were told of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from parley.subject.v1 import subject_pb2
from sqlalchemy import (
    BigInteger,
    Index,
    Integer,
    LargeBinary,
    Row,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.storage import column, tenant_table
from kernel.storage.tables import belongs_to
from services.privacy.domain.webhooks import ACTIVE, DISABLED, Delivery, Webhook, no_such_delivery, no_such_webhook
from services.privacy.store.tables import Moment, Uuid, metadata

_W = "parley.privacy.v1.Webhook."
_D = "parley.privacy.v1.WebhookDelivery."
_VISITOR = subject_pb2.SUBJECT_KIND_VISITOR

webhooks = tenant_table(
    "webhooks",
    metadata,
    column("id", Uuid, _W + "id", prefix="whk"),
    column("display_name", Text, _W + "display_name"),
    column("url", Text, _W + "url"),
    column("event_types", ARRAY(Text), _W + "event_types"),
    column("purpose", Integer, _W + "purpose"),
    column("state", Integer, _W + "state"),
    column("secret", LargeBinary, "- a key of the tenant's own, sealed under the deployment's secret"),
    column("old_secret", LargeBinary, "- the key before, sealed alike", nullable=True),
    column("overlap_end_time", Moment, _W + "overlap_end_time", nullable=True),
    column("failure_count", Integer, _W + "failure_count"),
    column("failing_since_time", Moment, _W + "failing_since_time", nullable=True),
    column("last_success_time", Moment, _W + "last_success_time", nullable=True),
    column("rest_time", Moment, "- until when it is left alone", nullable=True),
    column("revision", Integer, _W + "etag"),
    column("create_time", Moment, _W + "create_time"),
)
_w = webhooks.c

deliveries = tenant_table(
    "webhook_deliveries",
    metadata,
    column("id", Uuid, _D + "id", prefix="whd"),
    column("webhook_id", Uuid, _D + "webhook_id", prefix="whk"),
    column("event_id", Uuid, _D + "event_id", prefix="evt"),
    column("event_type", Text, _D + "event_type"),
    column("event_time", Moment, _D + "event_time"),
    column("sequence", BigInteger, "- where the event stands among those of its service"),
    column("subject_id", Uuid, _D + "subject_id", nullable=True, prefix="vis"),
    column("attributes", JSONB, "parley.events.v1.Event.attributes"),
    column("state", Integer, _D + "state"),
    column("attempts", Integer, _D + "attempts"),
    column("status", Integer, _D + "status"),
    column("failure", Text, _D + "failure"),
    column("create_time", Moment, "- when the event was heard"),
    column("next_time", Moment, _D + "next_time", nullable=True),
    column("finish_time", Moment, _D + "finish_time", nullable=True),
    column("expire_time", Moment, _D + "expire_time"),
    belongs_to(("webhook_id",), "privacy.webhooks"),
    UniqueConstraint("tenant_id", "webhook_id", "event_id"),
    subject={_VISITOR: "subject_id"},
    purge=("expire_time", 0),
)
_d = deliveries.c
Index("webhook_deliveries_state", _d.tenant_id, _d.state, _d.id)
Index("webhook_deliveries_webhook", _d.tenant_id, _d.webhook_id, _d.id)
Index("webhook_deliveries_expire", _d.tenant_id, _d.expire_time)
Index("webhook_deliveries_subject", _d.tenant_id, _d.subject_id, postgresql_where=_d.subject_id.is_not(None))

tellings = tenant_table(
    "webhook_tellings",
    metadata,
    column("webhook_id", Uuid, _D + "webhook_id", prefix="whk"),
    column("subject_id", Uuid, _D + "subject_id", prefix="vis"),
    column("last_time", Moment, "- when the endpoint was last told of the person"),
    belongs_to(("webhook_id",), "privacy.webhooks"),
    key=("webhook_id", "subject_id"),
    subject={_VISITOR: "subject_id"},
    purge=("last_time", "retention.ledger_days"),
)
_t = tellings.c
Index("webhook_tellings_subject", _t.tenant_id, _t.subject_id)
Index("webhook_tellings_time", _t.tenant_id, _t.last_time)

recalls = tenant_table(
    "webhook_recalls",
    metadata,
    column("delivery_id", Uuid, _D + "id", prefix="whd"),
    column("subject_id", Uuid, _D + "subject_id", prefix="vis"),
    belongs_to(("delivery_id",), "privacy.webhook_deliveries"),
    key=("delivery_id",),
    uncovered="whoever was told of a person is told whom to forget; the row goes with that delivery",
)
_r = recalls.c
Index("webhook_recalls_subject", _r.tenant_id, _r.subject_id)


async def add_webhook(connection: AsyncConnection, tenant_id: UUID, webhook: Webhook) -> None:
    """Adds an endpoint."""
    await connection.execute(insert(webhooks).values(_webhook_values(tenant_id, webhook)))


async def count_webhooks(connection: AsyncConnection, tenant_id: UUID) -> int:
    """Returns how many endpoints the tenant has."""
    query = select(func.count()).select_from(webhooks).where(_w.tenant_id == tenant_id)
    return int((await connection.execute(query)).scalar_one())


async def get_webhook(connection: AsyncConnection, tenant_id: UUID, id_: UUID, *, lock: bool = False) -> Webhook:
    """Returns an endpoint, held to the end of the transaction where `lock` says so."""
    query = select(webhooks).where(_w.tenant_id == tenant_id, _w.id == id_)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise no_such_webhook()
    return _webhook(row)


async def list_webhooks(connection: AsyncConnection, tenant_id: UUID, before: UUID | None, limit: int) -> list[Webhook]:
    """Returns a page of endpoints, newest first."""
    query = select(webhooks).where(_w.tenant_id == tenant_id).order_by(_w.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_w.id < before)
    return [_webhook(row) for row in await connection.execute(query)]


async def list_subscribed(connection: AsyncConnection, tenant_id: UUID, event_type: str) -> list[Webhook]:
    """Returns the endpoints that are told of a type of event, or will be when they are in use again."""
    query = select(webhooks).where(_w.tenant_id == tenant_id, _w.state.in_((ACTIVE, DISABLED)))
    return [each for each in map(_webhook, await connection.execute(query)) if event_type in each.event_types]


async def save_webhook(connection: AsyncConnection, tenant_id: UUID, webhook: Webhook) -> None:
    """Writes an endpoint back."""
    values = _webhook_values(tenant_id, webhook)
    await connection.execute(update(webhooks).where(_w.tenant_id == tenant_id, _w.id == webhook.id).values(values))


async def delete_webhook(connection: AsyncConnection, tenant_id: UUID, id_: UUID) -> bool:
    """Removes an endpoint with all that is on its way to it; False where there is none."""
    # Whoever delivers holds the delivery first and then the endpoint; the other way round both would wait for ever.
    mine = select(_d.id).where(_d.tenant_id == tenant_id, _d.webhook_id == id_).order_by(_d.id)
    await connection.execute(mine.with_for_update())
    gone = await connection.execute(delete(webhooks).where(_w.tenant_id == tenant_id, _w.id == id_))
    return gone.rowcount == 1


async def add_delivery(connection: AsyncConnection, tenant_id: UUID, delivery: Delivery) -> bool:
    """Adds a delivery; False where the endpoint has one of that event already."""
    values = asdict(delivery) | {"tenant_id": tenant_id, "event_id": ids.to_uuid(delivery.event_id, "evt")}
    made = await connection.execute(upsert(deliveries).values(values).on_conflict_do_nothing())
    return made.rowcount == 1


async def find_delivery(
    connection: AsyncConnection, tenant_id: UUID, id_: UUID, *, lock: bool = False
) -> Delivery | None:
    """Returns a delivery; None where it was removed, as with its endpoint or the person whom it is about."""
    query = select(deliveries).where(_d.tenant_id == tenant_id, _d.id == id_)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _delivery(row)


async def get_delivery(connection: AsyncConnection, tenant_id: UUID, id_: UUID, *, lock: bool = False) -> Delivery:
    """Returns a delivery."""
    found = await find_delivery(connection, tenant_id, id_, lock=lock)
    if found is None:
        raise no_such_delivery()
    return found


async def list_deliveries(
    connection: AsyncConnection,
    tenant_id: UUID,
    *,
    webhook_id: UUID | None,
    state: int,
    before: UUID | None,
    limit: int,
) -> list[Delivery]:
    """Returns a page of deliveries, newest first."""
    query = select(deliveries).where(_d.tenant_id == tenant_id).order_by(_d.id.desc()).limit(limit)
    if webhook_id is not None:
        query = query.where(_d.webhook_id == webhook_id)
    if state:
        query = query.where(_d.state == state)
    if before is not None:
        query = query.where(_d.id < before)
    return [_delivery(row) for row in await connection.execute(query)]


async def save_delivery(connection: AsyncConnection, tenant_id: UUID, delivery: Delivery) -> None:
    """Writes how far a delivery is."""
    await connection.execute(
        update(deliveries)
        .where(_d.tenant_id == tenant_id, _d.id == delivery.id)
        .values(
            state=delivery.state,
            attempts=delivery.attempts,
            status=delivery.status,
            failure=delivery.failure,
            next_time=delivery.next_time,
            finish_time=delivery.finish_time,
            expire_time=delivery.expire_time,
        )
    )


async def note_telling(
    connection: AsyncConnection, tenant_id: UUID, webhook_id: UUID, subject_id: UUID, now: datetime
) -> None:
    """Notes that an endpoint is told of a person."""
    values = {"tenant_id": tenant_id, "webhook_id": webhook_id, "subject_id": subject_id, "last_time": now}
    await connection.execute(
        upsert(tellings)
        .values(values)
        .on_conflict_do_update(index_elements=["tenant_id", "webhook_id", "subject_id"], set_={"last_time": now})
    )


async def list_told(connection: AsyncConnection, tenant_id: UUID, subject_id: UUID) -> dict[UUID, str]:
    """Returns the endpoints that were told of a person, with their names."""
    query = (
        select(_w.id, _w.display_name)
        .join(tellings, (_t.tenant_id == _w.tenant_id) & (_t.webhook_id == _w.id))
        .where(_t.tenant_id == tenant_id, _t.subject_id == subject_id)
    )
    return {row.id: row.display_name for row in await connection.execute(query)}


async def add_recall(connection: AsyncConnection, tenant_id: UUID, delivery_id: UUID, subject_id: UUID) -> None:
    """Notes whom a delivery calls back."""
    values = {"tenant_id": tenant_id, "delivery_id": delivery_id, "subject_id": subject_id}
    await connection.execute(insert(recalls).values(values))


async def find_recalled(connection: AsyncConnection, tenant_id: UUID, delivery_id: UUID) -> UUID | None:
    """Returns whom a delivery calls back."""
    query = select(_r.subject_id).where(_r.tenant_id == tenant_id, _r.delivery_id == delivery_id)
    found: UUID | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def list_recalled_at(connection: AsyncConnection, tenant_id: UUID, subject_id: UUID) -> Sequence[UUID]:
    """Returns the endpoints to which somebody's recall is on its way, or came."""
    query = (
        select(_d.webhook_id)
        .join(recalls, (_r.tenant_id == _d.tenant_id) & (_r.delivery_id == _d.id))
        .where(_r.tenant_id == tenant_id, _r.subject_id == subject_id)
    )
    return (await connection.execute(query)).scalars().all()


def _webhook_values(tenant_id: UUID, webhook: Webhook) -> dict[str, Any]:
    return asdict(webhook) | {"tenant_id": tenant_id, "event_types": list(webhook.event_types)}


def _webhook(row: Row[Any]) -> Webhook:
    values = dict(row._mapping)
    del values["tenant_id"]
    return Webhook(**values | {"event_types": tuple(row.event_types)})


def _delivery(row: Row[Any]) -> Delivery:
    values = dict(row._mapping)
    del values["tenant_id"]
    return Delivery(**values | {"event_id": ids.from_uuid("evt", row.event_id)})
