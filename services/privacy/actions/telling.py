"""Tells tenants' own systems what happened, again until they take it, and calls back what names somebody forgotten.

Each event reaches each endpoint at least once, with the same id each time and in no promised order. What names a person
goes into the ledger before it goes out, so that nothing leaves unseen.
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidTag
from parley.events.v1 import events_pb2
from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.errors import ParleyError
from kernel.events import EventType, an_id
from kernel.identity import Subject
from kernel.jobs import PLATFORM, Job
from kernel.mail import Letter, Templates
from kernel.posting import NotPosted, Place
from kernel.privacy import seals
from kernel.privacy.recipients import TENANT_SYSTEM
from kernel.telemetry import logs, metrics
from services.privacy.actions import ledger
from services.privacy.actions.sealing import unseal
from services.privacy.actions.wiring import Wiring
from services.privacy.domain import webhooks as domain
from services.privacy.domain.ledger import PLATFORM as PLATFORM_ROLE
from services.privacy.domain.ledger import WEBHOOK, Deed
from services.privacy.domain.webhooks import CATALOGUE, Delivery, Webhook
from services.privacy.store import webhooks as store
from services.privacy.store.tables import metadata

DELIVER_JOB, ALARM_JOB = "webhook_delivery", "webhook_alarm"
#: An attempt that fails is the next one's job; what is tried again here is a database that was away.
ATTEMPTS = 1000
DISABLED = EventType("webhook.disabled", {"webhook_id": an_id("whk")})
_VISITOR = subject_pb2.SUBJECT_KIND_VISITOR
_log = logs.get("webhooks")
_posted = metrics.counter("webhook_posts", "Attempts to deliver to endpoints, by outcome.", ("outcome",))
_templates = Templates()


async def hear(wiring: Wiring, connection: AsyncConnection, event: events_pb2.Event) -> None:
    """Puts an event on its way to every endpoint of its tenant that is told of such events."""
    tenant = ids.to_uuid(event.tenant_id, "ten")
    subscribed = await store.list_subscribed(connection, tenant, event.type)
    if not subscribed:
        return
    subject_id = _visitor_of(event)
    if event.type == domain.RECALL:
        if subject_id is not None:
            told = await store.list_recalled_at(connection, tenant, subject_id)
            for webhook in subscribed:
                if webhook.id not in told:
                    await _recall(connection, wiring, event.tenant_id, webhook.id, subject_id)
        return
    now = wiring.clock.now()
    for webhook in subscribed:
        delivery = Delivery(
            id=ids.new_uuid(),
            webhook_id=webhook.id,
            event_id=event.id,
            event_type=event.type,
            event_time=event.time.ToDatetime(UTC),
            sequence=event.cursor,
            subject_id=subject_id if webhook.names_people else None,
            attributes=domain.told(CATALOGUE[event.type], webhook, event.attributes),
            state=domain.WAITING,
            create_time=now,
            next_time=now,
            expire_time=now + domain.KEPT,
        )
        if webhook.state != domain.ACTIVE:
            await store.add_delivery(connection, tenant, domain.ended(delivery, domain.DEAD, now, failure=domain.OFF))
        else:
            await begin(connection, wiring, event.tenant_id, delivery)
    await wiring.retention.schedule(connection, event.tenant_id, now)


def _visitor_of(event: events_pb2.Event) -> UUID | None:
    for subject in event.subjects:
        kind, _, id_ = subject.partition(":")
        if kind == "visitor":
            return ids.to_uuid(id_, "vis")
    return None


async def begin(connection: AsyncConnection, wiring: Wiring, tenant_id: str, delivery: Delivery) -> None:
    """Puts a delivery on its way in the running transaction; a second one of the same event is none."""
    if await store.add_delivery(connection, ids.to_uuid(tenant_id, "ten"), delivery):
        await enqueue(connection, wiring, tenant_id, delivery)


async def enqueue(connection: AsyncConnection, wiring: Wiring, tenant_id: str, delivery: Delivery) -> None:
    """Has a delivery tried when it is due."""
    named = ids.from_uuid("whd", delivery.id)
    await wiring.jobs.enqueue(
        connection,
        DELIVER_JOB,
        tenant_id=tenant_id,
        now=wiring.clock.now(),
        due=delivery.next_time,
        arguments={"delivery": named},
        key=named,
    )


async def recall(connection: AsyncConnection, wiring: Wiring, subject: Subject) -> None:
    """Tells, from the running transaction on, every endpoint that was told of a person to forget them."""
    if subject.kind != _VISITOR:
        return
    tenant, subject_id = ids.to_uuid(subject.tenant_id, "ten"), ids.to_uuid(subject.id, "vis")
    for webhook_id in await store.list_told(connection, tenant, subject_id):
        await _recall(connection, wiring, subject.tenant_id, webhook_id, subject_id)


async def _recall(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, webhook_id: UUID, subject_id: UUID
) -> None:
    tenant, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    delivery = Delivery(
        id=ids.new_uuid(),
        webhook_id=webhook_id,
        event_id=ids.new_id("evt"),
        event_type=domain.RECALL,
        event_time=now,
        sequence=0,
        # Whom it is about stands apart, where it outlives the erasure until the endpoint was told.
        subject_id=None,
        attributes={},
        state=domain.WAITING,
        create_time=now,
        next_time=now,
        expire_time=now + domain.DEAD_KEPT,
    )
    await begin(connection, wiring, tenant_id, delivery)
    await store.add_recall(connection, tenant, delivery.id, subject_id)


async def deliver(wiring: Wiring, job: Job) -> None:
    """Tries a delivery once, and puts it off where it was not taken. It may run twice: the event id is the same."""
    if job.tenant_id == PLATFORM:
        return
    prepared = await _prepare(wiring, job)
    if prepared is None:
        return
    delivery, place, body, headers = prepared
    status, failure = 0, ""
    try:
        status = await wiring.poster.post(place, body, headers)
        if not 200 <= status < 300:
            failure = "gone" if status == domain.GONE else "refused"
    except NotPosted as error:
        failure = error.reason
    _posted.labels(failure or "taken").inc()
    await _note(wiring, job, delivery, status, failure)


async def _prepare(wiring: Wiring, job: Job) -> tuple[Delivery, Place, bytes, dict[str, str]] | None:
    tenant, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(job.tenant_id) as connection:
        id_ = ids.to_uuid(str(job.arguments["delivery"]), "whd")
        delivery = await store.find_delivery(connection, tenant, id_, lock=True)
        if delivery is None or delivery.state != domain.WAITING:
            return None
        webhook = await store.get_webhook(connection, tenant, delivery.webhook_id)
        if webhook.state != domain.ACTIVE:
            ended = domain.ended(delivery, domain.DEAD, now, status=delivery.status, failure=domain.OFF)
            await store.save_delivery(connection, tenant, ended)
            return None
        if webhook.rest_time is not None and webhook.rest_time > now:
            spread = timedelta(seconds=random.random() * 5)  # noqa: S311 - It only keeps them from coming at once.
            await _put_off(connection, wiring, job, replace(delivery, next_time=webhook.rest_time + spread))
            return None
        if await _is_sealed(connection, tenant, delivery):
            ended = domain.ended(delivery, domain.DEAD, now, failure=domain.SEALED)
            await store.save_delivery(connection, tenant, ended)
            return None
        secrets = _secrets(wiring, webhook, now)
        if not secrets:
            ended = domain.ended(delivery, domain.DEAD, now, failure=domain.SECRET_LOST)
            await store.save_delivery(connection, tenant, ended)
            return None
        subject_id = await _named(connection, wiring, job.tenant_id, webhook, delivery, now)
    subject = f"visitor:{ids.from_uuid('vis', subject_id)}" if subject_id is not None else ""
    body = domain.body(delivery, subject)
    scheme, host, port, target = domain.check_url(webhook.url)
    place = Place(scheme=scheme, host=host, port=port, target=target)
    return delivery, place, body, domain.headers(delivery, body, secrets, now)


def _secrets(wiring: Wiring, webhook: Webhook, now: datetime) -> list[bytes]:
    """Returns what a delivery is signed with; nothing where the secret was sealed by another deployment."""
    sealed = [webhook.secret]
    if webhook.old_secret is not None and webhook.overlap_end_time is not None and webhook.overlap_end_time > now:
        sealed.append(webhook.old_secret)
    found: list[bytes] = []
    for each in sealed:
        with suppress(InvalidTag):
            found.append(unseal(wiring, webhook.id, each))
    return found


async def _is_sealed(connection: AsyncConnection, tenant: UUID, delivery: Delivery) -> bool:
    if delivery.subject_id is None:
        return False
    record = delivery.attributes.get("conversation_id") or delivery.attributes.get("record_id") or ""
    record_id = ids.to_uuid(record, record[:3]) if record else delivery.subject_id
    found = await seals.reasons_among(connection, metadata, tenant=tenant, records={record_id: delivery.subject_id})
    return bool(found)


async def _named(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, webhook: Webhook, delivery: Delivery, now: datetime
) -> UUID | None:
    """Returns whom a delivery names, and puts it on record before it goes out."""
    tenant = ids.to_uuid(tenant_id, "ten")
    if delivery.event_type == domain.RECALL:
        # That somebody is to be forgotten is no disclosure of them: the endpoint has the id from before.
        return await store.find_recalled(connection, tenant, delivery.id)
    if delivery.subject_id is None:
        return None
    attributes = delivery.attributes
    await store.note_telling(connection, tenant, webhook.id, delivery.subject_id, now)
    await ledger.append(
        connection,
        wiring,
        tenant_id,
        Deed(
            id=deed_of(webhook.id, delivery.event_id),
            kind=WEBHOOK,
            time=now,
            subject=Subject(tenant_id=tenant_id, kind=_VISITOR, id=ids.from_uuid("vis", delivery.subject_id)),
            record_id=attributes.get("conversation_id") or attributes.get("record_id") or "",
            role=PLATFORM_ROLE,
            purpose=webhook.purpose,
            recipient=TENANT_SYSTEM.name,
        ),
    )
    return delivery.subject_id


def deed_of(webhook_id: UUID, event_id: str) -> str:
    """Returns what names a delivery in the ledger."""
    return f"webhook:{ids.from_uuid('whk', webhook_id)}:{event_id}"


def webhook_of(deed_id: str) -> UUID | None:
    """Returns the endpoint to which a deed of the ledger went; None for any other deed."""
    kind, _, rest = deed_id.partition(":")
    return ids.to_uuid(rest.partition(":")[0], "whk") if kind == "webhook" else None


async def _note(wiring: Wiring, job: Job, tried: Delivery, status: int, failure: str) -> None:
    tenant, now = ids.to_uuid(job.tenant_id, "ten"), wiring.clock.now()
    spread = random.random()  # noqa: S311 - It only keeps attempts from coming at once.
    async with wiring.database.transaction(job.tenant_id) as connection:
        delivery = await store.find_delivery(connection, tenant, tried.id, lock=True)
        if delivery is None or delivery.state != domain.WAITING:
            return  # It was removed meanwhile, with its endpoint or with the person.
        webhook = await store.get_webhook(connection, tenant, delivery.webhook_id, lock=True)
        delivery = replace(delivery, attempts=delivery.attempts + 1)
        if not failure:
            await store.save_webhook(connection, tenant, domain.taken(webhook, now))
            await store.save_delivery(connection, tenant, domain.ended(delivery, domain.DELIVERED, now, status=status))
            return
        after = domain.failed(webhook, status, now, spread)
        await store.save_webhook(connection, tenant, after)
        if after.state != domain.ACTIVE or delivery.attempts >= domain.MOST_ATTEMPTS:
            ended = domain.ended(delivery, domain.DEAD, now, status=status, failure=failure)
            await store.save_delivery(connection, tenant, ended)
        else:
            due = now + domain.wait_after(delivery.attempts, spread)
            again = replace(delivery, status=status, failure=failure, next_time=due)
            await _put_off(connection, wiring, job, again)
        if after.state == domain.DISABLED and webhook.state == domain.ACTIVE:
            await _raise_alarm(connection, wiring, job.tenant_id, webhook.id, now)


async def _put_off(connection: AsyncConnection, wiring: Wiring, job: Job, delivery: Delivery) -> None:
    await store.save_delivery(connection, ids.to_uuid(job.tenant_id, "ten"), delivery)
    # The next attempt is a job of its own: this one has done what it could.
    if await wiring.jobs.finish(connection, job):
        await enqueue(connection, wiring, job.tenant_id, delivery)


async def _raise_alarm(
    connection: AsyncConnection, wiring: Wiring, tenant_id: str, webhook_id: UUID, now: datetime
) -> None:
    named = ids.from_uuid("whk", webhook_id)
    _log.info("an endpoint was taken out of use", tenant=tenant_id)
    await wiring.outbox.append(connection, DISABLED, tenant_id=tenant_id, now=now, attributes={"webhook_id": named})
    await wiring.jobs.enqueue(
        connection, ALARM_JOB, tenant_id=tenant_id, now=now, arguments={"webhook": named}, key=named
    )


async def raise_alarm(wiring: Wiring, job: Job) -> None:
    """Mails the tenant's administrators that an endpoint was taken out of use."""
    if job.tenant_id == PLATFORM:
        return
    tenant, id_ = ids.to_uuid(job.tenant_id, "ten"), ids.to_uuid(str(job.arguments["webhook"]), "whk")
    async with wiring.database.transaction(job.tenant_id) as connection:
        try:
            webhook = await store.get_webhook(connection, tenant, id_)
        except ParleyError:
            return  # It was removed meanwhile.
    if webhook.state != domain.DISABLED:
        return
    values = {"tenant_name": await wiring.peers.tenant_name(job.tenant_id), "name": webhook.display_name}
    written = _templates.render("webhook_disabled", "en", values)
    for address in await wiring.peers.administrators(job.tenant_id):
        await wiring.mailer.send(Letter(to=address, subject=written.subject, text=written.text, html=written.html))
