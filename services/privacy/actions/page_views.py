"""Adds up and shows how often the house's pages are read."""

from __future__ import annotations

from collections.abc import Sequence

from kernel import ids
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.privacy.actions.wiring import Wiring
from services.privacy.domain.page_views import HouseOnly, PageViews, tally
from services.privacy.store import page_views as store


async def record_page_views(actor: Actor, wiring: Wiring, site_id: str, counted: Sequence[tuple[str, int]]) -> None:
    """Adds to the numbers of today; raises HouseOnly for every tenant but the house."""
    if not await wiring.peers.is_house(actor.tenant_id):
        raise HouseOnly
    await wiring.peers.check_site(actor.tenant_id, site_id)
    tenant_id, day = ids.to_uuid(actor.tenant_id, "ten"), wiring.clock.now().date()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.lock_pages(connection, tenant_id, site_id)
        known = await store.paths_of(connection, tenant_id, site_id, day)
        await store.add_views(connection, tenant_id, site_id, day, tally(known, counted))


async def list_page_views(
    actor: Actor, wiring: Wiring, site_id: str, size: int, token: str
) -> tuple[list[PageViews], str]:
    """Returns a page of a site's numbers, the latest day first, and the next page's token."""
    limit, scope = page_size(size, default=100, maximum=500), (actor.tenant_id, "ListPageViews", site_id)
    position = wiring.pages.position(scope, token)
    await wiring.peers.check_site(actor.tenant_id, site_id)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_views(
            connection,
            ids.to_uuid(actor.tenant_id, "ten"),
            site_id,
            position,
            limit + 1,
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (each.day.isoformat(), each.path))
