"""Refuses those who are too young: what their session submitted goes from every service, and a count stays."""

from __future__ import annotations

import hmac
from datetime import timedelta
from hashlib import sha256

from parley.subject.v1 import subject_pb2

from kernel import ids
from kernel.errors import ParleyError
from kernel.identity import Actor, Subject
from kernel.identity.tokens import derive_key
from kernel.jobs import Job
from kernel.journal import Minor
from kernel.privacy.subjects.servicer import PREFIXES
from kernel.storage.paging import page_size
from services.privacy.actions.wiring import Wiring
from services.privacy.store import refusals as store

JOB = "age.purge"
#: What is tried at once is tried again after so long, unless it was done everywhere.
FIRST_TRY = timedelta(seconds=30)


async def refuse_minor(
    actor: Actor, wiring: Wiring, named: subject_pb2.Subject, site_id: str
) -> list[subject_pb2.ErasedStore]:
    """Removes everything that somebody submitted and says where; a service that is away is asked until it has done it.

    The refusal is in the journal before anything else, so that no backup from before brings anything back.
    """
    subject = Subject(tenant_id=actor.tenant_id, kind=named.kind, id=named.id)
    if subject.kind in PREFIXES:
        # An id that is none is refused at once: nothing would ever come of it.
        ids.to_uuid(subject.id, PREFIXES[subject.kind])
    await wiring.journal.append(Minor(subject=subject))
    tenant_id, now = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now()
    # Nothing here may remember a minor: what tells a second call from a first one is a keyed hash that goes in a day.
    key = derive_key(wiring.secret_key, "age refusals")
    once = hmac.new(key, f"{actor.tenant_id} {subject}".encode(), sha256).hexdigest()
    count_id = ids.random_id("age")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        if await wiring.idempotency.claim(connection, actor, "RefuseMinor", once, named, count_id, now) == count_id:
            await store.count_refusal(connection, tenant_id, site_id, now.date())
        await wiring.jobs.enqueue(
            connection,
            JOB,
            tenant_id=actor.tenant_id,
            now=now,
            due=now + FIRST_TRY,
            key=subject.id,
            arguments={"kind": subject.kind, "subject_id": subject.id},
        )
        await wiring.retention.schedule(connection, actor.tenant_id, now)
    try:
        done = await wiring.peers.erase_whole(subject)
    except ParleyError:
        return []  # The job goes on until it is done everywhere.
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await wiring.jobs.cancel(connection, JOB, subject.id)
    return done


async def purge(wiring: Wiring, job: Job) -> None:
    """Removes, once more and wherever it was not done, what somebody submitted."""
    kind = int(job.arguments["kind"])
    await wiring.peers.erase_whole(Subject(tenant_id=job.tenant_id, kind=kind, id=str(job.arguments["subject_id"])))


async def list_refusals(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[store.Tally], str]:
    """Returns a page of days, the latest first, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListRefusals")
    position = wiring.pages.position(scope, token)
    edge = None if position is None else store.edge_of(str(position[0]), str(position[1]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_tallies(connection, ids.to_uuid(actor.tenant_id, "ten"), edge, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (each.day.isoformat(), each.site_id))
