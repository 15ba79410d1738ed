"""Does what else forgetting somebody, and the end of keeping, takes in the privacy service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identity import Subject
from kernel.privacy.retention import LEDGER_DAYS
from kernel.privacy.subjects.purging import Purged
from kernel.privacy.subjects.servicer import PREFIXES
from services.privacy.actions import ledger, requests, telling
from services.privacy.actions.wiring import Wiring


async def forget(wiring: Wiring, connection: AsyncConnection, subject: Subject, now: datetime) -> Callable[[], None]:
    """Ends, in the running transaction, what leads from a person to the ledger, and what else the person asked."""
    if subject.kind in PREFIXES:
        # In this order everybody holds them: first a person's requests, then the end of the chain.
        await requests.forget(connection, wiring, subject, now)
        await telling.recall(connection, wiring, subject)
        await ledger.forget(connection, wiring, subject, now)
    return _nothing_more


async def purge(
    wiring: Wiring, tenant_id: str, *, dry_run: bool = False, tried_days: Mapping[str, int] | None = None
) -> list[Purged]:
    """Removes a tenant's expired records, the ledger's from its beginning on, and says how many there were."""
    tried = tried_days.get(LEDGER_DAYS.name) if tried_days else None
    purged = await wiring.retention.purge(tenant_id, dry_run=dry_run, tried_days=tried_days)
    return [*purged, await ledger.purge(wiring, tenant_id, dry_run=dry_run, tried_days=tried)]


def _nothing_more() -> None:
    """The jobs and the events do the rest."""
