"""Moves contact details away from their responses, late and in no order, and lets them go with their authors."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor, Subject
from kernel.jobs import Every, Job
from kernel.storage.paging import page_size
from services.survey.actions.wiring import Wiring, tenant_of
from services.survey.domain.surveys import day_of
from services.survey.store import contacts as store
from services.survey.store import responses as response_store
from services.survey.store import surveys as survey_store

JOB = "survey.contacts"
EVERY = Every(timedelta(hours=6), timedelta(minutes=47))
#: So many move together, so that their order says nothing; fewer wait, and at most so long.
TOGETHER, LONGEST_WAIT, AT_ONCE = 5, timedelta(days=3), 500


async def schedule(connection: AsyncConnection, wiring: Wiring, tenant_id: str, now: datetime) -> None:
    """Makes sure, in the running transaction, that a tenant's addresses move from now on."""
    await wiring.jobs.enqueue(connection, JOB, tenant_id=tenant_id, now=now, due=EVERY.after(now), key=JOB)


async def move_waiting(wiring: Wiring, job: Job) -> None:
    """Moves a tenant's addresses that may move, unless they are too few to be mixed."""
    while await _move_some(wiring, job.tenant_id):
        pass


async def _move_some(wiring: Wiring, tenant_id: str) -> bool:
    tenant, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    async with wiring.database.transaction(tenant_id) as connection:
        waiting = await store.take_waiting(connection, tenant, now, AT_ONCE)
        if not waiting or (len(waiting) < TOGETHER and waiting[0].due_time > now - LONGEST_WAIT):
            return False
        moved = [_moved(wiring, tenant_id, each) for each in waiting]
        # The order in which rows come to lie says as little as their ids do.
        secrets.SystemRandom().shuffle(moved)
        await store.move(connection, tenant, waiting, moved, now)
        await wiring.retention.schedule(connection, tenant_id, now)
    return len(waiting) == AT_ONCE


def _moved(wiring: Wiring, tenant_id: str, waiting: store.Waiting) -> store.Contact:
    visitor = ids.from_uuid("vis", waiting.visitor_id) if waiting.visitor_id else ""
    return store.Contact(
        id=ids.random_uuid(),
        survey_id=waiting.survey_id,
        email=waiting.email,
        week=waiting.day - timedelta(days=waiting.day.weekday()),
        response_id=waiting.response_id if waiting.wants_follow_up else None,
        visitor_id=waiting.visitor_id if waiting.wants_follow_up else None,
        erase_mac=wiring.sealing.contact_mac(
            tenant_id, ids.from_uuid("srv", waiting.survey_id), visitor, waiting.invitation_mac
        ),
    )


async def list_contacts(
    actor: Actor, wiring: Wiring, survey_id: str, size: int, token: str
) -> tuple[list[store.Contact], str]:
    """Returns a page of addresses, each of which is recorded as read before it is returned."""
    limit, scope = page_size(size, default=25, maximum=100), (actor.tenant_id, "ListContacts", survey_id)
    position = wiring.pages.position(scope, token)
    after = None if position is None else UUID(str(position[0]))
    tenant_id, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await survey_store.get_survey(connection, tenant_id, survey_id)
        found = await store.list_contacts(connection, tenant_id, ids.to_uuid(survey_id, "srv"), after, limit + 1)
        page, following = wiring.pages.cut(scope, found, limit, lambda each: (str(each.id),))
        sealed = await wiring.access.record_all(
            connection, actor, {each.id: each.visitor_id or each.id for each in page}, now
        )
    return [each for each in page if each.id not in sealed], following


async def forget(wiring: Wiring, connection: AsyncConnection, subject: Subject, now: datetime) -> Callable[[], None]:
    """Deletes, in the transaction of an erasure, the addresses that nothing else leads from the person to.

    And takes nothing from the person any more: chat may not have done its part yet, and tell of a rating once more.
    """
    if subject.id.startswith("vis_"):
        tenant_id = ids.to_uuid(subject.tenant_id, "ten")
        person = wiring.sealing.mac_of_person(subject.tenant_id, subject.id)
        await response_store.take_turns(connection, [person])
        await response_store.add_spent(connection, tenant_id, [person], response_store.WITHDRAWN, day_of(now))
        asked = await survey_store.list_survey_ids(connection, tenant_id)
        macs = [wiring.sealing.contact_mac(subject.tenant_id, each, subject.id, b"") for each in asked]
        await store.delete_by_macs(connection, tenant_id, macs, now)
    return _nothing_more


def _nothing_more() -> None:
    """Nothing is remembered outside the database."""
