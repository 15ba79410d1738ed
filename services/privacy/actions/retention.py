"""Notes what the services' purges removed, and counts what a purge would remove now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from parley.events.v1 import events_pb2
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import ids
from kernel.identity import Actor
from kernel.privacy.retention import read
from kernel.storage.paging import page_size
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.requests import HOLDERS
from services.privacy.domain.retention import Purge, PurgedStore
from services.privacy.store import retention as store


async def preview_purge(actor: Actor, wiring: Wiring, tried_days: Mapping[str, int]) -> list[PurgedStore]:
    """Counts, in every service at the same time, what a purge would remove; with other periods where they are named."""
    answers = await asyncio.gather(
        *(wiring.rights.people.count_expired(service, actor.tenant_id, tried_days) for service in HOLDERS)
    )
    return [
        PurgedStore(store=each.store, records=each.deleted, held=each.held)
        for answer in answers
        for each in answer.stores
        if each.deleted or each.held
    ]


async def list_purges(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Purge], str]:
    """Returns a page of the tenant's purges, newest first."""
    limit = page_size(size, default=50, maximum=200)
    scope = (actor.tenant_id, "ListPurges")
    position = wiring.pages.position(scope, token)
    before: tuple[datetime, UUID] | None = None
    if position is not None:
        before = (datetime.fromisoformat(str(position[0])), ids.to_uuid(str(position[1]), "evt"))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_purges(connection, ids.to_uuid(actor.tenant_id, "ten"), before, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (each.time.isoformat(), each.id))


async def hear_purge(wiring: Wiring, service: str, connection: AsyncConnection, event: events_pb2.Event) -> None:
    """Notes, in the running transaction, that a service's daily purge has run."""
    purge = Purge(
        id=event.id,
        service=service,
        time=event.time.ToDatetime(UTC),
        stores=tuple(
            PurgedStore(store=each.store, records=each.deleted, held=each.held)
            for each in read(event.attributes["stores"])
        ),
    )
    await store.add_purge(connection, ids.to_uuid(event.tenant_id, "ten"), purge)
    await wiring.retention.schedule(connection, event.tenant_id, wiring.clock.now())
