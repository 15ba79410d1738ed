"""Holds single records for a legal matter, and lets them go, when two people want it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from google.protobuf.message import Message
from parley.subject.v1 import subject_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor, Subject
from kernel.jobs import PLATFORM, Job
from kernel.storage.paging import page_size
from services.privacy.actions import ledger
from services.privacy.actions.wiring import Wiring
from services.privacy.domain import legal as domain
from services.privacy.domain.ledger import SEAL, Deed
from services.privacy.domain.legal import Hold, Item
from services.privacy.domain.texts import check_said
from services.privacy.store import legal as store

#: Seals a record, or takes the seal away, in the service that keeps it.
SEAL_JOB = "privacy_hold"
ATTEMPTS = 2000


async def create_hold(actor: Actor, wiring: Wiring, item: Item, reason: str, request_id: str, request: Message) -> Hold:
    """Asks for a hold; nothing is held yet. A retry returns the first one."""
    check_said(reason=reason)
    now, tenant = wiring.clock.now(), ids.to_uuid(actor.tenant_id, "ten")
    service = await keeper_of(actor, wiring, item)
    hold = Hold(
        tenant_id=tenant,
        id=ids.new_id("hld"),
        item=item,
        service=service,
        reason=reason,
        proposer_id=actor.subject_id,
        create_time=now,
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(connection, actor, "CreateHold", request_id, request, hold.id, now)
        if made != hold.id:
            return await store.get_hold(connection, tenant, made)
        await store.add_hold(connection, hold)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
    return hold


async def keeper_of(actor: Actor, wiring: Wiring, item: Item) -> str:
    """Returns the service that keeps a record about a person; raises NotFound where none does."""
    domain.check_item(item)
    subject = Subject(tenant_id=actor.tenant_id, kind=item.subject_kind, id=item.subject_id)
    # A record that is held already is found all the same, so that a second matter can hold it as well.
    service = await wiring.rights.people.keeper(subject, item.record_id)
    if service is None:
        raise domain.no_such_record()
    return service


async def confirm_hold(actor: Actor, wiring: Wiring, hold_id: str) -> Hold:
    """Confirms a hold that somebody else asked for; the record is sealed at once."""
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_hold(connection, ids.to_uuid(actor.tenant_id, "ten"), hold_id, lock=True)
        changed = domain.confirmed_hold(found, actor.subject_id, now)
        await _save_and_do(connection, wiring, actor, changed, now)
    return changed


async def withdraw_hold(actor: Actor, wiring: Wiring, hold_id: str) -> Hold:
    """Takes back what waits to be confirmed."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_hold(connection, ids.to_uuid(actor.tenant_id, "ten"), hold_id, lock=True)
        changed = domain.withdrawn_hold(found, wiring.clock.now())
        await store.save_hold(connection, changed)
        if changed.state == domain.WITHDRAWN:
            await store.part_from_person(connection, changed)
    return changed


async def release_hold(actor: Actor, wiring: Wiring, hold_id: str, reason: str) -> Hold:
    """Asks that a hold ends; it stays."""
    check_said(reason=reason)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_hold(connection, ids.to_uuid(actor.tenant_id, "ten"), hold_id, lock=True)
        changed = domain.release_proposed(found, actor.subject_id, reason)
        await store.save_hold(connection, changed)
    return changed


async def confirm_release(actor: Actor, wiring: Wiring, hold_id: str) -> Hold:
    """Confirms the end of a hold that somebody else asked for."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.get_hold(connection, ids.to_uuid(actor.tenant_id, "ten"), hold_id, lock=True)
        changed = domain.release_confirmed(found, actor.subject_id)
        await _save_and_do(connection, wiring, actor, changed, wiring.clock.now())
    return changed


async def _save_and_do(connection: AsyncConnection, wiring: Wiring, actor: Actor, hold: Hold, now: datetime) -> None:
    await store.save_hold(connection, hold)
    await wiring.rights.jobs.enqueue(
        connection, SEAL_JOB, tenant_id=actor.tenant_id, now=now, arguments={"hold": hold.id}, key=hold.id
    )


async def get_hold(actor: Actor, wiring: Wiring, hold_id: str) -> Hold:
    """Returns a hold."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_hold(connection, ids.to_uuid(actor.tenant_id, "ten"), hold_id)


async def list_holds(
    actor: Actor, wiring: Wiring, *, show_ended: bool, size: int, token: str
) -> tuple[list[Hold], str]:
    """Returns a page of the tenant's holds, newest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListHolds", show_ended)
    position = wiring.pages.position(scope, token)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_holds(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            show_ended=show_ended,
            before=None if position is None else UUID(str(position[0])),
            limit=limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each.id, "hld")),))


async def carry_out(wiring: Wiring, job: Job) -> None:
    """Seals the record of a hold, or takes the seal away; it may run twice without harm."""
    if job.tenant_id == PLATFORM:
        return
    tenant, hold_id = ids.to_uuid(job.tenant_id, "ten"), str(job.arguments["hold"])
    async with wiring.database.transaction(job.tenant_id) as connection:
        hold = await store.get_hold(connection, tenant, hold_id)
    subject = Subject(tenant_id=job.tenant_id, kind=hold.item.subject_kind, id=hold.item.subject_id)
    if hold.state == domain.SEALING:
        reason = subject_pb2.SEAL_REASON_HELD
        await wiring.rights.people.seal(hold.service, subject, hold.id, reason, hold.item.record_id)
    elif hold.state == domain.RELEASING:
        await wiring.rights.people.unseal(hold.service, job.tenant_id, hold.id)
    else:
        return
    now = wiring.clock.now()
    async with wiring.database.transaction(job.tenant_id) as connection:
        current = await store.get_hold(connection, tenant, hold_id, lock=True)
        if current.state != hold.state:
            return
        settled = domain.settled_hold(current, now)
        await store.save_hold(connection, settled)
        await ledger.append(
            connection,
            wiring,
            job.tenant_id,
            Deed(
                id=f"hold:{hold_id}:{settled.state}",
                kind=SEAL,
                time=now,
                subject=subject,
                record_id=hold.item.record_id,
                staff_id=hold.release_confirmer_id or hold.confirmer_id,
                # The person hears of it from whoever holds it, when that may be told.
                silent=True,
            ),
        )
        if settled.state == domain.RELEASED:
            await store.part_from_person(connection, settled)
