"""Lets members into groups and out of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kernel import ids
from kernel.errors import FailedPrecondition
from kernel.identity import Actor
from kernel.storage.paging import page_size
from services.community.actions.wiring import Wiring, member_of, require_standing, standing_of, tenant_of
from services.community.domain.accounts import no_such_member
from services.community.domain.posts import Author
from services.community.domain.spaces import ASKED, GROUP, INVITED, JOINED, Space, no_such_space
from services.community.store import groups as store
from services.community.store import members as member_store
from services.community.store import spaces as space_store

_BY_INVITATION = 2


async def join_space(actor: Actor, wiring: Wiring, space_id: str) -> int:
    """Asks to be let into a group, or takes an invitation up; returns what the member is to it now."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await require_standing(connection, actor, wiring)
        space = await space_store.get_space(connection, tenant, space_id, member_of(actor))
        state = await store.find_state(connection, tenant, space_id, actor.subject_id)
        if space.joining == _BY_INVITATION and not state:
            # Of a group by invitation nobody else knows that it is there.
            raise no_such_space()
        _check_group(space)
        if state in (JOINED, ASKED):
            return state
        state = JOINED if state == INVITED else ASKED
        await store.save_state(connection, tenant, space_id, actor.subject_id, state, now)
    return state


async def leave_space(actor: Actor, wiring: Wiring, space_id: str) -> None:
    """Leaves a group, takes a request back, or declines an invitation."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await standing_of(connection, actor, wiring)
        if not await store.delete_membership(connection, tenant, space_id, actor.subject_id):
            space = await space_store.get_space(connection, tenant, space_id, member_of(actor))
            if space.visibility == GROUP and space.joining == _BY_INVITATION:
                raise no_such_space()


async def invite_member(actor: Actor, wiring: Wiring, space_id: str, handle: str) -> tuple[Author, int, datetime]:
    """Invites a member into a group; whoever has asked is let in."""
    tenant, now = tenant_of(actor), wiring.clock.now()
    async with wiring.database.transaction(actor.tenant_id) as connection:
        _check_group(await space_store.get_space(connection, tenant, space_id))
        member = await member_store.find_by_handle(connection, tenant, handle)
        if member is None:
            raise no_such_member()
        state = await store.find_state(connection, tenant, space_id, member.id)
        if state != JOINED:
            state = JOINED if state == ASKED else INVITED
            await store.save_state(connection, tenant, space_id, member.id, state, now)
    return Author(member_id=member.id, handle=member.handle, display_name=member.display_name), state, now


async def remove_member(actor: Actor, wiring: Wiring, space_id: str, member_id: str) -> None:
    """Takes a member out of a group, or declines a request."""
    tenant = tenant_of(actor)
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await space_store.get_space(connection, tenant, space_id)
        gone = await store.delete_membership(connection, tenant, space_id, member_id)
        if not gone and await member_store.find_member(connection, tenant, member_id) is None:
            raise no_such_member()


async def list_memberships(
    actor: Actor, wiring: Wiring, space_id: str, size: int, token: str
) -> tuple[list[tuple[Author, int, datetime]], str]:
    """Returns a page of who belongs to a group, is invited, or has asked."""
    limit, scope = page_size(size, default=50, maximum=200), (actor.tenant_id, "ListMemberships", space_id)
    position = wiring.pages.position(scope, token)
    after = None if position is None else UUID(str(position[0]))
    async with wiring.database.transaction(actor.tenant_id) as connection:
        await space_store.get_space(connection, tenant_of(actor), space_id)
        found = await store.list_memberships(connection, tenant_of(actor), space_id, after, limit + 1)
    return wiring.pages.cut(scope, found, limit, lambda each: (str(ids.to_uuid(each[0].member_id, "mem")),))


def _check_group(space: Space) -> None:
    if space.visibility != GROUP:
        raise FailedPrecondition("NO_GROUP", "Everybody reads this space; there is nothing to join.")
