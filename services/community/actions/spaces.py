"""Makes, changes and lists spaces."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from google.protobuf.message import Message

from kernel import ids
from kernel.errors import AlreadyExists
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.community.actions.wiring import Wiring, member_of, tenant_of
from services.community.domain import texts
from services.community.domain.spaces import GROUP, Space, check_etag, check_narrower, no_such_space
from services.community.store import pages as page_store
from services.community.store import spaces as store


async def create_space(actor: Actor, wiring: Wiring, space: Space, request_id: str, request: Message) -> Space:
    """Makes a space; a retry returns the first one."""
    _check_named(space)
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        made = await wiring.idempotency.claim(connection, actor, "CreateSpace", request_id, request, space.id, now)
        if made != space.id:
            return await store.get_space(connection, tenant, made)
        if await store.find_by_slug(connection, tenant, space.slug) is not None:
            raise AlreadyExists("SLUG_TAKEN", "There is a space of this name already. Nothing was made.")
        await store.add_space(connection, tenant, space)
        wiring.changed(connection, actor.tenant_id)
    return space


def _check_named(space: Space) -> None:
    texts.check_said(display_name=space.display_name)
    texts.check_kept(description=space.description, category=space.category)


async def update_space(actor: Actor, wiring: Wiring, changed: Space, etag: str) -> Space:
    """Replaces what a space is; who reads it is never widened over what was posted in it."""
    _check_named(changed)
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        before = await store.get_space(connection, tenant, changed.id, lock=True)
        check_etag(before, etag)
        check_narrower(
            before,
            changed.visibility,
            is_indexed=changed.is_indexed,
            has_feed=changed.has_feed,
            is_exported=changed.is_exported,
        )
        after = replace(
            changed,
            slug=before.slug,
            topic_count=before.topic_count,
            create_time=before.create_time,
            revision=before.revision + 1,
        )
        await store.save_space(connection, tenant, after)
        wiring.changed(connection, actor.tenant_id)
    return after


async def get_space(actor: Actor, wiring: Wiring, slug: str) -> Space:
    """Returns a space that the caller may know of."""
    space = await page_store.find_space(wiring.database, actor.tenant_id, slug, member_of(actor))
    if space is None or not _is_known(actor, space):
        raise no_such_space()
    return space


async def list_spaces(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Space], str]:
    """Returns a page of the spaces that the caller may know of, and the next page's token."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListSpaces", member_of(actor))
    position = wiring.pages.position(scope, token)
    after = None if position is None else (int(position[0]), UUID(str(position[1])))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_spaces(
            connection, tenant_of(actor), member_of(actor), after, limit + 1, sees_all=actor.is_staff
        )
    return wiring.pages.cut(scope, found, limit, lambda each: (each.position, str(ids.to_uuid(each.id, "spc"))))


def _is_known(actor: Actor, space: Space) -> bool:
    # Of a group that one may ask to be let into, everybody knows; of another one, whoever is in it or invited.
    is_asked = space.visibility == GROUP and (space.joining != 2 or bool(space.membership))
    return is_asked or space.is_readable(is_member=bool(member_of(actor)), is_staff=actor.is_staff)
