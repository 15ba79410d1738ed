"""Lets members keep one another at a distance: by folding what somebody posts, or by a door that stays shut."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.community.actions.wiring import Wiring, standing_of, tenant_of
from services.community.domain.accounts import no_such_member
from services.community.domain.posts import Author
from services.community.domain.relations import NONE, Relation, kept_away, own_relation
from services.community.store import members as member_store
from services.community.store import relations as store


async def set_relation(actor: Actor, wiring: Wiring, handle: str, kind: int) -> Relation:
    """Ignores or blocks a member, or neither; this needs no terms."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        other = await member_store.find_by_handle(connection, tenant, handle)
        if other is None:
            raise no_such_member()
        if other.id == actor.subject_id:
            raise own_relation()
        if kind == NONE:
            await store.delete_relation(connection, tenant, actor.subject_id, other.id)
        else:
            await store.save_relation(connection, tenant, actor.subject_id, other.id, kind, now)
    author = Author(member_id=other.id, handle=other.handle, display_name=other.display_name)
    return Relation(id="", member=author, kind=kind, create_time=now)


async def list_relations(actor: Actor, wiring: Wiring, size: int, token: str) -> tuple[list[Relation], str]:
    """Returns a page of whom the caller ignores or blocks."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListRelations", actor.subject_id)
    position = wiring.pages.position(scope, token)
    before = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        found = await store.list_relations(connection, tenant_of(actor), actor.subject_id, before, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (each.id,))


async def check_reaches(connection: AsyncConnection, actor: Actor, member_id: str) -> None:
    """Raises PermissionDenied where one of the two has blocked the other."""
    is_other = bool(member_id) and member_id != actor.subject_id
    if is_other and await store.is_blocked(connection, tenant_of(actor), actor.subject_id, member_id):
        raise kept_away()
