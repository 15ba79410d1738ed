"""Seals batches: counts responses of which there are enough and that stay as they are, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.jobs import Every, Job
from services.survey.actions.wiring import Wiring
from services.survey.domain.questions import CLOSED, MULTIPLE, questions_of
from services.survey.store import results as store
from services.survey.store import surveys as survey_store

JOB = "survey.batches"
HOURLY = Every(timedelta(hours=1), timedelta(minutes=20))
#: How many responses are counted in one transaction, and how many questions are counted by one another.
AT_ONCE, MOST_CROSSED = 2_000, 12


async def schedule(connection: AsyncConnection, wiring: Wiring, tenant_id: str, now: datetime) -> None:
    """Makes sure, in the running transaction, that a tenant's responses are counted from now on."""
    await wiring.jobs.enqueue(connection, JOB, tenant_id=tenant_id, now=now, due=HOURLY.after(now), key=JOB)


async def seal_hourly(wiring: Wiring, job: Job) -> None:
    """Seals what a tenant's surveys have enough of."""
    await seal_tenant(wiring, job.tenant_id)


async def seal_tenant(wiring: Wiring, tenant_id: str) -> int:
    """Seals what a tenant's surveys have enough of, and returns how many responses were counted."""
    tenant = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        waiting = await store.list_waiting_surveys(connection, tenant)
    total = 0
    for survey_id in waiting:
        while counted := await _seal_one(wiring, tenant_id, survey_id):
            total += counted
    return total


async def _seal_one(wiring: Wiring, tenant_id: str, survey_id: UUID) -> int:
    tenant, now = ids.to_uuid(tenant_id, "ten"), wiring.clock.now()
    threshold = await wiring.threshold(tenant_id)
    name = ids.from_uuid("srv", survey_id)
    async with wiring.database.transaction(tenant_id) as connection:
        # Two replicas that come at once take turns on the survey, so that no batch is split into two small ones.
        await survey_store.get_survey(connection, tenant, name, lock=True)
        batch = await store.take_uncounted(connection, tenant, survey_id, now, AT_ONCE + threshold)
        if len(batch) > AT_ONCE:
            # What is left for the next one is enough by itself.
            batch = batch[:AT_ONCE]
        if len(batch) < threshold:
            return 0
        closed, several = await countable(connection, tenant, name)
        await store.count_batch(
            connection,
            tenant,
            survey_id,
            batch,
            batch_id=ids.new_uuid(),
            crossed=closed[:MOST_CROSSED],
            several=several,
            now=now,
        )
    return len(batch)


async def countable(connection: AsyncConnection, tenant_id: UUID, survey_id: str) -> tuple[list[str], list[str]]:
    """Returns the questions that can be counted, under the ids by which they are, oldest first, and which of them have
    several choices. The order never changes: a pair of questions is counted one way round for ever."""
    meanings = await survey_store.list_meanings(connection, tenant_id, survey_id)
    found: dict[str, int] = {}
    for definition in await survey_store.list_definitions(connection, tenant_id, survey_id):
        for question in questions_of(definition):
            if question.kind in CLOSED:
                found.setdefault(meanings.get(question.id, question.id), question.kind)
    return list(found), [id_ for id_, kind in found.items() if kind == MULTIPLE]
