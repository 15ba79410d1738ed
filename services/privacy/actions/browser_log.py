"""Notes with which browser a chat was started, shows the log, and shortens what grows old in it."""

from __future__ import annotations

from kernel import ids
from kernel.identity import Actor
from kernel.jobs import PLATFORM, Job
from kernel.privacy.retention import BROWSER_ADDRESS_DAYS, DAILY
from kernel.storage import leftovers
from kernel.storage.paging import page_size
from services.privacy.actions import ledger
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.browser_log import Count, Entry, last_in_full
from services.privacy.domain.ledger import READ, Deed, role_of
from services.privacy.store import browser_log as store
from services.privacy.store import metadata

SHORTEN_JOB = "browser_log.shorten"


async def record_browser(actor: Actor, wiring: Wiring, entry: Entry) -> None:
    """Adds an entry, and sees to it that it is shortened in time."""
    await wiring.peers.check_site(actor.tenant_id, entry.site_id)
    now = wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.add_entry(connection, ids.to_uuid(actor.tenant_id, "ten"), entry)
        await wiring.retention.schedule(connection, actor.tenant_id, now)
        await wiring.rights.jobs.enqueue(
            connection, SHORTEN_JOB, tenant_id=actor.tenant_id, now=now, due=DAILY.after(now), key=SHORTEN_JOB
        )


async def shorten_daily(wiring: Wiring, job: Job) -> None:
    """Shortens the addresses of a tenant's log that would be in full for too long before the next day's job."""
    if job.tenant_id == PLATFORM:
        return
    days = await wiring.settings.get(job.tenant_id, BROWSER_ADDRESS_DAYS)
    until = last_in_full(wiring.clock.now(), days)
    tenant_id = ids.to_uuid(job.tenant_id, "ten")
    done = store.ROWS_AT_ONCE
    while done == store.ROWS_AT_ONCE:
        async with wiring.database.transaction(job.tenant_id) as connection:
            done = await store.shorten(connection, tenant_id, until)
            if done:
                # What an address was stands in the old rows until the table is written anew.
                await leftovers.mark(connection, metadata, [store.browser_log.name], wiring.clock.now())


async def list_browser_log(
    actor: Actor, wiring: Wiring, site_id: str, size: int, token: str
) -> tuple[list[Entry], str]:
    """Returns a page of a site's log, the latest first, and the next page's token.

    That it is read is entered in the ledger first, once an hour for each reader: it is about many, and names none.
    """
    now = wiring.clock.now()
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListBrowserLog", site_id)
    position = wiring.pages.position(scope, token)
    await wiring.peers.check_site(actor.tenant_id, site_id)
    read = Deed(
        id=f"browser_log:{site_id}:{actor.subject_id}:{now:%Y%m%d%H}",
        kind=READ,
        time=now,
        record_id=site_id,
        staff_id=actor.subject_id,
        role=role_of(actor.callers, actor.purpose),
        purpose=actor.purpose,
    )
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await ledger.append(connection, wiring, actor.tenant_id, read)
        found = await store.list_entries(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            site_id,
            position,
            limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (each.hour_time.isoformat(), each.id))


async def list_browser_counts(
    actor: Actor, wiring: Wiring, site_id: str, size: int, token: str
) -> tuple[list[Count], str]:
    """Returns a page of a site's counts, the latest day first, and the next page's token."""
    limit, scope = page_size(size, default=100, maximum=500), (actor.tenant_id, "ListBrowserCounts", site_id)
    position = wiring.pages.position(scope, token)
    await wiring.peers.check_site(actor.tenant_id, site_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_counts(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            site_id,
            position,
            limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (each.day.isoformat(), each.family))
