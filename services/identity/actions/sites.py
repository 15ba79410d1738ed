"""Creates, shows and changes sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from google.protobuf.message import Message

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.identity import store
from services.identity.actions import auditing
from services.identity.actions.wiring import Wiring
from services.identity.domain import ChangedMeanwhile, ChatInvitation, Site, check_complete, missing, read_site_key
from services.identity.store import logos, opening

CHANGEABLE = frozenset({"display_name", "allowed_origins", "language", "greeting", "colour", "position", "initials"})


async def create_site(actor: Actor, wiring: Wiring, site: Site, request_id: str, request: Message) -> Site:
    """Creates a site."""
    check_complete(("display_name",), display_name=site.display_name)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        made = await wiring.idempotency.claim(
            connection, actor, "CreateSite", request_id, request, site.id, site.create_time
        )
        if made != site.id:
            return await store.get_site(connection, tenant_id, made)
        await store.add_site(connection, tenant_id, site)
        told = [auditing.made(site, field) for field in ("display_name", "allowed_origins")]
        await auditing.note(connection, actor, "site.created", site.id, site.create_time, told)
    return site


async def get_site(actor: Actor, wiring: Wiring, site_id: str) -> Site:
    """Returns a site of the caller's tenant."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        return await store.get_site(connection, ids.to_uuid(actor.tenant_id, "ten"), site_id)


async def get_widget_site(actor: Actor, wiring: Wiring) -> tuple[Site, bool]:
    """Returns the site on which the caller is, and whether it has a logo."""
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        site = await store.get_site(connection, tenant_id, actor.site_id)
        return site, await logos.has_logo(connection, tenant_id, actor.site_id)


async def list_sites(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Site], str]:
    """Returns a page of the tenant's sites by name, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListSites")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_sites(
            connection, ids.to_uuid(actor.tenant_id, "ten"), wiring.pages.position(scope, token), limit + 1
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (each.display_name, str(ids.to_uuid(each.id, "sit"))))


async def update_site(actor: Actor, wiring: Wiring, site: Site, fields: Sequence[str], etag: str) -> Site:
    """Changes the named fields of a site, unless somebody else changed it meanwhile."""
    if not fields or not CHANGEABLE.issuperset(fields):
        raise InvalidArgument(
            "UPDATE_MASK_INVALID",
            "The update names a field that cannot be changed. Nothing was changed.",
            fields=[("update_mask", "must name changeable fields")],
        )
    check_complete(fields, display_name=site.display_name)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        tenant_id = ids.to_uuid(actor.tenant_id, "ten")
        current = await store.get_site(connection, tenant_id, site.id, lock=True)
        if etag and etag != str(current.revision):
            raise ChangedMeanwhile
        changed = replace(current, **{name: getattr(site, name) for name in fields}, revision=current.revision + 1)
        await store.save_site(connection, tenant_id, changed)
        if told := auditing.changes_of(current, changed, sorted(set(fields))):
            await auditing.note(connection, actor, "site.updated", site.id, wiring.clock.now(), told)
    return changed


async def resolve_site_key(wiring: Wiring, key: str) -> tuple[Site, Sequence[ChatInvitation]]:
    """Returns the site that a public key names, and by which rules it offers a chat now."""
    tenant_id, site_id = read_site_key(key)
    bound = ids.to_uuid(tenant_id, "ten")
    async with wiring.database.transaction(tenant_id) as connection:
        if (await store.get_tenant(connection, bound)).close_time is not None:
            raise missing("site")
        site = await store.get_site(connection, bound, site_id)
        rules, _ = await opening.find_invitations(connection, bound, site_id)
        if rules:
            found = await opening.find_hours(connection, bound, site_id)
            found = found or await opening.find_hours(connection, bound, "")
            if found is not None and not found[0].is_open(wiring.clock.now()):
                # Nobody is offered a talk with nobody.
                rules = ()
        return site, rules


async def mark_site_seen(wiring: Wiring, key: str, origin: str) -> None:
    """Notes that the widget was loaded on one of the site's own pages; a page that is not the site's is not noted."""
    tenant_id, site_id = read_site_key(key)
    async with wiring.database.transaction(tenant_id) as connection:
        bound = ids.to_uuid(tenant_id, "ten")
        site = await store.get_site(connection, bound, site_id)
        if origin in site.allowed_origins:
            await store.mark_site_seen(connection, bound, site_id, origin, wiring.clock.now())
