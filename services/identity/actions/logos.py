"""Sets and shows the small picture of a site, which is drawn anew from its pixels before it is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator

from kernel import ids
from kernel.errors import InvalidArgument
from kernel.files.images import FORMATS, ImageRefused, draw_small
from kernel.files.scanning import media_type_of
from kernel.identity import Actor
from services.identity import store
from services.identity.actions import auditing
from services.identity.actions.wiring import Wiring
from services.identity.store import logos

#: How wide and high a logo is at most: the panel draws it at 40 pixels, and screens have up to three for each.
SIDE = 128


async def set_logo(actor: Actor, wiring: Wiring, site_id: str, image: bytes) -> bytes:
    """Sets a site's logo and returns it as it is kept; raises InvalidArgument for what is no picture."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        # Nobody has pictures drawn for sites of others.
        await store.get_site(connection, tenant_id, site_id)
    small = await _drawn(image)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.get_site(connection, tenant_id, site_id)
        await logos.save_logo(connection, tenant_id, site_id, small)
        await auditing.note(connection, actor, "site.logo_set", site_id, wiring.clock.now())
    return small


async def get_logo(actor: Actor, wiring: Wiring, site_id: str) -> bytes:
    """Returns a site's logo, or nothing."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.get_site(connection, tenant_id, site_id)
        return await logos.find_logo(connection, tenant_id, site_id)


async def remove_logo(actor: Actor, wiring: Wiring, site_id: str) -> None:
    """Takes a site's logo away."""
    tenant_id = ids.to_uuid(actor.tenant_id, "ten")
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await store.get_site(connection, tenant_id, site_id)
        if await logos.delete_logo(connection, tenant_id, site_id):
            await auditing.note(connection, actor, "site.logo_removed", site_id, wiring.clock.now())


async def _drawn(image: bytes) -> bytes:
    async def read() -> AsyncIterator[bytes]:
        yield image

    media_type = await media_type_of("", read)
    try:
        if media_type not in FORMATS:
            raise ImageRefused("IMAGE_BROKEN")
        return (await draw_small(media_type, image, SIDE)).data
    except ImageRefused as refused:
        raise InvalidArgument(
            str(refused),
            "That is no picture that can be drawn. Nothing was changed.",
            fields=[("image", "must be a JPEG, PNG, GIF or WebP picture")],
        ) from None
